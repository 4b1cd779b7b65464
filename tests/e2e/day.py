#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A mail day, end to end, against "make run": the six steps of the README.

The customer's computer is 127.0.0.2, the internet 127.0.0.9; a smarthost of
the provider's takes what goes out.
"""
import os
import poplib
import smtplib
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, free_port, wait_for
from instance import Instance
from smtpsink import Sink

DENIED = ("Relaying denied: check your mail (POP3) from this address first, "
          "or use SMTP AUTH")
CUSTOMER, INTERNET = "127.0.0.2", "127.0.0.9"


def text(sender, to, subject="hello"):
    return ("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: Fri, 20 Nov 2026 "
            "19:21:16 +0000\r\nMessage-ID: <%f@client.test>\r\n\r\n"
            "Dear all,\r\n.dots\r\n..and more\r\n" % (
                sender, to, subject, time.time()))


def send(inst, sender, to, source, subject="hello", port="SMTP", login=None):
    """("ok", answer) or (code, text) of the refusal."""
    client = inst.smtp(port, source)
    try:
        if login:
            client.login(*login)
        refused = client.sendmail(sender, [to], text(sender, to, subject))
        assert not refused
        return "ok", ""
    except smtplib.SMTPRecipientsRefused as e:
        code, why = e.recipients[to]
        return code, why.decode()
    except smtplib.SMTPResponseException as e:
        return e.smtp_code, e.smtp_error.decode()
    finally:
        try:
            client.quit()
        except smtplib.SMTPException:
            pass


def pop(inst, user, password, source):
    """The connected client, or the text of -ERR."""
    client = poplib.POP3.__new__(poplib.POP3)
    client.host, client.port, client._tls_established = "127.0.0.1", 0, False
    client.sock = socket.create_connection(
        ("127.0.0.1", inst.port("POP3")), 30, (source, 0))
    client.file = client.sock.makefile("rb")
    client._debugging = 0
    client.welcome = client._getresp()
    try:
        client.user(user)
        client.pass_(password)
        return client
    except poplib.error_proto as e:
        client.close()
        return e.args[0].decode()


sink = Sink()
inst = Instance(SMARTHOST="127.0.0.1:%d" % sink.port, DOMAIN="widget.test")

# 6 first: the administrator makes the customer
password = inst.tool("userdb", "add", "widget01").stdout.strip()
check("a random password, and nothing else", len(password) >= 13
      and len(password.split()) == 1, password)
for name in ("fred", "fscuttle", "sales"):
    inst.tool("aliasdb", "add", name + "@widget.test", "widget01")
inst.tool("aliasdb", "add", "mary@widget.test", "mary@elsewhere.test")

# 1 sends first
code, why = send(inst, "fred@widget.test", "bob@far.test", CUSTOMER)
check("relaying denied, in these words", code == 550
      and why == "5.7.1 " + DENIED, (code, why))

# 2 checks mail
got = pop(inst, "widget01", "wrong" + password, CUSTOMER)
check("wrong password: -ERR [AUTH]", isinstance(got, str)
      and got.startswith("-ERR [AUTH]"), got)
code, why = send(inst, "fred@widget.test", "bob@far.test", CUSTOMER)
check("and no window", code == 550, (code, why))
client = pop(inst, "widget01", password, CUSTOMER)
check("right password, empty mailbox", not isinstance(client, str)
      and client.stat() == (0, 0), client)
client.quit()
code, why = send(inst, "fred@widget.test", "bob@far.test", CUSTOMER, "later")
check("and it goes out", code == "ok", (code, why))
check("to the next server", wait_for(lambda: sink.to("bob@far.test")),
      inst.log()[-2000:])
mail = sink.to("bob@far.test")[0] if sink.mails else None
check("as it was sent", mail and mail.sender == "fred@widget.test"
      and mail.data.endswith(b"Dear all,\n.dots\n..and more\n")
      and b"\nSubject: later\n" in mail.data, mail and mail.data)
code, why = send(inst, "fred@widget.test", "bob@far.test", "127.0.0.3")
check("another address has no window", code == 550, (code, why))
code, why = send(inst, "boss@bank.test", "bob@far.test", CUSTOMER)
check("somebody else's sender is not theirs", code == 553
      and why.startswith("5.7.1 <boss@bank.test>: not an address of your"),
      (code, why))

# 3 from outside
for name in ("fred", "fscuttle", "sales", "Fred+shop"):
    code, why = send(inst, "bob@far.test", name + "@widget.test", INTERNET,
                     "to " + name)
    check("from outside to " + name, code == "ok", (code, why))
mails = inst.wait_mail("widget01", password, 4)
check("all in the one mailbox", len(mails) == 4, len(mails))
check("Return-Path and Delivered-To", all(
    m.startswith(b"Return-Path: <bob@far.test>\nDelivered-To: ")
    for m in mails), mails)
code, why = send(inst, "bob@far.test", "mary@widget.test", INTERNET)
check("mary goes on", code == "ok"
      and wait_for(lambda: sink.to("mary@elsewhere.test")), (code, why))
code, why = send(inst, "bob@far.test", "nobody@widget.test", INTERNET)
check("an unknown name: 550 5.1.1", code == 550 and why.startswith("5.1.1"),
      (code, why))
inst.append("etc/domains", "catch.test\n")
inst.append("etc/aliases", "@catch.test: widget01\n")
made = inst.make_etc()
check("an editor and make -C etc", made.returncode == 0,
      made.stdout + made.stderr)
code, why = send(inst, "bob@far.test", "whoever@catch.test", INTERNET)
check("a catch-all takes the rest", code == "ok", (code, why))
check("and it arrives", len(inst.wait_mail("widget01", password, 5)) == 5)

# 4 the next server is away
sink.stop()
inst.write("etc/retry", "1\n")
code, why = send(inst, "fred@widget.test", "ann@far.test", CUSTOMER)
check("accepted while the next server is away", code == "ok", (code, why))
check("it waits in the queue", wait_for(lambda: "ann@far.test" in inst.tool(
    "queuectl", "list", "--json").stdout), inst.tool("queuectl", "list").stdout)
time.sleep(0.5)
check("and is still there", "ann@far.test" in inst.tool(
    "queuectl", "list", "--json").stdout)
sink.start()
inst.tool("queuectl", "retry")
check("retried, it goes out", wait_for(lambda: sink.to("ann@far.test"), 20),
      inst.log()[-2000:])
check("the queue is empty", wait_for(
    lambda: not inst.tool("queuectl", "list").stdout.strip()),
    inst.tool("queuectl", "list").stdout)
dead, refusing = free_port(), Sink()
refusing.replies["CONNECT"] = lambda arg: "554 5.7.0 not today"
inst.write("etc/smarthosts", "127.0.0.1:%d\n127.0.0.1:%d\n127.0.0.1:%d\n" % (
    dead, refusing.port, sink.port))
code, why = send(inst, "fred@widget.test", "carl@far.test", CUSTOMER)
check("several smarthosts, until one takes it", code == "ok" and wait_for(
    lambda: sink.to("carl@far.test"), 20), inst.log()[-2000:])
check("the refusing one was asked", refusing.sessions > 0)
sink.replies["RCPT"] = lambda arg: (
    "550 5.1.1 never heard of dave" if "dave@" in arg else None)
code, why = send(inst, "fred@widget.test", "dave@far.test", CUSTOMER)
mails = inst.wait_mail("widget01", password, 6)
bounce = [m for m in mails if m.startswith(b"Return-Path: <>")]
check("a permanent refusal comes back as a bounce", len(bounce) == 1
      and b"never heard of dave" in bounce[0]
      and b"multipart/report" in bounce[0], mails[-1])

# 5 windows end; networks and AUTH need none
inst.write("etc/window", "2\n")
time.sleep(1.2)
client = pop(inst, "widget01", password, "127.0.0.4")
client.quit()
code, why = send(inst, "fred@widget.test", "eve@far.test", "127.0.0.4")
check("a short window", code == "ok", (code, why))
check("after it sending is refused again", wait_for(
    lambda: send(inst, "fred@widget.test", "again@far.test",
                 "127.0.0.4")[0] == 550, 10))
client = pop(inst, "widget01", password, "127.0.0.4")
client.quit()
code, why = send(inst, "fred@widget.test", "eve@far.test", "127.0.0.4")
check("until the next check", code == "ok", (code, why))
inst.write("etc/window", "1800\n")
inst.append("etc/nets", "127.0.0.5/32 allow\n")
check("netdb by make", inst.make_etc().returncode == 0)
code, why = send(inst, "any@body.test", "eve@far.test", "127.0.0.5")
check("an allowed network needs no window", code == "ok", (code, why))
for mech in ("plain", "login"):
    client = inst.smtp("SUBMISSION", "127.0.0.6")
    client.ehlo()
    client.user, client.password = "widget01", password
    got = client.auth(mech.upper(), getattr(client, "auth_" + mech))
    client.sendmail("sales@widget.test", ["eve@far.test"],
                    text("sales@widget.test", "eve@far.test", mech))
    client.quit()
    check("AUTH " + mech + " needs no window", got[0] == 235, got)
check("all of them arrive", wait_for(
    lambda: len(sink.to("eve@far.test")) == 5, 20),
    len(sink.to("eve@far.test")))

# 6 the administrator
out = inst.tool("relayctl", "list").stdout
check("windows are listed", any(
    line.split()[:2] == [CUSTOMER, "widget01"]
    and 0 < int(line.split()[2]) <= 1800 for line in out.splitlines()), out)
other = inst.tool("userdb", "add", "widget02").stdout.strip()
inst.tool("aliasdb", "add", "info@widget.test", "widget02")
aliases = open(inst.path("etc/aliases")).read()
inst.write("etc/aliases", aliases.replace("sales@widget.test: widget01",
                                          "sales@widget.test: widget02"))
check("a target changed with an editor", inst.make_etc().returncode == 0)
for name in ("info", "sales"):
    code, why = send(inst, "bob@far.test", name + "@widget.test", INTERNET)
    check("%s has moved" % name, code == "ok", (code, why))
check("both arrive there", len(inst.wait_mail("widget02", other, 2)) == 2)
before = open(inst.path("etc/aliases")).read()
inst.write("etc/aliases", before + "typo@widget.test: widgt01\n")
made = inst.make_etc()
check("a typo: refused with the line and the likely name",
      made.returncode != 0 and "widget01" in made.stderr
      and ":%d:" % (before.count("\n") + 1) in made.stderr, made.stderr)
code, why = send(inst, "bob@far.test", "fred@widget.test", INTERNET)
check("the old table goes on working", code == "ok", (code, why))
inst.write("etc/aliases", before)
inst.tool("userdb", "disable", "widget01")
code, why = send(inst, "fred@widget.test", "bob@far.test", CUSTOMER)
check("disabled: the window is closed at once", code == 550, (code, why))
got = pop(inst, "widget01", password, CUSTOMER)
check("disabled: told after the right password",
      isinstance(got, str) and "disabled" in got, got)
got = pop(inst, "widget01", "wrong", CUSTOMER)
check("disabled: not told after a wrong one",
      isinstance(got, str) and "disabled" not in got, got)
inst.tool("userdb", "enable", "widget01")
client = pop(inst, "widget01", password, CUSTOMER)
check("enabled again, the mail is there", not isinstance(client, str)
      and client.stat()[0] >= 6, client)
client.quit()
log = inst.log()
check("no password in the log", password not in log and other not in log)
check("the log names account and address of a login",
      "account=widget01" in log and "ip=" + CUSTOMER in log)

code = inst.stop()
check("SIGTERM stops everything", not inst.pids(), inst.pids())
inst.start()
check("a second start keeps the data", len(
    inst.mails("widget01", password)) >= 6)
inst.close()
done()
