# SPDX-License-Identifier: ISC
"""What the torture tests share: a home on tmpfs, messages that can be told
apart, and the promise: acknowledged mail is there, whole, once."""
import importlib.util
import os
import re
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))
import cdb  # noqa: E402
from home import Fake, Home, ROOT, UIDS, msg  # noqa: E402


def load(name, path):
    """A module by its file: "_queue" is one of Python's own, too."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_queue = load("queue_helpers", os.path.join(HERE, "../queue/_queue.py"))
Caller, FakeRemote, files = _queue.Caller, _queue.FakeRemote, _queue.files

SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
BOXES = ("ann", "bob", "cat", "dan")
TOKEN = re.compile(rb"^X-Token: (\w+)$", re.M)


def make_home(shm=True, etc=None, **kw):
    """A home with the mailboxes, on tmpfs."""
    tempfile.tempdir = SHM if shm else None
    try:
        home = Home(etc={"retry": "1\n", "inject-budget": "100000\n",
                         **(etc or {})}, **kw)
    finally:
        tempfile.tempdir = None
    write_tables(home)
    return home


def write_tables(home):
    home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(BOXES))
    home.write("cdb/public/aliases.cdb", cdb.aliases(
        ["near.test"],
        {**{b + "@near.test": b for b in BOXES},
         "out@near.test": "away@far.example",
         "fwd@near.test": "dan", "pm@near.test": "ann"},
        forwards={"dan": (True, "d1@far.example", "bob@near.test")},
        lists={"list@near.test": ("cat@near.test", "anyone", "ann@near.test",
                                  "bob@near.test", "l1@far.example")},
        postmaster="ann"))


class Message:
    """One message and what is to come of it."""
    count = 0

    def __init__(self, to, size=300, sender="s@far.example"):
        Message.count += 1
        self.token = "T%d" % Message.count
        self.to, self.sender, self.id = to, sender, None
        self.local, self.remote = [], []  # mailboxes, addresses
        self.bounces = []                 # mailboxes that get a bounce of it
        for rcpt in to:
            self._expect(rcpt)
        text = (b"Received: by x\nFrom: a@far.example\nDate: Fri, 20 Nov 2026 "
                b"12:00:00 +0000\nMessage-ID: <%s@far.example>\nX-Token: %s\n"
                b"\n" % ((self.token.encode(),) * 2))
        line = b"%s " % self.token.encode() * 10 + b"\n"
        text += line * max(0, -(-(size - len(text)) // len(line)))
        self.data = text + b"end of " + self.token.encode() + b"\n"

    def _expect(self, rcpt):
        name = rcpt.split("@")[0]
        back = self.sender.split("@")[0]
        if not rcpt.endswith("@near.test"):
            if name.startswith("bad"):
                if self.sender.endswith("@near.test"):
                    self.bounces.append(back)
                else:  # as a relay would: the bounce goes out
                    self.remote.append("bounce")
            else:
                self.remote.append(rcpt)
        elif name == "dan" or name == "fwd":
            self.local += ["dan", "bob"]
            self.remote.append("d1@far.example")
        elif name == "list":
            self.local += ["ann", "bob"]
            self.remote.append("l1@far.example")
        elif name == "out":
            self.remote.append("away@far.example")
        elif name in BOXES:
            self.local.append(name)
        elif self.sender.endswith("@near.test"):
            self.bounces.append(back)


class Sink(FakeRemote):
    """deliver-remote that keeps what it took: {(token, rcpt): count}.

    taken(key) is called before the answer.  defer: answers "later" to the first
    so many."""

    def __init__(self, home, taken=None):
        self.taken, self.got, self.defer = taken, {}, 0
        super().__init__(home)
        self.answer = self._answer

    def _answer(self, domain, rcpt):
        if rcpt.startswith("bad"):
            return "N", "5.1.1", "550 no such user"
        if self.defer > 0:
            self.defer -= 1
            return "T", "4.2.0", "450 later"
        return "K", "2.0.0", "250 ok"

    def job(self, conn, f, fds):
        data = os.pread(fds[0], int(f[8]), int(f[7]))
        token = TOKEN.search(data)
        token = token.group(1).decode() if token else "?"
        for rcpt in f[5].decode().split("\0")[:-1]:
            if rcpt.startswith("bad") or self.defer:
                continue
            key = (token, "bounce" if not f[4] and b"multipart/report" in data
                   else rcpt)
            with self.lock:
                self.got[key] = self.got.get(key, 0) + 1
            if self.taken:
                self.taken(key)
        super().job(conn, f, fds)


def relayd(home):
    return Fake(home, "run/relayd/redeem",
                lambda op, f, fds: msg("Y", "window", "192.0.2.1", "ann"))


def copies_in(home, messages, subs=("new", "cur")):
    """({(token, box, is bounce): count}, [what is torn])"""
    count, torn = {}, []
    for box in BOXES:
        for sub in subs:
            folder = home.path("mail", box, sub)
            try:
                names = os.listdir(folder)
            except FileNotFoundError:
                continue
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    data = f.read()
                what = judge(data, messages)
                if not what:
                    torn.append("%s/%s/%s (%d bytes)" % (
                        box, sub, name, len(data)))
                    continue
                key = (what[0], box, what[1])
                count[key] = count.get(key, 0) + 1
    return count, torn


def judge(data, messages):
    """(token, is bounce) of a whole file of a mailbox, None: torn."""
    token = TOKEN.search(data)
    m = messages.get(token.group(1).decode()) if token else None
    if not m or not data.startswith(b"Return-Path: <"):
        return None
    if data.startswith(b"Return-Path: <>\n"):
        return (m.token, True) if data.endswith(b"--\n") else None
    return (m.token, False) if data.endswith(m.data) else None


def expectations(messages):
    """(token, box, is bounce) of all that is to come."""
    out = []
    for m in messages.values():
        out += [(m.token, b, False) for b in m.local]
        out += [(m.token, b, True) for b in m.bounces]
    return out


def verdict(messages, acked, seen, torn, sunk, gone=(), maybe_gone=()):
    """What is wrong, as a list of lines.

    acked: tokens; seen: {(token, box, bounce): count} in the end; sunk: {(token,
    rcpt): count}; gone: as seen, of what the customer was promised to have
    deleted; maybe_gone: what may be."""
    bad = ["torn: " + t for t in torn]
    want = {}
    for key in expectations(messages):
        want[key] = want.get(key, 0) + 1
    for key in set(want) | set(seen) | set(gone):
        have = seen.get(key, 0) + dict(gone).get(key, 0)
        most, least = want.get(key, 0), want.get(key, 0)
        if key[0] not in acked:
            least = 0
        least = max(0, least - dict(maybe_gone).get(key, 0))
        if have > most:
            bad.append("doubled: %s in %s: %d" % (key[0], key[1], have))
        if have < least:
            bad.append("lost: %s %sfor %s: %d" % (
                key[0], "bounce " if key[2] else "", key[1], have))
    for token in acked:
        for rcpt in messages[token].remote:
            if not sunk.get((token, rcpt)):
                bad.append("lost: %s for %s" % (token, rcpt))
    return bad


class Locked(dict):
    """A dict for threads that count."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


__all__ = ["BOXES", "Caller", "Fake", "HERE", "Home", "Message", "ROOT", "Sink", "TOKEN",
           "UIDS", "copies_in", "files", "make_home", "msg", "relayd", "verdict",
           "write_tables"]
