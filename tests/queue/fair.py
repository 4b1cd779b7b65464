#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued: a crowd delays nobody else; keys, backoff, routes, dead neighbours."""
import os
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
from home import Fake, check, done, msg, wait_for

home = queue_home(etc={"retry": "20\n"})
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))


def answer(domain, rcpt):
    if domain.startswith("dead"):
        time.sleep(3)
        return "T", "4.4.1", "connect timed out"
    if domain.startswith("slow"):
        time.sleep(0.1)
    return "K", "2.0.0", "250 ok"


remote.answer = answer
home.start("queued")


class Customers(Caller):
    """Each sender has an account of its own."""

    def envelope(self, op, sender, to, **kw):
        account = sender.partition("@")[0]
        return super().envelope(op, sender, to, **{"account": account, **kw})


c = Customers(home)


def fresh(to, grant="g"):
    """Seconds until a fresh message is there."""
    began = time.monotonic()
    op, ident = c.submit("fresh@far.example", [to], grant=grant)
    there = wait_for(lambda: ident in [x[0] for x in remote.sent]
                     or ident in [x[0] for x in local.delivered], 20)
    return time.monotonic() - began if op == "Y" and there else 99


def crowd(n, envelope):
    """Submits n messages; together, so that they share their syncs."""
    def submit(part):
        caller = Customers(home)
        for i in part:
            caller.submit(*envelope(i), grant="g")
        caller.close()
    threads = [threading.Thread(target=submit, args=(range(k, n, 16),))
               for k in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


real = local.deliver


def slowly(*job):
    time.sleep(0.001)
    return real(*job)


local.deliver = slowly
# a list of 10,000, here and elsewhere
many = ["u%d@near.test" % i for i in range(5000)]
many += ["u%d@list%d.example" % (i, i % 7) for i in range(5000)]
op, ident = c.submit("list@far.example", many, grant="g")
check("10,000 recipients: taken", op == "Y", ident)
wait_for(lambda: len(local.delivered) > 100)
for to in ("a@near.test", "a@good.example", "a@list3.example"):
    s = fresh(to)
    check("a fresh one to %s: %.2f s" % (to, s), s < 1)
check("still at it", len(local.delivered) + len(remote.sent) < 10000 - 100,
      (len(local.delivered), len(remote.sent)))
check("10,000 recipients: all", wait_for(
    lambda: len([1 for d in local.delivered if d[0] == ident]) == 5000
    and len([1 for s in remote.sent if s[0] == ident]) == 5000, 60),
    (len(local.delivered), len(remote.sent)))
check("jobs have 100 recipients at most", max(
    len(j[2]) for j in remote.jobs) == 100)
check("concurrency stays bounded", remote.most <= 40, remote.most)
check("domains are asked for once", len(remote.asked) <= 12, remote.asked)

local.deliver = real
# a list in 10,000 domains whose hosts take their time
op, ident = c.submit("list@far.example", [
    "u@slow%d.example" % i for i in range(10000)], grant="g")
for to in ("d@near.test", "d@good.example", "d@new1.example",
           "d@slow9999.example"):
    s = fresh(to)
    check("beside a list in 10,000 domains, to %s: %.2f s" % (to, s), s < 1)
n = len([x for x in remote.sent if x[0] == ident])
check("... which is at its beginning", n < 2000, n)
check("one sender never has all connections", remote.most <= 32, remote.most)
home.run("queuectl", "drop", ident)
check("... dropped", empty(home, 30), len(files(home)))

# what finds its way full waits on disk, and comes back as fast as that takes it
def paced(domain, rcpt):
    time.sleep(0.02)
    return "K", "2.0.0", "250 ok"


remote.answer = paced
remote.sent.clear()
began = time.monotonic()
crowd(1500, lambda i: ("s%d@far.example" % (i % 3),
                       ["x%d@paced.example" % i]))
check("1,500 by one way: all", wait_for(lambda: len(remote.sent) == 1500, 60),
      len(remote.sent))
took = time.monotonic() - began
check("... without gaps: %.1f s" % took, took < 15)
remote.answer = answer

# a crowd for a host that does not answer
crowd(5000, lambda i: ("s%d@far.example" % (i % 3),
                       ["x%d@dead.example" % i]))
for to in ("b@near.test", "b@good.example", "b@other.example"):
    s = fresh(to)
    check("beside 5,000 for a dead host, to %s: %.2f s" % (to, s), s < 1)
n = len([j for j in remote.jobs if j[1].startswith("dead")])
check("slow start: few tries of a dead host", n <= 30, n)
home.run("queuectl", "drop", "--domain", "dead.example")
check("... dropped", empty(home, 30), len(files(home)))

# the same for a host each: the sender's mail fills neither connections nor memory
crowd(3000, lambda i: ("s0@far.example", ["x@dead%d.example" % i]))
for to in ("e@near.test", "e@good.example", "e@other.example"):
    s = fresh(to)
    check("beside 3,000 for as many dead hosts, to %s: %.2f s" % (to, s),
          s < 1)
stats = home.run("queuectl", "stats").stdout
active = int(stats.split("active ")[1].split()[0])
check("... most of them wait on disk", active < 2000, stats)
home.run("queuectl", "drop", "--all")
check("... dropped", empty(home, 40), len(files(home)))
remote.jobs.clear()

for i in range(300):
    c.submit("s%d@far.example" % (i % 3), ["x@dead%d.example" % (i % 5)],
             grant="g")
for to in ("b@near.test", "b@good.example", "b@other.example"):
    s = fresh(to)
    check("beside 300 for five dead hosts, to %s: %.2f s" % (to, s), s < 1)
remote.slow = 0
n = len([j for j in remote.jobs if j[1].startswith("dead")])
check("slow start: few tries of a dead host", n <= 60, n)
home.run("queuectl", "drop", "--sender", "s0@far.example")
home.run("queuectl", "drop", "--sender", "s1@far.example")
home.run("queuectl", "drop", "--sender", "s2@far.example")
check("dropped", empty(home, 30), len(files(home)))

# dropped while its way is asked for
asked, go_on = threading.Event(), threading.Event()


def late(domain):
    if domain == "late.example":
        asked.set()
        go_on.wait(10)
    return domain


remote.key = late
op, ident = c.submit("s@far.example", ["x@late.example"], grant="g")
asked.wait(10)
home.run("queuectl", "drop", ident)
go_on.set()
check("dropped while its way is asked for: never tried", empty(home)
      and not [j for j in remote.jobs if j[0] == ident], files(home))
remote.key = lambda domain: domain

# 'slow' lets a place rest: no further try while it does
remote.slow, remote.answer = 3, lambda d, r: ("T", "4.7.0", "421 too many")
c.submit("s@far.example", ["1@rest.example"], grant="g")
wait_for(lambda: "resting key=rest.example" in home.log("queued"))
n = len(remote.jobs)
for i in range(5):
    c.submit("s@far.example", ["%d@rest.example" % i], grant="g")
check("resting: deferred with its words", wait_for(
    lambda: home.log("queued").count('reason="421 too many"') >= 6))
check("resting: not asked again", len(remote.jobs) == n, len(remote.jobs))
for i in range(2):
    n = home.log("queued").count("resting key=rest.example")
    home.run("queuectl", "retry", "--domain", "rest.example")
    wait_for(lambda: home.log("queued").count(
        "resting key=rest.example") > n)
rests = re.findall(r"resting key=rest.example seconds=(\d+)",
                   home.log("queued"))
check("each rest is twice the one before", len(rests) >= 3 and all(
    int(b) == 2 * int(a) for a, b in zip(rests, rests[1:])) and rests[0]
    == "10", rests)
remote.slow, remote.answer = 0, lambda d, r: ("K", "2.0.0", "ok")
home.run("queuectl", "retry")
check("retry is stronger", empty(home), files(home))

# neighbours that are dead, stopped, or talk nonsense
local.die()
op, ident = c.submit("s@far.example", ["w@near.test"])
check("deliver-local is down: taken", op == "Y", ident)
local2 = FakeLocal(home)
check("... delivered when it is back", wait_for(
    lambda: len(local2.to("w")) == 1, 15))
remote.die()
op, ident = c.submit("s@far.example", ["w@good.example"], grant="g")
check("deliver-remote is down: taken", op == "Y", ident)
remote2 = FakeRemote(home)
check("... sent when it is back", wait_for(
    lambda: len(remote2.sent) == 1, 15), home.log("queued")[-500:])
local2.fault = None
good, bad = local2.handle, []


def nonsense(op, f, fds):
    for fd in fds:
        os.close(fd)
    bad.append(op)
    return [msg("S", 99, "a", "b"), b"garbage", msg("K", f[1], "../x"),
            msg("X", f[1], "odd", "", "", "", "", "", b"a\0"),
            msg("M", f[1], "", "a@b.example"), None][len(bad) % 6]


local2.handle = nonsense
op, ident = c.submit("s@far.example", ["n@near.test"])
check("nonsense: taken", op == "Y")
wait_for(lambda: len(bad) >= 4, 10)
local2.handle = good
home.run("queuectl", "retry")
check("nonsense: delivered once", wait_for(
    lambda: len(local2.to("n")) == 1, 15), local2.delivered)
check("spool empty", empty(home), files(home))
check("one process all the while", home.procs["queued"].poll() is None)
check("ends on SIGTERM", home.stop("queued", signal.SIGTERM)
      in (0, -signal.SIGTERM))
done()
