#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued: a customer whose mail goes to many places that hang does not hold up the
others, whatever senders it writes from and wherever theirs goes."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, queue_home
from home import Fake, check, done, msg, wait_for

home = queue_home(etc={"retry": "20\n"})
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
end = threading.Event()


def answer(domain, rcpt):
    if domain.startswith("tar"):
        end.wait(60)
        return "T", "4.4.2", "timeout at the greeting"
    return "K", "2.0.0", "250 ok"


remote.answer = answer
home.start("queued")
c = Caller(home)


def seconds(to, account):
    began = time.monotonic()
    op, ident = c.submit("fresh@near.test", [to], grant="g", account=account)
    there = wait_for(lambda: ident in [x[0] for x in remote.sent], 10)
    return time.monotonic() - began if op == "Y" and there else 99


def tarpit(n, account, first=0):
    for i in range(n):
        c.submit("%s+%d@near.test" % (account or "out", i % 5),
                 ["x@tar%d.example" % (first + i % 40)],
                 grant="g", account=account)


check("a place that works", seconds("a@good.example", "bob") < 5)
tarpit(100, "ann")
wait_for(lambda: remote.open >= 22)
time.sleep(0.5)
check("one account, five senders, 40 tarpits: not all connections",
      20 <= remote.open <= 24, remote.open)
for to in ("b@good.example", "b@new.example", "b@new2.example"):
    s = seconds(to, "bob")
    check("another customer, to %s: %.2f s" % (to, s), s < 2)
s = seconds("c@good.example", "ann")
check("its own mail to a place that works: %.2f s" % s, s < 2)
tarpit(100, "eve", 40)
tarpit(100, "", 80)
time.sleep(0.5)
check("three of them: never more than 30 connections in doubt",
      remote.open <= 30, remote.open)
for to in ("d@good.example", "d@new.example"):
    s = seconds(to, "bob")
    check("another customer, to %s: %.2f s" % (to, s), s < 2)
for i in range(4):
    tarpit(20, "more%d" % i, 120)
time.sleep(0.5)
for i in range(2):
    s = seconds("e@new%d.example" % (10 + i), "late%d" % i)
    check("one that comes when these are taken, to a place that nobody knows: "
          "%.2f s" % s, s < 2)
for i in range(20):
    tarpit(2, "many%d" % i, 200 + 2 * i)
time.sleep(0.5)
check("many of them: never more than 36", 30 < remote.open <= 36, remote.open)
s = seconds("f@good.example", "bob")
check("then still one to a place that works: %.2f s" % s, s < 2)
remote.conns = []
end.set()
done()
