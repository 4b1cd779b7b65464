#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Neighbours that never answer: 4xx within the callers' patience, and nobody
else waits.  Sessions run side by side, so it takes as long as the slowest."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene  # noqa: E402
from home import check, done  # noqa: E402

scene = Scene()
for name in "relayd", "authd", "usage":
    scene.mode[name] = "slow"


def timed(name, seconds, want, ip, *commands):
    c = Client(scene.ucspi(ip=ip))
    c.sock.settimeout(60)
    c.hello()
    for command in commands[:-1]:
        c.cmd(command)
    began = time.monotonic()
    r = c.cmd(commands[-1])
    took = time.monotonic() - began
    check(name, r.startswith(want) and took < seconds,
          "%r after %.1f s" % (r, took))
    check(name + ": the session goes on", c.cmd("NOOP")[:3] == "250")


mail = "MAIL FROM:<fred@example.test>"
threads = [threading.Thread(target=timed, args=a) for a in (
    ("relayd", 7, "451 4.3.0", "192.0.2.1", mail, "RCPT TO:<x@far.example>"),
    ("usage", 12, "451 4.3.0", "192.0.2.2", mail,
     "RCPT TO:<room@example.test>"),
    ("authd", 32, "454 4.7.0", "127.0.0.1",
     "AUTH PLAIN AHdpZGdldDAxAHJpZ2h0"))]
for t in threads:
    t.start()
c = Client(scene.ucspi())
began = time.monotonic()
c.hello()
c.envelope("a@b.example", "fred@example.test")
r = c.message("Subject: x\r\n\r\n.\r\n")
check("a plain message meanwhile",
      r[:3] == "250" and time.monotonic() - began < 2, r)
for t in threads:
    t.join()
scene.mode["authd"] = "ok"
for token, want in ("token", "235"), ("", "454"):
    scene.passwords["widget01"] = ("right", "Y", "widget01", token)
    c = Client(scene.ucspi(ip="127.0.0.1"))
    c.hello()
    r = c.cmd("AUTH PLAIN AHdpZGdldDAxAHJpZ2h0")
    check("authd says yes, and of a token %r" % token, r[:3] == want, r)
done()
