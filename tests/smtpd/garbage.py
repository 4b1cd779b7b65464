#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Sessions made of broken pieces of good ones: smtpd ends each in order, and
takes no message that a strict reader would not.  GARBAGE_SECONDS: how long."""
import glob
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import HERE, Client, Scene  # noqa: E402
from home import check, done  # noqa: E402
import dialogue  # noqa: E402

SECONDS = float(os.environ.get("GARBAGE_SECONDS", 3))
seed = int(os.environ.get("GARBAGE_SEED", time.time()))
rng = random.Random(seed)
scene = Scene()
scene.windows = {"127.0.0.1": ["widget01"]}
corpus = []
for path in glob.glob(os.path.join(HERE, "*.dlg")):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        for _, kind, arg, _ in dialogue.parse(f.read()):
            if kind in "CR":
                corpus.append(dialogue.expand(arg, {})
                              + (b"\r\n" if kind == "C" else b""))
bits = [b"\r", b"\n", b"\r\n", b".\r\n", b"\r\n.\r\n", b"\0", b"\xff", b"<",
        b">", b"\"", b"\\", b"@", b"(", b":", b" ", b"\t", b"A" * 3000,
        b"DATA\r\n", b"MAIL FROM:<fred@example.test>\r\n",
        b"RCPT TO:<demo@example.test>\r\n", b"EHLO x\r\n", b"From: "]


def mutate(line, often):
    while rng.random() < often:
        at = rng.randrange(len(line) + 1)
        cut = rng.randrange(3)
        line = line[:at] + rng.choice(bits) + line[at + cut:]
    return line


def session():
    often = rng.choice((0.01, 0.1, 0.4))
    pieces = [b"EHLO x\r\n"] + [mutate(rng.choice(corpus), often)
                                for _ in range(rng.randrange(1, 40))]
    if rng.random() < 0.5:  # into a message
        pieces[1:1] = [b"MAIL FROM:<fred@example.test>\r\nRCPT TO:<x@far."
                       b"example>\r\nRCPT TO:<demo@example.test>\r\nDATA\r\n"]
    sock = scene.ucspi(rng.choice(("smtp", "submission", "submissions")),
                       "127.0.0.1")
    c = Client(sock)
    try:
        for piece in pieces:
            c.send(piece)
        sock.shutdown(1)
    except OSError:
        pass  # it hung up on us
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    sock.close()
    return scene.proc.wait(20)


ended, n, until = {}, 0, time.monotonic() + SECONDS
while time.monotonic() < until:
    code = session()
    ended[code] = ended.get(code, 0) + 1
    n += 1
check("%d sessions of seed %d end in order" % (n, seed), set(ended) == {0},
      "%s\n%s" % (ended, scene.log()[-3000:]))
bad = [d for _, d in scene.messages if b"\r" in d or b"\0" in d
       or not d.startswith(b"Received: ") or not d.endswith(b"\n")]
check("%d messages, each clean" % len(scene.messages), not bad, bad[:1])
done()
