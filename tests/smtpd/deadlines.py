#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""smtpd's limits of time, waited out on a clock that runs 60 times as fast (1200
for the six hours of a session): silent clients, clients that send a byte now and
then, clients that do not read, a filter that hangs."""
import fcntl
import os
import select
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene  # noqa: E402
from home import Fake, check, children, done, wait_for  # noqa: E402
from patience import Waits  # noqa: E402

GONE = b"421 4.4.2 mx.example.test waited too long\r\n"
COMMAND, DATA, WRITE, IDLE, SESSION, FILTER = 300, 180, 120, 600, 21600, 300
PROXY, TLSD, QUEUED, STOP = 5, 35, 30, 5
LOGIN = "AUTH PLAIN AHdpZGdldDAxAHJpZ2h0"  # widget01, right
F_SETPIPE_SZ = 1031


def hello(scene, **kw):
    began = time.monotonic()
    c = Client(scene.ucspi(**kw))
    c.hello()
    return c, began


def strangers(scene, waits):
    c, _ = hello(scene)
    waits.ends("a client that says nothing", COMMAND, c.sock, GONE)
    c, began = hello(scene)
    waits.ends("a command, a byte now and then", IDLE, c.sock, GONE, began,
               drip=[b"N"], every=1)
    c, began = hello(scene)
    waits.ends("commands now and then, and no recipient", IDLE, c.sock, GONE,
               began, drip=[b"RSET\r\n"], every=1)
    c, began = hello(scene, ip="127.0.0.1")
    check("AUTH, half", c.cmd("AUTH LOGIN")[:3] == "334")
    waits.ends("a login, a byte now and then", IDLE, c.sock, GONE, began,
               drip=[b"d"], every=1)
    c, began = hello(scene)
    c.cmd("MAIL FROM:<a@far.example>")
    check("refused", c.cmd("RCPT TO:<nobody@example.test>")[:3] == "550")
    waits.ends("a recipient that was refused does not count", IDLE, c.sock,
               GONE, began, drip=[b"N"], every=1)


def known(scene, waits):
    """Who logged in, or has a recipient, is past the ten minutes."""
    c, began = hello(scene, ip="127.0.0.1")
    check("logged in", c.cmd(LOGIN)[:3] == "235")

    def alive(client=c):
        while time.monotonic() - began < 1.3 * IDLE / waits.hurry:
            time.sleep(1)
            if client.cmd("NOOP")[:3] != "250":
                break
        check("who logged in may stay longer", client.cmd("NOOP")[:3] == "250")
        client.sock.close()
    waits.run(alive)
    d, _ = hello(scene)
    d.envelope("a@far.example", "fred@example.test")
    check("DATA", d.cmd("DATA")[:3] == "354")
    d.send("Subject: x\r\n\r\nhalf a mess")
    waits.ends("a message that stops", DATA, d.sock, GONE)


def no_reader(scene, waits):
    """Replies into a pipe that is full."""
    out, end = os.pipe()
    fcntl.fcntl(end, F_SETPIPE_SZ, 4096)
    ours = scene.ucspi(out=end)
    proc = scene.proc
    os.close(end)
    began = time.monotonic()
    ours.sendall(b"EHLO x\r\n" * 60)

    def wait():
        proc.wait(60)
        waits.took("a client that reads no reply", WRITE,
                   time.monotonic() - began)
        os.close(out)
        ours.close()
    waits.run(wait)


def is_put_off(waits, c, name, seconds):
    """The message is, after so long, and the session goes on."""
    began = time.monotonic()
    r = c.message("Subject: x\r\n\r\n.\r\n")
    waits.took(name, seconds, time.monotonic() - began)
    check("... it is 451", r[:3] == "451", r)
    check("... the session goes on", c.cmd("NOOP")[:3] == "250")


def queued_hangs(scene, waits):
    c = Client(scene.ucspi())
    c.sock.settimeout(60)
    c.hello()
    c.envelope("a@far.example", "fred@example.test")
    scene.mode["queued"] = "slow"
    waits.run(is_put_off, waits, c, "queued hangs", QUEUED)


def filter_hangs(scene, waits):
    path = scene.home.path("filter")
    with open(path, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\ncat >/dev/null\nexec sleep 100\n")
    os.chmod(path, 0o755)
    c = Client(scene.ucspi(env={"QMAILQUEUE": path},
                           account="p-smtp"))
    c.sock.settimeout(60)
    c.hello()
    c.envelope("a@far.example", "fred@example.test")
    waits.run(is_put_off, waits, c, "a filter that hangs", FILTER)


def listener(scene, waits):
    """Before the first word: a header of PROXY that does not come, a tlsd that
    hangs."""
    scene.home.write("etc/proxies", "127.0.0.2\n")
    Fake(scene.home, "run/tlsd/in", lambda *_: time.sleep(10))
    port, port_s = scene.listen(), scene.listen("submissions")
    scene.port = port

    def proxy():
        s = socket.socket()
        s.bind(("127.0.0.2", 0))
        s.connect(("127.0.0.1", port))
        return s
    waits.ends("no PROXY header", PROXY, proxy())
    waits.ends("a PROXY header, a byte now and then", PROXY, proxy(),
               drip=[bytes([c]) for c in b"PROXY TCP4 192.0.2.1 192.0.2.2 "],
               every=0.01)
    waits.ends("tlsd hangs", TLSD, socket.create_connection(
        ("127.0.0.1", port_s), 10))


def stopping(scene, waits):
    """A session that does not hear SIGTERM."""
    parent = scene.home.procs["smtpd.smtp"]
    c = Client(socket.create_connection(
        ("127.0.0.1", scene.port), 10, source_address=("127.0.0.3", 0)))
    acceptor = children(parent.pid)[0]
    os.kill(children(acceptor)[-1], signal.SIGSTOP)
    began = time.monotonic()
    check("smtpd stops", scene.home.stop("smtpd.smtp", timeout=30) == 0)
    waits.took("a session that does not end", STOP, time.monotonic() - began)
    c.sock.close()


def whole_session(waits):
    """1200 times as fast: with a recipient, a byte now and then, for six hours.
    Where this machine lets us wait as long as a client may, once more."""
    scene = Scene(hurry=1200)

    def once():
        """(seconds it lasted, our longest pause, its last words)"""
        began = last = time.monotonic()
        c, _ = hello(scene)
        c.envelope("a@far.example", "fred@example.test")
        pause, got = 0, b""
        while time.monotonic() - began < 60:
            if select.select([c.sock], [], [], 0.02)[0]:
                got = c.sock.recv(999)
                break
            c.sock.sendall(b"N")
            pause = max(pause, time.monotonic() - last)
            last = time.monotonic()
        return last - began, pause, got

    def wait():
        for _ in range(5):
            took, pause, got = once()
            if took > 0.9 * SESSION / 1200 or pause < 0.2 * COMMAND / 1200:
                break
        check("a session ends after six hours",
              0.95 * SESSION / 1200 < took < 30, (took, pause))
        check("... with 421", got == GONE, got)
        check("nothing of it went to queued", not scene.messages)
    waits.run(wait)


scene = Scene(hurry=60)
waits = Waits(60)
for part in strangers, known, no_reader, queued_hangs, filter_hangs, listener:
    part(scene, waits)
whole_session(waits)
waits.over()
stopping(scene, waits)
check("nothing went to queued", wait_for(lambda: not scene.messages, 1))
done()
