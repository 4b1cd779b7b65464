# SPDX-License-Identifier: ISC
"""What a disk may hold after a power cut: every state that POSIX allows between
syncs, from a log of calls.

A name is durable once its folder was fsynced, data once its file was.  Until
then each write may be lost, done, or torn at 512 bytes (or the file have grown
with zeros in it), and each entry of a folder be there or not, whatever came of
the others; a rename is one step.  An operation on a name rests on the earlier
ones on that name.  queue/ and mail/ are file systems of their own: a syncfs is
about one of them."""
import hashlib

SECTOR = 512


QUEUE = ("queued", "smtpd", "queue-inject")  # write there; others in mail/


class Op:
    __slots__ = ("ino", "at", "data", "edits", "keys", "queue")

    def __init__(self, ino=None, at=0, data=b"", edits=(), queue=False):
        self.ino, self.at, self.data, self.queue = ino, at, data, queue
        self.edits = edits  # ((folder, name, inode or None), ...)
        self.keys = frozenset((d, n) for d, n, _ in edits)


def written(content, at, data):
    if len(content) < at:
        content = content + bytes(at - len(content))
    return content[:at] + data + content[at + len(data):]


class Disk:
    """Durable state, and the operations that are not yet, in order."""

    def __init__(self, base):
        tree, self.queue, self.mail = base
        self.files, self.dirs = {}, {}
        for ino, what in tree.items():
            if isinstance(what, dict):
                self.dirs[ino] = dict(what)
            else:
                self.files[ino] = what
        self.pending = []

    def event(self, e):
        """Did the disk change?"""
        queue = e.program in QUEUE
        if e.kind == "W":
            self.pending.append(Op(e.a, e.b, e.data, (), queue))
        elif e.kind == "T":
            self.pending.append(Op(e.a, e.b, None, (), queue))
        elif e.kind == "L":
            self._names(queue, (e.a, e.name, e.b))
        elif e.kind == "M":
            self.dirs.setdefault(e.b, {})
            self._names(queue, (e.a, e.name, e.b))
        elif e.kind == "U":
            self._names(queue, (e.a, e.name, None))
        elif e.kind == "R":
            old, _, new = e.name.partition("/")
            self._names(queue, (e.a, old, None), (e.b, new, e.c))
        elif e.kind == "S":
            self._sync(e.a)
        elif e.kind == "F":
            self._apply([op for op in self.pending if op.queue == queue])
            self.pending = [op for op in self.pending if op.queue != queue]
        elif e.kind == "E":  # data only: names have a journal
            self.pending = [op for op in self.pending if op.ino is None
                            or (op.ino != e.a if e.a else op.queue != queue)]
        else:
            return False
        return True

    def _names(self, queue, *edits):
        # folders outside queue/ and mail/ are none of ours
        if all(d in self.dirs for d, _, _ in edits):
            self.pending.append(Op(edits=edits, queue=queue))

    def _sync(self, ino):
        take = {i for i, op in enumerate(self.pending)
                if op.ino == ino or any(d == ino for d, _, _ in op.edits)}
        take = self.closure(take)
        self._apply([op for i, op in enumerate(self.pending) if i in take])
        self.pending = [op for i, op in enumerate(self.pending)
                        if i not in take]

    def _apply(self, ops):
        for op in ops:
            apply(op, self.files, self.dirs)

    def closure(self, take):
        """With all that those rest on."""
        take, keys = set(take), set()
        for i in sorted(range(len(self.pending)), reverse=True):
            op = self.pending[i]
            if i in take or op.keys & keys:
                take.add(i)
                keys |= op.keys
        return take

    def without(self, i):
        """All but that one and what rests on it."""
        keys, out = set(self.pending[i].keys), set()
        for j, op in enumerate(self.pending):
            if j == i or (j > i and op.keys & keys):
                keys |= op.keys
            else:
                out.add(j)
        return out

    def choices(self, rng, count):
        """Sets of operations that made it, as ({index}, {index: torn op});
        count random ones beside the plain."""
        n = len(self.pending)
        every = set(range(n))
        yield set(), {}
        if not n:
            return
        yield every, {}
        for i in range(n):
            if n > 1:
                yield self.closure({i}), {}
                yield self.without(i), {}
            for torn in self._torn(self.pending[i], rng):
                yield every, {i: torn}
                if n > 1:
                    yield {i}, {i: torn}
        for _ in range(count if n > 2 else 0):
            some = self.closure({i for i in range(n) if rng.random() < .5})
            torn = {}
            for i in some:
                ways = self._torn(self.pending[i], rng)
                if ways and rng.random() < .3:
                    torn[i] = rng.choice(ways)
            yield some, torn

    def _torn(self, op, rng):
        if op.ino is None or op.data is None:
            return []
        end = op.at + len(op.data)
        cuts = list(range(op.at // SECTOR * SECTOR + SECTOR, end, SECTOR))
        if len(cuts) > 3:
            pages = [c for c in cuts[1:-1] if not c % 4096] or cuts[1:-1]
            cuts = [cuts[0], rng.choice(pages), cuts[-1]]
        out = []
        for c in cuts:
            out.append(Op(op.ino, op.at, op.data[:c - op.at]))
            out.append(Op(op.ino, c, op.data[c - op.at:]))
        if end > len(self.files.get(op.ino, b"")):
            out.append(Op(op.ino, op.at, bytes(len(op.data))))
        return out

    def state(self, some, torn):
        """{path: bytes, or None for a folder} of queue/ and mail/."""
        files, dirs = dict(self.files), dict(self.dirs)
        fresh = set()
        for i, op in enumerate(self.pending):
            if i in some:
                for d, _, _ in op.edits:
                    if d not in fresh:
                        fresh.add(d)
                        dirs[d] = dict(dirs[d])
                apply(torn.get(i, op), files, dirs)
        out = {}

        def walk(ino, path):
            for name, child in dirs[ino].items():
                where = path + "/" + name
                if child in dirs:
                    out[where] = None
                    walk(child, where)
                else:
                    out[where] = files.get(child, b"")
        walk(self.queue, "queue")
        walk(self.mail, "mail")
        return out


def apply(op, files, dirs):
    for folder, name, ino in op.edits:
        if ino is None:
            dirs[folder].pop(name, None)
        else:
            dirs[folder][name] = ino
    if op.ino is None:
        return
    content = files.get(op.ino, b"")
    if op.data is None:
        files[op.ino] = (content + bytes(max(0, op.at - len(content))))[:op.at]
    else:
        files[op.ino] = written(content, op.at, op.data)


def digest(state):
    h = hashlib.blake2b(digest_size=16)
    for path in sorted(state):
        data = state[path]
        h.update(b"%s\0%d\0" % (path.encode(), -1 if data is None
                                else len(data)))
        h.update(data or b"")
    return h.digest()
