#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queuectl check: spools that are whole, and each kind of damage, with queued
running and without it; damaged messages in list, and dropped."""
import json
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
from home import Fake, check, done, msg, wait_for

home = queue_home(etc={"retry": "3600\n"})
local, remote = FakeLocal(home), FakeRemote(home)
remote.answer = lambda domain, rcpt: ("T", "4.2.0", "451 later")
local.expand = {"f@near.test": ("forward", None, "fbox", [
    "x@far.example", "fbox"])}
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))


def run(*ids):
    """(exit code, {file: (bad, what)}, summary)"""
    r = home.run("queuectl", "check", "--json", *ids)
    lines = [json.loads(x) for x in r.stdout.splitlines()]
    found = {}
    for x in lines[:-1]:
        found.setdefault(x["file"], []).append((x["bad"], x["what"]))
        assert x["mend"], x
    return r.returncode, found, (lines or [r.stderr])[-1]


def path(ident):
    return home.path("queue", ident[5], ident)


def layout(data):
    """Offsets: status bytes, message, journal."""
    e, n = struct.unpack_from("<II", data, 8)
    size = struct.unpack_from("<Q", data, 24)[0]
    return 64 + e, 64 + e + n, 64 + e + n + size


def damage(ident, change):
    """Replaces a file's bytes by change(bytearray, offsets)."""
    with open(path(ident), "rb") as f:
        data = bytearray(f.read())
    data = change(data, layout(data)) or data
    with open(path(ident), "wb") as f:
        f.write(data)


def poke(at, value):
    def change(data, where):
        i = at(where) if callable(at) else at
        data[i:i + len(value)] = value
    return change


home.start("queued")
code, found, last = run()
check("an empty one, live", (code, found, last) == (0, {}, {
    "messages": 0, "bad": 0, "notes": 0, "live": True}), (code, found, last))
c = Caller(home)
ids = []
for i in range(14):
    to = ["f@near.test"] if i % 2 else ["a@far.example", "b@far.example"]
    op, ident = c.submit("s%d@far.example" % i, to, grant="g")
    ids.append(ident)
check("all wait", wait_for(lambda: home.run(
    "queuectl", "list", "--json").stdout.count('"deferred"') == len(ids)))
code, found, last = run()
check("a whole one, live", code == 0 and not found and last["messages"]
      == len(ids) and last["live"], (code, found, last))
r = home.run("queuectl", "check")
check("in words", r.returncode == 0 and r.stdout
      == "%d messages, 0 bad, 0 notes\n" % len(ids), r)

# what queued does not know, while it runs
with open(path(ids[0]), "rb") as f:
    copy = f.read()
stranger = ids[0][:5] + ids[0][5] + "zzzzzzzz"
with open(path(stranger), "wb") as f:
    f.write(copy)
os.chmod(path(stranger), 0o600)
if home.root:
    st = os.stat(path(ids[0]))
    os.chown(path(stranger), st.st_uid, st.st_gid)
code, found, last = run()
check("live: a copy, and not known", code == 1 and list(found) == [
    ids[0][5] + "/" + stranger] and [b for b, w in found[
        ids[0][5] + "/" + stranger]] == [True, True] and "copy of the message "
    + ids[0] in str(found) and "does not know" in str(found), found)
os.unlink(path(stranger))
home.stop("queued")
code, found, last = run()
check("a whole one, without queued", code == 0 and not found
      and not last["live"] and last["messages"] == len(ids), (found, last))

# each kind of damage: (name, change, bad, part of what is said)
JOURNAL = b"\x03\0\0\0Xabc" + bytes(8)
KINDS = [
    ("magic", poke(0, b"X"), True, "head is damaged"),
    ("empty file", lambda d, w: bytearray(b"x"), True, "head is damaged"),
    ("envelope", poke(70, b"\xff"), True, "checksum"),
    ("cut in the message", lambda d, w: d[:w[2] - 3], True,
     "3 bytes are missing"),
    ("NUL in the message", poke(lambda w: w[1] + 4, b"\0"), True,
     "not what was accepted"),
    ("status byte", poke(lambda w: w[0], b"?"), False, "no state"),
    ("torn record", lambda d, w: d + JOURNAL[:9], False,
     "9 bytes of its journal are behind"),
    ("flipped in the journal", poke(lambda w: w[2] + 6, b"\xff"), False,
     "bytes of its journal are behind"),
    ("staged, no name", poke(lambda w: w[0], b"s"), False,
     "1 of its recipients are ahead"),
    ("done with", lambda d, w: poke(w[0], b"d" * (w[1] - w[0]))(
        d, w) or d[:w[2]], False, "done with"),
    ("failed, not due", poke(lambda w: w[0], b"f"), False, "bounce is due"),
    ("state of the head", poke(54, b"?"), False, "neither active nor held"),
    ("next try", poke(40, b"\xff" * 8), False, "makes no sense"),
]
want = {}
for ident, (name, change, bad, what) in zip(ids, KINDS):
    damage(ident, change)
    want[ident[5] + "/" + ident] = (name, bad, what)
os.chmod(path(ids[13]), 0o644)
want[ids[13][5] + "/" + ids[13]] = ("mode", True, "mode 0644")


def expected(found):
    for file, (name, bad, what) in want.items():
        got = found.get(file, [])
        check("damage: " + name, (bad in [b for b, w in got]) and any(
            what in w for b, w in got), got)
    check("nothing else", set(found) == set(want), set(found) - set(want))


code, found, last = run()
check("exit 1", code == 1 and last["bad"] == 6 and last["notes"] >= 8, last)
expected(found)
r = home.run("queuectl", "check", ids[0], ids[5])
check("of those named, in words", r.returncode == 1 and
      "queue/%s/%s: bad: its head is damaged; queued leaves it alone; " % (
          ids[0][5], ids[0]) in r.stdout and r.stdout.count("\n") == 3
      and "2 messages, 1 bad, 1 notes (queued does not run)" in r.stdout, r)

# strays
os.mkdir(home.path("queue/a/folder"))
os.symlink("/etc/passwd", path(ids[0][:6] + "link4567"))
open(home.path("queue/b/x"), "w").close()
open(home.path("queue/stray\x1b[1m"), "w").close()
open(home.path("queue/tmp/half"), "w").close()
wrong = ids[0][:5] + ("1" if ids[0][5] != "1" else "2") + ids[0][6:]
os.link(path(ids[1]), home.path("queue", ids[0][5], wrong))
code, found, last = run()
check("strays", code == 1 and {f for f in found if f not in want} == {
    "a/folder", ids[0][5] + "/" + ids[0][:6] + "link4567", "b/x",
    "stray\x1b[1m", "tmp/half", ids[0][5] + "/" + wrong}, found)
check("half-written: a note", found["tmp/half"][0][0] is False)
check("no control bytes in words",
      "\x1b" not in home.run("queuectl", "check").stdout)
for f in ("b/x", "stray\x1b[1m", ids[0][5] + "/" + ids[0][:6] + "link4567",
          ids[0][5] + "/" + wrong):
    os.unlink(home.path("queue", f))
os.rmdir(home.path("queue/a/folder"))
os.chmod(path(ids[13]), 0o600)
del want[ids[13][5] + "/" + ids[13]]
before = {i: open(path(i), "rb").read() for i in ids}
run()
check("nothing is changed", before == {
    i: open(path(i), "rb").read() for i in ids})

# what was announced happens
remote.answer = lambda domain, rcpt: ("K", "2.0.0", "250 ok")
home.start("queued")
check("half-written: gone", wait_for(
    lambda: not os.path.exists(home.path("queue/tmp/half"))))


def gone():
    home.run("queuectl", "retry")  # it may not have read them all yet
    return files(home) == sorted(ids[:4])


check("all others go on their way", wait_for(gone, 20), files(home))
check("... the one ahead of its journal, too", wait_for(
    lambda: ids[8] in [s[0] for s in remote.sent]), remote.sent)
code, found, last = run()
check("what is bad stays, and is found, live", code == 1 and set(found) == {
    i[5] + "/" + i for i in ids[:4]} and last["notes"] == 0, found)


def listed(*args):
    return {x["id"]: x["state"] for x in map(json.loads, home.run(
        "queuectl", "list", "--json", *args).stdout.splitlines())}


check("damaged ones are listed", wait_for(lambda: [
    s for i, s in sorted(listed().items()) if i in ids[:4]]
    == ["damaged"] * 2), listed())
check("... by no sender", not listed("--sender", "s2@far.example"))
check("... shown", "damaged" in home.run("queuectl", "show", ids[2]).stdout)
check("... and can be dropped", home.run(
    "queuectl", "drop", ids[2], ids[3]).stdout == "2 messages\n"
    and wait_for(lambda: ids[2] not in files(home)), files(home))
for i in ids[:2]:
    os.unlink(path(i))
code, found, last = run()
check("whole again", code == 0 and not found, (found, last))
check("empty", empty(home), files(home))
r = home.run("queuectl", "check", "--nonsense")
check("usage", r.returncode == 100, r)
done()
