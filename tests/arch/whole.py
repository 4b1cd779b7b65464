#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A whole instance at work: every process of it against conf-services.

Whatever is built is started by "make run"; with sessions of SMTP, POP3 and TLS
open, /proc says of each process: account, groups, capabilities, no_new_privs,
filter, limits, dumpable, environment, and what every open descriptor is for.
That Landlock holds, tests/breakout shows by what it refuses.
"""
import os
import re
import sys

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in ("../breakout", "../lib")]
from home import ROOT, check, done, skip, wait_for  # noqa: E402
from instance import Instance  # noqa: E402
from _house import DAEMONS, ROWS, House  # noqa: E402

# a process that serves one client or one caller can start no other
ALONE = {"smtpd", "pop3d", "deliver-local", "deliver-remote"}


def text(pid, name):
    with open("/proc/%d/%s" % (pid, name), "rb") as f:
        return f.read().decode(errors="replace")


def status(pid):
    return dict(line.split(":\t", 1) for line in
                text(pid, "status").splitlines() if ":\t" in line)


def limit(pid, name):
    return re.search(name + r" +(\S+) +(\S+)", text(pid, "limits")).groups()


def everybody():
    """(pid, status) of all; some end while we look."""
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            yield pid, status(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass


def processes(inst):
    """{pid: (program, parent)} of the instance's own programs."""
    found, bins = {}, os.path.realpath(inst.path("bin")) + "/"
    for pid, st in everybody():
        try:
            exe = os.readlink("/proc/%d/exe" % pid)
        except PermissionError:  # not root, and it is not dumpable
            exe = bins + st["Name"].strip()
        except OSError:
            continue
        if exe.startswith(bins) and exe[len(bins):] in ROWS:
            found[pid] = exe[len(bins):], int(st["PPid"])
    return found if os.geteuid() == 0 else below(found, inst.proc.pid)


def below(found, ancestor):
    """Those that descend from a process."""
    parents = {pid: int(st["PPid"]) for pid, st in everybody()}

    def descends(pid):
        while pid in parents and pid != ancestor:
            pid = parents[pid]
        return pid == ancestor
    return {p: v for p, v in found.items()
            if descends(p)}


def role(pid, found):
    """daemon, acceptor (of a listener), signer, or session."""
    program, depth = found[pid][0], 0
    while found.get(found[pid][1], ("",))[0] == program:
        pid, depth = found[pid][1], depth + 1
    if ROWS[program]["tcp"]:
        return ("parent", "acceptor", "session")[min(depth, 2)]
    return "session" if depth else "daemon"


def listeners():
    """Inodes of listening sockets, of TCP and in the file system."""
    inodes = set()
    for name, column, state in (("tcp", 3, "0A"), ("tcp6", 3, "0A"),
                                ("unix", 3, "00010000")):
        with open("/proc/net/" + name, encoding="utf-8") as f:
            for line in f.readlines()[1:]:
                words = line.split()
                if words[column] == state:
                    inodes.add(words[6 if name == "unix" else 9])
    return inodes


def unexplained(inst, pid, program, what, row, heard):
    """Descriptors that nothing explains."""
    home, odd = os.path.realpath(inst.run) + "/", []
    for n in os.listdir("/proc/%d/fd" % pid):
        try:
            to = os.readlink("/proc/%d/fd/%s" % (pid, n))
            flags = int(re.search(r"flags:\s*(\d+)",
                                  text(pid, "fdinfo/" + n)).group(1), 8)
        except OSError:
            continue
        if to.startswith("socket:["):
            if what == "session" and to[8:-1] in heard:
                odd.append("%s: a listener" % n)
            continue
        if to.startswith(("pipe:[", "anon_inode:")) or to == "/dev/null":
            continue
        if program in ("smtpd", "pop3d") and what in ("parent", "acceptor") \
                and (to.startswith("/memfd:sessions") or to == home + "bin/"
                     + program and flags & os.O_PATH):
            continue
        path = to.replace(" (deleted)", "")
        if program == "queued" and path.startswith("/memfd:"):
            continue  # a message on its way
        if program == "queued" and to == "/proc/%d/fd" % pid \
                and flags & os.O_PATH:
            continue  # queue/own_fds.c
        if int(n) < 3 and path == home + "run/log.fifo":
            continue
        inside = path[len(home):] if path.startswith(home) else None
        if what == "daemon" and not flags & os.O_ACCMODE and inside in {
                os.path.dirname(s[0]) for s in row["serve"]}:
            continue  # lib/service_watch.c
        folders = row["write"] if flags & os.O_ACCMODE else \
            row["write"] + row["read"]
        if inside is None or not any(
                inside == d or inside.startswith(d + "/") for d in folders):
            odd.append("%s: %s (flags %o)" % (n, to, flags))
    return odd


def holds(inst, pid, program, what, heard):
    row, st, label = ROWS[program], status(pid), "%s %s: " % (program, what)
    check(label + "no_new_privs, filter", st["NoNewPrivs"].strip() == "1"
          and st["Seccomp"].strip() == "2", (st["NoNewPrivs"], st["Seccomp"]))
    check(label + "no capability", not any(
        int(st[c], 16) for c in ("CapInh", "CapPrm", "CapEff", "CapAmb")))
    check(label + "no core", limit(pid, "Max core file size") == ("0", "0"))
    mem = int(limit(pid, "Max data size")[1])
    check(label + "memory", mem == row["mem"] << 20
          or what == "session" and mem < row["mem"] << 20, mem)
    check(label + "files", int(limit(pid, "Max open files")[1])
          <= row["files"], limit(pid, "Max open files"))
    if os.geteuid() != 0:  # the rest is not ours to see
        return
    check(label + "environment", not text(pid, "environ").strip("\0"),
          text(pid, "environ")[:200])
    odd = unexplained(inst, pid, program, what, row, heard)
    check(label + "every descriptor is explained", not odd, odd)
    if what == "session" and program in ALONE:
        check(label + "no process more",
              limit(pid, "Max processes") == ("0", "0"))
    uid = str(inst.uid(row["account"]))
    check(label + "account", set(st["Uid"].split()) == {uid}
          and set(st["Gid"].split()) == {uid}, (st["Uid"], st["Gid"]))
    check(label + "no groups", not st["Groups"].strip(), st["Groups"])
    if row["secret"]:
        check(label + "not dumpable",
              os.stat("/proc/%d/fd" % pid).st_uid == 0)


def at_work(inst):
    """Opens sessions of each kind; what must stay open meanwhile."""
    held = [inst.smtp(), inst.pop3("demo", inst.demo_password())]
    held[0].ehlo()
    if "tlsd" in DAEMONS:
        tls = inst.smtp("SUBMISSION")
        tls._host = "mx.example.test"  # smtplib wants a name for SNI
        tls.ehlo()
        check("STARTTLS for a session of tlsd", tls.has_extn("starttls")
              and tls.starttls()[0] == 220)
        held.append(tls)
    if "queued" in DAEMONS:
        mail = inst.smtp()
        mail.sendmail("someone@far.example", ["demo@example.test"],
                      "From: someone@far.example\r\n\r\nhello\r\n")
        held.append(mail)
    return held


def main():
    if os.geteuid() != 0:
        skip("accounts, dumpable", "separate accounts need root")
    with (House if os.geteuid() == 0 else Instance)() as inst:
        held = at_work(inst)
        found, heard = processes(inst), listeners()
        for program in DAEMONS:
            check(program + " runs", any(
                p[0] == program for p in found.values()))
        seen = set()
        for pid in sorted(found):
            program, what = found[pid][0], role(pid, found)
            try:
                holds(inst, pid, program, what, heard)
            except (FileNotFoundError, ProcessLookupError):
                continue
            seen.add((program, what))
        for one in ("smtpd", "session"), ("mailboxd", "session"), \
                ("tlsd", "session"), ("smtpd", "parent"):
            check("%s %s was looked at" % one,
                  one in seen or one[0] not in DAEMONS)
        del held


main()
done()
