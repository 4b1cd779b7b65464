#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pop3d's and mailboxd's limits of time, waited out on a clock that runs 60 times
as fast.  Past them the connection ends without a word, and nothing is deleted:
RFC 1939 section 3."""
import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import (PASSWORD, Pop, handed, hear, read_until,  # noqa: E402
                  say)
from home import Fake, check, children, done, free_port  # noqa: E402
from patience import Waits  # noqa: E402

LOGIN, IDLE, WRITE = 180, 600, 120  # of pop3d.h
CLIENT, MAILBOXD, AUTHD, TLSD, FAREWELL = 5, 20, 20, 35, 5
USER = ("USER ann\r\nPASS %s\r\n" % PASSWORD).encode()


def takes_its_time(pop, waits):
    """A message that is longer on its way than a client may be silent."""
    s = pop.session("tom")
    s.sendall(b"RETR 1\r\n")
    began, got = time.monotonic(), b""
    while not got.endswith(b"\r\n.\r\n"):
        time.sleep(0.2)
        more = s.recv(max(70000, len(got) // 99))
        if not more:
            break
        got = got[-9:] + more
    took = (time.monotonic() - began) * waits.hurry
    check("a message took longer than a silence may", took > 1.05 * IDLE, took)
    time.sleep(1)
    r = say(s, b"DELE 1\r\n")
    check("its session goes on", r[:3] == b"+OK", r)
    check("... to its end", say(s, b"QUIT\r\n")[:3] == b"+OK"
          and pop.names("tom") == [])


def mailboxd(pop, waits):
    pop.home.start("mailboxd")
    pop.fill({"1.P": b"Subject: x\n\ny\n"})
    silent = pop.session()
    read_until(silent, b"\r\n")
    check("deleted, it seems", say(silent, b"DELE 1\r\n")[:3] == b"+OK")
    waits.ends("a session that says nothing", IDLE, silent)
    for box in "bob", "eve", "tom":
        pop.fill({"1.P": b"Subject: x\n\n" + b"line\n" * 900000}, box)
    slow = pop.session("bob")
    read_until(slow, b"\r\n")
    waits.ends("a command, a byte now and then", IDLE, slow, drip=[b"N"],
               every=1)
    deaf = pop.session("eve")
    deaf.sendall(b"RETR 1\r\n")

    def ends():
        began = time.monotonic()
        while "account=eve" not in pop.home.log("mailboxd") \
                and time.monotonic() - began < 60:
            time.sleep(0.05)
        waits.took("a client that does not read", WRITE,
                   time.monotonic() - began)
        deaf.close()
    waits.run(ends)
    waits.run(takes_its_time, pop, waits)
    mute = handed(pop.home, "ann")
    check("asked for the client", hear(mute)[0] == "S")
    mute.settimeout(30)
    waits.ends("a login without a client", CLIENT, mute, b"M25:")


def pop3d(pop, waits):
    """Before the login; the neighbours are fakes that hang where one is asked."""
    port, port_s = free_port(), free_port()
    pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port, "-l",
                   "127.0.0.1:%d,pop3s" % port_s)

    def client(to=port):
        began = time.monotonic()
        s = socket.create_connection(("127.0.0.1", to), 10)
        if to == port:
            read_until(s, b"\r\n")
        return s, began
    s, began = client()
    waits.ends("before the login, not a word", LOGIN, s, since=began)
    s, began = client()
    waits.ends("a command, a byte now and then", LOGIN, s, since=began,
               drip=[b"U"])
    s, began = client()
    waits.ends("commands now and then", LOGIN, s, b"+OK", began,
               drip=[b"USER ann\r\n"])
    s, began = client()
    say(s, b"AUTH PLAIN\r\n")
    waits.ends("a login, a byte now and then", LOGIN, s, since=began,
               drip=[b"A"])
    s, began = client(port_s)
    waits.ends("tlsd hangs", TLSD, s, since=began)
    s, _ = client()
    check("a wrong password", say(
        s, b"USER ann\r\nPASS no\r\n", b"password\r\n")[-6:] == b"word\r\n")
    s.sendall(USER)
    began = time.monotonic()

    def later():
        got = read_until(s, b"later\r\n", 30)
        waits.took("mailboxd hangs", MAILBOXD, time.monotonic() - began)
        check("it is [SYS/TEMP]", b"-ERR [SYS/TEMP] " in got, got)
    waits.run(later)


def authd_hangs(pop, waits):
    port = free_port()
    pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port)
    s = socket.create_connection(("127.0.0.1", port), 10)
    began = time.monotonic()
    s.sendall(USER)
    got = read_until(s, b"later\r\n", 30)
    waits.took("authd hangs", AUTHD, time.monotonic() - began)
    check("... it is [SYS/TEMP]", b"-ERR [SYS/TEMP] the password" in got, got)


over = threading.Event()


def hang(*_):
    over.wait(60)


def farewell(pop, waits):
    """A session that does not hear SIGTERM."""
    master = pop.home.procs["mailboxd"]
    s = pop.session()
    read_until(s, b"\r\n")
    os.kill(children(master.pid)[-1], signal.SIGSTOP)
    began = time.monotonic()
    check("mailboxd stops", pop.home.stop("mailboxd", timeout=30) == 0)
    waits.took("a session that does not end", FAREWELL,
               time.monotonic() - began)


waits = Waits(60)
one, two, three = Pop(("ann", "bob", "eve", "tom"), 60), Pop(hurry=60), Pop(hurry=60)
Fake(two.home, "run/mailboxd", hang)
Fake(two.home, "run/tlsd/in", hang)
three.authd.close()
three.authd = Fake(three.home, "run/authd/pop3", hang)
mailboxd(one, waits)
pop3d(two, waits)
authd_hangs(three, waits)
waits.over()
farewell(one, waits)
over.set()
check("nothing was deleted", len(one.names()) == 1, one.names())
done()
