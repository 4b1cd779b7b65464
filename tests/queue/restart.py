#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued killed at any moment: nothing taken is lost, nothing local doubled."""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
from home import Fake, check, done, msg

ROUNDS = int(os.environ.get("ROUNDS", "12"))
seed = int(os.environ.get("SEED", "0")) or random.randrange(1 << 30)
random.seed(seed)
print("# SEED=%d" % seed)
home = queue_home()
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
local.expand["list@near.test"] = ("list", "own@near.test", "", [
    "l%d@near.test" % i for i in range(20)] + ["far@far.example"])
local.expand["f@near.test"] = ("forward", None, "f", ["f", "x@far.example"])
remote.answer = lambda domain, rcpt: (
    ("N", "5.1.1", "550 no") if rcpt.startswith("no") else
    ("T", "4.2.0", "451 later") if random.random() < 0.3 else
    ("K", "2.0.0", "250 ok"))
real_deliver = local.deliver


def slow_deliver(*job):
    time.sleep(random.choice((0, 0, 0, 0.002, 0.02)))
    return real_deliver(*job)


local.deliver = slow_deliver
taken, lock, stop = [], threading.Lock(), threading.Event()
WAYS = ((["a@near.test"], 1, 0), (["b@near.test", "c@near.test"], 2, 0),
        (["list@near.test"], 20, 1), (["f@near.test"], 1, 1),
        (["y@far.example", "d@near.test"], 1, 1),
        (["no@far.example"], 1, 0))  # its bounce comes back here


def client(n):
    c = None
    while not stop.is_set():
        to, here, there = random.choice(WAYS)
        try:
            c = c or Caller(home)
            op, ident = c.submit("me@near.test", to, grant="g",
                                 origin="submitted")
        except OSError:
            op = ""
        if op == "Y":
            with lock:
                taken.append((ident, to, here, there))
        elif op == "":
            if c:
                c.close()
            c = None
            time.sleep(0.01)


home.start("queued")
threads = [threading.Thread(target=client, args=(i,), daemon=True) for i in range(4)]
for t in threads:
    t.start()
for _ in range(ROUNDS):
    time.sleep(random.uniform(0.02, 0.5))
    home.stop("queued", signal.SIGKILL)
    home.start("queued")
time.sleep(0.3)
stop.set()
for t in threads:
    t.join()
check("some were taken", len(taken) > 50, len(taken))
for _ in range(60):
    home.run("queuectl", "retry")
    if empty(home, 1):
        break
check("the spool is empty in the end", not files(home), files(home)[:5])

# what came of each
by_id, far, problems = {}, {}, []
for d in local.delivered:
    by_id.setdefault(d[0], []).append(d[2])
for s in remote.sent:
    far.setdefault(s[0], set()).add(s[2])
for ident, to, here, there in taken:
    got = by_id.get(ident, [])
    if to == ["no@far.example"]:
        got = [r for i, rs in by_id.items() if i.startswith(ident + "b")
               for r in rs]
    if len(got) != here or len(set(got)) != len(got):
        problems.append((ident, to, got))
    if len(far.get(ident, ())) != there:
        problems.append((ident, to, far.get(ident)))
check("%d messages: here exactly once" % len(taken), not problems,
      problems[:5])
names = [(d[0], d[2]) for d in local.delivered]
check("nothing twice, bounces and unanswered ones included",
      len(names) == len(set(names)),
      [n for n in names if names.count(n) > 1][:5])
ids = {t[0] for t in taken}
# (a worker of the dead queued may stage once more what is delivered meanwhile)
there = {(d[0], d[2]) for d in local.delivered}
left = [n for n, d in local.staged.items()
        if d[0] in ids and (d[0], d[2]) not in there]
check("nothing staged of what was taken is left behind", not left,
      left[:5])
check("no warning but of connections", not [
    x for x in home.log("queued").splitlines() if "warning" in x
    and "closed the connection" not in x],
    [x for x in home.log("queued").splitlines() if "warning" in x][:5])
done()
