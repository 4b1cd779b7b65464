#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""An empty mailbox: its session stays in pop3d, with the mailbox's lock, where all
is as the kernel has it in memory; and where not, a child of mailboxd's has it."""
import fcntl
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import (NO_MAIL, PASSWORD, Pop, handed, hear, living,  # noqa: E402
                  read_until, say, wait_for)
from home import UIDS, check, done, free_port, hung_up  # noqa: E402

LOGIN = "USER %s\r\nPASS " + PASSWORD + "\r\n"
COMMANDS = ["STAT", "LIST", "LIST 1", "UIDL", "UIDL 1", "RETR 1", "TOP 1 0",
            "DELE 1", "RSET", "NOOP", "CAPA", "LIST x", "USER ann", "nonsense"]
pop = Pop(["ann", "bob"], **{"pop3-sessions": "3\n"})
master = pop.home.start("mailboxd")
port = free_port()
pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port)


def children():
    return living(master.pid)


def login(box="ann"):
    s = socket.create_connection(("127.0.0.1", port), 10)
    read_until(s, b"\r\n")
    user, password, _ = (LOGIN % box).encode().split(b"\r\n")
    say(s, user + b"\r\n")
    return s, say(s, password + b"\r\n")


def quit_(s):
    return say(s, b"QUIT\r\n")


def stays(box="ann"):
    """Does pop3d keep the session of a login?"""
    s, said = login(box)
    check("logged in", b"logged in" in said, said)
    kept = not children()
    check("bye", quit_(s) == b"+OK bye\r\n")
    s.close()
    wait_for(lambda: not children(), 3)
    return kept


def at_first():
    check("a mailbox that is not there yet is a child's", not stays())
    check("... and the next session pop3d's", stays())
    check("its end is in pop3d's log", wait_for(
        lambda: "pop3 account=ann ip=127.0.0.1 result=quit retr=0 dele=0"
        in pop.home.log("pop3d"), 3), pop.home.log("pop3d"))
    check("... and not in mailboxd's",
          pop.home.log("mailboxd").count("result=quit") == 1)


def in_use():
    s, _ = login()
    t, said = login()
    check("in use", b"-ERR [IN-USE] this mailbox is in use since 2" in said
          and b"from 127.0.0.1" in said, said)
    op, text, c = pop.hand_over()
    check("... for a child of mailboxd's, too", op == "U", text)
    c.close()
    t.close()
    check("bye", quit_(s) == b"+OK bye\r\n")
    t, said = login()
    check("free before the bye is heard", b"logged in" in said, said)
    t.close()
    check("free when the client is gone",
          wait_for(lambda: b"logged in" in login()[1], 5))
    wait_for(lambda: stays(), 5)
    child = pop.session()
    t, said = login()
    check("a child's lock is in pop3d's way", b"[IN-USE]" in said, said)
    t.close()
    child.close()
    os.unlink(os.path.join(pop.folder(), "cur", NO_MAIL))
    wait_for(lambda: not children(), 3)


def killed():
    s, _ = login()
    acceptors = [p for p in os.listdir("/proc") if p.isdigit()
                 and "pop3d" in name(p)]
    holders = [p for p in acceptors if any(
        "postern.lock" in link for link in links(p))]
    check("one process of pop3d's holds the lock", len(holders) == 1, holders)
    os.kill(int(holders[0]), signal.SIGKILL)
    check("killed: the client is gone", hung_up(s))
    check("... and the lock", wait_for(lambda: b"logged in" in login()[1], 10))
    time.sleep(1.2)  # pop3d's acceptor starts again


def name(pid):
    try:
        with open("/proc/%s/comm" % pid) as f:
            return f.read()
    except OSError:
        return ""


def links(pid):
    try:
        return [os.readlink("/proc/%s/fd/%s" % (pid, fd))
                for fd in os.listdir("/proc/%s/fd" % pid)]
    except OSError:
        return []


def transcript(s):
    got = b""
    for c in COMMANDS:
        s.sendall(c.encode() + b"\r\n")
    s.sendall(b"QUIT\r\n")
    s.settimeout(5)
    while True:
        more = s.recv(65536)
        if not more:
            return got
        got += more


def same_answers():
    child = pop.session()
    first = read_until(child, b"\r\n")
    s_child = transcript(child)
    wait_for(lambda: not children(), 3)
    os.unlink(os.path.join(pop.folder(), "cur", NO_MAIL))
    s, said = login()
    check("pop3d's", not children())
    check("the same greeting", said.endswith(first), said)
    check("the same answers", transcript(s) == s_child, s_child)
    s = socket.create_connection(("127.0.0.1", port), 10)
    s.sendall((LOGIN % "ann").encode() + b"STAT\r\nQUIT\r\n")
    said = read_until(s, b"bye\r\n")
    check("what was sent ahead is answered",
          said.endswith(b"messages\r\n+OK 0 0\r\n+OK bye\r\n"), said)
    s.close()
    s, _ = login()
    for _ in range(20):
        said = say(s, b"RETR 1\r\n")
    check("too many errors", hung_up(s), said)


def whose_it_is_not():
    def put(path, text=b"Subject: x\n\ny\n"):
        path = os.path.join(pop.folder(), path)
        with open(path, "wb") as f:
            f.write(text)
        if pop.home.root:
            os.chown(path, UIDS["p-mail"], UIDS["p-mail"])
        return path
    for where in "new", "cur":
        p = put(where + "/1.Pa.h")
        check("mail in %s/ is a child's" % where, not stays())
        for d in "new", "cur":
            for n in os.listdir(os.path.join(pop.folder(), d)):
                os.unlink(os.path.join(pop.folder(), d, n))
        check("... without it pop3d's", stays(), p)
    lock = os.path.join(pop.folder(), "postern.lock")
    with open(lock) as f:
        line = f.read()
    old = str(int(time.time()) - 40 * 3600)
    with open(lock, "w") as f:
        f.write(line[:67] + old.ljust(len(line) - 68) + "\n")
    check("tmp/ to be cleaned is a child's", not stays(), line)
    check("... once", stays())
    big = os.path.join(pop.folder(), "cur")
    names = [os.path.join(big, "%d.%s" % (i, "x" * 200)) for i in range(600)]
    for n in names:
        open(n, "w").close()
    for n in names:
        os.unlink(n)
    if os.stat(big).st_size > 65536:
        check("a large folder is a child's, though empty", not stays())
        os.rmdir(big)
        os.mkdir(big, 0o700)
        pop.own(pop.folder())
    stays()


def ended():
    s, _ = login()
    pop.boxes["bob"][3] = "e9"
    pop.write_boxes()
    time.sleep(0.3)
    check("another mailbox's password changed: it goes on",
          say(s, b"NOOP\r\n") == b"+OK\r\n")
    pop.boxes["ann"][3] = "e2"
    pop.write_boxes()
    check("its own: it ends at once", hung_up(s, 3))
    check("... logged", wait_for(
        lambda: "result=ended" in pop.home.log("pop3d"), 3)
        and "reason=\"password changed\"" in pop.home.log("mailboxd"),
        pop.home.log("mailboxd"))
    s, said = login()
    check("the next login is good", b"logged in" in said)
    pop.boxes["ann"][2] = "disabled"
    pop.write_boxes()
    check("disabled: it ends", hung_up(s, 3))
    pop.boxes["ann"][2] = "ok"
    pop.write_boxes()


def by_hand():
    conn = handed(pop.home, "ann")
    op, fields, fds = hear(conn)
    check("empty: E, whose, and a lock", op == "E" and fields == [b"ann"]
          and len(fds) == 1, (op, fields))
    check("... that can only be read",
          fcntl.fcntl(fds[0], fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY)
    check("... of the mailbox",
          os.readlink("/proc/self/fd/%d" % fds[0]).endswith("postern.lock"))
    op, text, c = pop.hand_over()
    check("in use meanwhile", op == "U", text)
    c.close()
    conn.close()
    op, text, c = pop.hand_over()
    check("the lock, not the connection, says who has it", op == "U", op)
    c.close()
    os.close(fds[0])
    with handed(pop.home, "ann") as conn:
        op, _, fds = hear(conn)
        check("then it is free", op == "E", op)
        os.close(fds[0])
    wait_for(lambda: not children(), 3)


def silent():
    """Who is asked for its client and says nothing keeps nobody waiting."""
    stays("bob")
    pop.put_no_mail("bob")
    silent_ones = [handed(pop.home, "bob") for _ in range(2)]
    began = time.monotonic()
    s, said = login()
    check("a login beside silent callers", b"logged in" in said, said)
    check("... at once", time.monotonic() - began < 3)
    for c in silent_ones:
        c.close()
    quit_(s)
    s.close()
    wait_for(lambda: not children(), 8)


def limit():
    pop.boxes.update({b: [b, 0, "ok", "e1"] for b in ("c1", "c2", "c3", "c4")})
    pop.write_boxes()
    for b in "c1", "c2", "c3", "c4":
        stays(b)
    kept = [login(b)[0] for b in ("c1", "c2", "c3")]
    check("three are pop3d's", not children())
    _, said = login("c4")
    check("the fourth is told to wait", b"[SYS/TEMP]" in said, said)
    quit_(kept[0])
    s, said = login("c4")
    check("one less: it may", b"logged in" in said, said)
    for k in kept[1:] + [s]:
        quit_(k)


def over():
    s, _ = login()
    code = pop.home.stop("mailboxd")
    check("mailboxd stops", code == 0, code)
    check("... and with it its sessions in pop3d", hung_up(s, 3))


for part in (at_first, in_use, killed, same_answers, whose_it_is_not, ended,
             by_hand, silent, limit, over):
    part()
done()
