#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued and the real deliver-local, both killed at any moment: each message
taken lies in each of its mailboxes exactly once, also where the customer moves
and deletes mail meanwhile."""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeRemote, cdb, empty, files, queue_home
from home import check, done

ROUNDS = int(os.environ.get("ROUNDS", "14"))
seed = int(os.environ.get("SEED", "0")) or random.randrange(1 << 30)
random.seed(seed)
print("# SEED=%d" % seed)
home = queue_home()
BOXES = ["box%02d" % i for i in range(8)]
home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(BOXES))
home.write("cdb/public/aliases.cdb", cdb.aliases(
    ["near.test"], {"%s@near.test" % b: b for b in BOXES},
    forwards={"box07": (True, "box06@near.test")},
    lists={"l@near.test": ("box00@near.test", "anyone",
                           *["%s@near.test" % b for b in BOXES[:4]])},
    postmaster="box00"))
remote = FakeRemote(home)
WAYS = ((["box01@near.test"], ["box01"]),
        (["box02@near.test", "box03@near.test"], ["box02", "box03"]),
        (["box07@near.test"], ["box06", "box07"]),
        (["l@near.test"], BOXES[:4]))
taken, lock, stop = [], threading.Lock(), threading.Event()
fetched = []  # (box, subject) that the customer took and deleted


def client(n):
    c, i = None, 0
    while not stop.is_set():
        to, boxes = random.choice(WAYS)
        subject = "%d.%d" % (n, i)
        i += 1
        try:
            c = c or Caller(home)
            op, _ = c.submit("s@far.example", to,
                             b"Subject: %s\n\nx\n" % subject.encode())
        except OSError:
            op = ""
        if op == "Y":
            with lock:
                taken.append((subject, boxes))
        elif op == "":
            if c:
                c.close()
            c = None
            time.sleep(0.01)
        else:
            time.sleep(0.01)


def messages(box):
    """[(path, subject)] in new/ and cur/"""
    out = []
    for sub in ("new", "cur"):
        folder = home.path("mail", box, sub)
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as f:
                    data = f.read()
            except FileNotFoundError:
                continue
            if not data.endswith(b"\n\nx\n"):
                out.append((path, "torn"))
                continue
            out.append((path, data.split(b"Subject: ")[1].split(
                b"\n")[0].decode()))
    return out


def customer():
    """Fetches and deletes at random."""
    while not stop.is_set():
        box = random.choice(BOXES)
        for path, subject in messages(box):
            if random.random() < 0.3:
                os.unlink(path)
                fetched.append((box, subject))
        time.sleep(0.02)


home.start("deliver-local")
home.start("queued")
threads = [threading.Thread(target=client, args=(i,), daemon=True) for i in range(4)]
threads.append(threading.Thread(target=customer, daemon=True))
for t in threads:
    t.start()
for _ in range(ROUNDS):
    time.sleep(random.uniform(0.02, 0.4))
    for name in random.choice((("queued",), ("deliver-local",),
                               ("queued", "deliver-local"))):
        home.stop(name, signal.SIGKILL)
        home.start(name)
time.sleep(0.3)
stop.set()
for t in threads:
    t.join()
check("some were taken", len(taken) > 50, len(taken))
for _ in range(40):
    home.run("queuectl", "retry")
    if empty(home, 1):
        break
check("the spool is empty in the end", not files(home), files(home)[:5])
count = {}
for box, subject in fetched + [(b, s) for b in BOXES
                               for _, s in messages(b)]:
    count[box, subject] = count.get((box, subject), 0) + 1
check("no torn message", "torn" not in [s for _, s in count], count)
lost = [(b, s) for s, boxes in taken for b in boxes if (b, s) not in count]
check("%d messages, %d deliveries: none is lost" % (len(taken), len(count)),
      not lost, lost[:5])
twice = [k for k, n in count.items() if n > 1]
check("none is there twice", not twice, twice[:5])
done()
