#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Cut-through: the way that names nothing before all is durable is taken, and
left for the spool where it must be; whatever happens, each mailbox gets its
message once."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, empty, files, msg, parse, queue_home
from _queue import wait_for
from home import check, done

CUT_TARGETS_MAX, CUT_RECIPIENTS_MAX, CUT_SECONDS = 2000, 50, 3
home = queue_home()
local = FakeLocal(home)
home.start("queued")
c = Caller(home)
two = ["a@near.test", "b@near.test"]
plain = local.handle


def ops():
    got = "".join(local.ops)
    local.ops.clear()
    return got


def boxes(ident):
    return sorted(d[1] for d in local.delivered if d[0] == ident)


def once(name, op, ident, want=("a", "b")):
    check(name + ": taken, and delivered once", op == "Y" and wait_for(
        lambda: boxes(ident) == list(want) and empty(home), 20),
        (op, ident, boxes(ident), files(home)))


op, ident = c.submit("s@far.example", two)
once("all is well", op, ident)
check("... without a name, then linked", ops() == "CCLL")

# one of them is not for a mailbox
local.refuse["no@near.test"] = ("5.1.1", "no such mailbox here")
op, ident = c.submit("", two + ["no@near.test"])
once("one is refused", op, ident)
got = ops()
check("... the others are delivered again, by name, and the postmaster is told",
      got.startswith("CCC") and sorted(got) == sorted("CCC" + 3 * "DR"), got)

# the worker is gone after it linked, and before it said so
died = []


def dies(op, f, fds):
    answer = plain(op, f, fds)
    if op == "L" and not died:
        died.append(f)
        return None
    return answer


local.handle = dies
op, ident = c.submit("s@far.example", two)
once("a worker dies after a link", op, ident)
got = ops()
check("... it is asked for again, and nothing else is",
      got.startswith("CC") and set(got) == set("CL") and died, got)

# a link that fails
failed = []


def fails(op, f, fds):
    if op == "L" and not failed:
        failed.append(f)
        os.close(fds[0])
        local.ops.append(op)
        return msg("T", f[1], "no room")
    return plain(op, f, fds)


local.handle = fails
op, ident = c.submit("s@far.example", two)
check("a link fails: taken", op == "Y" and failed)
home.run("queuectl", "retry")
once("a link fails", op, ident)
got = ops()
check("... by the spool, that one alone", sorted(got) == sorted("CCLLDR"), got)

# deliver-local takes its time
slow = threading.Event()


def later(op_slow):
    def handle(op, f, fds):
        if op == op_slow:
            slow.wait(20)
        return plain(op, f, fds)
    return handle


local.handle = later("C")
began = time.monotonic()
op, ident = c.submit("s@far.example", two)
took = time.monotonic() - began
check("slow to stage: taken by the spool meanwhile",
      op == "Y" and CUT_SECONDS - 1 < took < CUT_SECONDS + 5, (op, took))
slow.set()
once("slow to stage", op, ident)
got = ops()
check("... by name", got.count("D") == got.count("R") == 2, got)

slow.clear()
local.handle = later("L")
threading.Timer(CUT_SECONDS + 2, slow.set).start()
began = time.monotonic()
op, ident = c.submit("s@far.example", two)
took = time.monotonic() - began
check("slow to link: only that answer counts", op == "Y" and
      took > CUT_SECONDS and not files(home), (op, took))
once("slow to link", op, ident)
got = ops()
check("... no second delivery", got == "CCLL", got)

# a file is named by the worker that made it, while that can take it
makers, named = {}, []


def who(op, f, fds):
    if op == "C":
        answer = plain(op, f, fds)
        makers[os.fstat(answer[1][0]).st_ino] = threading.get_ident()
        return answer
    if op == "L":
        named.append(makers[os.fstat(fds[0]).st_ino] == threading.get_ident())
    return plain(op, f, fds)


local.handle = who
several = [Caller(home) for _ in range(3)]
threads = [threading.Thread(target=caller.submit, args=(
    "s@far.example", ["w%d@near.test" % i for i in range(40)]))
    for caller in several]
for t in threads:
    t.start()
for t in threads:
    t.join()
check("links go where the files came from", len(named) == 120 and
      all(named) and len(set(makers.values())) > 1,
      (len(named), named.count(False), set(makers.values())))
for caller in several:
    caller.close()
ops()

# so many at once, and no more
slow.clear()
local.handle = later("C")
many = ["u%d@near.test" % i for i in range(CUT_RECIPIENTS_MAX)]
over = 2
taken, at = [], []


def submit():
    op, ident = Caller(home).submit("s@far.example", many)
    at.append(time.monotonic() - began)
    taken.append((op, ident))


began = time.monotonic()
threads = [threading.Thread(target=submit) for _ in range(
    CUT_TARGETS_MAX // CUT_RECIPIENTS_MAX + over)]
for t in threads:
    t.start()
wait_for(lambda: len(at) >= over, CUT_SECONDS - 1)
time.sleep(0.3)
check("as many descriptors as may be held: further ones go to the spool",
      len(at) == over and max(at) < CUT_SECONDS, at)
slow.set()
for t in threads:
    t.join()
check("... and all come", {op for op, _ in taken} == {"Y"} and wait_for(
    lambda: all(len(boxes(i)) == len(many) for _, i in taken) and empty(home),
    30), [len(boxes(i)) for _, i in taken])
check("no descriptor is left behind", wait_for(lambda: len(os.listdir(
    "/proc/%d/fd" % home.procs["queued"].pid)) < 60))
done()
