# SPDX-License-Identifier: ISC
"""Power cuts: for every point of a log, every disk that may be left, and the
real daemons on each."""
import itertools
import os
import random
import shutil
import signal
import subprocess
import time

from _disk import Disk, digest
from _scene import UIDS, Sink, copies_in, files, make_home, relayd, verdict
from home import wait_for

SETTLE_SECONDS = 10
WAYS = ("as it is", "fetched", "moved")


class Cut:
    """A point of a log: what was promised before it."""

    def __init__(self, play):
        self.acked, self.sunk, self.gone, self.maybe = set(), {}, {}, {}
        self.play = play
        self.deleted = {}  # inode of a mailbox's file: key, once unlinked

    def event(self, e, disk):
        if e.kind == "P" and e.program == "queued":
            ident = e.data[1:].partition(b":")[2].rstrip(b",").decode()
            if ident in self.play.ids:
                self.acked.add(self.play.ids[ident])
        elif e.kind == "P" and e.data.startswith(b"+OK bye"):
            for key, n in self.maybe.items():
                self.gone[key] = self.gone.get(key, 0) + n
            self.maybe = {}
        elif e.kind == "U" and e.program == "mailboxd":
            self._unlinked(e, disk)
        elif e.kind == "X" and e.name.startswith("acked "):
            self.acked.add(e.name[6:])
        elif e.kind == "X" and e.name.startswith("sunk "):
            key = tuple(e.name[5:].split(" "))
            self.sunk[key] = self.sunk.get(key, 0) + 1

    def _unlinked(self, e, disk):
        """Customers' sessions come one after another in our scenes."""
        key = disk.keys_of.get(e.b)
        if key:
            self.maybe[key] = self.maybe.get(key, 0) + 1

    def key(self):
        return (frozenset(self.acked), tuple(sorted(self.sunk.items())),
                tuple(sorted(self.gone.items())),
                tuple(sorted(self.maybe.items())))


def inode_keys(events, play, disk):
    """{inode: (token, box, bounce)} of all files that had a name in new/."""
    from _scene import judge
    content, out, box_of, new = {}, {}, {}, set()

    def visible(ino, folder):
        what = judge(content[ino], play.messages)
        if what:
            out[ino] = (what[0], box_of[folder], what[1])
    for e in events:
        if e.kind == "W":
            content[e.a] = content.get(e.a, b"") + e.data
        elif e.kind == "M" and e.a == disk.mail:
            box_of[e.b] = e.name
        elif e.kind == "M" and e.a in box_of:
            box_of[e.b] = box_of[e.a]
            if e.name == "new":
                new.add(e.b)
        elif e.kind == "L" and e.a in new and e.b in content:
            visible(e.b, e.a)
        elif e.kind == "R" and e.b in new and e.c in content:
            visible(e.c, e.b)
    return out


def cuts(play, events, seed, count, since=0, most=None):
    """Yields (state, cut key, label) without repeating itself; since: of events
    from there on; most: disks at each, nothing and all that waits come first."""
    rng = random.Random(seed)
    disk, cut, seen = Disk(play.base), Cut(play), set()
    disk.keys_of = inode_keys(events, play, disk)
    going = False
    for number, e in enumerate(events):
        changed = disk.event(e)
        cut.event(e, disk)
        going = going or (e.kind == "X" and e.name == "go")
        if number < since or not going or (
                not changed and e.kind not in "PX"):
            continue
        for some, torn in itertools.islice(disk.choices(rng, count), most):
            state = disk.state(some, torn)
            key = (digest(state), cut.key())
            if key in seen:
                continue
            seen.add(key)
            yield state, cut.key(), "event %d, %d of %d pending, torn %s" % (
                number, len(some), len(disk.pending), sorted(torn))


class World:
    """A home whose queue/ and mail/ are laid out anew for each state."""

    def __init__(self):
        self.home = make_home()
        self.sink, self.relayd = Sink(self.home), relayd(self.home)
        self.home.start("deliver-local")
        self.spool = {}

    def close(self):
        self.home.close()

    def lay(self, state):
        for top, account in (("queue", "p-queue"), ("mail", "p-mail")):
            for name in os.listdir(self.home.path(top)):
                path = self.home.path(top, name)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)
        for path, data in state.items():  # folders come before what is inside
            uid = UIDS["p-queue" if path.startswith("queue") else "p-mail"]
            path = self.home.path(path)
            if data is None:
                os.mkdir(path, 0o700)
            else:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
                os.write(fd, data)
                os.close(fd)
            if self.home.root:
                os.chown(path, uid, uid)

    def act(self, way, messages):
        """What somebody does to the mailboxes before queued is back: {key:
        count} of what he took away."""
        if way == "as it is":
            return {}
        taken = {}
        if way == "fetched":
            taken, _ = copies_in(self.home, messages)
        for box in os.listdir(self.home.path("mail")):
            for sub in ("new", "cur"):
                folder = self.home.path("mail", box, sub)
                for name in os.listdir(folder) if os.path.isdir(folder) else ():
                    if way == "fetched":
                        os.unlink(os.path.join(folder, name))
                    elif sub == "new" and os.path.isdir(
                            self.home.path("mail", box, "cur")):
                        os.rename(os.path.join(folder, name), self.home.path(
                            "mail", box, "cur", name + ":2,S"))
        return taken

    def run(self, state, key, messages, way):
        """What is wrong with it, [] if nothing."""
        acked, sunk, gone, maybe = key
        self.lay(state)
        before, torn = copies_in(self.home, messages)
        taken = self.act(way, messages)
        self.sink.got = dict(sunk)
        self.home.start("queued")
        ok = wait_for(lambda: not files(self.home), SETTLE_SECONDS)
        self.home.stop("queued", signal.SIGKILL)
        log = self.home.log("queued")
        os.unlink(self.home.path("stderr.queued"))
        seen, more = copies_in(self.home, messages)
        for k, n in taken.items():
            seen[k] = seen.get(k, 0) + n
        bad = verdict(messages, acked, seen, torn + more, self.sink.got, gone,
                      maybe)
        if not ok:
            bad.append("stuck: %s" % files(self.home))
        return bad + ([log] if bad else [])


__all__ = ["WAYS", "World", "cuts", "signal", "subprocess", "time"]
