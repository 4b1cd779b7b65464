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
from dnsserver import DnsServer  # noqa: E402
from home import Home, check, done, msg, parse, recv, send  # noqa: E402
from patience import Waits  # noqa: E402

GREETING, COMMAND, DATA, DOT, JOB = 300, 300, 120, 600, 2400
LOOKUP, PTR, SERVE_IDLE = 25, 5, 60
EHLO = b"250-mx.far.example\r\n250 8BITMIME\r\n"


class Slow:
    """An SMTP server.  wait: {verb: seconds before its reply}, None: for ever;
    drip: the verb whose reply comes a byte every so often."""

    def __init__(self, wait=None, drip="", every=0.3):
        self.wait, self.drip, self.every = wait or {}, drip, every
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
                self.reply(conn, verb, EHLO if verb == "EHLO" else b"250 ok\r\n")
        except OSError:
            pass


def job(home, domain, rcpts):
    """[(class, status, text)]"""
    sock = home.connect("run/deliver/remote", "p-queue", timeout=100)
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
            sock.close()
            return out
        out.append((f[2].decode(), f[3].decode(), f[5].decode()))


def remote(hurry, cases):
    """cases: [(name, seconds, server, recipients)]"""
    home, waits = Home(etc={"me": "mx.example.test"}, hurry=hurry), Waits(hurry)
    home.write("etc/routes", "".join(
        "d%d.example: 127.0.0.1:%d tls=none\n" % (
            i, case[2].sock.getsockname()[1]) for i, case in enumerate(cases)))
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


remote(60, [
    ("no greeting", GREETING, Slow({"greeting": None}), 1),
    ("a greeting, a byte now and then", GREETING, Slow(drip="greeting"), 1),
    ("no reply to EHLO", COMMAND, Slow({"EHLO": None}), 1),
    ("no reply to MAIL", COMMAND, Slow({"MAIL": None}), 1),
    ("a reply to RCPT, a byte now and then", COMMAND, Slow(drip="RCPT"), 1),
    ("no reply to DATA", DATA, Slow({"DATA": None}), 1),
    ("no reply to the dot", DOT, Slow({"dot": None}), 1)])
remote(1200, [
    ("each reply just in time", JOB, Slow({"all": 200 / 1200}), 99)])
resolver()
done()
