#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""POP3 sessions a second, and CPU a session: bench/pop3.py [SECONDS]

Ten clients, a mailbox each: empty; with ten messages of 4 KiB fetched one by
one, and pipelined.  Server CPU is that of pop3d, mailboxd, authd and relayd
with their children.  Passwords are really checked (the first time; then authd
has them cached, as for any client that polls).  Then the memory of an idle
session.
"""
import os
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests/pop3d"))
from _pop import Pop, read_until  # noqa: E402
from home import free_port  # noqa: E402

CLIENTS, IDLE = 10, 50
TICK = os.sysconf("SC_CLK_TCK")
seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
boxes = ["box%03d" % i for i in range(max(CLIENTS, IDLE))]
pop = Pop(boxes, **{"connections-ip": "1000", "connections-net": "1000"})


def tree(pid):
    """A process and all below it."""
    pids = [pid]
    for p in pids:
        try:
            with open("/proc/%d/task/%d/children" % (p, p)) as f:
                pids += [int(c) for c in f.read().split()]
        except FileNotFoundError:
            pass
    return pids


def cpu():
    """Seconds that each daemon used, with the children it has waited for."""
    used = {}
    for name, proc in pop.home.procs.items():
        used[name] = 0
        for pid in tree(proc.pid):
            try:
                with open("/proc/%d/stat" % pid) as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                used[name] += sum(map(int, fields[11:15])) / TICK
            except FileNotFoundError:
                pass
    return used


for fake in pop.home.fakes:  # the real ones serve here
    fake.close()
pop.home.fakes.clear()
logins = []
for box in boxes:
    added = pop.home.run("userdb", "add", box)
    if added.returncode:
        sys.exit("userdb add: " + added.stderr)
    logins.append(box + ":" + added.stdout.strip())
pop.home.start("relayd")
pop.home.start("authd")
mail = b"Subject: four KiB\n\n" + (b"x" * 63 + b"\n") * 63 + b"y" * 44 + b"\n"
pop.home.start("mailboxd")
port = free_port()
pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port)
load = os.path.join(tempfile.gettempdir(), "pop3_load.%d" % os.getpid())
subprocess.run(["gcc", "-O2", "-o", load, ROOT + "/bench/pop3_load.c"],
               check=True)


def measure(name, messages, pipeline):
    before = cpu()
    got = subprocess.run(
        [load, str(port), str(CLIENTS), str(seconds), str(messages),
         str(pipeline)] + logins[:CLIENTS],
        capture_output=True, text=True)
    time.sleep(1.2)  # the daemons wait for their last children
    used = {name: t - before[name] for name, t in cpu().items()}
    words = got.stdout.split()
    n, took, failed = int(words[1]), float(words[3]), int(words[5])
    print("%-32s %6.0f sessions/s %6.3f ms CPU a session (%s)%s" % (
        name, n / took, sum(used.values()) * 1000 / max(n, 1),
        ", ".join("%s %.3f" % (d, t * 1000 / max(n, 1))
                  for d, t in used.items()),
        "  %d failed" % failed if failed else ""))


try:
    for box in boxes:
        pop.fill({}, box)
    measure("warm-up", 0, 0)
    measure("empty mailbox", 0, 0)
    for box in boxes[:CLIENTS]:
        pop.fill({"%d.P%d.mx,S=%d,W=%d:2,S" % (
            1700000000 + i, i, len(mail), len(mail) + mail.count(b"\n")): mail
            for i in range(10)}, box)
    measure("10 messages of 4 KiB, one by one", 10, 0)
    measure("10 messages of 4 KiB, pipelined", 10, 1)
    held = []
    for login in logins:
        s = socket.create_connection(("127.0.0.1", port))
        name, password = login.split(":")
        s.sendall(("USER %s\r\nPASS %s\r\n" % (name, password)).encode())
        read_until(s, b"messages\r\n")
        held.append(s)
    master = pop.home.procs["mailboxd"].pid
    pss = []
    for pid in tree(master)[1:]:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            pss += [int(x.split()[1]) for x in f if x.startswith("Pss:")]
    print("idle session, %d at once: %.0f KiB PSS each" % (
        len(pss), sum(pss) / len(pss)))
finally:
    os.unlink(load)
