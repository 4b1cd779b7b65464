#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Messages of all sizes and shapes arrive as they were sent; look-alikes of the
end, cut over packet borders, never split one."""
import itertools
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene  # noqa: E402
from home import check, done  # noqa: E402

scene = Scene()
rng = random.Random(1)


def body(size, eight):
    """Lines with dots in all places."""
    out, n = [], 0
    letters = b"....abc xyz" + (b"\xe4\xf6" if eight else b"")
    while n < size:
        line = bytes(rng.choice(letters) for _ in range(rng.randrange(90)))
        out.append(line)
        n += len(line) + 2
    return b"\n".join(out) + b"\n"


def stuffed(text):
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n"
                    for line in text.split(b"\n")[:-1]) + b".\r\n"


def start(*rcpts):
    c = Client(scene.ucspi())
    c.hello()
    c.envelope("a@b.example", *(rcpts or ["fred@example.test"]))
    return c


sizes = (0, 1, 100, 4096, 65530, 65536, 70000, 1048000, 1100000, 6000000)
c = start()
for size in sizes:
    eight = size % 2 == 0
    if c.cmd("RSET")[:3] != "250":
        break
    c.envelope("a@b.example", "fred@example.test")
    text = b"Subject: x\n\n" + body(size, eight)
    r = c.message(stuffed(text))
    env, got = scene.messages[-1] if scene.messages else ({}, b"")
    check("%d bytes" % size, r[:3] == "250" and
          got.partition(b"+0000\n")[2] == text, r)

# the connection to queued is kept, and made anew when queued was restarted
conns = len(scene.messages)
scene.down("queued")
scene.up()
c.envelope("a@b.example", "fred@example.test")
check("after a restart of queued",
      c.message("x: y\r\n\r\n.\r\n")[:3] == "250")

# slow and in small pieces
c = start()
c.cmd("DATA")
text = b"Subject: x\n\n" + body(1500, True)
for byte in stuffed(text)[:-1]:
    c.send(bytes([byte]))
c.send(b"\n")
check("byte by byte", c.reply()[:3] == "250"
      and scene.messages[-1][1].partition(b"+0000\n")[2] == text)

# what looks like an end but is none, in two packets
ends = [b"".join(e) for n in (3, 4, 5)
        for e in itertools.product((b"\r", b"\n", b".", b"\0"), repeat=n)
        if b"." in e and b"\r\n.\r\n" not in b"".join(e)]
rng.shuffle(ends)
wrong, taken = [], len(scene.messages)
for look in ends[:60]:
    tail = b"x" + look + b"MAIL FROM:<evil@b.example>\r\n.\r\n"
    if b"\r\n.\r\n" in tail[:-5]:
        continue
    strict = tail.replace(b"\r\n", b"")
    bad = b"\r" in strict or b"\n" in strict or b"\0" in strict
    c = start()
    c.cmd("DATA")
    cut = rng.randrange(1, len(look) + 2)
    c.send(b"Subject: x\r\n\r\n" + tail[:cut])
    time.sleep(0.002)
    c.send(tail[cut:])
    r = c.reply()
    if r[:3] != ("550" if bad else "250") or \
            (bad and c.reply() != "closed"):
        wrong.append((look, r))
    if not bad:
        taken += 1
check("look-alikes of the end", not wrong, wrong)
check("none of them made a message", len(scene.messages) == taken,
      len(scene.messages) - taken)

# recipients up to the limit, in one pipelined batch
c = start()
c.send("".join("RCPT TO:<r%d@catch.test>\r\n" % i for i in range(1000)))
replies = [c.reply()[:9] for _ in range(1000)]
check("recipients", replies == ["250 2.1.5"] * 999 + ["452 4.5.3"],
      set(replies))
check("a message to a thousand", c.message("x: y\r\n\r\n.\r\n")[:3] == "250"
      and len(scene.messages[-1][0]["recipients"]) == 1000)
# a client that does not give up while relayd is away
scene.mode["relayd"] = "T"
c = start()
c.send("RCPT TO:<x@far.example>\r\n" * 501)
replies = [c.reply() for _ in range(500)]
check("deferred each time", {r[:9] for r in replies} == {"451 4.3.0"},
      set(replies))
check("... until it is too often", c.reply().startswith("421 4.7.0") and
      c.reply() == "closed")
scene.mode["relayd"] = "ok"
long = ["%s%d@catch.test" % ("x" * 58, i) for i in range(900)]
c = Client(scene.ucspi())
c.hello()
c.cmd("MAIL FROM:<a@b.example>")
c.send("".join("RCPT TO:<%s>\r\n" % a for a in long))
[c.reply() for _ in long]
check("more recipients than a packet holds",
      c.message("x: y\r\n\r\n.\r\n")[:3] == "250"
      and scene.messages[-1][0]["recipients"] == long)
done()
