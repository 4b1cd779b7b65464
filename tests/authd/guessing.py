#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Guessing: what it costs the guesser, and that it costs nobody else."""
import os
import statistics
import sys
import threading
import time

from _accounts import argon2id, crypted, record, users
from home import Home, check, done, msg, parse, recv, send, wait_for

home = Home()
names = ["user%02d" % i for i in range(50)]
table = {n: [record(n, argon2id("pw-" + n))] for n in names}
table["ann"] = [record("ann", argon2id("secret"))]
home.write("cdb/auth/users.cdb", users(table))
home.start("relayd")
home.start("authd")


def verify(user, password, ip, timeout=30):
    t = time.perf_counter()
    op, _, _ = home.ask("run/authd/pop3", msg("V", 1, user, password, ip), account="p-pop3",
                        timeout=timeout)
    return op, time.perf_counter() - t


class Guesser(threading.Thread):
    """Guesses from one address, over several connections, as fast as it can."""

    def __init__(self, ip, user, width=20):
        super().__init__(daemon=True)
        self.ip, self.user, self.width = ip, user, width
        self.stop, self.asked, self.later = False, 0, 0

    def run(self):
        def one():
            while not self.stop:
                try:
                    op, _ = verify(self.user, "guess%d" % self.asked, self.ip)
                except OSError:
                    continue
                self.asked += 1
                self.later += op == "T"
                if op == "T":
                    time.sleep(0.02)
        threads = [threading.Thread(target=one, daemon=True) for _ in range(self.width)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


def slows_down():
    took = [verify("ann", "wrong%d" % i, "192.0.2.1")[1] for i in range(7)]
    check("the first wrong answers come at the grid", all(t > 0.24 for t in took) and
          min(took[:3]) < 0.5, took)
    check("then they wait longer", took[3] > 0.7 and took[4] > 1.2 and took[5] > 2.2 and
          took[6] > 4.2, took)
    op, t = verify("ann", "secret", "192.0.2.1")
    check("the right one never waits, not there", op == "Y" and t < 2, (op, t))
    op, t = verify("ann", "secret", "192.0.2.2")
    check("nor elsewhere", op == "Y" and t < 2, (op, t))
    op, t = verify("user00", "wrong", "192.0.2.3")
    check("another account, another address: as ever", op == "N" and t < 2, (op, t))


def looks_alike():
    known = [verify(names[i], "wrong", "10.0.%d.1" % i)[1] for i in range(10)]
    unknown = [verify("nobody%d" % i, "wrong", "10.1.%d.1" % i)[1] for i in range(10)]
    check("unknown takes as long as known", abs(min(known) - min(unknown)) < 0.02,
          (known, unknown))


def mixed():
    """Slow hashes of another system in the majority, and ours."""
    slow = crypted("BLF-CRYPT", "old", "$2y$12$abcdefghijklmnopqrstuu")
    rows = {"old%d" % i: [record("old%d" % i, slow)] for i in range(6)}
    rows.update({n: table[n] for n in names[:4]})
    home.write("cdb/auth/users.cdb", users(rows))
    unknown = [verify("none%d" % i, "wrong", "10.2.%d.1" % i)[1] for i in range(4)]
    quick = [verify(names[i], "wrong", "10.3.%d.1" % i)[1] for i in range(4)]
    old = [verify("old%d" % i, "wrong", "10.4.%d.1" % i)[1] for i in range(4)]
    check("where hashes are mixed a wrong answer says nothing of its account", max(
        min(unknown), min(quick), min(old)) - min(unknown + quick + old) < 0.1,
        (unknown, quick, old))
    home.write("cdb/auth/users.cdb", users(table))


def fairness():
    guessers = [Guesser("192.0.2.%d" % (50 + i), "ann") for i in range(2)]
    for g in guessers:
        g.start()
    check("they are at it", wait_for(lambda: all(g.later for g in guessers)))
    took = []
    for i in range(10):
        op, t = verify(names[i], "pw-" + names[i], "198.51.100.%d" % i)
        took.append(t)
        check("a third address is answered: " + names[i], op == "Y", op)
    check("without waiting", statistics.median(took) < 1, took)
    op, t = verify("ann", "secret", "198.51.100.200")
    check("the guessed account's owner, from elsewhere", op == "Y" and t < 2, (op, t))
    op, t = verify("ann", "secret", "192.0.2.2")
    check("... and where it logged in before", op == "Y" and t < 2, (op, t))
    for g in guessers:
        g.stop = True
    for g in guessers:
        g.join()
    check("most of what they asked was put off",
          all(g.asked - g.later < 60 for g in guessers),
          [(g.asked, g.later) for g in guessers])


def crowd():
    """50 customers at once, each first with a new password, then again."""
    bad, lock = [], threading.Lock()

    def day(i):
        ip = "203.0.113.%d" % i
        for round in range(5):
            op, t = verify(names[i], "pw-" + names[i], ip)
            if op != "Y" or t > 10:
                with lock:
                    bad.append((names[i], round, op, t))
    threads = [threading.Thread(target=day, args=(i,)) for i in range(50)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("50 customers at once", not bad, bad)


def hangs_up():
    """Hanging up before the answer makes no guess cheaper."""
    ip = "192.0.2.66"

    def ask_all(n):
        out = []
        for i in range(n):
            out.append(home.connect("run/authd/pop3", "p-pop3"))
            send(out[-1], msg("V", 1, "user49", "guess%d" % i, ip))
        return out
    first = ask_all(16)
    check("16 guesses are tried", wait_for(lambda: home.log("authd").count(
        "ip=%s result=bad" % ip) >= 16, 60))
    for s in first:
        s.close()
    second = ask_all(16)
    check("the places of most stay taken", wait_for(lambda: home.log("authd").count(
        "ip=%s result=later" % ip) >= 6, 5), home.log("authd").count(ip))
    for s in second:
        s.close()
    check("others are served", verify("user48", "pw-user48", "192.0.2.67")[0] == "Y")


slows_down()
looks_alike()
mixed()
fairness()
crowd()
hangs_up()
done()
