#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A logger that is stopped: what sessions could not log is counted, and told
by the next one that can."""
import fcntl
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene  # noqa: E402
from home import check, done  # noqa: E402

SESSIONS, REFUSED = 100, 4  # a line each; the pipe holds four pages

scene = Scene()
path = scene.home.path("stderr.smtpd.smtp")
os.mkfifo(path)
os.chmod(path, 0o666)
logger = os.open(path, os.O_RDWR | os.O_NONBLOCK)
fcntl.fcntl(logger, fcntl.F_SETPIPE_SZ, 16384)
port = scene.listen()
os.unlink(path)


def take():
    """All that is in the pipe, as the logger gets it."""
    got = b""
    try:
        while True:
            got += os.read(logger, 65536)
    except BlockingIOError:
        return got.decode()


def session(refused):
    c = Client(socket.create_connection(("127.0.0.1", port)))
    c.hello()
    r = c.envelope("a@b.example", *["x@far.example"] * refused)
    c.cmd("QUIT")
    c.sock.close()
    return r[1:]


take()
answers = [r for _ in range(SESSIONS) for r in session(REFUSED)]
check("clients are answered", all(r[:3] == "550" for r in answers),
      answers[:3])
before = take().count(" refused ")
session(1)
text = take()
told = re.findall("^smtpd: warning: ([0-9]+) log lines dropped$", text, re.M)
check("a stopped logger's pipe is full soon", 0 < before < SESSIONS * REFUSED,
      before)
check("the next session tells how many lines were dropped",
      [int(n) for n in told] == [SESSIONS * REFUSED - before],
      (before, text))
check("... and its own", text.count(" refused ") == 1, text)
session(1)
check("told once", "dropped" not in take())
done()
