#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What relayd and authd take to answer: bench/questions.py [N]

100,000 windows open; questions one at a time over one connection, as smtpd,
authd, queued and pop3d ask them.  Then authd's hashing: logins a second of
different customers, and how long a cached one takes meanwhile.
"""
import os
import subprocess
import sys
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests/authd"))
from _accounts import argon2id, record, users  # noqa: E402
from home import UIDS, Home, msg, parse, recv, send  # noqa: E402

WINDOWS, HASHED = 100000, 200
n = sys.argv[1] if len(sys.argv) > 1 else "100000"


def pss(home, program):
    with open("/proc/%d/smaps_rollup" % home.procs[program].pid) as f:
        return [int(l.split()[1]) for l in f if l.startswith("Pss:")][0]


def cpu(home, program):
    with open("/proc/%d/stat" % home.procs[program].pid) as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def ask(home, account, what, *args):
    def become():
        if home.root:
            os.setgid(UIDS[account])
            os.setuid(UIDS[account])
    server = "authd" if what == "login" else "relayd"
    before = cpu(home, server)
    r = subprocess.run([os.path.join(ROOT, "bench/questions"), what, n, *args],
                       cwd=home.dir, preexec_fn=become, capture_output=True, text=True)
    print("%-7s %s%s  (%s: %.1f us CPU each)" % (
        what, r.stdout.strip(), r.stderr.strip(), server, (cpu(home, server) - before) /
        int(n) * 1e6), flush=True)


home = Home()
home.write("cdb/auth/users.cdb", users(dict(
    {"u%d" % i: [record("u%d" % i, argon2id("pw%d" % i))] for i in range(HASHED)},
    ann=[record("ann", argon2id("secret"))])))
home.start("relayd")
home.start("authd")
print("idle: relayd %d KiB PSS, authd %d KiB PSS" % (pss(home, "relayd"), pss(home, "authd")))
before = pss(home, "relayd")
with home.connect("run/relayd/open", "p-auth") as s:
    for i in range(WINDOWS):
        send(s, msg("O", 1, "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255), "m%d" % (i // 2)))
        recv(s)
print("%d windows: %.0f bytes each" % (
    WINDOWS, (pss(home, "relayd") - before) * 1024 / WINDOWS))
ask(home, "p-smtp", "check")
ask(home, "p-auth", "open")
grant = home.ask("run/relayd/check", msg("C", 1, "10.0.0.1", "", "", ""),
                 account="p-smtp")[1][4].decode()
ask(home, "p-queue", "redeem", grant)
ask(home, "p-pop3", "login")

t = time.monotonic()
home.stop("relayd", 9)
home.start("relayd")
print("kill -9 and ready again with %d windows: %.2f s" % (WINDOWS, time.monotonic() - t))


def login(i):
    with home.connect("run/authd/pop3", "p-pop3") as s:
        send(s, msg("V", 1, "u%d" % i, "pw%d" % i, "198.51.%d.%d" % (i >> 8, i & 255)))
        assert parse(recv(s)[0])[0] == "Y"


def some(k):
    for i in range(k, HASHED, 10):
        login(i)


threads = [threading.Thread(target=some, args=(k,)) for k in range(10)]
t = time.monotonic()
for x in threads:
    x.start()
for x in threads:
    x.join()
print("first logins (Argon2id 8 MiB): %.0f/s" % (HASHED / (time.monotonic() - t)))
