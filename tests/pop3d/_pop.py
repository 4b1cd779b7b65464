# SPDX-License-Identifier: ISC
"""A home with mailboxd (and pop3d), a fake authd, and mailboxes to look at."""
import base64
import fcntl
import os
import shutil
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from cdb import cdb, netstrings  # noqa: E402
from home import (Fake, Home, UIDS, hand_on, handed, msg,  # noqa: E402,F401
                  parse, recv, send, wait_for)

PASSWORD = "right and proper"
NO_MAIL = ".no-mail"  # in cur/


class Authd(Fake):
    """verify(user, password, ip) returns an answer, or None: right, and the
    connection is mailboxd's."""

    def __init__(self, home, verify):
        self.home, self.verify = home, verify
        super().__init__(home, "run/authd/pop3", None)

    def _one(self, conn):
        packet, _ = recv(conn)
        if not packet:
            return False
        op, fields = parse(packet)
        _, user, password, ip = [f.decode("latin-1") for f in fields]
        answer = self.verify(user, password, ip) if op == "P" else msg("T", op)
        if answer is not None:
            send(conn, answer)
            return False
        try:
            hand_on(self.home, conn, user, ip)
        except OSError:
            send(conn, msg("M", "mailboxes are not available"))
        return False


class Pop:
    def __init__(self, boxes=("ann",), hurry=1, **etc):
        self.home = Home(etc=etc, hurry=hurry)
        self.boxes = {b: [b, 0, "ok", "e1"] for b in boxes}
        self.write_boxes()
        self.verdict = None  # what authd says instead of looking
        self.logins = 0
        self.authd = Authd(self.home, self._verify)

    def write_boxes(self):
        self.home.write("cdb/public/mailboxes.cdb", cdb([("v", "1")] + [
            ("m" + name, netstrings(*map(str, box)))
            for name, box in self.boxes.items()]))

    def _verify(self, user, password, ip):
        self.logins += 1
        if self.verdict:
            return msg(*self.verdict)
        if password != PASSWORD or user not in self.boxes:
            return msg("N")
        return None

    # mailboxes

    def folder(self, box="ann"):
        return self.home.path("mail", box)

    def fill(self, messages, box="ann", where="cur"):
        """messages: {name: bytes}; makes the mailbox anew."""
        shutil.rmtree(self.folder(box), ignore_errors=True)
        for d in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(self.folder(box), d))
        for name, text in messages.items():
            path = name if "/" in name else where + "/" + name
            with open(os.path.join(self.folder(box), path), "wb") as f:
                f.write(text)
        self.own(self.folder(box))

    def own(self, top):
        if not self.home.root:
            return
        for d, _, files in os.walk(top):
            for p in [d] + [os.path.join(d, f) for f in files]:
                os.chown(p, UIDS["p-mail"], UIDS["p-mail"])

    def names(self, box="ann", *where):
        return sorted(n for d in (where or ("new", "cur"))
                      for n in os.listdir(os.path.join(self.folder(box), d))
                      if n != NO_MAIL)

    # clients

    def hand_over(self, box="ann", ahead=b"", ip="127.0.0.1", fds=None,
                  child=True):
        """As pop3d does after a login: (op, text, the client's end); of an
        empty mailbox, which would be pop3d's, too."""
        ours, theirs = socket.socketpair()
        ours.settimeout(10)
        with theirs, handed(self.home, box, ip) as conn:
            op, fields, got = hear(conn)
            for fd in got:
                os.close(fd)
            if op == "E" and child:
                conn.close()
                ours.close()
                self.put_no_mail(box)
                return self.hand_over(box, ahead, ip, fds)
            if op == "S":
                send(conn, msg("C", 3, "", ahead), fds or [theirs.fileno()])
                op, fields, got = hear(conn)
        return op, fields[0].decode() if fields else "", ours

    def is_free(self, box="ann"):
        """Has the last session let go of the mailbox?"""
        try:
            with open(os.path.join(self.folder(box), "postern.lock"),
                      "rb") as f:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except FileNotFoundError:
            return True
        except BlockingIOError:
            return False

    def put_no_mail(self, box):
        """In an empty mailbox: a file, which no session takes for mail."""
        with open(os.path.join(self.folder(box), "cur", NO_MAIL), "wb"):
            pass
        self.own(self.folder(box))

    def session(self, box="ann"):
        """On a fast clock a login may be void when it comes: once more."""
        for _ in range(20 if self.home.hurry > 1 else 1):
            op, text, sock = self.hand_over(box)
            if op == "Y":
                return sock
        raise AssertionError("not taken: %s %s" % (op, text))


def hear(conn):
    """(op, fields, fds); op "": the connection ended."""
    try:
        packet, got = recv(conn)
    except ConnectionResetError:
        packet, got = b"", []
    return (*parse(packet), got) if packet else ("", [], [])


def is_alive(pid):
    try:
        with open("/proc/%s/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def living(pid):
    """Its children that have not ended."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(p) for p in f.read().split() if is_alive(p)]


def read_until(sock, end, timeout=10):
    got = b""
    sock.settimeout(timeout)
    while not got.endswith(end):
        more = sock.recv(1 << 20)
        if not more:
            break
        got += more
    return got


def say(sock, text, end=b"\r\n"):
    sock.sendall(text)
    return read_until(sock, end)


def sleep_until(cond, timeout=10):
    return wait_for(cond, timeout)


def now():
    return time.monotonic()


def b64(text):
    return base64.b64encode(text.encode()).decode()


VARIABLES = {
    "PASSWORD": PASSWORD, "B64": b64("\0ann\0" + PASSWORD),
    "B64_SAME": b64("ann\0ann\0" + PASSWORD),
    "B64_FOREIGN": b64("bob\0ann\0" + PASSWORD),
    "B64_WRONG": b64("\0ann\0wrong"),
}
