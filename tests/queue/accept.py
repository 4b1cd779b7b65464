#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued: what is taken, delivered here and elsewhere; what is refused."""
import fcntl
import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import (Caller, FakeLocal, FakeRemote, MESSAGE, SEALS, empty,
                    files, memfd, queue_home)
from home import Fake, check, done, msg, parse, recv, send, wait_for

home = queue_home()
local, remote = FakeLocal(home), FakeRemote(home)
grants = {b"good": "Y", b"spent": "B", b"old": "N", b"stale": "T",
          b"hang up once": "Y", b"silent": "Y", b"nonsense": "nonsense"}
ANSWERS = {"Y": msg("Y", "window", "192.0.2.1", "box"),
           "B": msg("B", "over budget"), "N": msg("N", "revoked"),
           "T": msg("T", "too old"), "nonsense": b"?"}
hang_up = []


def redeem(op, fields, fds):
    grant = fields[1]
    if grant == b"hang up" or (grant == b"hang up once" and not hang_up):
        hang_up.append(grant)
        return None
    if grant == b"silent":
        time.sleep(7)
    return ANSWERS[grants.get(grant, "N")]


relayd = Fake(home, "run/relayd/redeem", redeem)
home.start("queued")
c = Caller(home)

# cut-through
op, ident = c.submit("s@far.example", ["fred@near.test"])
check("accepted", op == "Y" and 12 <= len(ident) < 32 and ident.isalnum(),
      (op, ident))
check("delivered before the answer", [d[0] for d in local.to("fred")]
      == [ident], local.delivered)
check("content", local.delivered[0][4] == MESSAGE)
check("nothing in the spool", files(home) == [], files(home))

# several messages on a connection, ids in order of time
ids = [c.submit("s@far.example", ["a@near.test", "b@near.test"])[1]
       for _ in range(5)]
check("ids grow", ids == sorted(ids) and len(set(ids)) == 5, ids)
check("each to both", wait_for(lambda: len(local.to("a")) == 5
                               and len(local.to("b")) == 5))

# named twice, in any case: one recipient; elsewhere case may mean something
local.box["ONCE0@near.test"] = "once0"
before = len(local.delivered)
for n in (1, 40):  # in the main loop, in a thread
    some = ["once%d@near.test" % i for i in range(n)]
    op, ident = c.submit("s@far.example", some + ["ONCE0@near.test"] + some)
    got = [d for d in local.delivered if d[0] == ident]
    check("%d named twice: taken, delivered once" % n, op == "Y" and
          wait_for(lambda: len([d for d in local.delivered if d[0] == ident])
                   == n), got)
check("... and no more", len(local.delivered) == before + 41)
sent = len(remote.sent)
op, ident = c.submit("me@near.test", ["Cc@far.example", "x1@far.example",
                     "cc@far.example", "Cc@far.example"], grant="good",
                     origin="submitted")
check("elsewhere: those that are alike to the letter are one", op == "Y" and
      wait_for(lambda: sorted(s[2] for s in remote.sent[sent:]) == sorted(
          ["Cc@far.example", "x1@far.example", "cc@far.example"])),
      remote.sent[sent:])
remote.sent.clear()
remote.jobs.clear()
local.delivered.clear()

# slow delivery falls back to the spool
local.delay = 4
op, ident = c.submit("s@far.example", ["slow@near.test"])
check("slow: accepted", op == "Y", ident)
check("slow: in the spool", files(home) == [ident], files(home))
local.delay = 0
check("slow: delivered once", wait_for(lambda: len(local.to("slow")) == 1, 5))
check("slow: spool empty", empty(home), files(home))

# elsewhere: a grant, or not
op, ident = c.submit("me@near.test", ["x@far.example"], grant="good",
                     origin="submitted")
check("grant: accepted", op == "Y", ident)
check("grant: sent", wait_for(lambda: [s[2] for s in remote.sent]
                              == ["x@far.example"]), remote.sent)
check("grant: content", remote.sent[0][3] == MESSAGE)
check("grant: flag s", remote.jobs[0][3] == "s", remote.jobs)
for grant, want in (("", "R"), ("old", "T"), ("spent", "B"), ("x", "T")):
    op, text = c.submit("me@near.test", ["x@far.example"], grant=grant,
                        origin="submitted")
    check("grant %r: refused" % grant, op == want, (op, text))
    check("grant %r: says what to do" % grant, grant != "old" or text.startswith(
        "4.7.1 your right to send has ended: check your mail"), text)
op, ident = c.submit("me@near.test", ["x@far.example", "m@near.test"],
                     grant="good", data=b"Subject: \xe9\n\n8 bit\n")
check("mixed: accepted", op == "Y", ident)
check("mixed: both", wait_for(lambda: len(remote.sent) == 2
                              and len(local.to("m")) == 1))
check("mixed: 8 bit, from outside", remote.jobs[-1][3] == "8", remote.jobs)
check("relayd: one connection for all", relayd.connections == 1,
      relayd.connections)
for grant, want, conns in (
        ("stale", "T", 1), ("hang up once", "Y", 2), ("hang up", "T", 3),
        ("good", "Y", 4), ("nonsense", "T", 4), ("good", "Y", 5)):
    op, text = c.submit("me@near.test", ["x@far.example"], grant=grant)
    check("relayd: %s" % grant, op == want, (op, text))
    check("relayd: %s: connections" % grant, relayd.connections == conns,
          relayd.connections)


def submit_to(results, grant):
    results.append((grant, Caller(home).submit(
        "me@near.test", ["y@far.example"], grant=grant)[0]))


results = []
several = [threading.Thread(target=submit_to, args=(results, g))
           for g in ["good"] * 40 + ["spent"] * 3 + ["old"] * 2]
for t in several:
    t.start()
for t in several:
    t.join()
check("relayd: each hears its own answer", sorted(results) == [
    ("good", "Y")] * 40 + [("old", "T")] * 2 + [("spent", "B")] * 3, results)
check("relayd: all on one connection", relayd.connections == 5,
      relayd.connections)
began = time.monotonic()
op, text = c.submit("me@near.test", ["x@far.example"], grant="silent")
check("relayd silent: 451", op == "T" and 4 < time.monotonic() - began,
      (op, text, time.monotonic() - began))
check("relayd: then the next", c.submit(
    "me@near.test", ["x@far.example"], grant="good")[0] == "Y")
relayd.close()
op, text = c.submit("me@near.test", ["x@far.example"], grant="good")
check("relayd down: 451", op == "T", (op, text))
check("spool empty again", empty(home), files(home))

# what is wrong with a message
hops = b"Received: x\n" * 103 + b"\nbody\n"
for name, data, want in (
        ("NUL", b"a: b\n\n\0\n", "5.6.0"), ("CR", b"a: b\r\n\r\nx\r\n", "5.6.0"),
        ("no last line end", b"a: b\n\nx", "5.6.0"), ("loop", hops, "5.4.6"),
        ("empty", b"", "5.6.0")):
    op, text = c.submit("s@far.example", ["a@near.test"], data)
    check(name + ": refused", op == "N" and text.startswith(want), (op, text))
check("100 hops and ours: taken", c.submit(
    "s@far.example", ["a@near.test"],
    b"Received: x\n" * 102 + b"\nReceived: body\n")[0] == "Y")
for seals in (0, 8, SEALS - 1, SEALS - 2, SEALS - 4, SEALS - 8):
    op, text = c.submit("s@far.example", ["a@near.test"], seals=seals)
    check("seals %d: refused" % seals, op == "N", (op, text))
op, text, _ = c.request(c.envelope("M", "s@far.example", ["a@near.test"])[0])
check("no descriptor: refused", op == "N", (op, text))
with open(home.path("etc/me")) as f:
    op, text, _ = c.request(
        c.envelope("M", "s@far.example", ["a@near.test"])[0], [f.fileno()])
check("an ordinary file: refused", op == "N", (op, text))
for to in ([], ["no body"], ["a@near.test", "a b@near.test"], ["@near.test"]):
    op, text = c.submit("s@far.example", to)
    check("recipients %r: refused" % to, op == "N", (op, text))
check("sender: refused", c.submit("no-at", ["a@near.test"])[0] == "N")
check("origin: refused", c.submit("s@far.example", ["a@near.test"],
                                  origin="local")[0] == "N")
check("null sender: taken", c.submit("", ["a@near.test"])[0] == "Y")

# large ones
big = b"Subject: big\n\n" + b"0123456789abcdef" * 4 * 50000 + b"\n"
op, ident = c.large("s@far.example", ["big@near.test"], big)
check("large: accepted", op == "Y", ident)
check("large: delivered whole", wait_for(
    lambda: [d[4] == big for d in local.to("big")] == [True]))
op, text = c.large("s@far.example", ["big@near.test"], big, keep_open=True)
check("large, still open: refused", op == "N" and "open" in text, (op, text))
op, text = c.large("s@far.example", ["big@near.test"], big, size=5)
check("large, other size: refused", op == "N", (op, text))
op, text = c.large("s@far.example", ["big@near.test"], big[:-1])
check("large, no last line end: refused", op == "N", (op, text))
op, text, _ = c.request(msg("C", 1, 5))
check("commit of nothing: refused", op == "N", (op, text))
packet, _ = c.envelope("F", "s@far.example", ["a@near.test"])
op, _, got = c.request(packet)
check("a file is given", op == "Y" and len(got) == 1)
check("it is for writing only", fcntl.fcntl(got[0], fcntl.F_GETFL)
      & os.O_ACCMODE == os.O_WRONLY)
os.close(got[0])
check("a message instead of a commit", c.submit(
    "s@far.example", ["a@near.test"])[0] == "Y")

# who hangs up before queued has read it was told "try later", and will come again
def while_stopped(act):
    """act with a caller whose queued stands still, and then goes on"""
    x = Caller(home)
    home.procs["queued"].send_signal(signal.SIGSTOP)
    try:
        act(x)
    finally:
        home.procs["queued"].send_signal(signal.SIGCONT)
    return x


def submit_small(x, to):
    packet, _ = x.envelope("M", "s@far.example", [to])
    fd = memfd(MESSAGE)
    send(x.sock, packet, [fd])
    os.close(fd)


def gone(x):
    submit_small(x, "gone@near.test")
    x.close()


def half(x):
    submit_small(x, "half@near.test")
    x.sock.shutdown(socket.SHUT_WR)


def new_and_gone(x):
    gone(Caller(home))


while_stopped(gone)
while_stopped(new_and_gone)
x = Caller(home)
packet, _ = x.envelope("F", "s@far.example", ["gone@near.test"])
op, _, got = x.request(packet)
os.write(got[0], MESSAGE)
os.fsync(got[0])
os.close(got[0])


def commit_and_gone(_):
    send(x.sock, msg("C", 1, len(MESSAGE)))
    x.close()


while_stopped(commit_and_gone)
y = while_stopped(half)
op, fields = parse(recv(y.sock)[0])
check("closed for writing, waits for its answer: gets it", op == "Y"
      and wait_for(lambda: local.to("half")), (op, fields))
check("still there, and what was given up is not delivered",
      c.submit("s@far.example", ["last@near.test"])[0] == "Y"
      and empty(home) and not local.to("gone"), local.to("gone"))

# many recipients travel in a descriptor
many = ["user%d@near.test" % i for i in range(5000)]
op, ident = c.submit("s@far.example", many)
check("5000 recipients: accepted", op == "Y", ident)
check("5000 recipients: all", wait_for(lambda: len(
    [d for d in local.delivered if d[0] == ident]) == 5000, 60))
check("spool empty at the end", empty(home), files(home))

# case: nothing here, and elsewhere perhaps something
local.box.update({"Fred@near.test": "fred", "FRED@near.test": "fred"})
local.expand["case@near.test"] = ("list", None, "", [
    "Fred@near.test", "FRED@near.test", "fred@near.test", "Bob@far.example",
    "bob@far.example", "Bob@far.example"])
op, ident = c.submit("s@far.example", ["case@near.test"])
check("targets in capitals: once here, as many as there are elsewhere",
      op == "Y" and empty(home) and
      [d[2].lower() for d in local.delivered if d[0] == ident] == [
          "fred@near.test"] and
      sorted(s[2] for s in remote.sent if s[0] == ident) == [
          "Bob@far.example", "bob@far.example"],
      (op, ident, [d[2] for d in local.delivered if d[0] == ident],
       [s[2] for s in remote.sent if s[0] == ident]))
local.expand["back@near.test"] = ("forward", None, "", ["BACK@near.test"])
op, ident = c.submit("s@far.example", ["back@near.test"])
check("a loop in capitals", op == "Y" and home.wait_log(
    "queued", "a loop of forwards"), (op, ident))
# who injects is known by uid, whatever else it says
x = Caller(home, "run/queue/inject", None)
op, ident = x.submit("s@far.example", ["in@near.test"], account="box")
x.close()
check("injected: no word of the caller's in the log", op == "Y"
      and [line for line in home.log("queued").splitlines()
           if "accepted id=%s " % ident in line and " uid=" in line
           and " ip=" not in line and " account=" not in line],
      home.log("queued")[-400:])

# nonsense ends the connection, and only that
for bad in (b"Q1:1,", b"M", b"M1:9,", b"\xff\xff"):
    x = Caller(home)
    check("nonsense %r: closed" % bad, x.request(bad)[0] == "")
    x.close()
check("still there", c.submit("s@far.example", ["a@near.test"])[0] == "Y")
log = home.log("queued")
for key in ("accepted id=", "delivered id=", "done id="):
    check("log: " + key, key in log)
done()
