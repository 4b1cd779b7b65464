#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A whole instance under load while something is used up or gone: disks and
inodes full, read-only, descriptors, processes, memory, tables missing or
half-written, a Maildir moved away, the log's disk full, the logger stopped, a
daemon down.  Each is mended after a while, and nothing else is: no acknowledged
mail is lost or doubled, and nothing bounces, though messages live for one
second only: faults of our own do not count.

  everything.py [full] [NAME...]      TORTURE_SECONDS=0.7 (full: 8) each; without
"full" or a name, some of them
"""
import atexit
import os
import random
import resource
import signal
import smtplib
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _house  # noqa: E402
import _run  # noqa: E402
from home import (PROGRAMS, check, done, set_limit, skip,  # noqa: E402
                  wait_for)

FULL = "full" in sys.argv
SECONDS = float(os.environ.get("TORTURE_SECONDS", "8" if FULL else "0.7"))
RECOVER_SECONDS = 60
# messages wait in the queue, for longer than they may live: always tried
WAITING_SECONDS = 2.5
WAITING = ("full disk: mail", "read-only: mail", "down: deliver-local",
           "down: deliver-remote", "down: resolver",
           "table missing: public/mailboxes.cdb")
ROOT = os.geteuid() == 0
# log: s6-log keeps 20 files of 10 MB, and the whole run writes most of them
DISKS = {"queue": "size=16m,nr_inodes=2000", "mail": "size=300m,nr_inodes=20000",
         "log": "size=300m" if FULL else "size=32m"}
TABLES = ("public/aliases.cdb", "public/mailboxes.cdb", "auth/users.cdb",
          "relay/nets.cdb")
COMPLAINTS = ("warning", "fatal", "deferred", "refused", "result=later")
FORKING = ("smtpd", "pop3d", "mailboxd", "deliver-local", "deliver-remote",
           "tlsd", "tlsd-out")
DAEMONS = sorted(n for n, row in PROGRAMS.items() if row["account"] != "caller")


def mount_disks(inst):
    """Small ones below the instance, before its first start."""
    if not ROOT:
        return
    for name, options in DISKS.items():
        path = inst.path(name)
        os.makedirs(path)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none",
                               path], capture_output=True)
        if done.returncode:
            skip("small disks", done.stderr.decode().strip())
            DISKS.clear()
            return
        atexit.register(subprocess.run, ["umount", "-l", path])


def disk_full(inst, name):
    path = inst.path(name, ".filler")
    with open(path, "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(65536))
        except OSError:
            pass
    return lambda: os.unlink(path)


def inodes_gone(inst, name):
    folder, n = inst.path(name, ".filler"), 0
    os.mkdir(folder)
    try:
        while True:
            open("%s/%d" % (folder, n), "w").close()
            n += 1
    except OSError:
        pass
    return lambda: subprocess.run(["rm", "-r", folder], check=True)


def read_only(inst, name):
    def remount(how):
        return subprocess.run(["mount", "-o", "remount," + how, inst.path(name)],
                              capture_output=True).returncode == 0
    down = None
    if name == "queue":  # queued has its lock open for writing
        down = daemon_down(inst, "queued")
    check("%s is read-only" % name, wait_for(lambda: remount("ro"), 20))
    if down:
        down()
    return lambda: remount("rw")


def table_missing(inst, name):
    path = inst.path("cdb", name)
    os.rename(path, path + ".away")
    return lambda: os.rename(path + ".away", path)


def table_half(inst, name):
    mend = table_missing(inst, name)
    path = inst.path("cdb", name)
    with open(path + ".away", "rb") as f:
        data = f.read()
    st = os.stat(path + ".away")
    with open(path + ".half", "wb") as f:
        f.write(data[:len(data) // 2])
        os.fchown(f.fileno(), st.st_uid, st.st_gid)
        os.fchmod(f.fileno(), st.st_mode)
    os.rename(path + ".half", path)
    return mend


def limit(inst, what, programs, value):
    """Takes from live processes; value(pid): the new limit."""
    number = getattr(resource, "RLIMIT_" + what)

    def each(soft):
        n = 0
        for pid, comm in _house.processes(inst).items():
            if comm in programs:
                try:
                    n += set_limit(pid, number, soft(pid))
                except (OSError, StopIteration):
                    pass  # it has ended
        return n
    check("%s: %s is limited" % (what, ", ".join(programs)), each(value))
    return lambda: each(lambda pid: None)


def open_files(pid):
    """No further one; or hardly one, where we may not count them."""
    if not ROOT:
        return 6
    there = set(map(int, os.listdir("/proc/%d/fd" % pid)))
    return next(n for n in range(len(there) + 1) if n not in there)


def descriptors_gone(inst, program):
    return limit(inst, "NOFILE", [program], open_files)


def memory_gone(inst, program):
    return limit(inst, "AS", [program], lambda pid: 4096)


def processes_gone(inst, program):
    return limit(inst, "NPROC", [program], lambda pid: 1)


def maildir_gone(inst, box):
    """The whole folder; what was in it counts as moved."""
    away = inst.path("mail", ".away")
    os.rename(inst.path("mail", box), away)
    return lambda: inst.moved(box, away)


def logger_stopped(inst, name):
    pids = [p for p, comm in _house.processes(inst).items() if comm == "s6-log"]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return lambda: [os.kill(p, signal.SIGCONT) for p in pids]


def daemon_down(inst, name):
    service = inst.path("service", name)
    subprocess.run(["s6-svc", "-wD", "-T", "10000", "-d", service])
    return lambda: subprocess.run(["s6-svc", "-u", service])


def phases():
    """[(name, function, argument)]"""
    out = []
    for disk in DISKS if ROOT else ():
        out.append(("full disk: " + disk, disk_full, disk))
    for disk in ("queue", "mail") if ROOT and DISKS else ():
        out.append(("no inodes: " + disk, inodes_gone, disk))
        out.append(("read-only: " + disk, read_only, disk))
    for table in TABLES:
        out.append(("table missing: " + table, table_missing, table))
        out.append(("table half-written: " + table, table_half, table))
    for program in DAEMONS:
        out.append(("no descriptors: " + program, descriptors_gone, program))
        out.append(("no memory: " + program, memory_gone, program))
        out.append(("down: " + program, daemon_down, program))
    for program in FORKING:
        out.append(("no processes: " + program, processes_gone, program))
    out.append(("Maildir gone: bob", maildir_gone, "bob"))
    out.append(("logger stopped", logger_stopped, ""))
    return out


def some(every, rng):
    """Of those that differ only in whom they hit, a few."""
    kinds = {}
    for phase in every:
        kinds.setdefault(phase[0].split(":")[0], []).append(phase)
    picked = [p for of in kinds.values() for p in rng.sample(
        of, min(len(of), 3 if of[0][2] in DISKS else 2))]
    return [p for p in every if p in picked or p[0] in WAITING]


def answer_at_data(inst):
    """What smtpd says to DATA, or to what comes before."""
    with inst.smtp() as client:
        client.ehlo()
        for command in ("MAIL FROM:<a@far.test>", "RCPT TO:<load@example.test>",
                        "DATA"):
            code, text = client.docmd(command)
            if code >= 400:
                break
        client.close()
    return code, text


def meanwhile(inst, load, name, before):
    """What must hold as long as it lasts."""
    if name in ("full disk: queue", "no inodes: queue"):
        got = answer_at_data(inst)
        check(name + ": 452 4.3.1 in place of 354", got[0] == 452
              and got[1].startswith(b"4.3.1"), got)
        listed = inst.tool("queuectl", "list", ok=None)
        check(name + ": queuectl answers", listed.returncode == 0,
              listed.stderr)
    if name in ("full disk: log", "logger stopped"):
        check(name + ": nobody waits for the log", wait_for(
            lambda: len(load.acked) > before + 20, 20),
            len(load.acked) - before)


def flood(inst):
    """More lines than the pipe to the logger holds."""
    for _ in range(60):
        with inst.smtp() as client:
            client.ehlo()
            for _ in range(20):
                client.docmd("MAIL FROM:<a@far.test>")
                client.docmd("RCPT TO:<%s@example.test>" % ("n" * 60))
                client.rset()


def run(inst, load, name, function, argument):
    before, began, logged = len(load.acked), time.monotonic(), len(inst.log())
    mend = function(inst, argument)
    try:
        if name == "logger stopped":
            flood(inst)
        time.sleep(max(SECONDS, WAITING_SECONDS) if name in WAITING
                   else SECONDS)
        meanwhile(inst, load, name, before)
    finally:
        mend()
    now = len(load.acked)
    mended = time.monotonic()
    ok = check("%s: mail flows again" % name, wait_for(
        lambda: len(load.acked) >= now + 8, RECOVER_SECONDS))
    said = [x for x in inst.log()[logged:].splitlines()
            if any(w in x for w in COMPLAINTS)]
    print("# %s: %d acknowledged in %.1f s, again after %.1f s; %d complaints: %s"
          % (name, now - before, mended - began, time.monotonic() - mended,
             len(said), said[-1].split(" ", 2)[2].strip() if said else ""))
    if name == "logger stopped":
        check("dropped lines are counted", inst.wait_log("log lines dropped"))
    return ok


def moved(inst, load):
    """inst.moved(): a mailbox was moved away, and looked at there."""
    def take(box, folder):
        for sub in "new", "cur":
            path = os.path.join(folder, sub)
            for name in os.listdir(path) if os.path.isdir(path) else ():
                with open(os.path.join(path, name), "rb") as f:
                    load.moved[box, name.split(":")[0].split(",")[0]] = \
                        load.judge(box, f.read())
        subprocess.run(["rm", "-r", folder], check=True)
    inst.moved = take


def main():
    names = [a for a in sys.argv[1:] if a != "full"]
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1 << 30)
    chosen = [p for p in phases() if not names or any(n in p[0] for n in names)]
    if not names and not FULL:
        print("# SEED=%d" % seed)
        chosen = some(chosen, random.Random(seed))
    inst, passwords, sink, _ = _house.world(mount_disks, lifetime=1)
    load = _house.begin(inst, passwords)
    moved(inst, load)
    began = time.monotonic()
    wait_for(lambda: len(load.acked) > 5)
    tried = []
    for phase in chosen:
        tried.append((phase[0], run(inst, load, *phase)))
    if not ROOT:
        skip("disks", "mounting small ones needs root")
    bad = _house.end(inst, load, sink)
    kinds = {}
    for name, ok in tried:
        kind, whom = name.split(":") if ":" in name else (name, "")
        kinds.setdefault(kind, []).append((whom, ok))
    for kind, of in kinds.items():
        _run.record(kind + ":" * bool(of[0][0]) + ",".join(w for w, _ in of),
                    len(of), len(bad) + sum(not ok for _, ok in of),
                    (time.monotonic() - began) * len(of) / len(tried),
                    "torture/everything.py", "full", "'%s'" % kind)
    done()


if __name__ == "__main__":
    main()
