#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""deliver-remote and servers that stop in every way at every point of the
dialogue: each recipient ends in the right state, in time, and the next job is
none the worse."""
import os
import random
import socket
import struct
import sys
import threading
import time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, msg, parse, recv, send  # noqa: E402

SECONDS = 1
home = Home(etc={"me": "mx.example.test", "remote-timeout": "%d\n" % SECONDS})
TEXT = b"Subject: x\n\nbody\n.\nmore\n"
RCPTS = ("bad@far.example", "good@far.example", "later@far.example",
         "fine@far.example")
CODES = {"bad": b"550 5.1.1 no such user", "later": b"450 4.2.1 busy"}


class Server:
    """Speaks SMTP or LMTP, until something happens: stop(point, sent) says
    what at each reply (point counts them) and may return what to send instead,
    or an exception to end with."""

    def __init__(self, pipelining=True, lmtp=False, act=None, rcv=None):
        self.pipelining, self.lmtp, self.act = pipelining, lmtp, act
        self.taken, self.points, self.sessions = [], [], 0
        self.sock = socket.socket()
        if rcv:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcv)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(16)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def _serve(self, conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._session(conn, conn.makefile("rb"))
        except (OSError, EOFError, StopIteration):
            pass
        conn.close()

    def say(self, conn, name, text):
        data = text + b"\r\n"
        self.points.append((name, data))
        if self.act:
            data = self.act(conn, name, data)
        if data:
            conn.sendall(data)

    def line(self, file):
        line = file.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError
        return line.rstrip(b"\r\n")

    def _session(self, conn, file):
        rcpts = []
        self.say(conn, "greeting", b"220 far.example")
        while True:
            line = self.line(file)
            verb = line[:4].upper()
            if verb in (b"EHLO", b"LHLO"):
                self.say(conn, "hello", b"250-far.example\r\n" + (
                    b"250-PIPELINING\r\n" if self.pipelining else b"")
                    + b"250 8BITMIME")
            elif verb == b"MAIL":
                rcpts = []
                self.say(conn, "mail", b"250 2.1.0 ok")
            elif verb == b"RCPT":
                addr = line.partition(b"<")[2].partition(b"@")[0].decode()
                answer = CODES.get(addr, b"250 2.1.5 ok")
                if answer.startswith(b"250"):
                    rcpts.append(addr)
                self.say(conn, "rcpt " + addr, answer)
            elif verb == b"DATA":
                self.say(conn, "data", b"354 go on")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.line(file) + b"\r\n"
                self.taken.append((list(rcpts), body))
                for addr in rcpts if self.lmtp else [""]:
                    self.say(conn, "dot " + addr, b"250 2.0.0 taken")
            elif verb == b"QUIT":
                self.say(conn, "quit", b"221 2.0.0 bye")
                return
            else:
                self.say(conn, "other", b"250 2.0.0 ok")


class Worker:
    jobs = 0

    def __init__(self):
        self.sock = home.connect("run/deliver/remote", "p-queue", timeout=60)

    def job(self, domain, rcpts=RCPTS, text=TEXT):
        """{name: (class, status, text)} of the recipients, slow seconds."""
        Worker.jobs += 1
        number, fd, out = Worker.jobs, os.memfd_create("m"), {}
        os.write(fd, text)
        send(self.sock, msg("D", 1, number, "id%d" % number, domain,
                            "a@example.test", b"".join(
                                r.replace("far.example", domain).encode()
                                + b"\0" for r in rcpts), "", 0,
                            len(text), ""), [fd])
        os.close(fd)
        while True:
            op, f = parse(recv(self.sock)[0])
            if op == "E":
                return out, int(f[1])
            name = rcpts[int(f[1])].partition("@")[0]
            assert name not in out, (name, out)
            out[name] = (f[2].decode(), f[3].decode(), f[5].decode())


routes, servers = [], []


def server(**kwargs):
    """A server with a domain of its own."""
    s = Server(**kwargs)
    s.domain = "d%d.example" % len(routes)
    routes.append("%s: %s127.0.0.1:%d%s\n" % (
        s.domain, "lmtp:" if s.lmtp else "", s.port,
        "" if s.lmtp else " tls=none"))
    servers.append(s)
    return s


MODES = [(True, False), (False, False), (True, True), (False, True)]
plain = {m: server(pipelining=m[0], lmtp=m[1]) for m in MODES}


class Cut:
    """Ends the connection after so many bytes of replies, in some way."""

    def __init__(self):
        self.at = self.how = self.sent = 0
        self.seen, self.done = b"", threading.Event()

    def __call__(self, conn, name, data):
        if name == "greeting":
            self.seen = b""
        room = self.at - len(self.seen)
        if room >= len(data):
            self.seen += data
            return data
        conn.sendall(data[:room])
        self.seen += data[:room]
        if self.how == "reset":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        elif self.how == "fin":
            conn.shutdown(socket.SHUT_WR)
            conn.settimeout(2)
            while conn.recv(65536):
                pass
        raise EOFError


def replies(points):
    """[(name, end)]: where the reply of that name is complete."""
    out, n = [], 0
    for name, data in points:
        n += len(data)
        out.append((name, n))
    return out


def expected(ends, at, lmtp, reset):
    """{name: set of right classes} when so many bytes of replies came."""
    got = {name for name, end in ends if end <= at}
    out = {}
    for r in RCPTS:
        name = r.partition("@")[0]
        if name == "bad":
            out[name] = {"N"} if "rcpt bad" in got else {"T"}
            if reset:
                out[name].add("T")
        elif name == "later":
            out[name] = {"T"}
        else:
            dot = "dot " + (name if lmtp else "")
            out[name] = {"K"} if dot in got else {"T"}
            if reset and dot in got:
                out[name].add("T")
    return out


cuts = {m: server(pipelining=m[0], lmtp=m[1], act=Cut()) for m in MODES}
home.write("etc/routes", "".join(routes))
home.start("deliver-remote")
rnd = random.Random(5321)
q = Worker()
for mode, s in cuts.items():
    label = "%s, %spipelining" % ("LMTP" if mode[1] else "SMTP",
                                  "" if mode[0] else "no ")
    out, slow = q.job(plain[mode].domain)
    check(label + ": as it should be", {k: v[0] for k, v in out.items()} == {
        "bad": "N", "good": "K", "later": "T", "fine": "K"}
        and slow == 0, (out, slow))
    ends = replies([p for p in plain[mode].points if p[0] != "quit"])
    total, wrong, tried, doubled = ends[-1][1], [], 0, []
    for how in ("fin", "close", "reset"):
        for at in range(total + 1):
            s.act.at, s.act.how = at, how
            before, sessions = len(s.taken), s.sessions
            out, slow = q.job(s.domain)
            want = expected(ends, at, mode[1], how != "fin")
            tried += 1
            if not all(out[n][0] in want[n] for n in want):
                wrong.append((how, at, out, want))
            # never taken, and told otherwise; nor sent twice in one job
            if len(s.taken) - before > 1 or s.sessions - sessions > 2:
                doubled.append((how, at, s.sessions - sessions))
    check("%s: %d ways to drop the line" % (label, tried), not wrong
          and tried > 400, wrong[:3])
    check(label + ": one job sends it once", not doubled, doubled[:3])
    out, slow = q.job(plain[mode].domain)
    check(label + ": the next job", out["good"][0] == "K", out)

# at each reply: silence, a drip, garbage, endless lines, 64 KiB; all at once


def silence(conn, data):
    time.sleep(20 * SECONDS)


def drip(conn, data):
    for i in range(len(data) - 2):
        conn.sendall(data[i:i + 1])
        time.sleep(SECONDS * 0.3)
    time.sleep(20 * SECONDS)


def garbage(conn, data):
    conn.sendall(bytes(rnd.randrange(1, 256) for _ in range(300)) + b"\r\n")


def endless(conn, data):
    while True:
        conn.sendall(data[:3] + b"-more and more\r\n")


def one_line(conn, data):
    while True:
        conn.sendall(data[:3] + b"-" + b"x" * 65536)


def large(conn, data):
    conn.sendall(data[:3] + b"-" + b"x" * 65536 + b"\r\n" + data)


def nothing_but_nul(conn, data):
    conn.sendall(bytes(4096))


KINDS = [silence, drip, garbage, endless, one_line, large, nothing_but_nul]
STAGES = ["greeting", "hello", "mail", "rcpt bad", "rcpt good", "data", "dot "]


def at_stage(stage, kind):
    def act(conn, name, data):
        if name == stage:
            kind(conn, data)
            raise EOFError
        return data
    return act


cases = []
for stage in STAGES:
    for kind in KINDS:
        for pipelining in (True, False):
            cases.append((stage, kind, server(
                pipelining=pipelining, act=at_stage(stage, kind))))
stuck = server(rcv=4096)
stuck.act = lambda conn, name, data: data if name != "data" else (
    conn.sendall(data), time.sleep(20 * SECONDS))[0]
late = server(act=lambda conn, name, data: data + (
    b"250 2.0.0 taken already\r\n" if name == "data" else b""))
early = server(act=lambda conn, name, data: data + (
    b"552 5.3.4 too large\r\n" if name == "data" else b""))
home.write("etc/routes", "".join(routes))
results = {}


def work(part):
    w = Worker()
    for case in part:
        began = time.monotonic()
        out, slow = w.job(case[2].domain)
        results[case] = out, time.monotonic() - began


WORKERS = 24
threads = [threading.Thread(target=work, args=(cases[i::WORKERS],))
           for i in range(WORKERS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
wrong, slowest = [], 0
for case in cases:
    stage, kind, s = case
    out, took = results.get(case, ({}, 99))
    known = s.pipelining or STAGES.index(stage) > STAGES.index("rcpt bad")
    bad = {"N"} if STAGES.index(stage) > STAGES.index("rcpt bad") else {"T"}
    if stage == "rcpt bad" and kind is large:
        bad = {"T"}
    slowest = max(slowest, took)
    ok = out and out["bad"][0] in bad and all(
        out[n][0] == "T" for n in ("good", "later", "fine"))
    if not ok or took > 8 * SECONDS:
        wrong.append((stage, kind.__name__, s.pipelining, out, took))
check("%d ways to stop: nobody is lost, nor believed taken" % len(cases),
      not wrong, wrong[:3])
print("# slowest %.1f s" % slowest)
for case in cases:
    case[2].close()
home.write("etc/routes", "".join(r for s, r in zip(servers, routes)
                                 if s in (stuck, late, early)
                                 or s in plain.values()))
q = Worker()
began = time.monotonic()
out, slow = q.job(stuck.domain, text=b"x" * 76 + b"\n" + (
    b"y" * 76 + b"\n") * 200000)
check("a server that does not read the message", out["good"][:2] == (
    "T", "4.4.2") and out["bad"][0] == "N"
    and time.monotonic() - began < 10 * SECONDS, out)
out, slow = q.job(late.domain)
check("a verdict ahead of the message is none", out["good"][0] == "T"
      and out["fine"][0] == "T" and out["bad"][0] == "N", out)
out, slow = q.job(early.domain)
check("a refusal ahead of the final dot is one", out["good"][:2] == (
    "N", "5.3.4") and out["later"][0] == "T", out)
check("... and its message is not ended with a dot", not early.taken,
      early.taken)
out, slow = q.job(plain[MODES[0]].domain)
check("and the next job", out["good"][0] == "K", out)
check("deliver-remote never fell", home.procs["deliver-remote"].poll() is None
      and "signal" not in home.log("deliver-remote"))
done()
