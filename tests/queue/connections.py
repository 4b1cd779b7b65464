#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Connections that local users hold: so many of one, so many of all, and smtpd
has its own; a line in the log a minute."""
import os
import resource
import socket
import sys

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, queue_home
from home import check, done, hung_up, set_effective, skip, wait_for

UID, INJECT = 100, 1000  # SESSIONS_UID_MAX, SESSIONS_INJECT_MAX
CONTROL = 16  # CONTROL_SESSIONS_MAX
FIRST = 1900000000  # uids of nobody

if os.geteuid() != 0:
    skip("connections of other users", "needs root")
    done()
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
home = queue_home()
home.start("queued")
local = FakeLocal(home)
held = []


def connect(uid, path="run/queue/inject"):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.settimeout(20)
    set_effective("uid", uid)
    try:
        sock.connect(home.path(path))
    finally:
        set_effective("uid", 0)
    held.append(sock)
    return sock


def lines():
    return home.log("queued").count("too many connections")


for _ in range(UID):
    connect(FIRST)
check("one user's hundredth is served", not hung_up(held[-1], 0.3))
check("the next is not", all(hung_up(connect(FIRST)) for _ in range(50)))
check("... one line says so", lines() == 1 and "refused uid=%d reason=" % FIRST
      in home.log("queued"), home.log("queued"))
check("another user is served", not hung_up(connect(FIRST + 1), 0.3))
c = Caller(home)
check("smtpd is", c.submit("a@far.example", ["a@near.test"])[0] == "Y")
for user in range(2, 12):
    for _ in range(UID):
        connect(FIRST + user)
check("all users' together have an end", hung_up(connect(FIRST + 20)))
check("root is served", not hung_up(connect(0), 0.3))
check("... it is a line a minute", lines() == 1, lines())
d = Caller(home)
check("smtpd has its own", d.submit("a@far.example", ["a@near.test"])[0] == "Y")
for sock in held:
    sock.close()
check("room again when they leave", wait_for(
    lambda: not hung_up(connect(FIRST), 0.3), 20))

# queuectl's
steering = [connect(0, "run/queue/control") for _ in range(CONTROL)]
check("so many queuectl at once", not any(hung_up(s, 0.1) for s in steering))
check("one more is refused", hung_up(connect(0, "run/queue/control")))
steering[0].close()
check("until one ends", wait_for(
    lambda: not hung_up(connect(0, "run/queue/control"), 0.3), 20))
done()
