#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a customer's addresses do by themselves, in a whole instance: forwards,
lists, autoresponders, exceptions of a catch-all.  The world outside is a sink."""
import email
import email.message
import email.policy
import email.utils
import json
import os
import re
import signal
import smtplib
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance
from smtpsink import Sink

INTERNET = "127.0.0.9"

sink = Sink()
sink.replies["RCPT"] = lambda arg: (
    "550 5.1.1 no such user" if "nobody" in arg else None)
inst = Instance(SMARTHOST="127.0.0.1:%d" % sink.port, DOMAIN="widget.test")
inst.write("etc/retry", "1\n")
passwords = {}


def box(name):
    passwords[name] = inst.tool("userdb", "add", name).stdout.strip()


def make():
    made = inst.make_etc()
    check("make -C etc", made.returncode == 0, made.stdout + made.stderr)


def send(sender, to, header="", subject="hello", source=INTERNET, body="body"):
    """None, or (code, text) of the refusal."""
    to = [to] if isinstance(to, str) else to
    if "To:" not in header:
        header = "To: <%s>\r\n" % to[0] + header
    data = ("From: <%s>\r\nSubject: %s\r\nMessage-ID: <%f@client.test>\r\n"
            "DKIM-Signature: v=1; h=from:subject; bh=abc=;\r\n\tb=def=\r\n"
            "%s\r\n%s\r\n" % (sender or "x@y.test", subject, time.time(),
                              header, body))
    client = inst.smtp(source=source)
    try:
        client.ehlo()
        client.sendmail(sender, to, data)
    except smtplib.SMTPRecipientsRefused as e:
        code, why = list(e.recipients.values())[0]
        return code, why.decode()
    except smtplib.SMTPResponseException as e:
        return e.smtp_code, e.smtp_error.decode()
    finally:
        try:
            client.quit()
        except smtplib.SMTPException:
            pass


def got(rcpt, count=1, timeout=15):
    """The mails of the sink for rcpt, once they are that many."""
    wait_for(lambda: len(sink.to(rcpt)) >= count, timeout)
    return sink.to(rcpt)


def quiet():
    """Everything that was to go out is out."""
    def empty():
        listed = inst.tool("queuectl", "list", ok=None)
        return listed.returncode == 0 and not listed.stdout.strip()
    return wait_for(empty, 40)


def mails(name, count):
    inst.wait_mail(name, passwords[name], count)
    return inst.mails(name, passwords[name])


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def kept(data):
    """From the sender's first line on: what nobody may change."""
    return data[data.index(b"From: <"):]


for name in ("fwd01", "fwd02", "fwd03", "plain01", "own01", "away01",
             "catch01"):
    box(name)
inst.append("etc/domains", "catch.test\nold.test = widget.test\n")
inst.append("etc/aliases", """
fred@widget.test: fwd01
kate@widget.test: fwd02
dead@widget.test: fwd03
plain@widget.test: plain01
owner@widget.test: own01
mary@widget.test: mary@elsewhere.test
gone@widget.test: nobody@elsewhere.test
noreply@widget.test: :refuse "Nobody reads this address"
anna@widget.test: away01
anna.b@widget.test: away01
join@widget.test: staff-subscribe@widget.test
@widget.test: catch01
@catch.test: away01
""")
inst.append("etc/forwards", """
fwd01: keep one@far.test, nobody1@far.test, two@far.test
fwd02: plain@widget.test, kate@far.test
fwd03: nobody2@far.test, nobody3@far.test
""")
make()

# exceptions of a catch-all -----------------------------------------------------

check("the exception: refused with its words", send(
    "bob@far.test", "noreply@widget.test") == (
        550, "5.7.1 Nobody reads this address"))
check("with a tag too", (send("bob@far.test", "noreply+x@widget.test")
                         or [0])[0] == 550)
check("the domain's other name too", (send("bob@far.test", "noreply@old.test")
                                      or [0])[0] == 550)
check("all else is caught", send("bob@far.test", "else@widget.test") is None
      and len(mails("catch01", 1)) == 1)

# forwards ------------------------------------------------------------------------

check("forward: taken", send("bob@far.test", "fred@widget.test") is None)
one, two = got("one@far.test")[0], got("two@far.test")[0]
for mail in one, two:
    check("leaves under our address", re.fullmatch(
        r"SRS0=[a-z2-7]{8}=[a-z2-7]{2}=far\.test=bob@widget\.test",
        mail.sender), mail.sender)
    check("header and body untouched", kept(mail.data).endswith(
        b"DKIM-Signature: v=1; h=from:subject; bh=abc=;\n\tb=def=\n"
        b"To: <fred@widget.test>\n\nbody\n")
        and mail.data.startswith(b"Delivered-To: fred@widget.test\n"),
        mail.data)
check("keep: the own copy", len(mails("fwd01", 1)) == 1)
own = inst.mails("fwd01", passwords["fwd01"])[0]
check("with its sender, and one Delivered-To", own.startswith(
    b"Return-Path: <bob@far.test>\nDelivered-To: fred@widget.test\nReceived")
    and kept(own) == kept(one.data), own)
check("the refused one is over", quiet(), inst.tool("queuectl", "list").stdout)
check("and the sender hears nothing", not sink.to("bob@far.test"))
check("kept once", len(inst.mails("fwd01", passwords["fwd01"])) == 1)
send("bob@far.test", "kate@widget.test")
check("without keep: local and remote", got("kate@far.test") and len(
    mails("plain01", 1)) == 1)
check("its local target keeps the sender", inst.mails(
    "plain01", passwords["plain01"])[0].startswith(
        b"Return-Path: <bob@far.test>\nDelivered-To: plain@widget.test\n"
        b"Delivered-To: kate@widget.test\n"))
check("no own copy", not inst.mails("fwd02", passwords["fwd02"]))
send("bob@far.test", "dead@widget.test")
check("all targets refuse: it stays here", len(mails("fwd03", 1)) == 1
      and quiet() and not sink.to("bob@far.test"))
check("... once", len(inst.mails("fwd03", passwords["fwd03"])) == 1)

# the other host sends it back: into the mailbox, and not around again
back = sink.to("kate@far.test")[0]
client = inst.smtp(source=INTERNET)
client.sendmail(back.sender, ["kate@widget.test"],
                back.data.replace(b"\n", b"\r\n"))
client.quit()
check("a loop between hosts ends in the mailbox", len(mails("fwd02", 1)) == 1
      and quiet() and len(sink.to("kate@far.test")) == 1,
      inst.log()[-1000:])

# a bounce to the SRS address finds its way; nobody else uses it
check("a bounce is taken", send("", back.sender) is None)
check("and goes to the first sender", got("bob@far.test") and
      sink.to("bob@far.test")[0].sender == "")
srs = back.sender
for what, sender, to, code in [
        ("mail that is no bounce", "x@far.test", srs, "550 5.7.1"),
        ("another address in it", "", srs.replace("=bob", "=eve"),
         "550 5.1.1"),
        ("another domain", "", srs.replace("far.test", "bar.test"),
         "550 5.1.1"),
        ("an old day", "", re.sub(r"=(..)=far", "=aa=far", srs),
         "550 5.1.1")]:
    refused = send(sender, to)
    check("refused: " + what, refused and "%d %s" % refused[:2] >= code
          and refused[1].startswith(code[4:]), refused)
check("mary: the alias elsewhere", send("bob@far.test", "mary@widget.test")
      is None and got("mary@elsewhere.test")[0].sender.startswith("SRS0="))
send("bob@far.test", "gone@widget.test")
check("an alias elsewhere that is refused: held, for the postmaster", wait_for(
    lambda: "held" in inst.tool("queuectl", "list").stdout),
    inst.tool("queuectl", "list").stdout)
ident = inst.tool("queuectl", "list").stdout.split()[0]
inst.tool("queuectl", "drop", ident)
check("nothing to the sender", len(sink.to("bob@far.test")) == 1)

# lists ---------------------------------------------------------------------------

inst.append("etc/lists", """
staff@widget.test: owner=owner@widget.test, post=members, file=staff
news@widget.test: owner=owner@widget.test, post=owner, verp, file=news, url=https://l.test/u?l=news&a={address}&t={token}
shut@widget.test: owner=owner@widget.test, post=anyone, closed, file=shut
""")
os.makedirs(inst.path("etc/lists.d"), exist_ok=True)
inst.write("etc/lists.d/staff", "ann@far.test\nplain@widget.test\n")
inst.write("etc/lists.d/news", "r1@far.test\nr2@near.example\n")
inst.write("etc/lists.d/shut", "ann@far.test\n")
make()
sink.mails.clear()
before = len(inst.mails("plain01", passwords["plain01"]))

check("a stranger may not post", send("eve@far.test", "staff@widget.test") == (
    550, "5.7.2 you may not post to this list; write to its owner"))
check("a bounce may not", (send("", "staff@widget.test") or [0])[0] == 550)
check("a member may", send("ann@far.test", "staff@widget.test") is None)
post = got("ann@far.test")[0]
m = parse(post.data)
check("to the members here", len(mails("plain01", before + 1)) == before + 1)
check("sender: the list's bounces", post.sender == "staff-bounces@widget.test")
check("its header", (m["List-Id"], m["List-Post"], m["List-Unsubscribe"],
                     m["Precedence"], m["List-Owner"]) == (
    "<staff.widget.test>", "<mailto:staff@widget.test>",
    "<mailto:staff-unsubscribe@widget.test>", "list",
    "<mailto:staff-owner@widget.test>"), m.items())
check("no one-click without a URL", m["List-Unsubscribe-Post"] is None)
check("the rest untouched", kept(post.data).endswith(
    b"b=def=\nTo: <staff@widget.test>\n\nbody\n"), post.data)
check("BATV is still the member", send(
    "prvs=0123456789=ann@far.test", "staff@widget.test") is None
    and len(got("ann@far.test", 2)) == 2)
check("in capitals too", send("Ann@FAR.test", "Staff@Widget.TEST") is None
      and len(got("ann@far.test", 3)) == 3)
send("ann@far.test", "staff@widget.test", "List-Id: x <staff.widget.test>\r\n")
check("a list's own mail does not go around", wait_for(
    lambda: "5.4.6" in inst.log()))
held = json.loads(inst.tool("queuectl", "list", "--json").stdout)
check("... and is held: who sent it may be nobody who ever wrote",
      (held["sender"], held["state"]) == ("ann@far.test", "held"), held)
inst.tool("queuectl", "drop", held["id"])
quiet()
sink.mails.clear()

# a list among the members of a list: who may write to the one writes to both
inst.append("etc/lists", "both@widget.test: owner=owner@widget.test, "
            "post=anyone, verp, file=both\n")
inst.write("etc/lists.d/both", "staff@widget.test\nboth1@far.test\n")
make()
before = len(inst.mails("plain01", passwords["plain01"]))
check("a stranger writes to the outer list", send(
    "eve@far.test", "both@widget.test", subject="both") is None)
check("the inner list's members have it", len(mails("plain01", before + 1))
      == before + 1 and got("ann@far.test") and got("both1@far.test"),
      inst.log()[-1500:])
post = sink.to("ann@far.test")[0] if sink.to("ann@far.test") else None
check("as that list's mail", post and [
    v for k, v in parse(post.data).items() if k in ("List-Id", "Precedence")]
    == ["<staff.widget.test>", "list"] and post.sender ==
    "staff-bounces@widget.test", post and post.data)
check("eve herself may not, whoever she says she is", (send(
    "both-bounces+staff=widget.test@widget.test", "staff@widget.test",
    "List-Id: <both.widget.test>\r\n") or [0])[0] == 550)
quiet()
sink.mails.clear()

# joining
check("subscribe: taken", send("joe@far.test", "join@widget.test") is None)
ask = got("joe@far.test")[0]
m = parse(ask.data)
token = re.search(r"staff-confirm\+s[a-z2-7]{18}@widget\.test", m["From"])
check("asked back", token and ask.sender == "" and
      m["Auto-Submitted"] == "auto-replied" and m["In-Reply-To"]
      and token.group() in m.get_content(), ask.data)
check("asked twice: told once", send(
    "joe@far.test", "staff-subscribe@widget.test") is None and quiet()
    and len(sink.to("joe@far.test")) == 1)
check("not yet a member", (send("joe@far.test", "staff@widget.test")
                           or [0])[0] == 550)
send("eve@far.test", token.group())
check("another one's confirmation is none", "Nothing was confirmed" in
      parse(got("eve@far.test")[0].data)["Subject"])
check("confirm", send("joe@far.test", token.group()) is None)
check("welcome", len(got("joe@far.test", 2)) == 2 and "Welcome" in
      parse(sink.to("joe@far.test")[1].data)["Subject"])
with open(inst.path("mail/.lists/staff")) as f:
    check("in mail/.lists", f.read() == "joe@far.test\n")
check("posts", send("joe@far.test", "staff@widget.test") is None
      and len(got("joe@far.test", 3)) == 3)
check("automatic mail is not obeyed", send(
    "bot@far.test", "staff-subscribe@widget.test",
    "Auto-Submitted: auto-replied\r\n") is None and quiet()
    and not sink.to("bot@far.test"))
check("a closed list says so", send(
    "joe@far.test", "shut-subscribe@widget.test") is None and "owner" in
    parse(got("joe@far.test", 4)[3].data)["Subject"])

n = len(sink.to("-ann@far.test"))
check("an address that would read as another's leaving asks the owner", send(
    "-ann@far.test", "staff-subscribe@widget.test") is None and "owner" in
    parse(got("-ann@far.test", n + 1)[n].data)["Subject"])

# leaving: one from etc/lists.d
send("ann@far.test", "staff-unsubscribe@widget.test")
m = parse(got("ann@far.test", 2)[1].data)  # the first is joe's post
check("leaving is asked back", re.search(r"staff-confirm\+u", m["From"]),
      m.items())
send("ann@far.test", re.search(r"[\w+-]+@widget.test", m["From"]).group())
check("good bye", "Good bye" in parse(
    got("ann@far.test", 3)[2].data)["Subject"])
n = len(sink.to("ann@far.test"))
send("joe@far.test", "staff@widget.test", subject="last")
check("gone", len(got("joe@far.test", 5)) == 5 and quiet()
      and len(sink.to("ann@far.test")) == n)
with open(inst.path("mail/.lists/staff")) as f:
    check("etc/ is left alone", f.read() == "joe@far.test\n-ann@far.test\n")

# leaving as people do: a customer reads the question by POP3 and presses "reply";
# joe, who came by mail, does so elsewhere


def reply(mail, to_send, sender):
    """What a mail program makes of "reply", to the address it takes for that."""
    m = parse(mail)
    to = email.utils.parseaddr(m["Reply-To"] or m["From"])[1]
    r = email.message.EmailMessage(policy=email.policy.SMTP)
    r["From"], r["To"], r["Subject"] = sender, to, "Re: " + m["Subject"]
    r["In-Reply-To"] = m["Message-ID"]
    r["References"] = " ".join(filter(None, (m["References"], m["Message-ID"])))
    r["Message-ID"] = email.utils.make_msgid(domain="client.test")
    r["Date"] = email.utils.formatdate()
    r.set_content("Yes, please.\n\n" + "".join(
        "> " + line + "\n" for line in m.get_content().splitlines()))
    to_send(sender, [to], r.as_bytes())


def submit(sender, to, data):
    client = inst.smtp("SUBMISSION", "127.0.0.6")
    client.ehlo()
    client.login("plain01", passwords["plain01"])
    client.sendmail(sender, to, data)
    client.quit()


def outside(sender, to, data):
    client = inst.smtp(source=INTERNET)
    client.sendmail(sender, to, data)
    client.quit()


def asked(mail):
    return b"Please confirm: leave" in mail


def letters(name, what, count=1):
    """The mailbox's mails of that kind, once they are so many."""
    def find():
        return [m for m in inst.mails(name, passwords[name]) if what in m]
    wait_for(lambda: len(find()) >= count)
    return find()


submit("plain@widget.test", ["staff-unsubscribe@widget.test"],
       b"From: <plain@widget.test>\r\nTo: <staff-unsubscribe@widget.test>\r\n"
       b"Subject: unsubscribe\r\n\r\n")
question = letters("plain01", b"Please confirm: leave")
check("a customer who wants to leave is asked", len(question) == 1)
reply(question[0], submit, "plain@widget.test")
check("answers, and is told good bye", len(letters("plain01", b"Good bye")) == 1)
n = len(inst.mails("plain01", passwords["plain01"]))
send("joe@far.test", "staff-unsubscribe@widget.test")
check("joe is asked", wait_for(lambda: [
    m for m in sink.to("joe@far.test") if asked(m.data)]))
reply([m for m in sink.to("joe@far.test") if asked(m.data)][0].data, outside,
      "joe@far.test")
check("answers, and is told", wait_for(lambda: [
    m for m in sink.to("joe@far.test") if b"Good bye" in m.data]))
with open(inst.path("mail/.lists/staff")) as f:
    check("nobody is left", sorted(f.read().split()) == [
        "-ann@far.test", "-plain@widget.test"])
before = len(sink.to("joe@far.test"))
check("the owner still writes, to nobody", send(
    "owner@widget.test", "staff@widget.test", subject="anybody there") is None
    and quiet() and len(sink.to("joe@far.test")) == before
    and len(inst.mails("plain01", passwords["plain01"])) == n)
check("who left may not write", (send("joe@far.test", "staff@widget.test")
                                 or [0])[0] == 550)
submit("plain@widget.test", ["join@widget.test"],
       b"From: <plain@widget.test>\r\nTo: <join@widget.test>\r\n\r\n")
reply(letters("plain01", b"Please confirm: join")[0], submit, "plain@widget.test")
check("... until he joins again", len(letters("plain01", b"Welcome")) == 1)
before = len(sink.to("joe@far.test"))
send("joe@far.test", "join@widget.test")
reply(got("joe@far.test", before + 1)[-1].data, outside, "joe@far.test")
check("who left comes back, within the hour", b"Welcome" in got(
    "joe@far.test", before + 2)[-1].data)

# bounces and the owner
send("", "staff-bounces@widget.test", subject="undeliverable")
send("eve@far.test", "staff-owner@widget.test", subject="a question")
check("bounces and questions reach the owner", len(mails("own01", 2)) == 2)
send("ann@far.test", "staff@widget.test")

# VERP and one-click
sink.mails.clear()
check("only the owner announces", (send("r1@far.test", "news@widget.test")
                                   or [0])[0] == 550)
client = inst.smtp("SUBMISSION", "127.0.0.6")
client.ehlo()
client.login("own01", passwords["own01"])
client.sendmail("owner@widget.test", ["news@widget.test"],
                "From: <owner@widget.test>\r\nTo: <news@widget.test>\r\n\r\nx\r\n")
client.quit()
r1, r2 = got("r1@far.test")[0], got("r2@near.example")[0]
check("VERP", (r1.sender, r2.sender) == (
    "news-bounces+r1=far.test@widget.test",
    "news-bounces+r2=near.example@widget.test"), (r1.sender, r2.sender))
m = parse(r1.data)
url = re.match(r"<https://l\.test/u\?l=news&a=r1%40far\.test&t=([a-z2-7]{16})>,"
               r"\s*<mailto:news-unsubscribe@widget\.test>$",
               m["List-Unsubscribe"])
check("one-click", url and m["List-Unsubscribe-Post"]
      == "List-Unsubscribe=One-Click" and m["List-Post"] == "NO", m.items())
n = len(inst.mails("own01", passwords["own01"]))
check("a bounce of one", send("", r1.sender) is None
      and any(b"Delivered-To: " + r1.sender.encode() in mail
              for mail in mails("own01", n + 1)))
# what the page at the URL does
send("r1@far.test", "news-confirm+u%s@widget.test" % url.group(1))
check("one click, gone", "Good bye" in parse(
    got("r1@far.test", 2)[1].data)["Subject"])
with open(inst.path("mail/.lists/news")) as f:
    check("noted", f.read() == "-r1@far.test\n")

# autoresponders --------------------------------------------------------------------

os.makedirs(inst.path("etc/replies"), exist_ok=True)
inst.write("etc/replies/away01",
           "Subject: Ich bin im Urlaub: zurück am Montag\nDays: 2\n\n"
           "Grüße,\nAnna\n")
make()
sink.mails.clear()
check("to a mailbox with a reply", send(
    "bob@far.test", "anna.b@widget.test", subject="question") is None)
reply = got("bob@far.test")[0] if got("bob@far.test") else None
check("answered", reply, inst.log()[-1500:])
m = parse(reply.data)
check("from the address it was sent to, from the null sender",
      reply.sender == "" and m["From"] == "anna.b@widget.test"
      and m["To"] == "bob@far.test", m.items())
check("its subject", m["Subject"] ==
      "Ich bin im Urlaub: zurück am Montag", m["Subject"])
check("marked", m["Auto-Submitted"] == "auto-replied")
check("in its thread", m["In-Reply-To"].endswith("@client.test>")
      and m["References"] == m["In-Reply-To"])
check("its text", m.get_content() == "Grüße,\nAnna\n", m.get_content())
check("the mail is there", len(mails("away01", 1)) == 1)
count = 1


def silent(what, *args, **kw):
    global count
    before = len(sink.mails)
    check(what + ": taken", send(*args, **kw) is None)
    count += 1
    check(what + ": no answer", len(mails("away01", count)) == count
          and quiet() and len(sink.mails) == before,
          [m.data for m in sink.mails[before:]])


silent("once in two days", "bob@far.test", "anna@widget.test")
silent("in capitals he is the same", "Bob@Far.Test", "anna@widget.test")
silent("with a tag of today too", "prvs=0123456789=bob@far.test",
       "anna@widget.test")
for n, (what, header) in enumerate([
        ("a list", "List-Id: <x.y.test>\r\n"),
        ("List-Unsubscribe", "List-Unsubscribe: <mailto:a@b.test>\r\n"),
        ("bulk", "Precedence: bulk\r\n"),
        ("automatic", "Auto-Submitted: auto-generated\r\n"),
        ("Exchange says no", "X-Auto-Response-Suppress: OOF, AutoReply\r\n"),
        ("not in To", "To: <undisclosed@far.test>\r\n"),
        ("only like it in To", "To: <xanna@widget.test>\r\n")]):
    silent(what, "r%d@far.test" % n, "anna@widget.test", header)
for sender in ("", "mailer-daemon@far.test", "owner-x@far.test",
               "x-request@far.test", "noreply@far.test",
               "staff-bounces+a=b.test@far.test"):
    silent("from <%s>" % sender, sender, "anna@widget.test")
silent("by the catch-all", "cat@far.test", "whoever@catch.test")
silent("from itself", "anna.b@widget.test", "anna@widget.test")
check("in Cc: answered", send("cc@far.test", "anna@widget.test",
                              "To: <x@y.test>\r\nCc: Anna\r\n "
                              "<Anna@Widget.test>\r\n") is None
      and got("cc@far.test"))
count += 1
check("Auto-Submitted: no is a person", send(
    "no@far.test", "anna@widget.test", "Auto-Submitted: no\r\n") is None
    and got("no@far.test"))
count += 1
send("refusing-nobody@far.test", "anna@widget.test")
count += 1
check("a reply that nobody takes is forgotten", inst.wait_log(
    'to=refusing-nobody@far.test reason="an automatic answer"') and quiet())
day = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
inst.write("etc/replies/away01", "Until-Date: %s\n\nback\n" % day)
silent("past its days", "late@far.test", "anna@widget.test")
day = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86400))
inst.write("etc/replies/away01", "From-Date: %s\n\nback\n" % day)
silent("before its days", "early@far.test", "anna@widget.test")
inst.write("etc/replies/away01", "simple text: no header\n")
check("no subject of its own", send(
    "sub@far.test", "anna@widget.test", subject="=?utf-8?Q?caf=C3=A9?=") is None
    and parse(got("sub@far.test")[0].data)["Subject"] == "Auto: café",
    sink.mails[-1].data)
check("all of the text", parse(got("sub@far.test")[0].data).get_content()
      == "simple text: no header\n")
check("whom it answered is not to be read there", b"far.test" not in open(
    inst.path("mail/away01/postern-answered"), "rb").read())

# a kill in the middle of things loses and doubles nothing -------------------------

def taken(subject):
    try:
        return send("joe@far.test", "staff@widget.test",
                    subject=subject) is None
    except (OSError, smtplib.SMTPException):
        return False


accepted, tries = [], 0
for n in range(3):
    wait_for(lambda: taken("first%d" % n), 20)
    for i in range(30):
        tries += 1
        if taken("kill%d-%d" % (n, i)):
            accepted.append("kill%d-%d" % (n, i))
        if i != 10:
            continue
        for pid, comm in inst.pids().items():
            if comm == ("queued", "deliver-local", "deliver-remote")[n]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
check("after kills: quiet", quiet())
subjects = [parse(m)["Subject"] for m in
            inst.mails("plain01", passwords["plain01"])]
subjects = [s for s in subjects if s and s.startswith("kill")]
check("after kills: a member here has each post once",
      len(subjects) == len(set(subjects)) and set(accepted) <= set(subjects)
      and len(accepted) > 30, (len(accepted), tries, sorted(subjects)))
check("... and the one elsewhere all of them", set(accepted) <= {
    parse(m.data)["Subject"] for m in sink.to("joe@far.test")})
inst.close()
done()
