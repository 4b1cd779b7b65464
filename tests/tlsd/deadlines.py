# SPDX-License-Identifier: ISC
"""tlsd's limits of time, waited out on a clock that runs 60 times as fast: a
handshake byte by byte, clients and daemons that do not read, a signer that
hangs.  (inward.py waits for a silent handshake by the true clock.)"""
import os
import select
import signal
import ssl
import time

from _tls import (Handed, Home, check, children, client_context, done,
                  make_cert, session, tcp_pair, wait_for)
from patience import Waits, until_closed

HANDSHAKE, STUCK, REQUEST, SIGN, CONTROL = 30, 600, 5, 15, 5


def hello_bytes():
    """A real ClientHello, to be sent slowly."""
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context().wrap_bio(ours, theirs, server_hostname="a.example")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return theirs.read()


def slow_handshake():
    client, server = tcp_pair()
    began = time.monotonic()
    handed = Handed(home, server)
    until_closed(client, drip=[bytes([b]) for b in hello_bytes()], every=0.01)
    took = time.monotonic() - began
    handed.wait()
    waits.took("a handshake, a byte now and then", HANDSHAKE, took)
    check("... the caller is told", handed.op == "N", (handed.op,
                                                       handed.fields))


def fill(sock):
    """Writes until nothing is taken for a while."""
    sock.setblocking(False)
    while select.select([], [sock], [], 0.5)[1]:
        try:
            sock.send(b"y" * 16384)
        except (BlockingIOError, ssl.SSLWantWriteError):
            pass
    return time.monotonic() - 0.5


def deaf_client():
    """As a mail program that went to sleep while a message came."""
    tls, handed = session(home, ip="192.0.2.30")
    began = fill(handed.plain)
    until_closed(handed.plain)
    waits.took("a client that does not read", STUCK, time.monotonic() - began)
    tls.close()


def deaf_daemon():
    tls, handed = session(home, ip="192.0.2.31")
    began = fill(tls)
    until_closed(tls)
    waits.took("a daemon that does not read", STUCK, time.monotonic() - began)
    handed.plain.close()


def idle_is_allowed():
    """Nothing to deliver, nothing to wait for: smtpd and pop3d have limits."""
    tls, handed = session(home, ip="192.0.2.32")
    time.sleep(1.3 * STUCK / 60)
    tls.sendall(b"x")
    check("an idle session goes on", handed.plain.recv(1) == b"x")
    tls.close()


home = Home(hurry=60)
make_cert(home, "default")
proc = home.start("tlsd")
waits = Waits(60)
waits.run(slow_handshake)
waits.run(deaf_client)
waits.run(deaf_daemon)
waits.run(idle_is_allowed)
waits.ends("a caller without a request", REQUEST,
           home.connect("run/tlsd/in", "p-smtp", 30))
waits.over()

signer = children(proc.pid)[0]
client, server = tcp_pair()
handed = Handed(home, server, ip="192.0.2.33")
check("its session is there", wait_for(lambda: len(children(proc.pid)) == 2, 5))
time.sleep(0.1)
os.kill(signer, signal.SIGSTOP)
began = time.monotonic()
try:
    client_context().wrap_socket(client)
except OSError:
    pass
handed.wait()
waits.took("a signer that hangs", SIGN, time.monotonic() - began)
check("... the caller is told", handed.op == "N", handed.op)
began = time.monotonic()
client, server = tcp_pair()
handed = Handed(home, server, ip="192.0.2.34")
check("the supervisor is to start it anew", proc.wait(30) == 111)
waits.took("... asked for a session", CONTROL, time.monotonic() - began)
check("... says why", "fatal: the signer does not answer" in home.log("tlsd"))
os.kill(signer, signal.SIGCONT)
done()
