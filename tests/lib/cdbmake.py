# SPDX-License-Identifier: ISC
"""Writes a cdb, so that a test needs none of our own tools for its tables.

    cdbmake.write("cdb/public/mailboxes.cdb", [(b"v", b"1"), ...])
"""
import os
import struct


def _hash(key):
    h = 5381
    for byte in key:
        h = ((h << 5) + h ^ byte) & 0xffffffff
    return h


def make(records):
    out, at, tables = [b""], 2048, [[] for _ in range(256)]
    for key, data in records:
        h = _hash(key)
        tables[h & 255].append((h, at))
        record = struct.pack("<II", len(key), len(data)) + key + data
        out.append(record)
        at += len(record)
    head = b""
    for table in tables:
        slots = [(0, 0)] * (2 * len(table))
        for h, where in table:
            i = (h >> 8) % len(slots)
            while slots[i][1]:
                i = (i + 1) % len(slots)
            slots[i] = (h, where)
        head += struct.pack("<II", at, len(slots))
        out.append(b"".join(struct.pack("<II", *s) for s in slots))
        at += 8 * len(slots)
    return head + b"".join(out)


def netstrings(*fields):
    return b"".join(b"%d:%s," % (len(f), f) for f in (
        x if isinstance(x, bytes) else str(x).encode() for x in fields))


def write(path, records):
    with open(path + ".new", "wb") as f:
        f.write(make(records))
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


def mailboxes(path, boxes):
    """boxes: {name: (folder, quota, state, epoch)}: mailboxes.cdb."""
    write(path, [(b"v", b"1")] + [
        (b"m" + name.encode(), netstrings(*box))
        for name, box in boxes.items()])
