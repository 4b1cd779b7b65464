# SPDX-License-Identifier: ISC
"""A cdb in memory, for tests that need a table before its tool exists."""
import struct


def _hash(key):
    h = 5381
    for c in key:
        h = ((h << 5) + h ^ c) & 0xffffffff
    return h


def cdb(records):
    """bytes of a cdb of [(key, data)], str or bytes each."""
    out, tables = bytearray(2048), [[] for _ in range(256)]
    for key, data in records:
        key = key.encode() if isinstance(key, str) else key
        data = data.encode() if isinstance(data, str) else data
        h = _hash(key)
        tables[h & 255].append((h, len(out)))
        out += struct.pack("<II", len(key), len(data)) + key + data
    for i, entries in enumerate(tables):
        size = len(entries) * 2
        slots = [(0, 0)] * size
        for h, pos in entries:
            at = (h >> 8) % size
            while slots[at][1]:
                at = (at + 1) % size
            slots[at] = (h, pos)
        struct.pack_into("<II", out, i * 8, len(out), size)
        for slot in slots:
            out += struct.pack("<II", *slot)
    return bytes(out)


def netstrings(*fields):
    return b"".join(b"%d:%s," % (len(f), f)
                    for f in (x.encode() if isinstance(x, str) else x
                              for x in fields))


def aliases(domains=(), aliases=None, catchall=None, forwards=None,
            lists=None, postmaster="demo", senders=None):
    """cdb/public/aliases.cdb as cdb-tools/cdb-tools.h describes it."""
    rec = [("v", "1"), ("p", postmaster)]
    rec += [("d" + d, "") for d in domains]
    rec += [("a" + a, t) for a, t in (aliases or {}).items()]
    rec += [("c" + d, t) for d, t in (catchall or {}).items()]
    for m, (keep, *targets) in (forwards or {}).items():
        rec.append(("f" + m, ("k" if keep else "-")
                    + "".join(t + "\0" for t in targets)))
    for a, (owner, post, *members) in (lists or {}).items():
        rec.append(("l" + a, "".join(
            s + "\0" for s in (owner, post, "list", *members))))
    rec += [("s" + a, "".join(m + "\0" for m in who))
            for a, who in (senders or {}).items()]
    return cdb(rec)


def mailboxes(names, quota=0, disabled=()):
    return cdb([("v", "1")] + [
        ("m" + n, netstrings(n, str(quota), "disabled" if n in disabled
                             else "ok", "0" * 16)) for n in names])
