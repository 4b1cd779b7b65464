#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Messages that smtpd takes a second, and its CPU a message:
bench/smtp_in.py [SECONDS]

Ten clients, 4 KiB, one message a connection and many; 100 KiB; fifty
recipients.  A stand-in for queued says yes at once, so this is smtpd alone.
Then the memory of an idle session.
"""
import os
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
import cdb  # noqa: E402
from home import Home, free_port, wait_for  # noqa: E402

CLIENTS, IDLE = 10, 100
TICK = os.sysconf("SC_CLK_TCK")
seconds = sys.argv[1] if len(sys.argv) > 1 else "3"
boxes = ["box%03d" % i for i in range(100)]
home = Home(etc={"connections-ip": "1000", "connections-net": "1000"})
home.write("cdb/public/aliases.cdb", cdb.aliases(
    ["example.test"], {b + "@example.test": b for b in boxes}, postmaster=boxes[0]))
home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(boxes))


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
    """Seconds used by smtpd and the children it has waited for."""
    total = 0
    for pid in tree(smtpd.pid):
        try:
            with open("/proc/%d/stat" % pid) as f:
                fields = f.read().rsplit(")", 1)[1].split()
            total += sum(map(int, fields[11:15]))
        except FileNotFoundError:
            pass
    return total / TICK


load = os.path.join(tempfile.gettempdir(), "smtp_load.%d" % os.getpid())
subprocess.run(["gcc", "-O2", "-o", load, ROOT + "/bench/smtp_load.c"],
               check=True)
queued = subprocess.Popen([load, "queued", home.path("run/queue/smtp")])
wait_for(lambda: os.path.exists(home.path("run/queue/smtp")))
port = free_port()
smtpd = home.start("smtpd", "-l", "127.0.0.1:%d,smtp" % port)


def measure(name, each, size, rcpts=1):
    before = cpu()
    got = subprocess.run(
        [load, str(port), str(CLIENTS), seconds, str(each), str(size)]
        + [b + "@example.test" for b in boxes[:rcpts]],
        capture_output=True, text=True, check=True)
    time.sleep(0.5)  # the last children are waited for
    used = cpu() - before
    words = got.stdout.split()
    n, took, failed = int(words[1]), float(words[3]), int(words[5])
    print("%-36s %7.0f messages/s %7.3f ms CPU a message  %d failed" % (
        name, n / took, used * 1000 / max(n, 1), failed), flush=True)


try:
    measure("warm-up", 1, 4096)
    measure("4 KiB, one a connection", 1, 4096)
    measure("4 KiB, many a connection", 0, 4096)
    measure("100 KiB, many a connection", 0, 102400)
    measure("4 KiB to 50 mailboxes", 0, 4096, 50)
    held = []
    for _ in range(IDLE):
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(b"EHLO idle\r\n")
        while b"ENHANCED" not in s.recv(4096):
            pass
        held.append(s)
    parents = [smtpd.pid] + tree(smtpd.pid)[1:2]
    pss = []
    for pid in tree(smtpd.pid):
        with open("/proc/%d/smaps_rollup" % pid) as f:
            kib = [int(x.split()[1]) for x in f if x.startswith("Pss:")]
        if pid not in parents:
            pss += kib
    print("idle session, %d at once: %.0f KiB PSS each" % (
        len(pss), sum(pss) / len(pss)))
finally:
    queued.terminate()
    os.unlink(load)
