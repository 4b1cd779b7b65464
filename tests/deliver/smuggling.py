#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The smuggling matrix, outbound: a message of every look-alike of the end made of
CR, LF, NUL and dot, as deliver-remote sends it (whatever queued gave it) and as
it goes through sendmail and the queue of a whole instance.  The server sees
CRLF line ends and nothing else, stuffed dots, one end, and no stray command."""
import itertools
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, msg, parse, recv, send, wait_for  # noqa: E402
from instance import Instance  # noqa: E402
from rawsink import RawSink  # noqa: E402

EVIL = b"\nMAIL FROM:<evil@b.example>\nDATA\n"


def looks(alphabet):
    for n in range(1, 6):
        for look in itertools.product(alphabet, repeat=n):
            yield bytes(look)


def meant(text):
    """The lines as the server should see them, before stuffing."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def faults(wire, text):
    """What is wrong with the bytes of a message's DATA."""
    rest = wire.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        return "another line end"
    lines = wire.split(b"\r\n")[:-1]
    if any(x.startswith(b".") and not x.startswith(b"..") for x in lines):
        return "a dot not stuffed"
    plain = b"".join((x[1:] if x.startswith(b".") else x) + b"\n"
                     for x in lines)
    return None if plain.endswith(text) else "not what was sent"


def messages(alphabet, size):
    """Texts that hold every look-alike, in a line and with commands behind."""
    text = b""
    for look in looks(alphabet):
        text += b"x" + look + EVIL + b"y\n"
        if len(text) > size:
            yield text
            text = b""
    yield text


def direct():
    """deliver-remote alone; queued would refuse CR and NUL."""
    sink = RawSink()
    home = Home(etc={"me": "mx.example.test",
                     "smarthosts": "127.0.0.1:%d\n" % sink.port})
    home.start("resolver")
    home.start("deliver-remote")
    sock = home.connect("run/deliver/remote", "p-queue", timeout=60)
    wrong, n = [], 0
    for n, text in enumerate(messages(b"\r\n.\0", 3000), 1):
        fd = os.memfd_create("message", os.MFD_CLOEXEC)
        os.write(fd, text)
        send(sock, msg("D", 1, n, "id%d" % n, "far.example", "a@b.example",
                       b"c@far.example\0", "8", 0, len(text), ""), [fd])
        os.close(fd)
        op = None
        while op != "E":
            op, fields = parse(recv(sock)[0])
            if op == "P" and fields[2] != b"K":
                wrong.append((n, fields))
        if len(sink.messages) != n:
            wrong.append((n, "not one message"))
            break
        why = faults(sink.messages[-1], meant(text))
        if why:
            wrong.append((n, why))
    sock.close()
    check("deliver-remote: %d messages" % n, not wrong, wrong[:5])
    check("deliver-remote: nothing but commands between", not sink.strays,
          sink.strays[:5])


def through():
    """sendmail, queued, deliver-remote."""
    sink = RawSink()
    with Instance(DOMAIN="widget.test",
                  SMARTHOST="127.0.0.1:%d" % sink.port) as inst:
        texts = list(messages(b"\r\n.", 2500))
        for text in texts:
            inst.tool("sendmail", "-i", "-f", "demo@widget.test",
                      "c@far.example", input="Subject: x\n\n" + text.decode())
        wait_for(lambda: len(sink.messages) >= len(texts), 60)
        time.sleep(0.3)
        # sendmail takes CR LF for a line's end, and so CR CR LF
        left = [re.sub(b"\r?\r?\n", b"\n", t).replace(b"\r", b"\n")
                for t in texts]
        for wire in sink.messages:
            for text in left:
                if not faults(wire, text):
                    left.remove(text)
                    break
        check("the queue: %d messages" % len(texts), not left and
              len(sink.messages) == len(texts), (len(left), len(sink.messages)))
        check("the queue: nothing but commands between", not sink.strays,
              sink.strays[:5])


direct()
through()
done()
