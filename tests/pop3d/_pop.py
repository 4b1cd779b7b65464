# SPDX-License-Identifier: ISC
"""A home with mailboxd (and pop3d), a fake authd, and mailboxes to look at."""
import base64
import os
import shutil
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from cdb import cdb, netstrings  # noqa: E402
from home import (Fake, Home, UIDS, msg, send, recv, parse,  # noqa: E402,F401
                  ticket, wait_for)

PASSWORD = "right and proper"


class Pop:
    def __init__(self, boxes=("ann",), hurry=1, **etc):
        self.home = Home(etc=etc, hurry=hurry)
        self.boxes = {b: [b, 0, "ok", "e1"] for b in boxes}
        self.write_boxes()
        self.verdict = None  # what authd says instead of looking
        self.logins = 0
        self.authd = Fake(self.home, "run/authd/pop3", self._verify)

    def write_boxes(self):
        self.home.write("cdb/public/mailboxes.cdb", cdb([("v", "1")] + [
            ("m" + name, netstrings(*map(str, box)))
            for name, box in self.boxes.items()]))

    def _verify(self, op, fields, fds):
        _, user, password, ip = [f.decode("latin-1") for f in fields]
        self.logins += 1
        if self.verdict:
            return msg(*self.verdict)
        if password != PASSWORD or user not in self.boxes:
            return msg("N")
        return msg("Y", user, ""), [ticket(user, ip)]

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
                      for n in os.listdir(os.path.join(self.folder(box), d)))

    # clients

    def hand_over(self, box="ann", ahead=b"", ip="127.0.0.1", fds=None,
                  by=None):
        """As pop3d does: (op, text, the client's end).  by: a ticket, which
        stays the caller's."""
        ours, theirs = socket.socketpair()
        made = ticket(box, ip, hurry=self.home.hurry) if by is None else by
        op, fields, _ = self.home.ask(
            "run/mailboxd", msg("S", 2, ip, "", ahead),
            fds=[made] + (fds or [theirs.fileno()]), account="p-pop3")
        if by is None:
            os.close(made)
        theirs.close()
        ours.settimeout(10)
        return op, fields[0].decode() if fields else "", ours

    def session(self, box="ann"):
        """On a fast clock a ticket may be too old when it comes: once more."""
        for _ in range(20 if self.home.hurry > 1 else 1):
            op, text, sock = self.hand_over(box)
            if op == "Y":
                return sock
        raise AssertionError("not taken: %s %s" % (op, text))


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
