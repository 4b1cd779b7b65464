# SPDX-License-Identifier: ISC
"""The measurements: one run each, of one server in a fresh tree.

Each returns {measure: number}; work that was not done right raises Wrong.
"""
import json
import os
import socket
import struct
import subprocess
import time

import pages
from group import Calls
from server import BOXES, ROOT, free_port

STALL_SECONDS = 15 # nothing more arrives: something is lost
# how many, and seconds at most: to warm up, and while system calls are counted
WARM = ("-n", 200, "-t", 4)
COUNTED = ("-n", 300, "-t", 4)


class NotHere(Exception):
    """This cannot be measured here."""


class Wrong(Exception):
    """The server lost, changed or refused something."""


def tool(name, *args):
    """Runs bench/NAME; what it prints, as a dict."""
    done = subprocess.run([ROOT + "/bench/" + name, *map(str, args)],
                          capture_output=True, text=True)
    if done.returncode or not done.stdout:
        raise Wrong("%s %s: exit %d: %s%s" % (
            name, " ".join(map(str, args))[:200], done.returncode,
            done.stdout, done.stderr[-600:]))
    return json.loads(done.stdout)


# SMTP --------------------------------------------------------------------------

class Local:
    """Where local deliveries arrive."""
    domain = "example.test"

    def __init__(self, server):
        self.server = server

    def count(self):
        return tool("maildir", "count", *self.server.folders())

    def check(self):
        return tool("maildir", "check", *self.server.folders())


class Sink:
    """A next hop, where relayed mail arrives."""
    domain = "far.example"

    def __init__(self, scratch):
        self.port = free_port()
        self.state = scratch.fresh("sink") + "/state"
        self.proc = subprocess.Popen(
            [ROOT + "/bench/smtp_sink", str(self.port), self.state],
            stdout=subprocess.PIPE)
        self.proc.stdout.readline()

    def count(self):
        with open(self.state, "rb") as f:
            n, rcpts, wrong, distinct, last = struct.unpack("QQQQd", f.read(40))
        return {"count": rcpts, "distinct": distinct, "wrong": wrong,
                "last": last, "messages": n}

    check = count

    def close(self):
        self.proc.terminate()
        self.proc.wait()
        self.proc.stdout.close()


class Mail:
    """Messages into one server, and whether all of them arrive."""

    def __init__(self, server, arrivals, rcpts, *load):
        self.server, self.arrivals, self.rcpts = server, arrivals, rcpts
        self.load = ["-r", rcpts, "-d", arrivals.domain, *load]
        self.sent = 0

    def send(self, *args):
        """A load, to its end: every message delivered."""
        got = tool("smtp_load", "-f", self.sent, *self.load, *args,
                   self.server.smtp)
        self.sent += got["messages"]
        got["delivering"] = self.drain() - got["began"]
        self.server.group.idle()
        return got

    def drain(self):
        """Waits for all; when the last one came."""
        want, before, since = self.sent * self.rcpts, -1, 0
        while True:
            there = self.arrivals.count()
            if there["count"] >= want:
                return there["last"]
            if there["count"] != before:
                before, since = there["count"], time.monotonic()
            elif time.monotonic() - since > STALL_SECONDS:
                raise Wrong("%d of %d delivered, and no more for %d s; %s" % (
                    before, want, STALL_SECONDS, self.server.trouble()))
            time.sleep(0.05)

    def verify(self):
        there = self.arrivals.check()
        if there["wrong"] or there["distinct"] != self.sent or \
                there["count"] != self.sent * self.rcpts:
            raise Wrong("sent %d to %d each, arrived %r" % (
                self.sent, self.rcpts, there))


def per(n, before, after):
    return {k: (after[k] - before.get(k, 0)) * 1000 / n for k in after}


def counted(server, what, run):
    """System calls and so on for each, while run() does some of them."""
    calls = Calls(ROOT + "/bench/calls", server.group)
    n = run(*COUNTED)[what]
    got = calls.end() or {}
    return {k: v / n for k, v in got.items()}


def mail(server, arrivals, seconds, rcpts=1, clients=10, each=1, size=4096,
         boxes=BOXES):
    m = Mail(server, arrivals, rcpts, "-c", clients, "-m", each, "-s", size,
             "-b", boxes)
    m.send(*WARM)
    cpu, names = server.group.cpu(), server.group.by_name()
    got = m.send("-t", seconds)
    n = got["messages"]
    result = {
        "per_s": n * rcpts / max(got["delivering"], got["seconds"]),
        "cpu_ms": (server.group.cpu() - cpu) * 1000 / n,
        "p50_ms": got["p50_ms"], "p99_ms": got["p99_ms"],
        "taken_per_s": n / got["seconds"], "messages": n}
    result["by_name"] = per(n, names, server.group.by_name())
    result.update(counted(server, "messages", m.send))
    m.verify()
    return result


# POP3 ------------------------------------------------------------------------

def boxes_filled(server, boxes, count, size=4096):
    server.make_maildirs(boxes)
    if count:
        tool_fill(count, size, [server.folder(i) for i in boxes])
        server.own_messages(boxes)


def tool_fill(count, size, folders):
    subprocess.run([ROOT + "/bench/maildir", "fill", str(count), str(size),
                    *folders], check=True)


def pop3(server, seconds, messages=0, pipeline=False, clients=10):
    boxes = range(clients)
    boxes_filled(server, boxes, messages)

    def load(*args):
        got = tool("pop3_load", "-c", clients, "-m", messages,
                   *(["-p"] if pipeline else []), *args, server.pop3,
                   server.password, *map(server.box, boxes))
        server.group.idle()
        return got
    load(*WARM)
    cpu, names = server.group.cpu(), server.group.by_name()
    got = load("-t", seconds)
    n = got["sessions"]
    if got["fetched"] != n * messages:
        raise Wrong("fetched %(fetched)d in %(sessions)d sessions" % got)
    result = {"per_s": n / got["seconds"],
              "cpu_ms": (server.group.cpu() - cpu) * 1000 / n,
              "p50_ms": got["p50_ms"], "p99_ms": got["p99_ms"],
              "sessions": n}
    result["by_name"] = per(n, names, server.group.by_name())
    result.update(counted(server, "sessions", load))
    return result


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")


def listed(server, box, times=5):
    """ms from connecting to the end of UIDL and LIST: the median."""
    return tool("pop3_load", "-c", 1, "-n", times, "-l", server.pop3,
                server.password, server.box(box))["p50_ms"]


def big(server, count):
    """UIDL and LIST of a mailbox of so many: at first, warm, and fresh (after a
    restart, with page cache and inodes dropped)."""
    boxes_filled(server, [0], count, 1024)
    result = {"first_ms": listed(server, 0, 1)}
    result["warm_ms"] = listed(server, 0)
    if os.geteuid() == 0:
        server.forget()
        drop_caches()
        result["fresh_ms"] = listed(server, 0, 1)
    return result


# the machine -------------------------------------------------------------------

class Machine:
    """No server: what any must stay below."""
    name, does = "machine", ("machine",)

    def __init__(self, scratch):
        self.dir = scratch.fresh("machine")

    def close(self):
        pass


def limit(machine, processes, seconds):
    folders = ["%s/box%03d" % (machine.dir, i) for i in range(BOXES)]
    for folder in folders:
        os.makedirs(folder + "/tmp")
        os.mkdir(folder + "/new")
    return tool("limits", processes, seconds, 4096, *folders)


# memory ------------------------------------------------------------------------

def converse(port, lines, last):
    """A session that has said these lines, each answered, and waits now."""
    s = socket.create_connection(("127.0.0.1", port), 10)
    got = s.recv(4096)
    for line in lines:
        s.sendall(line.encode() + b"\r\n")
        got = b""
        while not got.endswith(b"\n") or last(got):
            chunk = s.recv(4096)
            if not chunk:
                raise Wrong("closed after %s" % line)
            got += chunk
    return s


def smtp_open(got):
    return got.rstrip().rsplit(b"\n", 1)[-1][3:4] == b"-"


def idle(server, kind, sessions=50):
    """KiB PSS: all processes without a session, and what each session adds.
    Of the first also: what supervision (s6) has of it, and how much it is when
    nobody else uses the same libraries."""
    if os.geteuid() != 0:
        raise NotHere("only root sees the memory of these processes")
    with converse(getattr(server, kind), [], smtp_open):
        pass  # whatever is started at the first one
    server.group.idle()
    fixed = server.group.pss()
    alone = pages.distinct_kib(server.group.pids())
    held = []
    if kind == "pop3":
        server.make_maildirs(range(sessions))
    for i in range(sessions):
        held.append(converse(
            getattr(server, kind),
            ["EHLO idle.example"] if kind == "smtp" else
            ["USER " + server.box(i), "PASS " + server.password],
            smtp_open if kind == "smtp" else lambda got: False))
    server.group.idle()
    each = (sum(server.group.pss().values()) - sum(
        fixed.values())) / sessions
    for s in held:
        s.close()
    got = {"each_kib": each, "fixed_kib": sum(fixed.values()),
           "alone_kib": alone, "by_name": fixed}
    s6 = sum(kib for name, kib in fixed.items() if name.startswith("s6-"))
    return {**got, "s6_kib": s6} if s6 else got
