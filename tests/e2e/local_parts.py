#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Local parts in capitals: found here in any case, and passed on, shown and
returned to as they were given."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance
from smtpsink import Sink

sink = Sink()
inst = Instance(SMARTHOST="127.0.0.1:%d" % sink.port)
demo = inst.demo_password()
passwords = {name: inst.tool("userdb", "add", name).stdout.strip()
             for name in ("fred", "keep")}
inst.write("etc/nets", "127.0.0.2/32 allow\n")
inst.append("etc/aliases", "".join(line + "@Example.Test: " + to + "\n" for line, to in (
    ("Fred", "Fred"), ("keep", "keep"), ("mary", "Mary.ABCdef@ELSEWHERE.test"),
    ("way", "FRED+Tag@EXAMPLE.test"))))
inst.append("etc/forwards", "keep: keep, Far.Away@Elsewhere.test, FRED@example.test\n")
inst.append("etc/lists", "Staff@example.test: owner=Fred@example.test, "
            "post=members, file=staff\n")
inst.write("etc/lists.d/staff", "Ann.B@far.test\nFRED@example.test\n")
made = inst.make_etc()
check("the tables are made", made.returncode == 0, made.stdout + made.stderr)


def send(sender, to, source="127.0.0.9", head="Subject: x\r\n"):
    client = inst.smtp(source=source)
    try:
        return client.sendmail(sender, to, head + "\r\nx\r\n")
    finally:
        client.quit()


def sent(*rcpts):
    """The one mail that went to these."""
    wait_for(lambda: any(set(rcpts) <= set(m.rcpts) for m in sink.mails), 20)
    got = [m for m in sink.mails if set(rcpts) <= set(m.rcpts)]
    check("one to " + " ".join(rcpts), len(got) == 1,
          [m.rcpts for m in sink.mails])
    return got[0]


def letters(user, n):
    """What came since the last look."""
    password = passwords.get(user, demo)
    inst.wait_mail(user, password, n)
    got = inst.mails(user, password, delete=True)
    check("%s has %d" % (user, n), len(got) == n, got)
    return [m.decode() for m in got]


# out, by the smarthost
SRS = "SRS0=AbCd=Ef=Q.Test=User@Fwd.Test"
send(SRS, ["Bob.SMITH@Far.Example"], "127.0.0.2")
mail = sent("Bob.SMITH@far.example")
check("the sender as it was given", mail.sender == SRS[:-8] + "fwd.test",
      mail.sender)
send("A.b@far.test", ["Two@far.example", "two@far.example", "Two@Far.example"],
     "127.0.0.2")
mail = sent("Two@far.example")
check("elsewhere case may tell two apart", sorted(mail.rcpts) == [
    "Two@far.example", "two@far.example"], mail.rcpts)

# in
send("Some.One@Far.Test", ["FRED+Shop@example.test", "fred+shop@example.test"])
mail, = letters("fred", 1)
check("Return-Path and Delivered-To as given", mail.startswith(
    "Return-Path: <Some.One@far.test>\n"
    "Delivered-To: FRED+Shop@example.test\n"), mail)
send("Some.One@Far.Test", ["WAY@example.test"])
mail, = letters("fred", 1)
check("an alias of an alias", "\nDelivered-To: WAY@example.test\n" in mail, mail)
send("Some.One@Far.Test", ["Mary@example.test"])
mail = sent("Mary.ABCdef@elsewhere.test")
check("... under an SRS sender, from which the case can be read",
      mail.sender.startswith("SRS0=")
      and mail.sender.endswith("=far.test=Some.One@example.test"), mail.sender)
back = mail.sender
send("", [back])
sent("Some.One@far.test")
send("", [back.upper()])
sent("SOME.ONE@far.test")
sink.mails.clear()
send("", ['"%s"@example.test' % back.rsplit("@", 1)[0]])
sent("Some.One@far.test")  # quotes that nobody needs

# forwards and lists
send("Some.One@Far.Test", ["KEEP@example.test"])
sent("Far.Away@elsewhere.test")
letters("keep", 1)
letters("fred", 1)
send("Some.One@Far.Test", ["keep@example.test", "fred@example.test"])
letters("keep", 1)
letters("fred", 1)  # a recipient, and a target in capitals
send("ANN.b@far.test", ["STAFF@example.test"])
mail = sent("Ann.B@far.test")
check("a list's sender", mail.sender == "staff-bounces@example.test",
      mail.sender)
mail, = letters("fred", 1)
check("a list's member of ours", "\nDelivered-To: FRED@example.test\n" in mail,
      mail)
for loop in ("Keep@EXAMPLE.test", "keep@example.test"):
    count = len(sink.mails)
    send("Some.One@Far.Test", ["keEP@example.test"],
         head="Delivered-To: %s\r\n" % loop)
    letters("keep", 1)
    check("a loop of forwards ends in the mailbox: " + loop,
          len(sink.mails) == count, sink.mails[-1].rcpts)

# sendmail
inst.tool("sendmail", "-f", "Root.X@Here.test", "Bob.ABCdef@far.example",
          "Demo@example.test", "DEMO@example.test", "demo@example.test",
          input="Subject: cron\n\nx\n")
mail = sent("Bob.ABCdef@far.example")
check("sendmail: the sender, too", mail.sender == "Root.X@here.test",
      mail.sender)
letters("demo", 1)
inst.tool("sendmail", "Demo@example.test", "DEMO@example.test",
          input="Subject: cron\n\nx\n")
letters("demo", 1)

# a refusal far away
sink.replies["RCPT"] = lambda arg: "550 5.1.1 nobody"
send("Fred@example.test", ["Nobody.Is@far.example"], "127.0.0.2")
mail, = letters("fred", 1)
check("a bounce names it as given", "Final-Recipient: rfc822; "
      "Nobody.Is@far.example\n" in mail and "\nTo: <Fred@example.test>\n"
      in mail, mail)
listed = inst.tool("queuectl", "list", "--sender", "fred@EXAMPLE.test")
check("queuectl takes it", listed.returncode == 0, listed.stderr)

# the plain postmaster, here and where our own name is no domain of ours
send("a@far.test", ["Postmaster"])
letters("demo", 1)
inst.write("etc/me", "mx.hoster.test\n")
time.sleep(1.1)  # settings are looked at once a second
send("a@far.test", ["postmaster", "POSTMASTER"])
mail, = letters("demo", 1)
check("whose mail it is", mail.startswith("Return-Path: <a@far.test>\n"), mail)
done()
