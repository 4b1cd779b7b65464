#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""RFC 5321's timeouts of section 4.5.3.2 as deliver-remote keeps them, and
resolver's, waited out on a clock that runs 60 times as fast (1200 for a job in
all).  misbehaving.py stops at every point of the dialogue, with
etc/remote-timeout; here that is not set."""
import os
import socket
import sys
import threading
import time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import cdb  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from home import Home, check, done, msg, parse, recv, send  # noqa: E402
from patience import Waits  # noqa: E402

GREETING, COMMAND, DATA, DOT, JOB = 300, 300, 120, 600, 2400
CONNECT, RUN, KEPT, WORKER_SEND, ANSWER = 30, 900, 5, 30, 60
LOOKUP, PTR, SERVE_IDLE = 25, 5, 60
EHLO = b"250-mx.far.example\r\n250 8BITMIME\r\n"


fillers = []  # kept open


class Slow:
    """An SMTP server.  wait: {verb: seconds before its reply}, None: for ever;
    drip: the verb whose reply comes a byte every so often."""

    def __init__(self, wait=None, drip="", every=0.3):
        self.wait, self.drip, self.every = wait or {}, drip, every
        self.sessions, self.quit = 0, threading.Event()
        self.sock = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.run, daemon=True).start()

    def reply(self, conn, verb, text):
        pause = self.wait.get(verb, self.wait.get("all", 0))
        time.sleep(1000 if pause is None else pause)
        if verb == self.drip:
            conn.sendall(b"250 ")
        while verb == self.drip:
            conn.sendall(b"x")
            time.sleep(self.every)
        conn.sendall(text)

    def run(self):
        conn, _ = self.sock.accept()
        self.sessions += 1
        file = conn.makefile("rb")
        try:
            self.reply(conn, "greeting", b"220 mx.far.example\r\n")
            while line := file.readline():
                verb = line[:4].decode()
                if verb == "DATA":
                    self.reply(conn, "DATA", b"354 go\r\n")
                    while file.readline() not in (b".\r\n", b""):
                        pass
                    verb = "dot"
                if verb == "QUIT":
                    self.quit.set()
                self.reply(conn, verb, EHLO if verb == "EHLO" else b"250 ok\r\n")
        except OSError:
            pass


def job(home, domain, rcpts, sock=None):
    """[(class, status, text)]"""
    sock = sock or home.connect("run/deliver/remote", "p-queue", timeout=100)
    fd = os.memfd_create("m")
    os.write(fd, b"Subject: x\n\ny\n")
    send(sock, msg("D", 1, 1, "id1", domain, "a@example.test", b"".join(
        b"r%d@%s\0" % (i, domain.encode()) for i in range(rcpts)), "", 0, 14,
                   ""), [fd])
    os.close(fd)
    out = []
    while True:
        op, f = parse(recv(sock)[0])
        if op == "E":
            return out
        out.append((f[2].decode(), f[3].decode(), f[5].decode()))


def remote(hurry, cases):
    """cases: [(name, seconds, server, recipients)]"""
    home, waits = Home(etc={"me": "mx.example.test"}, hurry=hurry), Waits(hurry)
    home.write("etc/routes", "".join(
        "d%d.example: 127.0.0.1:%d tls=none\n" % (
            i, getattr(case[2], "sock", case[2]).getsockname()[1])
        for i, case in enumerate(cases)))
    home.start("deliver-remote")

    def one(name, seconds, domain, rcpts):
        began = time.monotonic()
        out = job(home, domain, rcpts)
        waits.took(name, seconds, time.monotonic() - began)
        check(name + ": each recipient is tried again later", len(out) == rcpts
              and all(o[0] == "T" and o[1][0] == "4" for o in out[-1:]), out[-3:])
    for i, (name, seconds, _, rcpts) in enumerate(cases):
        waits.run(one, name, seconds, "d%d.example" % i, rcpts)
    waits.over()
    home.stop("deliver-remote")


def silent():
    """A port that takes no connection: what it may keep waiting is full."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(0)
    fillers.append(sock)
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(sock.getsockname())
        fillers.append(filler)
    return sock


def hosts_in_turn():
    """Hosts that are silent one after the other: no new one is tried when the
    job is that old."""
    home, waits = Home(etc={"me": "mx.example.test"}, hurry=60), Waits(60)
    servers = [Slow({"greeting": None}) for _ in range(6)]
    home.write("etc/smarthosts", "".join(
        "127.0.0.1:%d tls=none\n" % s.sock.getsockname()[1] for s in servers))
    home.start("deliver-remote")
    began = time.monotonic()
    out = job(home, "far.example", 1)
    waits.took("silent hosts in turn", RUN, time.monotonic() - began)
    check("... as many as that time is for", len(
        [s for s in servers if s.sessions]) == RUN // GREETING, out)
    home.stop("deliver-remote")


def kept():
    """The connection is kept for another job, for a while."""
    home, waits = Home(etc={"me": "mx.example.test"}, hurry=60), Waits(60)
    server = Slow()
    home.write("etc/routes", "d0.example: 127.0.0.1:%d tls=none\n"
               % server.sock.getsockname()[1])
    home.start("deliver-remote")
    sock = home.connect("run/deliver/remote", "p-queue", timeout=100)
    out = job(home, "d0.example", 1, sock)
    began = time.monotonic()
    check("sent", out[0][0] == "K", out)
    check("QUIT comes", server.quit.wait(30))
    waits.took("a connection without a job", KEPT, time.monotonic() - began)
    sock.close()
    home.stop("deliver-remote")


def deaf(program, path, seconds, packet):
    """A queued that asks and does not read: the worker ends."""
    home, waits = Home(etc={"me": "mx.example.test"}, hurry=60), Waits(60)
    home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(["box01"], 3000))
    home.write("cdb/public/aliases.cdb", cdb.aliases(["near.test"], {}))
    home.start(program)
    sock = home.connect(path, "p-queue", timeout=100)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    began, last = time.monotonic(), time.monotonic()
    sock.setblocking(False)
    while time.monotonic() - began < 60:
        try:
            sock.send(packet)
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.002)
        except OSError:
            break
    waits.took(program + ", and nobody reads its answers", seconds,
               time.monotonic() - last)
    home.stop(program)


def resolver():
    dns = DnsServer({"slow.example": "TIMEOUT",
                     "9.2.0.192.in-addr.arpa": "TIMEOUT"})
    home, waits = Home(etc={"dns": "127.0.0.1@%d\n" % dns.port}, hurry=60), \
        Waits(60)
    home.start("resolver")

    def ask(name, seconds, *words):
        began = time.monotonic()
        op, fields, _ = home.ask("run/deliver/resolver", msg(*words),
                                 account="p-remote", timeout=60)
        waits.took(name, seconds, time.monotonic() - began)
        check(name + ": try later", op == "T" or fields[:1] == [b"temp"],
              (op, fields))
    waits.run(ask, "a DNS server that is silent", LOOKUP, "M", 1,
              "slow.example")
    waits.run(ask, "... for a client's name", PTR, "P", 1, "192.0.2.9")
    waits.ends("a caller without a question", SERVE_IDLE,
               home.connect("run/deliver/resolver", "p-remote", 60))
    waits.over()


beside = Waits(60)
beside.run(hosts_in_turn)
remote(60, [
    ("no connection", CONNECT, silent(), 1),
    ("no greeting", GREETING, Slow({"greeting": None}), 1),
    ("a greeting, a byte now and then", GREETING, Slow(drip="greeting"), 1),
    ("no reply to EHLO", COMMAND, Slow({"EHLO": None}), 1),
    ("no reply to MAIL", COMMAND, Slow({"MAIL": None}), 1),
    ("a reply to RCPT, a byte now and then", COMMAND, Slow(drip="RCPT"), 1),
    ("no reply to DATA", DATA, Slow({"DATA": None}), 1),
    ("no reply to the dot", DOT, Slow({"dot": None}), 1)])
remote(1200, [
    ("each reply just in time", JOB, Slow({"all": 100 / 1200}), 99)])
kept()
deaf("deliver-remote", "run/deliver/remote", WORKER_SEND,
     msg("W", 1, "far.example"))
deaf("deliver-local", "run/deliver/local", ANSWER,
     msg("R", 1, 7, "box01", "no-such-name"))
resolver()
beside.over()
done()
