# SPDX-License-Identifier: ISC
"""The stage of smtpd's tests: a home with tables, fakes of the neighbours, and
smtpd behind its listener or on a socket pair."""
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))
import cdb  # noqa: E402
import home  # noqa: E402
from home import Home, Fake, msg, free_port, wait_for  # noqa: E402,F401

ME = "mx.example.test"
ALIASES = {
    "fred@example.test": "widget01", "fscuttle@example.test": "widget01",
    "demo@example.test": "demo", "other@example.test": "other",
    "mary@example.test": "mary@far.example",
    "full@example.test": "full", "room@example.test": "room",
    "tiny@example.test": "tiny", "many@example.test": "many",
    "passes@example.test": "passes", "copies@example.test": "copies",
    "gone@example.test": "removed", "off@example.test": "off",
    "closed@example.test": ":refuse closed for the winter",
}
MAILBOXES = {"widget01": 0, "demo": 0, "other": 0, "full": 1000,
             "room": 1000000, "tiny": 50, "off": 0, "passes": 1000,
             "copies": 1000, "many": 0}
FORWARDS = {"passes": (False, "x@far.example"),
            "copies": (True, "x@far.example")}


class Scene:
    """relayd: windows {ip: [mailboxes]}, networks {ip}, tokens {token:
    mailbox}, left.  authd: passwords {user: (op, fields...)}.  queued: answers
    op and text; messages holds what it took.  Each fake's mode: "ok", "garbage",
    "close", "T" or "slow"."""

    def __init__(self, etc=None, hurry=1):
        self.home = Home(etc=dict({"me": ME}, **(etc or {})), hurry=hurry)
        self.home.binary("smtpd")  # while we are still root
        self.tables()
        self.fakes = {}
        self.up()
        self.reset()

    def reset(self):
        self.mode = dict.fromkeys(("relayd", "authd", "queued", "usage"), "ok")
        self.windows, self.networks, self.left = {}, set(), 500
        self.tokens = {"token-widget01": "widget01"}
        self.passwords = {
            "widget01": ("right", "Y", "widget01", "token-widget01"),
            "fred@example.test": ("right", "Y", "widget01", "token-widget01"),
            "off": ("right", "D", "this mailbox is switched off")}
        self.queue_answer = ("Y", "queue-id-1")
        self.may = {"members@example.test": ("N", "5.7.2 not you"),
                    "SRS0=a=b=c=d@example.test": ("N", "5.1.1 not ours"),
                    "unsure@example.test": ("T", "no")}
        self.usage = {"full": ("N", 1000, 1000), "room": ("Y", 5, 1000000),
                      "tiny": ("N", 20, 50), "copies": ("N", 1000, 1000),
                      "many": ("N", 5, 0)}
        self.messages = []
        for name in self.fakes:
            if self.fakes[name] is None:
                self.up()
                break

    def tables(self, aliases=True, mailboxes=True, disabled=("off",)):
        for name, data in (
                ("aliases", aliases and cdb.aliases(
                    ["example.test", "catch.test"], ALIASES,
                    {"catch.test": "demo"}, forwards=FORWARDS,
                    lists={n + "@example.test": ("demo", "anyone", "a@b.c")
                           for n in ("all", "members", "unsure")},
                    senders={"news@shop.example": ["other", "widget01"],
                             "@brand.example": ["other"]})),
                ("mailboxes", mailboxes and cdb.cdb([("v", "1")] + [
                    ("m" + m, cdb.netstrings(
                        m, str(q), "disabled" if m in disabled else "ok",
                        "0" * 16, *(["3"] if m == "many" else [])))
                    for m, q in MAILBOXES.items()]))):
            path = "cdb/public/%s.cdb" % name
            if data:
                self.home.write(path, data)
            elif os.path.exists(self.home.path(path)):
                os.unlink(self.home.path(path))

    def up(self):
        for name, path, handler in (
                ("relayd", "run/relayd/check", self._relayd),
                ("authd", "run/authd/smtp", self._authd),
                ("queued", "run/queue/smtp", self._queued),
                ("usage", "run/deliver/usage", self._usage)):
            if not self.fakes.get(name):
                self.fakes[name] = Fake(self.home, path,
                                        self._moody(name, handler))

    def down(self, name):
        self.fakes[name].close()
        self.fakes[name] = None

    def _moody(self, name, handler):
        def handle(op, fields, fds):
            mode = self.mode[name]
            if mode == "ok":
                return handler(op, [f.decode("latin-1") for f in fields], fds)
            for fd in fds:
                os.close(fd)
            if mode == "garbage":
                return b"Z9:oops"
            if mode == "T":
                return msg("T", "not now")
            if mode == "slow":
                home.time.sleep(100)
            return None
        return handle

    def _relayd(self, op, fields, fds):
        if op == "W":
            _, ip, token, mailbox = fields
            mine = self.windows.get(ip, []) + [self.tokens.get(token)]
            return msg("Y") if mailbox in mine else msg("N", "no window")
        _, ip, basis, token, sender = fields
        if basis == "relayclient":
            kind, mine = "relayclient", [""]
        elif token:
            if token not in self.tokens:
                return msg("V", "revoked")
            kind, mine = "auth", [self.tokens[token]]
        elif ip in self.networks:
            kind, mine = "network", [""]
        elif self.windows.get(ip):
            kind, mine = "window", self.windows[ip]
        else:
            return msg("N", "nothing open")
        own = sender != "" and sender in mine
        return msg("Y", kind, sender if own else mine[0], "1" if own else "0",
                   self.left, "grant-for-" + (sender or "nobody"))

    def _authd(self, op, fields, fds):
        _, user, password, ip = fields
        right, *answer = self.passwords.get(user, ("", "N"))
        return msg(*answer) if password == right and right else msg("N")

    def _usage(self, op, fields, fds):
        if op == "A":
            _, address, sender = fields
            return msg(*self.may.get(address, ("Y", "")))
        _, mailbox, size = fields
        return msg(*self.usage[mailbox])

    def _queued(self, op, fields, fds):
        names = ("version sender recipients origin ip helo account body "
                 "grant").split()
        if op in "MF":
            self.env = dict(zip(names, fields))
            if not self.env["recipients"]:
                self.env["recipients"] = self._slurp(fds.pop())
            self.env["recipients"] = \
                self.env["recipients"].rstrip("\0").split("\0")
        if op == "F" and self.queue_answer[0] != "Y":
            return msg(*self.queue_answer)
        if op == "F":
            self.big = os.memfd_create("big")
            return msg("Y", ""), [os.dup(self.big)]
        fd = fds[0] if op == "M" else self.big
        data = self._slurp(fd, text=False)
        if self.queue_answer[0] == "Y":
            self.messages.append((self.env, data))
        return msg(*self.queue_answer)

    @staticmethod
    def _slurp(fd, text=True):
        data, at = b"", 0
        while True:
            more = os.pread(fd, 1 << 20, at)
            if not more:
                break
            data += more
            at += len(more)
        os.close(fd)
        return data.decode("latin-1") if text else data

    # ways in -----------------------------------------------------------------

    def listen(self, class_name="smtp"):
        """smtpd with its listener; the port."""
        port = free_port()
        self.home.start("smtpd", "-l", "127.0.0.1:%d,%s" % (port, class_name),
                        name="smtpd." + class_name)
        return port

    def log(self):
        return "".join(self.home.log(n) for n in (
            "ucspi", "smtpd.smtp", "smtpd.submission", "smtpd.submissions"))

    def ucspi(self, class_name="smtp", ip="192.0.2.7", env=None, account=None,
              out=None):
        """smtpd on one end of a socket pair, as under a UCSPI server; out: where
        its replies go instead."""
        ours, theirs = socket.socketpair()
        who = {}
        if account and self.home.root:
            who = {"user": home.UIDS[account], "group": home.UIDS[account],
                   "extra_groups": []}
        with open(self.home.path("stderr.ucspi"), "ab") as err:
            self.proc = subprocess.Popen(
                [self.home.binary("smtpd"), "-C", self.home.dir,
                 "-c", class_name], stdin=theirs,
                stdout=theirs if out is None else out, stderr=err, **who,
                env=dict(os.environ, PROTO="TCP", TCPREMOTEIP=ip,
                         TCPREMOTEPORT="40000", TCPLOCALIP="192.0.2.1",
                         TCPLOCALPORT="25", **(env or {})))
        theirs.close()
        return ours


class Client:
    """A plain SMTP client that shows every reply: cmd() gives the last line's
    code and the whole text."""

    def __init__(self, sock, banner=True):
        self.sock, self.buf = sock, b""
        self.sock.settimeout(20)
        if banner:
            self.banner = self.reply()

    def line(self):
        while b"\r\n" not in self.buf:
            more = self.sock.recv(65536)
            if not more:
                return None
            self.buf += more
        line, self.buf = self.buf.split(b"\r\n", 1)
        return line.decode()

    def reply(self):
        lines = []
        while True:
            try:
                line = self.line()
            except ConnectionResetError:
                line = None
            if line is None:
                return "\n".join(lines + ["closed"])
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def cmd(self, text):
        self.send(text + "\r\n")
        return self.reply()

    def hello(self, name="client.example"):
        return self.cmd("EHLO " + name)

    def envelope(self, sender, *rcpts):
        replies = [self.cmd("MAIL FROM:<%s>" % sender)]
        return replies + [self.cmd("RCPT TO:<%s>" % r) for r in rcpts]

    def message(self, data):
        """DATA and the bytes as they are; the last reply."""
        r = self.cmd("DATA")
        if not r.startswith("354"):
            return r
        self.send(data)
        return self.reply()
