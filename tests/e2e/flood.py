#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""300 slow clients and a flood from one address: others notice nothing."""
import multiprocessing
import os
import select
import socket
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance

SLOW = 300
SESSIONS = 9  # of the normal client, each time it is measured
TRIES = 4     # other tests may be at work beside us
SECONDS = 1.0
FLOODER = "127.0.0.200"  # all are of one network, the normal client too
inst = Instance()
password = inst.demo_password()
SMTP, POP3 = inst.port("SMTP"), inst.port("POP3")


def connect(port, source):
    sock = socket.socket()
    sock.settimeout(20)
    sock.bind((source, 0))
    sock.connect(("127.0.0.1", port))
    return sock


class Slow(threading.Thread):
    """A byte a second each, and never a whole command."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socks = [connect(POP3 if i % 3 == 0 else SMTP,
                              "127.0.0.%d" % (10 + i // 3))
                      for i in range(SLOW)]
        self.start()

    def run(self):
        while True:
            for sock in self.socks:
                try:
                    sock.send(b"X")
                except OSError:
                    pass
            time.sleep(1)

    def greeted(self):
        return sum(bool(s.recv(99).startswith((b"220", b"+OK")))
                   for s in self.socks)

    def alive(self):
        """Not closed by the server."""
        ready = select.select(self.socks, [], [], 0)[0]
        return len(self.socks) - sum(s.recv(99) == b"" for s in ready)


def flood(port, count, refused):
    """Connects as fast as it can, and leaves open what it gets."""
    held = []
    while True:
        try:
            sock = connect(port, FLOODER)
            count.value += 1
            if len(held) < 200:
                held.append(sock)
            else:
                refused.value += sock.recv(99).startswith((b"421", b"-ERR"))
                sock.close()
        except OSError:
            time.sleep(0.01)


def smtp():
    with inst.smtp() as s:
        s.sendmail("a@far.example", ["demo@example.test"],
                   "From: a@far.example\r\nSubject: x\r\n\r\nhello\r\n")


def pop3():
    p = inst.pop3("demo", password)
    p.stat()
    p.quit()


def median(session):
    took = []
    for _ in range(SESSIONS):
        began = time.monotonic()
        session()
        took.append(time.monotonic() - began)
        time.sleep(0.1)
    return statistics.median(took)


def quick(name, session):
    found = []
    for _ in range(TRIES):
        found.append(round(median(session), 3))
        if found[-1] < SECONDS:
            break
    check(name + " in under a second", found[-1] < SECONDS, found)
    print("# %s: %s s" % (name, found[-1]))


quick("alone, a message", smtp)
quick("alone, a look into the mailbox", pop3)
slow = Slow()
check("300 slow clients are greeted", slow.greeted() == SLOW)
quick("beside them, a message", smtp)
quick("beside them, a look into the mailbox", pop3)
count, refused = (multiprocessing.Value("L", 0) for _ in range(2))
floods = [multiprocessing.Process(target=flood, args=(p, count, refused),
                                  daemon=True) for p in (SMTP, POP3)]
for process in floods:
    process.start()
check("the flood passes its limit", wait_for(lambda: refused.value > 500, 30),
      (count.value, refused.value))
quick("beside both, a message", smtp)
quick("beside both, a look into the mailbox", pop3)
for process in floods:
    process.terminate()
    process.join()
check("the slow ones are still served", slow.alive() == SLOW, slow.alive())
print("# the flood: %d connections, %d refused" % (count.value, refused.value))
log = inst.log()
for class_name in "smtp", "pop3":
    lines = [x for x in log.splitlines() if "refused" in x and
             "ip=%s class=%s" % (FLOODER, class_name) in x]
    check(class_name + ": the flood is logged once a minute",
          1 <= len(lines) <= 2 and "reason=connections-ip" in lines[0],
          lines[:5])
check("nobody else was refused", not [
    x for x in log.splitlines() if "refused" in x and FLOODER not in x],
      log[-2000:])
inst.stop()
done()
