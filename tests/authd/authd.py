#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""authd beside the real relayd and a fake mailboxd: answers, cache, logins that
are handed on, faults."""
import collections
import os
import signal
import socket
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


def verify(user, password, ip=IP, sock="pop3", timeout=30, op="V"):
    op, fields, _ = home.ask("run/authd/" + sock, msg(op, 1, user, password, ip),
                             account="p-" + sock, timeout=timeout)
    return op, [f.decode() for f in fields]


def windows():
    return sorted(l.split()[:2] for l in home.run("relayctl", "list").stdout.splitlines())


def no_table():
    op, f = verify("ann", "secret")
    check("no table: try later", op == "T", (op, f))
    check("... and the log says what to do", "userdb build" in home.log("authd"))
    home.write("cdb/auth/users.cdb", b"half a table")
    check("a damaged table: try later", verify("ann", "secret")[0] == "T")
    home.write("cdb/auth/users.cdb", users(TABLE))


def answers():
    op, f = verify("ann", "secret")
    check("right", op == "Y" and f == ["ann", ""], (op, f))
    check("the window is open", windows() == [[IP, "ann"]], windows())
    check("wrong", verify("ann", "Secret") == ("N", []))
    check("unknown", verify("zoe", "secret", "192.0.2.3") == ("N", []))
    op, f = verify("Ann@Example.Test", "secret")
    check("another login name, folded", op == "Y" and f[0] == "ann", (op, f))
    check("a token for smtp", verify("ann", "secret", sock="smtp")[1][1] != "")
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


class Mailboxd(Fake):
    """Says "S" to each login that it is brought, and nothing to authd; logins:
    the packets' fields, and when they came."""

    def __init__(self):
        self.logins = []
        super().__init__(home, "run/mailboxd", None)

    def _one(self, conn):
        packet, fds = recv(conn)
        if not packet:
            return False
        op, fields = parse(packet)
        self.logins.append([op] + [f.decode() for f in fields]
                           + [time.clock_gettime(time.CLOCK_BOOTTIME)])
        with socket.socket(fileno=fds[0]) as caller:
            send(caller, msg("S", fields[1].decode()))
        return True


def slow_relayd():
    """It takes nothing for a while, from a crowd; then it is killed so."""
    relayd = home.procs["relayd"]
    fake = Mailboxd()
    os.kill(relayd.pid, signal.SIGSTOP)
    callers = crowd()
    os.kill(relayd.pid, signal.SIGCONT)
    got = [heard(c) for c in callers]
    check("relayd goes on: each is in", got == ["S"] * len(callers), got)
    os.kill(relayd.pid, signal.SIGSTOP)
    callers = crowd()
    home.stop("relayd", 9)
    got = [heard(c) for c in callers]
    check("relayd killed: each may try later", got == ["T"] * len(callers), got)
    home.start("relayd")
    fake.close()


def hand_on():
    op, f = verify("ann", "secret", op="P")
    check("mailboxd down: said in its words", (op, f) == (
        "M", ["mailboxes are not available"]), (op, f))
    check("... and logged", 'result=later reason="mailboxd is down"'
          in home.log("authd"))
    fake = Mailboxd()
    op, f = verify("ann", "secret", "192.0.2.21", op="P")
    check("a login is handed on", (op, f) == ("S", ["ann"]), (op, f))
    check("... the window was open before", ["192.0.2.21", "ann"] in windows())
    said = fake.logins[0]
    check("... with whose it is", said[0] == "L" and said[2:5] == [
        "ann", "192.0.2.21", "ann"], said)
    left = int(said[1]) / 1000 - said[5]
    check("... for ten seconds", 9 < left <= 10, left)
    check("... and logged", "user=ann ip=192.0.2.21 result=ok"
          in home.log("authd"))
    verify("Ann@Example.Test", "secret", op="P")
    check("... by which name", fake.logins[1][4] == "ann@example.test")
    check("wrong: not handed on", verify("ann", "x", "192.0.2.22", op="P")
          == ("N", []) and len(fake.logins) == 2)
    check("disabled: not handed on", verify(
        "bob", "hidden", "192.0.2.23", op="P")[0] == "D"
        and len(fake.logins) == 2)
    check("one connection for all", fake.connections == 1, fake.connections)
    for _ in range(300):
        verify("ann", "secret", op="P")
    check("none is kept", len(fake.logins) == 302 and verify(
        "ann", "secret")[0] == "Y", len(fake.logins))
    fake.close()
    fake = Mailboxd()
    op, f = verify("ann", "secret", op="P")
    check("mailboxd started anew behind our back", op == "S", (op, f))
    check("not by smtp", verify("ann", "secret", "192.0.2.24", "smtp", op="P")
          == ("", []))
    fake.close()


def slow_mailboxd():
    """It takes nothing for a while; then for longer than authd waits."""
    path = home.path("run/mailboxd")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        os.chmod(path, 0o666)
        listener.listen()
        listener.settimeout(10)
        callers = crowd()
        check("a crowd: others are answered meanwhile",
              verify("ann", "secret")[0] == "Y")
        link, _ = listener.accept()
        taken = serve(link)
        got = [heard(c) for c in callers]
        check("... mailboxd goes on: each is handed on",
              got == ["S"] * len(callers), collections.Counter(got))
        check("... once", taken() == len(callers), taken())
        callers, began = crowd(), time.monotonic()
        last = heard(callers.pop())
        took = time.monotonic() - began
        check("mailboxd stuck: who waits behind it hears so", last == "M", last)
        check("... in time", 2.5 < took < 8, took)
        for c in callers:
            c.settimeout(0.01)
        got = [heard(c) for c in callers]
        check("... all of them but those that are in its hands",
              got.count("M") > 50 and set(got) == {"M", ""}, got)
        check("... logged", 'reason="mailboxd is slow"' in home.log("authd"))
        link.close()
    os.unlink(path)


def crowd():
    callers = [home.connect("run/authd/pop3", "p-pop3", 8) for _ in range(450)]
    for c in callers:
        send(c, msg("P", 1, "ann", "secret", IP))
    time.sleep(1)
    return callers


def heard(conn):
    try:
        with conn:
            packet, _ = recv(conn)
    except socket.timeout:  # in mailboxd's hands
        return ""
    return parse(packet)[0] if packet else ""


def serve(link):
    """Takes what comes until nothing has for a second."""
    n = [0]
    link.settimeout(1)

    def run():
        try:
            while True:
                packet, fds = recv(link)
                if not packet:
                    return
                n[0] += 1
                with socket.socket(fileno=fds[0]) as conn:
                    send(conn, msg("S", "ann"))
        except socket.timeout:
            pass
    thread = threading.Thread(target=run)
    thread.start()

    def taken():
        thread.join()
        return n[0]
    return taken


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
hand_on()
slow_relayd()
slow_mailboxd()
hostile()
done()
