#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What ends when a mailbox is disabled, gets another password or goes: its window,
its POP3 and SMTP sessions; by a command, or by hand and make -C etc."""
import os
import re
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance
from smtpsink import Sink

sink = Sink()
inst = Instance(SMARTHOST="127.0.0.1:%d" % sink.port)
inst.tool("userdb", "add", "other")
inst.tool("aliasdb", "add", "other@example.test", "other")


def edit(pattern, instead):
    with open(inst.path("etc/users"), encoding="utf-8") as f:
        text = f.read()
    inst.write("etc/users", re.sub(pattern, instead, text, flags=re.M))
    return inst.make_etc()


def by_hand(pattern, instead):
    def change(name):
        made = edit(pattern % name, instead)
        check("make -C etc says so", "1 mailbox has another "
              "password, is disabled or gone" in made.stderr, made)
    return change


def code(client, command, *args):
    try:
        return getattr(client, command)(*args)[0]
    except smtplib.SMTPServerDisconnected:
        return 0


def message(client, sender, to):
    return [code(client, "mail", sender), code(client, "rcpt", to)]


WAYS = (
    ("userdb disable", lambda n: inst.tool("userdb", "disable", n)),
    ("userdb passwd", lambda n: inst.tool("userdb", "passwd", n)),
    ("userdb remove", lambda n: inst.tool("userdb", "remove", "--force", n)),
    ("nologin by hand", by_hand(r"^(%s:.*)$", r"\1nologin")),
    ("a hash by hand", by_hand(r"^(%s):[^:]*", r"\1:{SHA512-CRYPT}$6$aaaaaaaa$"
                               + "b" * 86)),
    ("a line removed by hand", by_hand(r"^%s:.*\n", "")),
)
for n, (way, change) in enumerate(WAYS):
    name = "box%d" % n
    address = name + "@example.test"
    password = inst.tool("userdb", "add", name).stdout.strip()
    inst.tool("aliasdb", "add", address, name)
    pop = inst.pop3(name, password)
    login = inst.smtp("SUBMISSION")
    login.ehlo()
    login.login(name, password)
    window = inst.smtp()
    window.ehlo()
    check(way + ": they send", message(login, address, "demo@example.test") ==
          [250, 250] and message(window, address, "x@far.test") == [250, 250])
    login.rset(), window.rset()
    change(name)
    check(way + ": the window is closed",
          name not in inst.tool("relayctl", "list").stdout)
    check(way + ": it relays no more",
          message(window, address, "x@far.test") == [250, 550])
    check(way + ": nor is the login good, here at home either",
          message(login, address, "demo@example.test")[0] == 421)

    def gone():
        try:
            pop.noop()
        except Exception:
            return True
        return False
    check(way + ": the POP3 session ends", wait_for(gone, 5))
    login.close(), window.close()
    if "remove" in way:
        inst.tool("aliasdb", "remove", address)
done()
