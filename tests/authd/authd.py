#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""authd beside the real relayd: answers, cache, tickets, faults."""
import os
import socket
import struct
import sys
import threading
import time

from _accounts import argon2id, crypted, record, users
from home import (Fake, Home, UIDS, check, done, msg, parse, recv, send, skip,
                  wait_for)

IP = "192.0.2.1"
ANN = argon2id("secret")
TABLE = {
    "ann": [record("ann", ANN)],
    "ann@example.test": [record("ann", ANN)],
    "bob": [record("bob", argon2id("hidden"), "disabled")],
    "cat": [record("cat", argon2id("one"), label="phone", protocols="pop3"),
            record("cat", argon2id("two"), label="laptop", protocols="smtp,imap"),
            record("cat", argon2id("three"))],
    "dan": [record("dan", crypted("SHA512-CRYPT", "pw", "$6$rounds=1000$saltsalt"))],
    "eve": [record("eve", crypted("BLF-CRYPT", "pw", "$2y$05$abcdefghijklmnopqrstuu"))],
    "fay": [record("fay", crypted("CRYPT", "pw", "$y$j75$abcdefgh"))],
    "gus": [record("gus", "{ROT13}cj")],
}

home = Home()


def verify(user, password, ip=IP, sock="pop3", timeout=30, tickets=None):
    op, fields, fds = home.ask("run/authd/" + sock, msg("V", 1, user, password, ip),
                             account="p-" + sock, timeout=timeout)
    for fd in fds:
        if tickets is None:
            os.close(fd)
        else:
            tickets.append(socket.socket(fileno=fd))
    return op, [f.decode() for f in fields]


def windows():
    return sorted(l.split()[:2] for l in home.run("relayctl", "list").stdout.splitlines())


def read_ticket(s):
    """(what it says, seconds it is good for, uid of who made it)"""
    uid = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET,
                                           socket.SO_PEERCRED, 12))[1]
    op, f = parse(s.recv(2000))
    left = int(f[0]) / 1000 - time.clock_gettime(time.CLOCK_BOOTTIME)
    return [op] + [x.decode() for x in f[1:]], left, uid


def no_table():
    op, f = verify("ann", "secret")
    check("no table: try later", op == "T", (op, f))
    check("... and the log says what to do", "userdb build" in home.log("authd"))
    home.write("cdb/auth/users.cdb", b"half a table")
    check("a damaged table: try later", verify("ann", "secret")[0] == "T")
    home.write("cdb/auth/users.cdb", users(TABLE))


def answers():
    tickets = []
    op, f = verify("ann", "secret", tickets=tickets)
    check("right", op == "Y" and f == ["ann", ""], (op, f))
    check("the window is open", windows() == [[IP, "ann"]], windows())
    said, left, uid = read_ticket(tickets[0])
    check("a ticket", said == ["L", "ann", IP, "ann"], said)
    check("... for ten seconds", 5 < left <= 10, left)
    check("... made by authd", uid == (UIDS["p-auth"] if home.root
                                       else os.getuid()), uid)
    check("... it is all of it", tickets[0].recv(2000) == b"")
    tickets[0].close()
    check("wrong", verify("ann", "Secret") == ("N", []))
    check("unknown", verify("zoe", "secret", "192.0.2.3") == ("N", []))
    op, f = verify("Ann@Example.Test", "secret", tickets=tickets)
    check("another login name, folded", op == "Y" and f[0] == "ann", (op, f))
    check("its ticket names it", read_ticket(tickets[1])[0][3:]
          == ["ann@example.test"])
    check("a token for smtp, and no ticket", verify(
        "ann", "secret", sock="smtp", tickets=tickets)[1][1] != ""
        and len(tickets) == 2)
    check("disabled, right password", verify("bob", "hidden", "192.0.2.5")[0] == "D")
    check("disabled, again from the cache", verify("bob", "hidden", "192.0.2.5")[0] == "D")
    check("disabled, wrong password", verify("bob", "x", "192.0.2.5")[0] == "N")
    check("no window for the disabled", not [w for w in windows() if w[1] == "bob"])
    for user in "dan", "eve", "fay":
        check("foreign hash of " + user, verify(user, "pw", "192.0.2.6")[0] == "Y")
        check("... wrong", verify(user, "pww", "192.0.3.6")[0] == "N")
    check("a scheme nobody knows: later", verify("gus", "pw", "192.0.2.8")[0] == "T")
    log = home.log("authd")
    for text in ("service=pop3 account=ann user=ann ip=192.0.2.1 result=ok",
                 "account=ann user=ann ip=192.0.2.1 result=bad reason=password",
                 "user=zoe ip=192.0.2.3 result=bad reason=unknown",
                 "account=bob user=bob ip=192.0.2.5 result=disabled"):
        check("logged: " + text, text in log)
    check("no password in the log", "Secret" not in log and "hidden" not in log)
    with open(home.path("log/lastlogin/logins"), encoding="ascii") as f:
        rows = [l.split() for l in f]
    check("last logins", [r[0] for r in rows] == ["ann", "dan", "eve", "fay"] and
          abs(int(rows[0][1]) - time.time()) < 60 and rows[0][2] == IP, rows)


def services():
    check("app password, its service", verify("cat", "one")[0] == "Y")
    check("another service", verify("cat", "one", "192.0.2.11", "smtp")[0] == "N")
    check("the other's", verify("cat", "two", "192.0.2.12")[0] == "N")
    check("the other's, its service", verify("cat", "two", sock="smtp")[0] == "Y")
    check("one for all", verify("cat", "three")[0] == "Y")
    check("... again, from the cache", verify("cat", "one")[0] == "Y")
    check("its label is logged", home.log("authd").count(
        "account=cat user=cat label=phone ip=192.0.2.1 result=ok") == 2,
        home.log("authd"))
    n = windows()
    op, f = verify("ann", "secret", "192.0.2.13", "smtp")
    check("AUTH opens no window", op == "Y" and windows() == n)
    op, g, _ = home.ask("run/relayd/check", msg("C", 1, "192.0.2.13", "", f[1], "ann"),
                        account="p-smtp")
    check("its token relays", op == "Y" and g[:3] == [b"auth", b"ann", b"1"], (op, g))


def cache():
    def best(n=20):
        out = []
        with home.connect("run/authd/pop3", "p-pop3") as s:
            for _ in range(n):
                t = time.perf_counter()
                send(s, msg("V", 1, "ann", "secret", IP))
                op, _ = parse(recv(s)[0])
                out.append(time.perf_counter() - t)
                assert op == "Y"
        return sorted(out)[n // 2]
    took = best()
    check("a repeated login takes no hash", took < 0.0025, took)
    changed = dict(TABLE, ann=[record("ann", argon2id("new"))])
    home.write("cdb/auth/users.cdb", users(changed))
    check("a changed table: the old password is out", verify("ann", "secret")[0] == "N")
    check("... the new one in", verify("ann", "new")[0] == "Y")
    home.write("cdb/auth/users.cdb", users(TABLE))
    check("... and back", verify("ann", "secret")[0] == "Y")


def relayd_faults():
    home.stop("relayd", 9)
    op, f = verify("ann", "secret")
    check("relayd down: later", op == "T", (op, f))
    check("... SMTP too", verify("ann", "secret", sock="smtp")[0] == "T")
    check("... wrong is still wrong", verify("ann", "x", "192.0.2.99")[0] == "N")
    home.start("relayd")
    check("relayd back", verify("ann", "secret")[0] == "Y")
    home.stop("relayd", 9)
    home.start("relayd")
    check("relayd restarted behind our back", verify("ann", "secret")[0] == "Y")
    home.stop("relayd", 9)
    held = threading.Event()
    fake = Fake(home, "run/relayd/open", lambda op, fields, fds: held.wait(20) and None)
    t = time.monotonic()
    slow = []
    thread = threading.Thread(target=lambda: slow.append(verify("ann", "secret")))
    thread.start()
    time.sleep(0.3)
    check("... meanwhile others are answered", verify("zoe", "x", "192.0.2.98")[0] == "N")
    thread.join()
    check("relayd stuck: later, in time", slow[0][0] == "T" and time.monotonic() - t < 8, slow)
    held.set()
    fake.close()
    fake = Fake(home, "run/relayd/open", lambda op, fields, fds: b"what?")
    check("relayd talks nonsense: later", verify("ann", "secret")[0] == "T")
    fake.close()
    home.start("relayd")
    check("all well again", verify("ann", "secret")[0] == "Y")


def hostile():
    with home.connect("run/authd/pop3", "p-pop3") as s:
        send(s, b"V1:1,3:ann")
        check("nonsense closes", recv(s)[0] == b"")
    check("... and is logged", home.wait_log("authd", "malformed request"))
    with home.connect("run/authd/pop3", "p-pop3") as s:
        for _ in range(50):
            send(s, msg("V", 1, "ann", "secret", IP))
        for _ in range(50):
            assert parse(recv(s)[0])[0] == "Y"
        check("many on a connection, one after another", True)
    idle = [home.connect("run/authd/pop3", "p-pop3") for _ in range(300)]
    check("300 idle callers", verify("ann", "secret")[0] == "Y")
    for s in idle:
        s.close()
    check("an empty name", verify("", "x", "192.0.2.97")[0] == "N")
    check("a strange name", verify("\x01 \xff../..", "x", "192.0.2.97")[0] == "N")
    if not home.root:
        skip("peers", "needs root")
        return
    try:
        op = home.ask("run/authd/smtp", msg("V", 1, "ann", "secret", IP),
                      account="p-pop3")[0]
    except (PermissionError, ConnectionError):
        op = ""
    check("p-pop3 may not call smtp", op == "", op)


home.start("authd")
no_table()
home.start("relayd")
answers()
services()
cache()
relayd_faults()
hostile()
done()
