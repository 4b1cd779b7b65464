#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The smuggling matrix, inbound, over TCP: every look-alike of the end made of
CR, LF, NUL and dot, up to five bytes long in a line and four at its start, cut
at every place into two packets, and commands behind it that would make a second
message.  None ever does: refused, or text."""
import concurrent.futures
import itertools
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene  # noqa: E402
from home import check, done  # noqa: E402

EVIL = (b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<demo@example.test>\r\n"
        b"DATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\n")
END = b"\r\n.\r\n"
HEADER = b"Subject: x\r\n\r\n"

scene = Scene(etc={"connections-per-ip": "1000\n"})
port = scene.listen()


def looks():
    """(bytes in front, look-alike): not those that are an end."""
    for front, most in ((b"x", 5), (b"x\r\n", 4)):
        for n in range(1, most + 1):
            for look in itertools.product(b"\r\n.\0", repeat=n):
                look = bytes(look)
                if END not in front + look + EVIL[:4]:
                    yield front, look


def is_bad(text):
    strict = text.replace(b"\r\n", b"")
    return any(b in strict for b in (b"\r", b"\n", b"\0"))


def attempt(front, look, cut):
    """What is wrong, or None."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    c = Client(sock)
    c.send("EHLO a\r\nMAIL FROM:<a@b.example>\r\n"
           "RCPT TO:<fred@example.test>\r\nDATA\r\n")
    replies = [c.reply() for _ in range(4)]
    if not replies[3].startswith("354"):
        return "no 354: %r" % replies
    whole = HEADER + front + look + EVIL
    at = len(HEADER + front) + cut
    c.send(whole[:at])
    c.send(whole[at:])
    got = c.reply()
    sock.close()
    bad = is_bad(whole[:(whole.index(END, len(HEADER)) + 2)])
    if got[:3] != ("550" if bad else "250"):
        return "said " + got
    return None


def one(case):
    front, look, cut = case
    try:
        why = attempt(front, look, cut)
    except OSError as e:
        why = str(e)
    return why and (front, look, cut, why)


cases = []
for front, look in looks():
    cases += [(front, look, cut) for cut in range(len(look) + 1)]
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    wrong = [w for w in pool.map(one, cases) if w]
check("%d look-alikes and cuts: refused, or text" % len(cases), not wrong,
      wrong[:10])
check("none made a second message", all(
    env["sender"] == "a@b.example" for env, _ in scene.messages))
check("what was taken has it inside", all(
    b"MAIL FROM:<evil@b.example>\n" in text for _, text in scene.messages))
check("and nothing that ends a line otherwise", not any(
    b"\r" in text or b"\0" in text for _, text in scene.messages))
good = sum(not is_bad(front + look + EVIL[:EVIL.index(END) + 2])
           for front, look, _ in cases)
check("as many as were sent well", len(scene.messages) == good,
      (len(scene.messages), good))
done()
