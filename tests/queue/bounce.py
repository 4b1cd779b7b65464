#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued: what fails, is late, or is handed on."""
import email
import email.policy
import email.utils
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
from home import Fake, check, done, msg, wait_for

home = queue_home(etc={"delay-notice": "3\n", "lifetime": "12\n"})
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
home.start("queued")
c = Caller(home)
DATA = b"Received: by x\nFrom: a@far.example\nSubject: caf\xe9\n\nsecret body\n"


def parsed(d):
    return email.message_from_bytes(d[4], policy=email.policy.SMTP)


def status(m):
    """[{field: value}] of a report's recipients, the first is the message's."""
    part = [p for p in m.walk()
            if p.get_content_type() == "message/delivery-status"][0]
    return [dict(p.items()) for p in part.get_payload()]


# refused for good: one bounce for both, to the sender
remote.answer = lambda domain, rcpt: (
    ("N", "5.1.1", "550 5.1.1 no such user") if rcpt.startswith("no")
    else ("K", "2.0.0", "250 ok"))
op, ident = c.submit("me@near.test", ["no1@far.example", "no2@far.example",
                                      "yes@far.example"], DATA, grant="g",
                     origin="submitted")
check("accepted", op == "Y", ident)
check("one bounce", wait_for(lambda: len(local.to("me")) == 1), local.delivered)
check("spool empty", empty(home), files(home))
bounce = local.to("me")[0]
check("null sender", bounce[3] == "", bounce)
check("id of the bounce", bounce[0] == ident + "b0", bounce[0])
m = parsed(bounce)
check("report", m.get_content_type() == "multipart/report"
      and m.get_param("report-type") == "delivery-status", m["Content-Type"])
check("no defects", not m.defects and not any(p.defects for p in m.walk()),
      [p.defects for p in m.walk()])
check("From", m["From"] == "Mail Delivery System <postmaster@mx.example.test>",
      m["From"])
check("To", m["To"] == "me@near.test", m["To"])
check("Auto-Submitted", m["Auto-Submitted"] == "auto-replied")
check("Date, Message-ID", m["Date"] and ident in m["Message-ID"])
parts = [p.get_content_type() for p in m.walk()]
check("parts", parts[:2] == ["multipart/report", "text/plain"]
      and "message/delivery-status" in parts
      and parts[-1] == "text/rfc822-headers", parts)
st = status(m)
check("reporting MTA", st[0].get("Reporting-MTA") == "dns; mx.example.test", st)
check("both recipients", [s.get("Final-Recipient") for s in st[1:]]
      == ["rfc822; no1@far.example", "rfc822; no2@far.example"], st)
check("fields", st[1]["Action"] == "failed" and st[1]["Status"] == "5.1.1"
      and st[1]["Remote-MTA"] == "dns; mx.far.example"
      and st[1]["Diagnostic-Code"] == "smtp; 550 5.1.1 no such user", st[1])
check("header, not the body", b"Subject: caf\xe9" in bounce[4]
      and b"secret body" not in bounce[4])
check("text for people", b"no1@far.example" in bounce[4].split(
    b"delivery-status\n")[0])

check("its words", "mx.far.example[192.0.2.9] said:\n    550 5.1.1" in
      m.get_payload()[0].get_payload().replace("\r", ""))
remote.answer = lambda domain, rcpt: (
    "N", "5.6.3", "the server takes no 8-bit mail")
op, ident = c.submit("my@near.test", ["x@far.example"], DATA, grant="g",
                     origin="submitted")
check("ours are not said to be its", wait_for(lambda: local.to("my")) and status(
    parsed(local.to("my")[0]))[1]["Diagnostic-Code"]
    == "x-postern; the server takes no 8-bit mail" and "said:" not in
    parsed(local.to("my")[0]).get_payload()[0].get_payload(), local.to("my"))
remote.answer = lambda domain, rcpt: (
    ("N", "5.1.1", "550 5.1.1 no such user") if rcpt.startswith("no")
    else ("K", "2.0.0", "250 ok"))

# a null sender's failure: to the postmaster
op, ident = c.submit("", ["gone@near.test"])
check("null sender: accepted", op == "Y")
local.refuse["gone@near.test"] = ("5.1.1", "no such mailbox")
op, ident = c.submit("", ["gone@near.test"])
check("double bounce", wait_for(lambda: [d[0] for d in local.to("pm")]
                                == [ident + "b0"]), local.to("pm"))
check("its text", "A notification could not" in parsed(
    local.to("pm")[0])["Subject"])

# ... which fails too: held, and nothing more is sent
local.refuse["pm"] = ("5.2.0", "no")
op, ident = c.submit("", ["gone@near.test"])
held = [ident + "b0"]
check("held", wait_for(lambda: files(home) == held), files(home))
check("held: logged", home.wait_log("queued", "held id=" + held[0]))
out = home.run("queuectl", "list", "--json").stdout
item = json.loads(out)
check("held: listed", item["id"] == held[0] and item["state"] == "held"
      and item["sender"] == "" and item["recipients"] == ["pm"], out)
del local.refuse["pm"]
r = home.run("queuectl", "release", held[0])
check("released", r.returncode == 0 and "1 message" in r.stdout, r)
check("delivered", wait_for(lambda: len(local.to("pm")) == 2) and empty(home))

# aliases elsewhere, forwards, lists
local.expand = {
    "mary@near.test": ("remote", None, "", ["mary@else.example"]),
    "f@near.test": ("forward", None, "fbox", ["x@far.example", "fbox"]),
    "g@near.test": ("forward", None, "gbox", ["no3@far.example"]),
    "l@near.test": ("list", "own@near.test", "",
                    ["m1@far.example", "no4@far.example", "near@near.test",
                     "m1@far.example"])}
op, ident = c.submit("out@far.example", ["mary@near.test"], DATA)
check("alias: on its way", wait_for(lambda: ("mary@else.example" in [
    s[2] for s in remote.sent])), remote.sent)
check("alias: same id", [s[0] for s in remote.sent
                         if s[2] == "mary@else.example"] == [ident])
op, ident = c.submit("out@far.example", ["f@near.test"], DATA)
check("forward: copy kept", wait_for(lambda: len(local.to("fbox")) == 1))
check("forward: sent on", wait_for(lambda: "x@far.example" in [
    s[2] for s in remote.sent]))
before = len(local.delivered)
op, ident = c.submit("out@far.example", ["g@near.test"], DATA)
check("refused forward: back to its mailbox", wait_for(
    lambda: [d[0] for d in local.to("gbox")] == [ident]), local.delivered)
check("... the mail itself", local.to("gbox")[0][4] == DATA)
check("refused forward: nothing else", empty(home)
      and len(local.delivered) == before + 1)
check("never to the sender outside", not any(
    s[2] == "out@far.example" for s in remote.sent))
op, ident = c.submit("out@far.example", ["l@near.test"], DATA)
check("list: once each", wait_for(lambda: len(
    [s for s in remote.sent if s[0] == ident]) == 1), remote.sent)
check("list: sender is the owner", [s[1] for s in remote.sent
                                    if s[0] == ident] == ["own@near.test"])
check("list: bounce to the owner", wait_for(
    lambda: len(local.to("own")) == 1), local.delivered)
check("list: original recipient", status(parsed(local.to("own")[0]))[1].get(
    "Original-Recipient") == "rfc822; l@near.test")
check("list: the near one", len(local.to("near")) == 1)
local.expand["mary@near.test"] = ("remote", None, "", ["no5@far.example"])
op, ident = c.submit("out@far.example", ["mary@near.test"], DATA)
check("refused alias without mailbox: held",
      home.wait_log("queued", "held id=" + ident))
check("... and there", wait_for(lambda: files(home) == [ident]), files(home))
check("bounce it: nothing outside either", home.run(
    "queuectl", "drop", ident).returncode == 0 and empty(home))

# a loop of mail from outside may be its header's word alone
local.refuse["loop@near.test"] = ("5.4.6", "mail loop")
op, ident = c.submit("victim@far.example", ["loop@near.test"], DATA)
check("a loop from outside: held", home.wait_log(
    "queued", "held id=" + ident) and wait_for(
    lambda: files(home) == [ident]), files(home))
check("... no bounce", not [j for j in remote.jobs
                            if "victim@far.example" in j[2]], remote.jobs)
home.run("queuectl", "drop", ident)
op, ident = c.submit("me@near.test", ["loop@near.test"], DATA,
                     origin="submitted")
check("a loop of our own sender's: bounced", op == "Y" and wait_for(
    lambda: ident + "b0" in [d[0] for d in local.to("me")]) and empty(home),
    files(home))

# several targets, each on its own; the mailbox keeps what all of them refuse
for origin in ("outside", "submitted"):
    name = "h" + origin
    local.expand[name + "@near.test"] = ("forward", None, name + "box", [
        "no6@far.example", name + "@far.example", "no7@far.example"])
    op, ident = c.submit("s@near.test", [name + "@near.test"], DATA,
                         origin=origin)
    check(origin + ": the third one went", wait_for(lambda: [
        s[0] for s in remote.sent if s[2] == name + "@far.example"] == [ident])
        and wait_for(lambda: empty(home)), remote.sent)
    check(origin + ": two refused, and the mailbox does not fill",
          not local.to(name + "box"), local.delivered)
    check(origin + ": nobody hears of it", not local.to("s"), local.delivered)
    local.expand[name + "@near.test"] = ("forward", None, name + "box", [
        "no6@far.example", "no7@far.example"])
    op, ident = c.submit("s@near.test", [name + "@near.test"], DATA,
                         origin=origin)
    check(origin + ": all refused, one copy kept", wait_for(
        lambda: len(local.to(name + "box")) == 1)
        and wait_for(lambda: empty(home))
        and len(local.to(name + "box")) == 1, local.delivered)

# a forward to a forward: the one whose targets all refuse keeps the mail
local.expand["o@near.test"] = ("forward", None, "obox", [
    "no6@far.example", "p@near.test"])
local.expand["p@near.test"] = ("forward", None, "pbox", ["no7@far.example"])
op, ident = c.submit("out@far.example", ["o@near.test"], DATA)
check("the inner forward keeps it, the outer has it there", wait_for(
    lambda: len(local.to("pbox")) == 1) and wait_for(lambda: empty(home))
    and not local.to("obox"), local.delivered)
local.refuse["ibox"] = ("5.1.1", "gone")
local.expand["i@near.test"] = ("forward", None, "ibox", ["no8@far.example"])
op, ident = c.submit("out@far.example", ["i@near.test"], DATA)
check("no mailbox any more either: held", home.wait_log(
    "queued", "held id=" + ident), home.log("queued")[-500:])
home.run("queuectl", "drop", ident)

# senders and lines in front
local.expand.update({
    "s@srs.test": ("forward", None, "sbox", ["s1@far.example", "sbox"],
                   "SRS0=x@near.test", "Delivered-To: s@srs.test\n", ""),
    "v@near.test": ("verp", "v-bounces@near.test", "", [
        "one@far.example", "two@far.example", "o" * 60 + "@far.example"],
        "", "List-Id: <v.near.test>\n", ""),
    "w@near.test": ("list", "w-bounces@near.test", "", [
        "one@far.example", "t.w+o@far.example"], "",
        "List-Unsubscribe: <https://x/?a={address}&t={token}&b={odd>\n",
        "k" * 32)})
local.expand["s@near.test"] = local.expand.pop("s@srs.test")
remote.sent.clear()
op, ident = c.submit("out@far.example", ["s@near.test"], DATA)
check("forward: another sender where it leaves", wait_for(
    lambda: len(remote.sent) == 1) and remote.sent[0][1] == "SRS0=x@near.test",
    remote.sent)
check("... and the line in front", remote.sent[0][3] ==
      b"Delivered-To: s@srs.test\n" + DATA, remote.sent)
check("... the own copy keeps its sender", wait_for(
    lambda: len(local.to("sbox")) == 1) and local.to("sbox")[0][3:]
    == ("out@far.example", b"Delivered-To: s@srs.test\n" + DATA),
    local.to("sbox"))
remote.sent.clear()
op, ident = c.submit("out@far.example", ["v@near.test"], DATA)
check("VERP", wait_for(lambda: len(remote.sent) == 3) and sorted(
    s[1] for s in remote.sent) == [
        "v-bounces+one=far.example@near.test",
        "v-bounces+two=far.example@near.test", "v-bounces@near.test"],
    remote.sent)
remote.sent.clear()
op, ident = c.submit("out@far.example", ["w@near.test"], DATA)
check("one-click: everybody's own", wait_for(lambda: len(remote.sent) == 2)
      and len({s[3] for s in remote.sent}) == 2, remote.sent)
check("... address and token", any(re.match(
    rb"List-Unsubscribe: <https://x/\?a=t.w%2Bo%40far.example&t=[a-z2-7]{16}"
    rb"&b={odd>\nReceived", s[3]) for s in remote.sent), remote.sent)
check("empty again", empty(home), files(home))

# a list's command is done without a mailbox; an automatic answer is a message
# of its own, made once, and never bounces
local.command["c@near.test"] = None
op, ident = c.submit("out@far.example", ["c@near.test"], DATA)
check("taken", op == "Y" and empty(home), files(home))
for rcpt, to in (("d@near.test", "who@far.example"),
                 ("e@near.test", "no9@far.example")):
    local.command[rcpt] = to
    remote.sent.clear()
    op, ident = c.submit("out@far.example", [rcpt], DATA)
    check("answered: taken", op == "Y" and empty(home), files(home))
check("the answer went out", wait_for(
    lambda: "origin=auto" in home.log("queued")))
check("refused, it is forgotten", home.wait_log(
    "queued", 'to=no9@far.example reason="an automatic answer"'),
    home.log("queued")[-800:])
remote.sent.clear()
local.answers["r@near.test"] = "who@far.example"
op, ident = c.submit("out@far.example", ["r@near.test"], DATA)
check("mail, and a reply to it", op == "Y" and wait_for(
    lambda: len(remote.sent) == 1) and len(local.to("r")) == 1, remote.sent)
check("from the null sender, submitted here", remote.sent[0][1:] == (
    "", "who@far.example", b"Auto-Submitted: auto-replied\n\nx\n") and
    remote.jobs[-1][3] == "s", remote.jobs[-1])
check("its id is of the message's", remote.sent[0][0] == ident + "r0",
      remote.sent)
check("empty after answers", empty(home), files(home))

# a loop of forwards ends
local.expand = {"x@near.test": ("forward", None, "xbox", ["y@near.test"]),
                "y@near.test": ("forward", None, "ybox", ["x@near.test"])}
op, ident = c.submit("out@far.example", ["x@near.test"], DATA)
check("each other's forward: in a mailbox", wait_for(
    lambda: len(local.to("xbox")) == 1) and empty(home), local.delivered)
local.expand = {"a%d@near.test" % i: ("forward", None, "", [
    "a%d@near.test" % (i + 1)]) for i in range(40)}
op, ident = c.submit("me@near.test", ["a0@near.test"], DATA,
                     origin="submitted")
check("too deep: bounced", wait_for(lambda: ident + "b" in "".join(
    d[0] for d in local.to("me"))), home.log("queued")[-2000:])
check("too deep: 5.4.6", status(parsed(local.to("me")[-1]))[1]["Status"]
      == "5.4.6")
check("too deep: spool empty", empty(home), files(home))

# late: a notice, then the end of its lifetime; own faults do not count
remote.answer = lambda domain, rcpt: ("T", "4.2.0", "451 later")
n = len(local.to("me"))
op, ident = c.submit("me@near.test", ["late@far.example"], DATA, grant="g",
                     origin="submitted")
local.fault = "no space"
robots = [c.submit("me@near.test", ["robot%d@far.example" % i], field + DATA,
                   grant="g", origin="submitted")[1] for i, field in enumerate((
    b"List-Id: <x>\n", b"Precedence: bulk\n",
    b"Auto-Submitted: auto-generated\n"))]
op, fault = c.submit("me@near.test", ["fault@near.test"], DATA)
check("fault: taken", op == "Y")
check("late: listed", wait_for(lambda: "451 later" in home.run(
    "queuectl", "show", ident).stdout), home.run("queuectl", "show",
                                                 ident).stdout)
local.fault = None
remote.jobs.clear()
check("fault: delivered at last", wait_for(
    lambda: len(local.to("fault")) == 1, 10))
check("late: notice", wait_for(lambda: len(local.to("me")) == n + 1, 20),
      home.log("queued")[-1000:])
m = parsed(local.to("me")[-1])
until = email.utils.parsedate_to_datetime(
    status(m)[1].get("Will-Retry-Until", "")).timestamp()
check("late: until when", time.time() < until < time.time() + 12
      and "given up on" in m.get_payload()[0].get_payload(), status(m)[1])
check("late: fields", status(m)[1]["Diagnostic-Code"] == "smtp; 451 later"
      and status(m)[1]["Status"] == "4.2.0"
      and status(m)[1]["Last-Attempt-Date"]
      and not any(p.defects for p in m.walk()), status(m)[1])
check("late: delayed", status(m)[1]["Action"] == "delayed"
      and m["Subject"].startswith("Delayed"), m["Subject"])
check("late: tried again", len(remote.jobs) >= 1)
check("late: no notice for what a program wrote", wait_for(lambda: all(
    x["attempts"] > 2 for x in map(json.loads, home.run(
        "queuectl", "list", "--json", *robots).stdout.splitlines())))
    and len(local.to("me")) == n + 1, local.to("me"))
home.run("queuectl", "drop", *robots)
for _ in range(40):
    home.run("queuectl", "retry")
    if wait_for(lambda: len(local.to("me")) == n + 2, 0.5):
        break
m = parsed(local.to("me")[-1])
check("lifetime: bounced", status(m)[1]["Action"] == "failed"
      and status(m)[1]["Status"] == "4.4.7", status(m))
check("lifetime: our words, the last answer told", status(m)[1][
    "Diagnostic-Code"].startswith("x-postern; not delivered") and "451 later" in
      status(m)[1]["Diagnostic-Code"] and " said:" not in
      m.get_payload()[0].get_payload(), status(m)[1])
check("spool empty at the end", empty(home), files(home))
done()
