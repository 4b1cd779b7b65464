#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Starts every built daemon of conf-services and holds its processes against
the table: account, groups, capabilities, no_new_privs, filter, limits,
dumpable, environment, descriptors, memory; and its sockets: owner, mode,
strangers."""
import os
import re
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tlsd"))
from home import Home, ROOT, UIDS, check, done, free_port, skip  # noqa: E402
from _tls import make_cert  # noqa: E402


def read_rows():
    rows, row = {}, None
    with open(os.path.join(ROOT, "conf-services"), encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "program":
                row = rows[words[1]] = {
                    "folder": words[2], "account": words[3], "serve": [],
                    "secret": False, "tcp": False, "chroot": False}
            elif row and words[0] == "serve":
                row["serve"].append((words[1], words[2:]))
            elif row and words[0] in ("secret", "tcp", "chroot"):
                row[words[0]] = True
            elif row and words[0] in ("mem", "files", "procs", "fsize"):
                row[words[0]] = int(words[1])
    return rows


ROWS = read_rows()
# KiB of an idle process: its own (measured: 60 to 370; with OpenSSL 620 to 960),
# and mapped of files (at most 1500)
OWN_MOST, OWN_MOST_OF, FILES_MOST = 500, {"tlsd": 1400, "tlsd-out": 900}, 2500


def proc_text(pid, name):
    with open("/proc/%d/%s" % (pid, name), encoding="utf-8") as f:
        return f.read()


def status(pid):
    return dict(line.split(":\t", 1) for line in
                proc_text(pid, "status").splitlines() if ":\t" in line)


def limit(pid, name):
    m = re.search(name + r" +(\S+) +(\S+)", proc_text(pid, "limits"))
    return m.groups()


def family(pid):
    """pid and all that descends from it."""
    out = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True,
                         text=True).stdout
    pairs = [tuple(map(int, x.split())) for x in out.splitlines()]
    found = [pid]
    for p in found:
        found += [c for c, parent in pairs if parent == p]
    return found


def holds(home, name, row, pid, what):
    st = status(pid)
    label = "%s %s: " % (name, what)
    check(label + "no_new_privs, filter",
          st["NoNewPrivs"].strip() == "1" and st["Seccomp"].strip() == "2",
          st)
    check(label + "no capability", int(st["CapEff"], 16) == 0
          and int(st["CapPrm"], 16) == 0, st["CapEff"])
    check(label + "no core", limit(pid, "Max core file size") == ("0", "0"))
    check(label + "files", int(limit(pid, "Max open files")[1])
          <= row["files"], limit(pid, "Max open files"))
    check(label + "memory", int(limit(pid, "Max data size")[1])
          == row["mem"] << 20, limit(pid, "Max data size"))
    check(label + "file size", limit(pid, "Max file size") ==
          (str(row["fsize"] << 20),) * 2, limit(pid, "Max file size"))
    check(label + "little memory", int(st["RssAnon"].split()[0])
          <= OWN_MOST_OF.get(name, OWN_MOST)
          and int(st["RssFile"].split()[0]) <= FILES_MOST,
          (st["RssAnon"], st["RssFile"]))
    if not home.root:
        return
    uid = str(UIDS[row["account"]])
    check(label + "account", set(st["Uid"].split()) == {uid}
          and set(st["Gid"].split()) == {uid}, st["Uid"])
    check(label + "no groups", not st["Groups"].strip(), st["Groups"])
    if row["secret"]:
        check(label + "not dumpable",
              os.stat("/proc/%d/fd" % pid).st_uid == 0)
    if row["chroot"]:
        check(label + "its root is the home", os.readlink(
            "/proc/%d/root" % pid) == home.dir)
    fds = [os.readlink("/proc/%d/fd/%s" % (pid, n))
           for n in os.listdir("/proc/%d/fd" % pid)]
    check(label + "nothing open outside the home but the log",
          not [f for f in fds if f.startswith("/") and "(deleted)" not in f
               and not f.startswith((home.dir, "/dev/null", ROOT))
               and (name, f) != ("queued", "/proc/%d/fd" % pid)], fds)


def asks(home, path, uid):
    """As uid: "refused" (connect fails, or it is closed at once), "served"."""
    code = ("import os, socket, sys\n"
            "os.chdir(sys.argv[1]); os.setgroups([])\n"
            "u = int(sys.argv[3]); os.setgid(u); os.setuid(u)\n"
            "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
            "s.settimeout(0.5)\n"
            "try:\n"
            "    s.connect(sys.argv[2])\n"
            "    print('refused' if s.recv(10) == b'' else 'served')\n"
            "except TimeoutError: print('served')\n"
            "except OSError: print('refused')\n")
    return subprocess.run(
        [sys.executable, "-c", code, home.dir, path, str(uid)],
        capture_output=True, text=True, timeout=20).stdout.strip()


def sockets(home, row):
    for path, callers in row["serve"]:
        st = os.stat(home.path(path))
        uid = UIDS[row["account"]]
        accounts = [c for c in callers if c != "root"]
        one = {"admin": "p-admin"}.get(accounts[0], accounts[0]) \
            if len(accounts) == 1 and accounts[0] not in ("any", "members") \
            else None
        want = (UIDS[one], 0o660) if one else (uid, 0o666)
        check(path + ": owner and mode", st.st_uid == uid
              and (st.st_gid, stat.S_IMODE(st.st_mode)) == want,
              (st.st_uid, st.st_gid, oct(st.st_mode)))
        may = {UIDS[{"admin": "p-admin", "members": "p-admin"}.get(c, c)]
               for c in accounts if c != "any"}
        for account, who in sorted(UIDS.items()):
            if "any" in callers or who in may:
                continue
            got = asks(home, path, who)
            check("%s: not for %s" % (path, account), got == "refused", got)
        for who in may or [65534]:
            got = asks(home, path, who)
            check("%s: for %d" % (path, who), got == "served", got)
        if not {"root", "admin", "any", "members"} & set(callers):
            got = asks(home, path, 0)
            check(path + ": not for root", got == "refused", got)


def one(name, row):
    home = Home()
    args = ["-l", "127.0.0.1:%d" % free_port()] if row["tcp"] else []
    if name == "tlsd":  # refuses connections until it has one
        make_cert(home, "default")
    try:
        proc = home.start(name, *args, piped=True)
    except RuntimeError as e:
        check(name + " starts", False, str(e))
        home.close()
        return
    time.sleep(0.2)
    for i, pid in enumerate(family(proc.pid)):
        try:
            holds(home, name, row, pid, "child %d" % i if i else "itself")
        except (FileNotFoundError, ProcessLookupError):
            continue
    if home.root:
        sockets(home, row)
    check(name + " stops", home.stop(name) in (0, -15))
    home.close()


started = 0
for program, line in ROWS.items():
    if line["account"] == "caller":
        continue
    if os.access(os.path.join(ROOT, line["folder"], program), os.X_OK):
        one(program, line)
        started += 1
    else:
        skip(program, "not built")
if not started:
    skip("running processes", "nothing is built")
done()
