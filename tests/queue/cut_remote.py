#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Cut-through to elsewhere: where the next host takes mail at once, its 250 comes
before ours and nothing is spooled; with any other answer, or none, the message is
in the spool when we say 250, and nobody gets it twice."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import (Caller, Fake, FakeLocal, FakeRemote, empty, files, msg,
                    queue_home, wait_for)
from home import check, done

CUT_REMOTE_MAX, CUT_REMOTE_SECONDS, QUICK_SECONDS = 10, 0.25, 0.05
home = queue_home()
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
home.start("queued")
c = Caller(home)
plain = remote.answer


def submit(*to):
    """(op, id, seconds)"""
    began = time.monotonic()
    op, ident = c.submit("s@near.test", list(to), grant="g")
    return op, ident, time.monotonic() - began


def cut():
    """Messages that were delivered before their 250."""
    for line in home.run("queuectl", "stats").stdout.splitlines():
        words = line.replace(":", " ").split()
        if words[0] == "accepted-delivered":
            return int(words[1])
    return None


def sent(ident):
    return sorted(s[2] for s in remote.sent if s[0] == ident)


def was_cut(*to):
    before = cut()
    op, ident, _ = submit(*to)
    return (op == "Y" and cut() == before + 1 and sent(ident) == sorted(to) and
            not files(home))


def learn(domain="far.example"):
    """Jobs that go well, until its answers are waited for."""
    for _ in range(20):
        if was_cut("learn@" + domain):
            return True
        empty(home)
    return False


op, ident, _ = submit("a@far.example")
check("a way nobody knows: by the spool", op == "Y" and cut() == 0 and wait_for(
    lambda: sent(ident) == ["a@far.example"]) and empty(home))
check("one that is quick: first there, then taken, nothing spooled", learn())
check("... two recipients", was_cut("a@far.example", "b@far.example"))
many = ["u%d@far.example" % i for i in range(CUT_REMOTE_MAX)]
check("... as many as may be", was_cut(*many))
check("... one more: by the spool", not was_cut(*many, "v@far.example") and
      empty(home))
check("... with one of ours: by the spool",
      not was_cut("a@far.example", "a@near.test") and empty(home))
check("... with a way nobody knows: by the spool",
      not was_cut("a@far.example", "a@other.example") and empty(home))
check("... and again", was_cut("a@far.example"))

# what it answers
remote.answer = lambda domain, rcpt: (
    ("T", "4.2.0", "450 later") if rcpt.startswith("t") else plain(domain, rcpt))
op, ident, _ = submit("a@far.example", "t@far.example")
check("one is put off: the message waits", op == "Y" and files(home) == [ident] and
      sent(ident) == ["a@far.example"], (op, files(home), sent(ident)))
remote.answer = plain
home.run("queuectl", "retry")
check("... that one is tried again, and no other", wait_for(
    lambda: sent(ident) == ["a@far.example", "t@far.example"]) and empty(home),
    sent(ident))
learn()
remote.answer = lambda domain, rcpt: ("N", "5.1.1", "550 no such user")
op, ident, _ = submit("n@far.example")
check("refused: taken, and its sender hears of it", op == "Y" and wait_for(
    lambda: any("550 no such user" in d[4].decode()
                for d in local.to("s"))) and empty(home), local.delivered)
remote.answer = plain

# it takes its time
learn()
remote.delay = 1.5
before = len(remote.sent)
op, ident, took = submit("slow@far.example")
check("slow: in the spool meanwhile", op == "Y" and files(home) == [ident] and
      CUT_REMOTE_SECONDS < took < 1.4 and len(remote.sent) == before, took)
check("... and sent once", wait_for(lambda: empty(home, 1)) and
      sent(ident) == ["slow@far.example"], sent(ident))
remote.delay = 0
check("... then nobody waits for it, until it is quick again",
      not was_cut("a@far.example") and empty(home) and learn())
remote.delay = QUICK_SECONDS * 2
for _ in range(8):
    submit("a@far.example")
    empty(home)
check("never quick: by the spool", not was_cut("a@far.example") and empty(home))
remote.delay = 0
check("quick again", learn())

# it is gone in the middle
died = []
real = remote.job


def dies(conn, f, fds):
    if not died:
        died.append(f)
        os.close(fds[0])
        conn.close()
        return
    real(conn, f, fds)


remote.job = dies
op, ident, _ = submit("d@far.example")
home.run("queuectl", "retry")
check("deliver-remote dies: kept, and sent later", op == "Y" and died and
      wait_for(lambda: sent(ident) == ["d@far.example"], 20) and empty(home),
      (op, sent(ident)))
check("no descriptor is left behind", wait_for(lambda: len(os.listdir(
    "/proc/%d/fd" % home.procs["queued"].pid)) < 60))
done()
