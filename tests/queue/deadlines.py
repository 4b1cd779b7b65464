#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued's patience with its neighbours, waited out on a clock that runs 60 times
as fast (1200 for deliver-remote's three quarters of an hour): whoever hangs costs
no message, bounces none, and a client has its answer in time."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, files, queue_home
from home import Fake, check, done, msg, skip, wait_for
from patience import Waits

CUT, LOCAL, REMOTE, ROUTE = 3, 120, 2700, 30
REDEEM, DOWN, TURN, IDLE, HALF_HOUR = 5, 10, 10, 20, 1800
over = threading.Event()


def hang(*_):
    over.wait(100)


def redeem(home, handler=None):
    Fake(home, "run/relayd/redeem", handler or (
        lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box")))


def start(**kw):
    home = queue_home(**kw)
    home.start("queued")
    return home, Waits(home.hurry)


def submit(home, to):
    """On a clock that runs too fast for relayd's answer: as a local user."""
    c = Caller(home) if home.hurry < 1000 else \
        Caller(home, "run/queue/inject", None)
    r = c.submit("a@near.test", [to], grant="g", origin="submitted")
    c.close()
    return r


def deferred(name, home, waits, to, seconds):
    """Taken, and then put off after so long; nothing of it is lost."""
    began = time.monotonic()
    op, ident = submit(home, to)
    check(name + ": the message is taken", op == "Y", (op, ident))
    check(name + ": it is deferred", wait_for(
        lambda: "deferred id=" + ident in home.log("queued"), 60),
        home.log("queued"))
    waits.took(name, seconds, time.monotonic() - began)
    check(name + ": it is there, and no bounce", files(home) == [ident],
          files(home))
    home.stop("queued")  # one account is not to have too many threads


def local_hangs():
    """The worker that hangs is left; another one delivers."""
    home, waits = start(hurry=60)
    local = FakeLocal(home)
    real, first = local.deliver, []

    def deliver(f, fds, unnamed):
        first.append(f)
        return real(f, fds, unnamed) if len(first) > 1 else hang()
    local.deliver = deliver
    began = time.monotonic()
    op, ident = submit(home, "a@near.test")
    waits.took("deliver-local hangs: the client's 250", CUT,
               time.monotonic() - began)
    check("... it is one", op == "Y", (op, ident))
    check("... another worker delivers", wait_for(
        lambda: local.to("a"), 60), home.log("queued"))
    waits.took("... deliver-local", LOCAL, time.monotonic() - began)
    check("... once, and the log says why", len(local.delivered) == 1 and
          "deliver-local is silent" in home.log("queued"))
    check("... nothing stays", wait_for(lambda: not files(home)), files(home))
    home.stop("queued")


def relayd_hangs():
    home, waits = start(hurry=60)
    redeem(home, hang)
    began = time.monotonic()
    op, text = submit(home, "x@far.example")
    waits.took("relayd hangs", REDEEM, time.monotonic() - began)
    check("... try later, and nothing is there", op == "T" and
          not files(home), (op, text, files(home)))
    answers, lock = [], threading.Lock()

    def one(caller):
        op, _ = caller.submit("a@near.test", ["x@far.example"], grant="g",
                              origin="submitted")
        with lock:
            answers.append((op, (time.monotonic() - began) * waits.hurry))
    callers = [Caller(home) for _ in range(8)]
    began = time.monotonic()
    for caller in callers:
        waits.run(one, caller)
    waits.over()
    check("... eight at once: each hears it in time",
          all(op == "T" and s < 8 * REDEEM * 2 for op, s in answers), answers)
    check("... the last ones did not wait for a turn each",
          sum(s < TURN + REDEEM * 2 for _, s in answers) >= 7, answers)
    home.stop("queued")


def route_hangs():
    """A connection that does not tell which way a domain goes is left."""
    home, waits = start(hurry=60)
    redeem(home)
    remote = FakeRemote(home)
    remote.key = lambda domain: domain if len(remote.asked) > 1 \
        else hang() or ""
    began = time.monotonic()
    op, ident = submit(home, "x@far.example")
    check("routes hang: the message is taken", op == "Y", (op, ident))
    check("... it is sent by another connection", wait_for(
        lambda: remote.sent, 60), home.log("queued"))
    waits.took("... routes", ROUTE, time.monotonic() - began)
    check("... the log says why",
          "(routes): is silent" in home.log("queued"))
    home.stop("queued")


def remote_hangs():
    home, waits = start(hurry=1200)
    remote = FakeRemote(home)
    remote.job = hang
    deferred("deliver-remote hangs", home, waits, "x@far.example", REMOTE)


def idle():
    """A connection to deliver-remote is closed when it has nothing to do."""
    home, waits = start(hurry=60)
    redeem(home)
    remote = FakeRemote(home)
    ends = []
    serve = remote.serve

    def timed(conn):
        serve(conn)
        ends.append(time.monotonic())
    remote.serve = timed
    op, _ = submit(home, "x@far.example")
    check("it is sent", op == "Y" and wait_for(lambda: remote.sent))
    began = time.monotonic()
    check("an idle connection is closed", wait_for(lambda: ends, 60))
    waits.took("an idle connection", IDLE, time.monotonic() - began)
    home.stop("queued")


def hour():
    """The budget of a local uid comes back as an hour goes by: a half of two in
    half of it."""
    if os.geteuid() != 0:
        skip("the budget of a local uid", "needs root, for another uid")
        return
    home, waits = start(hurry=1200, etc={"inject-budget": "2\n"})
    FakeLocal(home)
    c = Caller(home, "run/queue/inject", "p-log")
    began = time.monotonic()
    ops = [c.submit("a@near.test", ["a@near.test"])[0] for _ in range(3)]
    check("over the budget of a uid", ops == ["Y", "Y", "B"], ops)
    check("... and under it again", wait_for(lambda: c.submit(
        "a@near.test", ["a@near.test"])[0] == "Y", 30))
    waits.took("a uid's budget", HALF_HOUR, time.monotonic() - began)
    home.stop("queued")


def all_down():
    home, waits = start(hurry=60)
    redeem(home)
    deferred("no deliver-remote", home, waits, "x@far.example", DOWN)
    home, waits = start(hurry=60)
    deferred("no deliver-local", home, waits, "a@near.test", DOWN)


for part in (local_hangs, relayd_hangs, route_hangs, remote_hangs, idle, hour,
             all_down):
    part()
over.set()
done()
