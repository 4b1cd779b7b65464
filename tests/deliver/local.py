#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""deliver-local: jobs of a queued that this script plays."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import cdb
from home import Home, check, done, msg, parse, recv, send, skip, wait_for

home = Home()
home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(["box01", "box02"], 3000))
home.write("cdb/public/aliases.cdb", cdb.aliases(
    ["near.test"], {"a@near.test": "box01", "a2@near.test": "box01", "b@near.test": "c@far.example",
                    "f@near.test": "box02", "no@near.test": ":refuse go away"},
    forwards={"box02": (True, "x@far.example", "y@far.example")},
    lists={"l@near.test": ("own@near.test", "members", "m1@far.example",
                           "m2@far.example")}))
daemon = home.start("deliver-local")

TEXT = b"Received: by x\nSubject: hi\n\nbody line\n.\n"
STARTED = int(time.time())  # one time: it is in the names
number = 0


def message(data=TEXT, junk=b"ENVELOPE"):
    f = tempfile.TemporaryFile()
    f.write(junk + data)
    f.flush()
    return f, len(junk), len(data)


def job(to, ident="m1", path="", sender="s@far.example",
        data=TEXT, when=None, head=""):
    """(packet, file)"""
    global number
    number += 1
    f, offset, size = message(data)
    return msg("D", 1, number, ident, path, sender, to, offset, size,
               when or STARTED, head), f


def ask(conn, packet, f=None):
    send(conn, packet, [f.fileno()] if f else ())
    packet, fds = recv(conn)
    if not packet:
        return "", []
    op, fields = parse(packet)
    return op, [x.decode(errors='replace') for x in fields]


def deliver(to, **kw):
    """Stages it, then renames it."""
    op, fields = ask(conn, *job(to, **kw))
    if op != "S":
        return op, fields
    return ask(conn, msg("R", 1, 7, fields[1], fields[2]))


def files(box, sub):
    try:
        return sorted(os.listdir(home.path("mail", box, sub)))
    except FileNotFoundError:
        return []


def text(box, sub, name):
    with open(home.path("mail", box, sub, name), "rb") as f:
        return f.read()


def workers():
    """Processes with a connection."""
    with open("/proc/%d/task/%d/children" % ((daemon.pid,) * 2)) as f:
        return [int(pid) for pid in f.read().split()]


conn = home.connect("run/deliver/local", "p-queue")

# staged, then renamed
op, fields = ask(conn, *job("a@near.test"))
check("staged", op == "S" and fields[1] == "box01", (op, fields))
name = fields[2]
check("in tmp, not in new", files("box01", "tmp") == [name]
      and files("box01", "new") == [], files("box01", "new"))
whole = b"Return-Path: <s@far.example>\nDelivered-To: a@near.test\n" + TEXT
check("content", text("box01", "tmp", name) == whole,
      text("box01", "tmp", name))
check("sizes in the name", name.endswith(",S=%d,W=%d" % (
    len(whole), len(whole) + whole.count(b"\n"))), name)
first = os.stat(home.path("mail/box01/tmp", name)).st_ino
worker, = workers()
home.write("mail/box01/tmp/fresh.%d.%d" % (worker, number + 1), "left over")
op, fields = ask(conn, *job("a@near.test"))
check("staged again: the same name, one file",
      op == "S" and fields[2] == name and files("box01", "tmp") == [name],
      (op, fields))
check("... a new one: the first may have lost its data", first != os.stat(
    home.path("mail/box01/tmp", name)).st_ino
      and text("box01", "tmp", name) == whole, first)
for _ in range(2):
    op, fields = ask(conn, msg("R", 1, 7, "box01", name))
    check("renamed, and again: done", op == "K" and fields == ["7", "box01"],
          (op, fields))
check("in new", files("box01", "tmp") == [] and files("box01", "new") == [name],
      files("box01", "new"))
os.unlink(home.path("mail/box01/new", name))
op, fields = ask(conn, msg("R", 1, 8, "box01", name))
check("fetched meanwhile: still done, nothing comes back",
      op == "K" and files("box01", "new") == [], (op, fields))

# without a name, then linked
def stage(**kw):
    """'C': (the file's descriptor, its name to come)"""
    packet, f = job("a@near.test", **kw)
    send(conn, b"C" + packet[1:], [f.fileno()])
    packet, fds = recv(conn)
    op, fields = parse(packet)
    check("staged without a name", op == "H" and len(fds) == 1 and
          files("box01", "tmp") == files("box01", "new") == [], (op, fields))
    return fds[0], fields[2].decode()


def link(fd, name):
    send(conn, msg("L", 1, 9, "box01", name), [fd])
    op, fields = parse(recv(conn)[0])
    return op


fd, name = stage(ident="u1")
for _ in range(2):
    check("linked, and again: done, one file", link(fd, name) == "K" and
          files("box01", "new") == [name], files("box01", "new"))
check("content of what had no name", text("box01", "new", name) == whole)
os.rename(home.path("mail/box01/new", name), home.path("mail/box01/cur/x"))
check("moved meanwhile: not there twice", link(fd, name) == "K" and
      files("box01", "new") == [], files("box01", "new"))
os.unlink(home.path("mail/box01/cur/x"))
check("deleted meanwhile: nothing comes back", link(fd, name) == "K" and
      files("box01", "new") == [], files("box01", "new"))
other, f = job("a@near.test", ident="u1")
send(conn, b"C" + other[1:], [f.fileno()])
os.close(recv(conn)[1][0])
check("... also beside a second try of it", link(fd, name) == "K" and
      files("box01", "new") == [], files("box01", "new"))
os.close(fd)
packet, f = job("a@near.test", ident="u6")
twice = []
for _ in range(2):
    send(conn, b"C" + packet[1:], [f.fileno()])
    answer, got = recv(conn)
    twice.append((got[0], parse(answer)[1][2].decode()))
check("asked for twice at once: one file", twice[0][1] == twice[1][1] and
      [link(*x) for x in twice] == ["K", "K"] and
      files("box01", "new") == [twice[0][1]], files("box01", "new"))
os.unlink(home.path("mail/box01/new", twice[0][1]))
for fd, _ in twice:
    os.close(fd)
fd, name = stage(ident="u2")
shutil.rmtree(home.path("mail/box01/new"))
check("new/ vanished: made, and linked", link(fd, name) == "K" and
      files("box01", "new") == [name], files("box01", "new"))
os.unlink(home.path("mail/box01/new", name))
os.close(fd)
fd, name = stage(ident="u3")
shutil.rmtree(home.path("mail/box01"))
check("the mailbox vanished: gone, too", link(fd, name) == "G")
os.close(fd)
fd, name = stage(ident="u4")
os.close(fd)
check("let go: nothing is left of it", files("box01", "tmp") == files(
    "box01", "new") == [], files("box01", "new"))
for what, fd in (("a pipe", os.pipe()[0]),
                 ("a folder", os.open(home.dir, os.O_RDONLY))):
    check("%s is no file to link" % what, link(fd, name) == "T")
    os.close(fd)

# folders that are links, which mailboxd does not serve: nothing gets through
os.makedirs(home.path("mail/box02/new"), exist_ok=True)
os.makedirs(home.path("mail/box02/tmp"), exist_ok=True)
for d in "mail/box02", "mail/box02/new", "mail/box02/tmp":
    os.chown(home.path(d), *[os.stat(home.path("mail")).st_uid] * 2)
for sub in "new", "tmp":
    op, fields = ask(conn, *job("a@near.test", ident="l0" + sub))
    check("staged before there is a link", op == "S", fields)
    path = home.path("mail/box01", sub)
    os.rename(path, path + ".was")
    os.symlink("../box02/" + sub, path)
    if sub == "new":
        got = ask(conn, msg("R", 1, 7, "box01", fields[2]))
        check("new/ is a link: not renamed", got[0] == "T" and
              "Not a directory" in got[1][1], got)
    else:
        got = ask(conn, *job("a@near.test", ident="l1"))
        check("tmp/ is a link: not staged", got[0] == "T" and
              "Not a directory" in got[1][1], got)
    packet, f = job("a@near.test", ident="l2")
    send(conn, b"C" + packet[1:], [f.fileno()])
    packet, fds = recv(conn)
    check("%s/ is a link: without a name" % sub, parse(packet)[0] == (
        "T" if sub == "new" else "H"), packet)
    for fd in fds:
        os.close(fd)
    check("... the other mailbox has nothing", files("box02", sub) == [],
          files("box02", sub))
    os.unlink(path)
    os.rename(path + ".was", path)
    got = ask(conn, msg("R", 1, 7, "box01", fields[2]))
    check("... mended: renamed", got[0] == "K" and
          files("box01", "new") == [fields[2]], got)
    os.unlink(home.path("mail/box01/new", fields[2]))
shutil.rmtree(home.path("mail/box02"))

# the worker that made a file names it at once, another one by way of /proc
def traced(calls, work):
    """What strace prints of such calls of all workers while work runs."""
    out = home.path("traced")
    tracer = subprocess.Popen(
        ["strace", "-qq", "-f", "-e", "trace=" + calls, "-o", out]
        + ["-p%d" % pid for pid in workers()], stderr=subprocess.PIPE)
    time.sleep(0.5)
    work()
    tracer.terminate()
    tracer.wait()
    with open(out) as f:
        return [line for line in f if re.search(r"(%s)\(" % calls.replace(
            ",", "|"), line)]


def links(work):
    return traced("linkat", work)


can_trace = shutil.which("strace") and os.geteuid() == 0


first, (fd, name) = conn, stage(ident="l1")
conn = home.connect("run/deliver/local", "p-queue")
os.close(stage(ident="l2")[0])  # it is up
got = []
by_other = links(lambda: got.append(link(fd, name))) if can_trace else (
    got.append(link(fd, name)))
check("made by one worker, linked by another", got == ["K"] and
      files("box01", "new") == [name], files("box01", "new"))
os.close(fd)
os.unlink(home.path("mail/box01/new", name))
if can_trace and tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= (
        6, 10):
    check("... by /proc", "/proc/self/fd" in by_other[-1] and
          by_other[-1].endswith("= 0\n"), by_other)
    fd, name = stage(ident="l3")
    by_maker = links(lambda: link(fd, name))
    check("by the one that made it: without", len(by_maker) == 1 and
          "AT_EMPTY_PATH) = 0" in by_maker[0], by_maker)
    os.close(fd)
    os.unlink(home.path("mail/box01/new", name))
else:
    skip("who links how", "needs root, strace and Linux 6.10")
conn.close()
conn = first

# one packet for many mailboxes
def take(n):
    """So many answers, whatever packets they come in: [(op, fields)]"""
    out = []
    while len(out) < n:
        op, fields = parse(recv(conn)[0])
        out += map(parse, fields) if op == "B" else [(op, fields)]
    return out


def bundle(*packets):
    return msg("B", *packets)


def letters(box, sub):
    """Without what is written about the quota."""
    return [n for n in files(box, sub) if ".Pw" not in n]


long = TEXT + b"x" * 70 + b"\n"
long += b"y" * 99 + b"\n" + long * 2000  # more than is kept in memory
for data in (TEXT, long):
    ways = ["x%d" % i for i in range(32)]
    made = [job("a@near.test", ident=i, data=data) for i in ways]
    send(conn, bundle(*[b"C" + p[1:] for p, _ in made]), [made[0][1].fileno()])
    packet, fds = recv(conn)
    op, answers = parse(packet)
    answers = [parse(a) for a in answers]
    check("32 in one packet, one descriptor: 32 answers",
          op == "B" and len(fds) == 32 and {a[0] for a in answers} == {"H"} and
          len({a[1][2] for a in answers}) == 32, answers)
    send(conn, bundle(*[msg("L", 1, i, a[1][1], a[1][2])
                        for i, a in enumerate(answers)]), fds)
    op, done_all = parse(recv(conn)[0])
    check("... linked in one packet", op == "B" and len(done_all) == 32 and
          sorted(letters("box01", "new")) == sorted(
              a[1][2].decode() for a in answers), letters("box01", "new"))
    whole = b"Return-Path: <s@far.example>\nDelivered-To: a@near.test\n" + data
    check("... each whole", all(text("box01", "new", n) == whole and
          n.endswith(",S=%d,W=%d" % (len(whole), len(whole) + whole.count(
              b"\n"))) for n in letters("box01", "new")), letters("box01", "new"))
    for fd in fds:
        os.close(fd)
    for name in letters("box01", "new"):
        os.unlink(home.path("mail/box01/new", name))
def open_folders():
    """Mailboxes that a worker has open."""
    return sorted(os.readlink("/proc/%d/fd/%s" % (pid, fd)).rsplit("/mail/")[1]
                  for pid in workers()
                  for fd in os.listdir("/proc/%d/fd" % pid)
                  if "/mail/" in os.readlink("/proc/%d/fd/%s" % (pid, fd)))


deliver("box02", ident="k0")
os.unlink(home.path("mail/box02/new", letters("box02", "new")[0]))
check("folders stay open for the next message, each once, and nothing else",
      wait_for(lambda: open_folders() == ["box01", "box02"]), open_folders())
# the folder that was kept open is not used for another one of that name
os.rename(home.path("mail/box01"), home.path("mail/.aside"))
op, fields = deliver("a@near.test", ident="k1")
check("another folder of that name: there", op == "K" and
      len(letters("box01", "new")) == 1 and not letters(".aside", "new"),
      (fields, letters("box01", "new"), letters(".aside", "new")))
shutil.rmtree(home.path("mail/.aside"))
os.unlink(home.path("mail/box01/new", letters("box01", "new")[0]))
# a worker that meets a young folder does not believe that it is durable
if can_trace:
    first = conn
    syncs = "fsync,fdatasync,syncfs"

    def fresh():
        """A connection with a worker that has done nothing yet."""
        got = home.connect("run/deliver/local", "p-queue")
        wait_for(lambda: len(workers()) == 2)
        return got

    wait_for(lambda: len(workers()) == 1)
    conn = fresh()
    got = traced(syncs, lambda: ask(conn, *job("box02", ident="y1")))
    check("alone: folder and mail/ are synced, file and tmp/", len(got) == 4 and
          "syncfs" not in "".join(got), got)
    got = traced(syncs, lambda: ask(conn, *job("box02", ident="y2")))
    check("... once", len(got) == 2, got)
    conn.close()
    wait_for(lambda: len(workers()) == 1)
    conn = fresh()
    made = [job("box02", ident="y%d" % i) for i in (3, 4)]
    got = traced(syncs, lambda: (send(conn, bundle(*[p for p, _ in made]), [
        made[0][1].fileno()]), take(2)))
    check("in a batch: one sync of all", len(got) == 1 and "syncfs" in got[0], got)
    conn.close()
    conn = first
    for sub in ("tmp", "new"):
        for name in files("box02", sub):
            os.unlink(home.path("mail/box02", sub, name))
else:
    skip("a young folder", "needs root and strace")
# ... of two messages, one after another, each has its own text
one, two = job("a@near.test", ident="k2"), job("a@near.test", ident="k3",
                                               data=b"Subject: 2\n\nother\n")
for packet, f in (one, two):
    send(conn, packet, [f.fileno()])
got = [text("box01", "tmp", f[2].decode())[-6:] for _, f in take(2)]
check("two messages, two texts", sorted(got) == sorted(
    [b"other\n", TEXT[-6:]]), got)
for name in letters("box01", "tmp"):
    os.unlink(home.path("mail/box01/tmp", name))

# gone, and nobody can say how
old = int(time.time()) - 100000
for how, where in (("new", "new"), ("cur", "cur")):
    op, fields = ask(conn, *job("a@near.test", ident="o" + how, when=old))
    name = fields[2]
    os.rename(home.path("mail/box01/tmp", name),
              home.path("mail/box01", where, name + (":2,S" if how == "cur"
                                                     else "")))
    op, fields = ask(conn, msg("R", 1, 8, "box01", name))
    check("a day old, in %s: delivered" % how, op == "K", (op, fields))
    os.unlink(home.path("mail/box01", where, files("box01", where)[0]))
op, fields = ask(conn, *job("a@near.test", ident="o1", when=old))
os.unlink(home.path("mail/box01/tmp", fields[2]))
op, fields = ask(conn, msg("R", 1, 8, "box01", fields[2]))
check("a day old and nowhere: gone", op == "G", (op, fields))
op, fields = ask(conn, *job("a@near.test", ident="o2"))
shutil.rmtree(home.path("mail/box01"))
op, fields = ask(conn, msg("R", 1, 8, "box01", fields[2]))
check("the mailbox vanished: gone", op == "G", (op, fields))
op, fields = ask(conn, *job("a@near.test", ident="o2"))
shutil.rmtree(home.path("mail/box01/new"))
op, fields = ask(conn, msg("R", 1, 8, "box01", fields[2]))
check("new/ vanished: made anew", op == "K" and len(files("box01", "new")) == 1,
      (op, fields))
shutil.rmtree(home.path("mail/box01/new"))
shutil.rmtree(home.path("mail/box01/tmp"))
op, fields = ask(conn, *job("a@near.test", ident="o3"))
check("tmp/ vanished: made anew", op == "S", (op, fields))
op, fields = ask(conn, msg("U", 1, 9, "box01", fields[2]))

# undo
op, fields = ask(conn, *job("a@near.test", ident="m2"))
op, fields = ask(conn, msg("U", 1, 9, "box01", fields[2]))
check("undone", op == "K" and files("box01", "tmp") == [], (op, fields))

# the whole way
op, fields = deliver("a@near.test", ident="m3")
check("delivered", op == "K" and len(files("box01", "new")) == 1, (op, fields))
op, fields = deliver("a@near.test", ident="m3")
check("delivered twice: one message", op == "K"
      and len(files("box01", "new")) == 1, (op, files("box01", "new")))
op, fields = deliver("a@near.test", ident="m3", path="1")
check("another path: another message", op == "K"
      and len(files("box01", "new")) == 2, (op, files("box01", "new")))

# two addresses of one mailbox, one message: two files
for to in ("a@near.test", "A2@near.test"):
    op, fields = deliver(to, ident="m4")
check("two addresses of one mailbox: two messages", op == "K"
      and len(files("box01", "new")) == 4, files("box01", "new"))
op, fields = ask(conn, *job("box02", ident="m5", path="x@y.test f@near.test"))
check("Delivered-To of a forward's own copy is its address", op == "S"
      and b"\nDelivered-To: f@near.test\n" in text("box02", "tmp", fields[2]),
      (op, fields))

# other ends
def passed(fields):
    """X without its job and away sender: kind, sender, head, mailbox, targets"""
    kind, sender, _, head, _, mailbox, targets = fields[1:]
    return [kind, sender, head, mailbox, targets]


table = [
    ("unknown", "nobody@near.test", "N", ["5.1.1"]),
    ("refused", "no@near.test", "N", ["5.7.1"]),
    ("unknown mailbox", "nobox", "N", ["5.1.1"]),
    ("not a member", "l@near.test", "N", ["5.7.2"]),
]
for what, to, want, rest in table:
    op, fields = ask(conn, *job(to))
    check(what, op == want and fields[1:1 + len(rest)] == rest, (op, fields))
for what, to, kind, mailbox, targets in [
        ("remote alias", "b@near.test", "remote", "", "c@far.example\0"),
        ("forward with a copy", "f@near.test", "forward", "box02",
         "box02\0x@far.example\0y@far.example\0"),
        ("not ours any more", "q@gone.example", "remote", "",
         "q@gone.example\0")]:
    op, fields = ask(conn, *job(to, head="X-Before: 1\n"))
    check(what, op == "X" and passed(fields) == [
        kind, "s@far.example", "Delivered-To: %s\nX-Before: 1\n" % to,
        mailbox, targets], (op, fields))
    domain = to.split("@")[1]
    check(what + ": leaves under an address of ours", re.fullmatch(
        r"SRS0=[a-z2-7]{8}=[a-z2-7]{2}=far.example=s@" + domain, fields[3]),
        fields)
    srs = fields[3]
op, fields = ask(conn, *job("b@near.test", sender="a@near.test"))
check("a sender of ours stays", op == "X" and fields[3] == "", fields)
op, fields = ask(conn, *job("b@near.test", sender=""))
check("the null sender stays", op == "X" and fields[2:4] == ["", ""], fields)
op, fields = ask(conn, *job("b@near.test", sender="SRS0=x=ab=a.example=u@b.example"))
check("another's SRS0 becomes SRS1", fields[3].startswith("SRS1=") and
      fields[3].endswith("=b.example==x=ab=a.example=u@near.test"), fields)
srs1 = fields[3]
op, fields = ask(conn, *job("b@near.test", sender="\"a b\"@far.example"))
check("what SRS cannot say: the address itself", fields[3] == "b@near.test",
      fields)
srs = srs.replace("gone.example", "near.test")
op, fields = ask(conn, *job("b@near.test"))
srs = fields[3]
for what, to, where in [
        ("a bounce goes back", srs.lower(), "s@far.example"),
        ("through two", srs1.lower(), "SRS0=x=ab=a.example=u@b.example")]:
    op, fields = ask(conn, *job(to, sender=""))
    check(what, op == "X" and fields[1] == "srs" and fields[-1].lower()
          == where.lower() + "\0", (op, fields))
op, fields = ask(conn, *job(srs.lower(), sender="x@y.example"))
check("only bounces do", op == "N" and fields[1] == "5.7.1", (op, fields))
for bad in (srs.replace("far.example", "bar.example"),
            srs.replace("=s@", "=t@"), "srs0=aaaaaaaa=aa=x.example=y@near.test",
            "srs0=@near.test", "srs1=x@near.test",
            "srs0=" + "=" * 20 + "@near.test"):
    op, fields = ask(conn, *job(bad.lower(), sender=""))
    check("not ours: " + bad, op == "N" and fields[1] == "5.1.1", (op, fields))
op, fields = ask(conn, *job("box02"))
check("a mailbox by name: no forwards", op == "S" and fields[1] == "box02",
      (op, fields))
op, fields = ask(conn, *job("box02", ident="m6", path="f@near.test",
                            head="Delivered-To: f@near.test\n"))
check("its own copy: one Delivered-To", text("box02", "tmp", fields[2]) ==
      b"Return-Path: <s@far.example>\nDelivered-To: f@near.test\n" + TEXT,
      text("box02", "tmp", fields[2]))
op, fields = ask(conn, *job("a@near.test", ident="m7",
                            head="Delivered-To: f@near.test\n"))
check("passed on here: both", text("box01", "tmp", fields[2]) ==
      b"Return-Path: <s@far.example>\nDelivered-To: a@near.test\n"
      b"Delivered-To: f@near.test\n" + TEXT, text("box01", "tmp", fields[2]))
for name in files("box01", "tmp") + files("box02", "tmp"):
    for box in ("box01", "box02"):
        if name in files(box, "tmp"):
            os.unlink(home.path("mail", box, "tmp", name))
for what, kw in [("in the message", {
        "data": b"delivered-to: F@near.test\n" + TEXT}),
        ("in front", {"head": "Delivered-To: f@near.test\n"})]:
    op, fields = deliver("f@near.test", ident=what[:6], **kw)
    check("a forward that comes back stays in the mailbox: " + what,
          op == "K" and fields[1] == "box02", (op, fields))
for to in ("b@near.test", "a@near.test"):
    op, fields = ask(conn, *job(
        to, data=b"delivered-to: %s\n" % to.upper().encode() + TEXT))
    check("a loop: " + to, op == "N" and fields[1] == "5.4.6", (op, fields))

# a batch
jobs = [job("a@near.test", ident="b%d" % i) for i in range(40)]
for packet, f in jobs:
    send(conn, packet, [f.fileno()])
answers = take(len(jobs))
check("a batch: an answer each", sorted(int(a[1][0]) for a in answers)
      == list(range(number - 39, number + 1))
      and all(a[0] == "S" for a in answers), answers)
staged = [a[1][2].decode() for a in answers]
check("a batch: a file each", sorted(staged) == files("box01", "tmp"))

# a batch of renames and new ones: each gets its own answer
for name in staged:
    send(conn, msg("R", 1, 1000, "box01", name))
packet, f = job("a@near.test", ident="b40")
send(conn, packet, [f.fileno()])
answers = take(41)
check("a mixed batch", sorted(a[0] for a in answers) == ["K"] * 40 + ["S"],
      answers)
check("a mixed batch: all moved",
      set(staged) <= set(files("box01", "new"))
      and len(files("box01", "tmp")) == 1, files("box01", "tmp"))
ask(conn, msg("U", 1, 9, "box01", files("box01", "tmp")[0]))

# queued went away, and may have had it done by another: no name any more
before = set(workers())
with home.connect("run/deliver/local", "p-queue") as left:
    check("a worker for it", wait_for(lambda: len(workers()) == 2))
    worker, = set(workers()) - before
    os.kill(worker, signal.SIGSTOP)
    packet, f = job("a@near.test", ident="left")
    send(left, packet, [f.fileno()])
os.kill(worker, signal.SIGCONT)
check("it ends", wait_for(lambda: worker not in workers()))
check("the job of a queued that left: nothing in tmp/",
      files("box01", "tmp") == [], files("box01", "tmp"))

# faults
op, fields = ask(conn, msg("D", 1, 99, "m9", "", "", "a@near.test",
                           8, 5000, 1, ""), message()[0])
check("shorter than told: deferred", op == "T", (op, fields))
check("nothing half-written stays", files("box01", "tmp") == [],
      files("box01", "tmp"))
os.rename(home.path("cdb/public/aliases.cdb"), home.path("aliases.away"))
op, fields = ask(conn, *job("a@near.test"))
check("no aliases.cdb: deferred, with what to do",
      op == "T" and "aliases" in fields[1], (op, fields))
os.rename(home.path("aliases.away"), home.path("cdb/public/aliases.cdb"))
op, fields = ask(conn, *job("a@near.test", ident="m10"))
check("back again", op == "S", (op, fields))
if os.geteuid() == 0:
    os.chown(home.path("mail/box02/tmp"), 0, 0)
    op, fields = ask(conn, *job("box02", ident="m11"))
    check("no permission: deferred", op == "T" and "box02" in fields[1],
          (op, fields))
conn.close()

for what, packet in [("garbage", b"D1:1,xx"), ("a climb", msg(
        "R", 1, 7, "..", "x")), ("no descriptor", job("a@near.test")[0]),
        ("an empty bundle", bundle()),
        ("a bundle in a bundle", bundle(bundle(msg("U", 1, 1, "box01", "n")))),
        ("a link without a file", bundle(msg("L", 1, 1, "box01", "n"))),
        ("33 at once", bundle(*[msg("U", 1, 1, "box01", "n")] * 33)),
        ("nonsense behind a good one", bundle(
            msg("U", 1, 1, "box01", "n"), b"x"))]:
    conn = home.connect("run/deliver/local", "p-queue")
    op, fields = ask(conn, packet)
    check(what + ": closed without an answer", op == "", (op, fields))
    conn.close()

# usage
with home.connect("run/deliver/usage", "p-smtp") as conn:
    op, fields = ask(conn, msg("Q", 1, "box02", 100))
    check("room", op == "Y" and fields[1] == "3000", (op, fields))
    op, fields = ask(conn, msg("Q", 1, "box01", 2900))
    check("no room", op == "N" and int(fields[0]) > 3000, (op, fields))
    for name, record, size, want in (
            ("as many as it may have", ("99", "ok", "e", "3"), 1, "N"),
            ("one less", ("0", "ok", "e", "4"), 99999, "Y"),
            ("both, and too big", ("3000", "ok", "e", "4"), 3000, "N"),
            ("both, and room", ("3000000", "ok", "e", "4"), 3000, "Y")):
        home.write("cdb/public/mailboxes.cdb", cdb.cdb([("v", "1"), (
            "mcounted", cdb.netstrings("counted", *record))]))
        for n in range(3):
            home.write("mail/counted/cur/%d.x.h,S=10:2,S" % n, "x" * 10)
        op, fields = ask(conn, msg("Q", 1, "counted", size))
        check("a quota of messages: " + name, op == want, (op, fields))
    home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(["box01", "box02"], 3000))
    op, fields = ask(conn, msg("Q", 1, "nobody", 1))
    check("cannot tell", op == "T", (op, fields))

# callers
if os.geteuid() == 0:
    for path, account in (("run/deliver/local", "p-smtp"),
                          ("run/deliver/usage", "p-pop3"),
                          ("run/deliver/local", "p-remote")):
        try:
            with home.connect(path, account) as conn:
                op, _ = ask(conn, msg("Q", 1, "box01", 1))
        except (PermissionError, BrokenPipeError, ConnectionResetError):
            op = ""
        check("%s is not for %s" % (path, account), op == "", op)

# a killed worker takes nothing with it
conn = home.connect("run/deliver/local", "p-queue")
ask(conn, msg("R", 1, 1, "box01", "none"))
with open("/proc/%d/task/%d/children" % (daemon.pid, daemon.pid)) as f:
    for pid in f.read().split():
        os.kill(int(pid), signal.SIGKILL)
conn.close()
check("the death is told", home.wait_log("deliver-local", "signal 9"),
      home.log("deliver-local"))
with home.connect("run/deliver/local", "p-queue") as conn:
    op, fields = ask(conn, *job("a@near.test", ident="m12"))
    check("and the next one serves", op == "S", (op, fields))
done()
