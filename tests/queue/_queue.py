# SPDX-License-Identifier: ISC
"""What the tests of queued share: a caller, and fakes of its neighbours."""
import fcntl
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import cdb  # noqa: E402
from home import (Fake, Home, UIDS, msg, parse, recv, send,  # noqa: E402,F401
                  wait_for)

F_ADD_SEALS, SEALS = 1033, 15
MESSAGE = b"Received: by x\nFrom: a@far.example\nSubject: hi\n\nbody\n"


def memfd(data, seals=SEALS):
    fd = os.memfd_create("message", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(fd, "wb", closefd=False) as f:
        f.write(data)
    if seals:
        fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


class Caller:
    """A connection to run/queue/smtp or inject."""

    def __init__(self, home, path="run/queue/smtp", account="p-smtp"):
        self.sock = home.connect(path, account, 30)

    def request(self, packet, fds=()):
        """(op, text, fds); op "" when the connection ended."""
        try:
            send(self.sock, packet, fds)
            answer, got = recv(self.sock)
        except (BrokenPipeError, ConnectionResetError):
            return "", "", []
        if not answer:
            return "", "", []
        op, fields = parse(answer)
        return op, fields[0].decode(), got

    def envelope(self, op, sender, to, origin="outside", grant="", account=""):
        recipients = b"".join(r.encode() + b"\0" for r in to)
        inline = len(recipients) <= 60000
        packet = msg(op, 1, sender, recipients if inline else b"", origin,
                     "192.0.2.1", "helo.example", account, "7", grant)
        return packet, [] if inline else [memfd(recipients)]

    def submit(self, sender, to, data=MESSAGE, seals=SEALS, **kw):
        """(op, id or reason)"""
        packet, fds = self.envelope("M", sender, to, **kw)
        fds = [memfd(data, seals)] + fds
        op, text, _ = self.request(packet, fds)
        for fd in fds:
            os.close(fd)
        return op, text

    def large(self, sender, to, data, keep_open=False, size=None, **kw):
        packet, fds = self.envelope("F", sender, to, **kw)
        op, text, got = self.request(packet, fds)
        for fd in fds:
            os.close(fd)
        if op != "Y" or not got:
            return op, text
        at = 0
        while at < len(data):
            at += os.write(got[0], data[at:at + 1000000])
        os.fsync(got[0])
        if not keep_open:
            os.close(got[0])
        op, text, _ = self.request(msg("C", 1, len(data) if size is None
                                       else size))
        if keep_open:
            os.close(got[0])
        return op, text

    def close(self):
        self.sock.close()


class Server(Fake):
    """A Fake whose connections its owner serves."""

    def _serve(self, conn):
        self.handler.serve(conn)


class FakeLocal:
    """deliver-local: keeps what is staged and what is delivered in memory.

    expand: {address: (kind, sender, mailbox, [targets][, away, head, key])};
    command: {address: None, or whom it answers}; answers: {address: whom a
    reply goes to}; refuse: {address:
    (status, text)}; box: {address: mailbox}.  delay: seconds before an 'S'.
    fault: text of a 'T' for all."""

    def __init__(self, home):
        self.expand, self.refuse, self.box = {}, {}, {}
        self.command, self.answers = {}, {}
        self.delay, self.fault = 0, None
        self.lock = threading.Lock()
        self.staged, self.delivered, self.jobs = {}, [], []
        self.unnamed = {}  # inode: what is staged without a name
        self.ops = []
        self.undone, self.conns = [], []
        self.fake = Server(home, "run/deliver/local", self)

    def serve(self, conn):
        self.conns.append(conn)
        with conn:
            try:
                while True:
                    packet, fds = recv(conn)
                    if not packet:
                        return
                    for request in self.split(*parse(packet), fds):
                        answer = self.handle(*request)
                        if answer is None:
                            return
                        answer, back = (answer if isinstance(answer, tuple)
                                        else (answer, ()))
                        send(conn, answer, back)
                        for fd in back:
                            os.close(fd)
            except OSError:
                pass

    def split(self, op, fields, fds):
        """The requests of a packet: [(op, fields, fds)]"""
        if op != "B":
            return [(op, fields, fds)]
        out, message = [], None
        for op, f in map(parse, fields):
            if op in "DC":
                message = fds.pop(0) if message is None else os.dup(message)
                out.append((op, f, [message]))
            else:
                out.append((op, f, [fds.pop(0)] if op == "L" else []))
        assert not fds
        return out

    def die(self):
        """As the daemon when it is killed."""
        self.fake.close()
        for conn in self.conns:
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def name(self, ident, path, rcpt):
        return ("%s.%s.%s" % (ident.decode(), path.decode(), rcpt)).replace(
            " ", "_")

    def handle(self, op, f, fds):
        self.ops.append(op)
        if op in "DC":
            return self.deliver(f, fds, op == "C")
        job, mailbox, name = f[1], f[2], f[3].decode()
        if op == "L":
            return self.link(job, mailbox, fds[0])
        rcpt = self.staged.get(name, ("", "", ""))[2]
        with self.lock:
            if op == "R" and name in self.staged:
                self.delivered.append(self.staged.pop(name))
            elif op == "U":
                self.undone.append(name)
                self.staged.pop(name, None)
        if op == "R" and rcpt in self.answers:
            return self.answer(job, mailbox, self.answers[rcpt])
        return msg("K", job, mailbox)

    def link(self, job, mailbox, fd):
        with self.lock:
            entry = self.unnamed.pop(os.fstat(fd).st_ino, ("", "", ""))
            if entry[0]:
                self.delivered.append(entry)
        os.close(fd)
        if entry[2] in self.answers:
            return self.answer(job, mailbox, self.answers[entry[2]])
        return msg("K", job, mailbox)

    def answer(self, job, mailbox, to):
        return msg("M", job, mailbox, to), [memfd(
            b"Auto-Submitted: auto-replied\n\nx\n")]

    def deliver(self, f, fds, unnamed):
        job, ident, path, sender, rcpt, offset, size, when, head = f[1:]
        data = head + os.pread(fds[0], int(size), int(offset))
        os.close(fds[0])
        rcpt = rcpt.decode()
        self.jobs.append((ident.decode(), rcpt))
        if self.delay:
            time.sleep(self.delay)
        if self.fault:
            return msg("T", job, self.fault)
        if rcpt in self.command:
            to = self.command[rcpt]
            return self.answer(job, "", to) if to else msg("K", job, "")
        if rcpt in self.refuse:
            return msg("N", job, *self.refuse[rcpt])
        if rcpt in self.expand:
            kind, new, mailbox, to, *more = self.expand[rcpt]
            away, head, key = more or ("", "", "")
            to = b"".join(t.encode() + b"\0" for t in to)
            new = sender if new is None else new
            if len(to) > 60000:
                return msg("X", job, kind, new, away, head, key, mailbox,
                           ""), [memfd(to)]
            return msg("X", job, kind, new, away, head, key, mailbox, to)
        name = self.name(ident, path, rcpt)
        mailbox = self.box.get(rcpt, rcpt.split("@")[0])
        entry = (ident.decode(), mailbox, rcpt, sender.decode(), data)
        fds = [memfd(b"")] if unnamed else []
        with self.lock:
            if unnamed:
                self.unnamed[os.fstat(fds[0]).st_ino] = entry
            else:
                self.staged[name] = entry
        return msg("H" if unnamed else "S", job, mailbox, name), fds

    def to(self, mailbox):
        """Deliveries to a mailbox: [(id, mailbox, rcpt, sender, data)]"""
        with self.lock:
            return [d for d in self.delivered if d[1] == mailbox]


class FakeRemote:
    """deliver-remote.  answer(domain, rcpt) -> (class, status, text); key(domain)
    -> key; slow: of 'E'; refused: [(place, account, text)] to tell of in each job."""

    def __init__(self, home):
        self.answer = lambda domain, rcpt: ("K", "2.0.0", "250 ok")
        self.key = lambda domain: domain
        self.slow, self.delay, self.open, self.most = 0, 0, 0, 0
        self.lock = threading.Lock()
        self.sent, self.jobs, self.asked, self.conns = [], [], [], []
        self.refused = []
        self.fake = Server(home, "run/deliver/remote", self)

    die = FakeLocal.die

    def serve(self, conn):
        self.conns.append(conn)
        with conn:
            try:
                while True:
                    packet, fds = recv(conn)
                    if not packet:
                        return
                    op, f = parse(packet)
                    if op == "W":
                        self.asked.append(f[1].decode())
                        send(conn, msg("Y", self.key(f[1].decode())))
                    else:
                        self.job(conn, f, fds)
            except OSError:
                pass

    def job(self, conn, f, fds):
        job, ident, domain, sender, rcpts, flags, offset, size, head = f[1:]
        data = head + os.pread(fds[0], int(size), int(offset))
        os.close(fds[0])
        domain, ident = domain.decode(), ident.decode()
        rcpts = rcpts.decode().split("\0")[:-1]
        with self.lock:
            self.jobs.append((ident, domain, rcpts, flags.decode()))
            self.open += 1
            self.most = max(self.most, self.open)
        if self.delay:
            time.sleep(self.delay)
        text = ""
        for refusal in self.refused:
            send(conn, msg("A", job, *refusal))
        for i, rcpt in enumerate(rcpts):
            kind, status, text = self.answer(domain, rcpt)
            if kind == "K":
                with self.lock:
                    self.sent.append((ident, sender.decode(), rcpt, data))
            send(conn, msg("P", job, i, kind, status,
                           "mx.%s[192.0.2.9]" % domain, text))
        with self.lock:
            self.open -= 1
        send(conn, msg("E", job, self.slow, text if self.slow else ""))


def queue_home(domains=("near.test",), etc=None, hurry=1):
    home = Home(etc={"retry": "1\n", **(etc or {})}, hurry=hurry)
    home.write("cdb/public/aliases.cdb", cdb.aliases(
        list(domains), {}, postmaster="pm"))
    return home


def files(home):
    """The ids in the spool."""
    out = []
    for d in os.listdir(home.path("queue")):
        if len(d) == 1:
            out += os.listdir(home.path("queue", d))
    return sorted(out)


def empty(home, timeout=10):
    return wait_for(lambda: not files(home), timeout)
