#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A year of a hoster's: three customers move in with the importers, everything
happens to them that can, with real clients, and at the end each message is
where it should be, whole, and nowhere else."""
import atexit
import collections
import glob
import hashlib
import os
import poplib
import re
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import imap
from home import check, done, skip, wait_for
from instance import Instance
from smtpsink import Sink

INTERNET = "127.0.0.9"
OLD = "Hello world!"  # the password that everybody had on the old servers
HASH = ("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu"
        "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1")
UNVERIFIED = ssl._create_unverified_context()

work = tempfile.mkdtemp(prefix="postern-year-")
atexit.register(shutil.rmtree, work, ignore_errors=True)
sink = Sink()
sink.replies["RCPT"] = lambda arg: (
    "550 5.1.1 no such user" if "nobody" in arg else None)
inst = Instance(SMARTHOST="127.0.0.1:%d" % sink.port, DOMAIN="host.test")
inst.write("etc/retry", "1\n")

# the books -----------------------------------------------------------------------

sums = {}                       # tag: the checksum of what was sent
here = collections.Counter()    # (mailbox, tag): as often as it should be there
away = collections.Counter()    # (address, tag): the same, out in the world
system = collections.Counter()  # mailbox: bounces, which have no tag


def content(data):
    """(tag, checksum) of a message: from its X-Year line on, LF ends; what stands
    before it is ours.  (None, ...) where its own header has none."""
    head = data.split(b"\n\n", 1)[0] + b"\n"
    found = re.search(rb"^X-Year: (\S+)\n", head, re.M)
    if not found:
        return None, None
    return (found.group(1).decode(),
            hashlib.sha256(data[found.start():]).hexdigest())


def letter(tag, sender, to, header="", body=None):
    """A new one, CRLF ends; its checksum is in the books."""
    body = body or "".join("%s, line %d\r\n.\r\n" % (tag, i) for i in range(9)) + "end\r\n"
    text = ("X-Year: %s\r\nFrom: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
            "Date: Mon, 05 Jan 2026 10:00:00 +0000\r\n"
            "Message-ID: <%s@year.test>\r\n%s\r\n%s" % (
                tag, sender or "mailer-daemon@far.test", to, tag, tag, header,
                body))
    sums[tag] = content(text.replace("\r\n", "\n").encode())[1]
    return text.encode()


def expect(tag, *mailboxes, out=()):
    for name in mailboxes:
        here[name, tag] += 1
    for address in out:
        away[address, tag] += 1


def outside(sender, to, tag, *mailboxes, out=(), **kw):
    """A letter from the internet, and where it goes.  None, or the refusal."""
    text = letter(tag, sender, to, **kw)
    client = inst.smtp(source=INTERNET)
    try:
        client.sendmail(sender, [to], text)
    except smtplib.SMTPRecipientsRefused as e:
        code, why = list(e.recipients.values())[0]
        return "%d %s" % (code, why.decode())
    finally:
        client.quit()
    expect(tag, *mailboxes, out=out)
    return None


def takes(what, *args, **kw):
    why = outside(*args, **kw)
    check(what + ": taken", why is None, why)


def is_here():
    """Counter of (mailbox, tag), {mailbox: untagged}, and what is not whole."""
    found, other, broken = collections.Counter(), collections.Counter(), []
    for folder, _, files in os.walk(inst.path("mail")):
        name = os.path.relpath(folder, inst.path("mail")).split("/")
        if name[-1] not in ("new", "cur") or name[0].startswith("."):
            continue
        for file in files:
            try:
                with open(os.path.join(folder, file), "rb") as f:
                    tag, checksum = content(f.read())
            except FileNotFoundError:  # renamed by somebody who reads
                continue
            found[name[0], tag] += tag is not None
            other[name[0]] += tag is None
            if tag and checksum != sums.get(tag):
                broken.append((name[0], tag, file))
    return +found, +other, broken


def is_away():
    found = collections.Counter()
    for mail in sink.mails:
        tag, checksum = content(mail.data)
        if tag:
            check("out, whole: %s" % tag, checksum == sums[tag], mail.data)
            for rcpt in mail.rcpts:
                found[rcpt, tag] += 1
    return found


def empty():
    got = inst.tool("queuectl", "list", ok=None)
    return got.returncode == 0 and not got.stdout.strip()


def quiet():
    return wait_for(empty, 40)


def books(month):
    """Nothing is on its way, and everything is where it should be."""
    check(month + ": the queue is empty", quiet(),
          inst.tool("queuectl", "list").stdout)
    found, other, broken = is_here()
    check(month + ": each message is in its mailbox, once", found == +here,
          ("missing", +here - found, "too much", found - +here))
    check(month + ": and whole", not broken, broken)
    check(month + ": bounces, and nothing else", other == +system,
          (other, +system))


def make():
    made = inst.make_etc()
    check("make -C etc", made.returncode == 0, made.stdout + made.stderr)


def run(*command, input=None):
    return subprocess.run(command, input=input, capture_output=True,
                          timeout=60, env=dict(os.environ, HOME=work))


def save(name, data, mode=0o600):
    path = os.path.join(work, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    os.chmod(path, mode)
    return path


def logs_in(user, password):
    """How many messages are there, or what was said."""
    client = poplib.POP3("127.0.0.1", inst.port("POP3"), 30)
    try:
        client.user(user)
        client.pass_(password)
        return client.stat()[0]
    except poplib.error_proto as e:
        return str(e)
    finally:
        try:
            client.quit()
        except poplib.error_proto:
            pass


def submit(user, password, sender, to, tag, mailboxes=(), out=None):
    """By the submission port, logged in."""
    text = letter(tag, sender, to)
    client = inst.smtp("SUBMISSION")
    client.login(user, password)
    client.sendmail(sender, [to], text)
    client.quit()
    expect(tag, *mailboxes, out=[to] if out is None else out)


# January: three customers move in ------------------------------------------------

def old_mail(tree, path, tag):
    """A message on the old server; LF ends, as there."""
    text = letter(tag, "old@far.test", tag + "@old.test")
    save("%s/%s" % (tree, path), text.replace(b"\r\n", b"\n"))


D = "/home/vpopmail/domains/widget.test/"
save("vpop/widget.test/vpasswd", "".join(
    "%s:%s:1:0:x:%s%s:NOQUOTA\n" % (n, HASH, D, n)
    for n in ("fred", "mary", "joe")))
save("vpop/widget.test/.qmail-sales", "&fred\n&mary\n")
save("vpop/widget.test/.qmail-default",
     "| /home/vpopmail/bin/vdelivermail '' bounce-no-mailbox\n")
os.symlink(D, work + "/vpop/widget.example")
for i in range(4):
    old_mail("vpop", "widget.test/fred/Maildir/cur/160000000%d.M1P1.old,S=9:2,S"
             % i, "oldfred%d" % i)
old_mail("vpop", "widget.test/mary/Maildir/new/1600000009.M9P9.old", "oldmary")
old_mail("vpop", "widget.test/mary/Maildir/.Sent/cur/1600000009.M8P9.old:2,S",
         "sentmary")
save("postfix/virtual", "acme.test x\ninfo@acme.test ann@acme.test\n"
     "ann@acme.test ann@acme.test,\n    ann@far.test\n@acme.test bob@acme.test\n")
save("postfix/vmailbox", "ann@acme.test acme/ann/\nbob@acme.test acme/bob/\n")
save("postfix/users", "".join("%s@acme.test:{SHA512-CRYPT}%s:1:1::/x::\n" % (
    n, HASH) for n in ("ann", "bob")))
old_mail("postfix", "vmail/acme/bob/cur/1600000005.p.old:2,", "oldbob")
save("cpanel/etc/valiases/bar.test",
     "*: :fail: No such user\ntwo@bar.test: kim@bar.test, two@far.test\n")
save("cpanel/etc/vdomainaliases/bar.example", "bar.example: bar.test\n")
save("cpanel/home/bar/etc/bar.test/shadow", "kim:%s:1::::::\n" % HASH)
old_mail("cpanel", "home/bar/mail/bar.test/kim/cur/1600000006.c.old:2,S",
         "oldkim")

for kind, *args in (
        ("vpopmail", "vpop"),
        ("postfix", "postfix", "passwords=users", "maildirs=vmail",
         "mailboxes=vmailbox", "virtual=virtual"),
        ("cpanel", "cpanel")):
    before = is_here(), open(inst.path("etc/users")).read()
    command = [kind, os.path.join(work, args[0]), *args[1:]]
    r = inst.tool("postern-import", *command)
    check(kind + ": a dry run first, which changes nothing",
          "Nothing has changed" in r.stdout and "Could not" not in r.stdout
          and before == (is_here(), open(inst.path("etc/users")).read()),
          r.stdout)
    r = inst.tool("postern-import", "--apply", *command)
    check(kind + ": carried over", "Carried over:" in r.stdout
          and "Could not" not in r.stdout, r.stdout)


def box(address):
    """The mailbox that it leads to."""
    return inst.tool("aliasdb", "explain", address).stdout.split()[-1]


FRED, MARY, JOE = (box(n + "@widget.test") for n in ("fred", "mary", "joe"))
ANN, BOB = (box(n + "@acme.test") for n in ("ann", "bob"))
KIM = box("kim@bar.test")
DEMO = "demo"
check("generic names", (FRED, ANN, KIM) == ("widget01", "acme01", "bar01"),
      (FRED, ANN, KIM))
for mailbox, *tags in ((FRED, "oldfred0", "oldfred1", "oldfred2", "oldfred3"),
                       (MARY, "oldmary", "sentmary"), (BOB, "oldbob"),
                       (KIM, "oldkim")):
    for tag in tags:
        expect(tag, mailbox)
books("January")
inst.write("etc/uidl", "qmail\n")
for user, count in (("fred@widget.test", 4), ("mary@widget.test", 1),
                    ("joe@widget.test", 0), ("ann@acme.test", 0),
                    ("bob@acme.test", 1), ("kim@bar.test", 1)):
    check(user + " logs in as ever", logs_in(user, OLD) == count,
          logs_in(user, OLD))
client = inst.pop3("fred@widget.test", OLD)
check("and fetches nothing twice: the old server's unique ids",
      [u.split()[1] for u in client.uidl()[1]] ==
      [b"160000000%d.M1P1.old,S=9" % i for i in range(4)], client.uidl())
client.quit()

# February: addresses ---------------------------------------------------------------

takes("an old address", "x@far.test", "fred@widget.test", "feb1", FRED)
takes("with a tag", "x@far.test", "Fred+shop@widget.test", "feb2", FRED)
takes("the domain's other name", "x@far.test", "mary@widget.example", "feb3",
      MARY)
takes("cPanel's domain alias", "x@far.test", "kim@bar.example", "feb4", KIM)
takes("an alias", "x@far.test", "info@acme.test", "feb5", ANN,
      out=["ann@far.test"])
takes("the catch-all", "x@far.test", "whoever@acme.test", "feb6", BOB)
takes("several targets", "x@far.test", "two@bar.test", "feb7", KIM,
      out=["two@far.test"])
takes("postmaster of any domain", "x@far.test", "postmaster@bar.test", "feb8",
      DEMO)
takes("abuse is not the catch-all's", "x@far.test", "abuse@acme.test", "feb9",
      DEMO)
for what, to, said in (
        ("an unknown name", "zz@widget.test", "550 5.1.1"),
        ("cPanel's :fail:", "zz@bar.test", "550 5.1.1"),
        ("another domain", "x@far.test", "550 5.7.1 Relaying denied")):
    why = outside("x@far.test", to, "no")
    check(what + " is refused at once", why and why.startswith(said), why)
good = open(inst.path("etc/aliases")).read()
inst.write("etc/aliases", good + 'noreply@acme.test: :refuse "Nobody reads '
           'this"\nboss@acme.test: %s\n' % BOB)
r = inst.tool("aliasdb", "diff", ok=(1,))
check("diff, before it goes live", sorted(r.stdout.splitlines()) == [
    "+ alias boss@acme.test: " + BOB,
    "+ alias noreply@acme.test: :refuse Nobody reads this"], r.stdout)
takes("not yet", "x@far.test", "noreply@acme.test", "feb10", BOB)
make()
why = outside("x@far.test", "noreply@acme.test", "no")
check("live: the exception of the catch-all, in its words",
      why == "550 5.7.1 Nobody reads this", why)
good = open(inst.path("etc/aliases")).read()
inst.write("etc/aliases", good + "new@acme.test: acmee01\n")
r = inst.make_etc()
check("a mistake: where, what, and what was meant", r.returncode and
      "etc/aliases:%d:16: new@acme.test: no mailbox acmee01; did you mean "
      "acme01?" % (good.count("\n") + 1) in r.stderr, r.stderr)
takes("all goes on as it was", "x@far.test", "boss@acme.test", "feb11", BOB)
inst.write("etc/aliases", good)
make()
r = inst.tool("aliasdb", "who", BOB)
check("who leads to bob", {"@acme.test: bob@acme.test", "boss@acme.test: " + BOB} <=
      set(r.stdout.splitlines()), r.stdout)
books("February")

# March: forwards --------------------------------------------------------------------

inst.append("etc/forwards", "%s: keep joe1@far.test, nobody@far.test, "
            "mary@widget.test\n%s: kim@far.test\n" % (JOE, KIM))
make()
takes("a copy, two targets, one refused", "x@far.test", "joe@widget.test",
      "mar1", JOE, MARY, out=["joe1@far.test"])
takes("no copy", "x@far.test", "kim@bar.test", "mar2", out=["kim@far.test"])
books("March")
back = next(m for m in sink.to("kim@far.test"))
check("it left under an address of ours", back.sender.startswith("SRS0="))
client = inst.smtp(source=INTERNET)
client.sendmail(back.sender, ["kim@bar.test"],
                back.data.replace(b"\n", b"\r\n"))
client.quit()
expect("mar2", KIM)
takes("a bounce finds its way back", "", back.sender, "mar3",
      out=["x@far.test"])
inst.write("etc/forwards", re.sub(r"(?m)^%s: .*$" % KIM, KIM +
           ": nobody1@far.test, nobody2@far.test",
           open(inst.path("etc/forwards")).read()))
make()
takes("every target refuses", "x@far.test", "kim@bar.test", "mar4", KIM)
books("a loop between hosts ends here, nothing is lost")
inst.write("etc/forwards", re.sub(r"(?m)^%s: .*\n" % KIM, "",
                                  open(inst.path("etc/forwards")).read()))

# April: lists ---------------------------------------------------------------------------

takes("the list that was vpopmail's", "x@far.test", "sales@widget.test", "apr1",
      FRED, MARY)
inst.append("etc/lists", "club@widget.test: owner=mary@widget.test, "
            "post=members, verp, file=club, "
            "url=https://l.test/?a={address}&t={token}\n")
inst.write("etc/lists.d/club", "fred@widget.test\neve@far.test\n")
make()


def last(address):
    """The sink's last mail for it, when all is out."""
    quiet()
    return sink.to(address)[-1]


def asked(address, what):
    """Where the list's last question to it is answered; a post that left before
    may come in behind it."""
    quiet()
    return [m for m in (re.search(rb"club-confirm\+%s\w+@widget\.test" % what,
                                  mail.data) for mail in sink.to(address))
            if m][-1].group().decode()


def command(sender, to):
    check("%s: taken" % to.split("@")[0][:20], outside(
        sender, to, "cmd%d" % len(sums)) is None)


why = outside("zoe@far.test", "club@widget.test", "no")
check("a stranger may not post", why and why.startswith("550 5.7.2"), why)
command("zoe@far.test", "club-subscribe@widget.test")
command("zoe@far.test", asked("zoe@far.test", b"s"))
check("welcome", b"Welcome" in last("zoe@far.test").data)
takes("she posts", "zoe@far.test", "club@widget.test", "apr2", FRED,
      out=["eve@far.test", "zoe@far.test"])
post = last("eve@far.test")
check("one click, and VERP", b"List-Unsubscribe-Post: List-Unsubscribe=One-"
      b"Click\n" in post.data and post.sender ==
      "club-bounces+eve=far.test@widget.test", post.data[:1500])
takes("a bounce goes to the owner", "", post.sender, "apr3", MARY)
click = re.search(rb"<https://l\.test/\?a=eve%40far\.test&t=(\w+)>", post.data)
command("eve@far.test", "club-confirm+u%s@widget.test" %
        click.group(1).decode())
takes("eve has left", "zoe@far.test", "club@widget.test", "apr4", FRED,
      out=["zoe@far.test"])
command("zoe@far.test", "club-unsubscribe@widget.test")
command("zoe@far.test", asked("zoe@far.test", b"u"))
why = outside("zoe@far.test", "club@widget.test", "no")
check("so has zoe", why and why.startswith("550 5.7.2"), why)
with open(inst.path("mail/.lists/club")) as f:
    check("what is left of it", f.read() == "-eve@far.test\n")
books("April")

# May: on holiday ------------------------------------------------------------------------

inst.write("etc/replies/" + BOB, "Subject: Am Meer\nFrom-Date: %s\nUntil-Date: "
           "%s\nDays: 3\n\nBis bald,\nBob\n" % tuple(time.strftime(
               "%Y-%m-%d", time.localtime(time.time() + d * 86400))
               for d in (-1, 1)))
make()
replies = []
for what, sender, to, header, answered in (
        ("a person", "pia@far.test", "bob@acme.test", "", True),
        ("once in three days", "pia@far.test", "bob@acme.test", "", False),
        ("a list", "l@far.test", "bob@acme.test", "List-Id: <l.test>\r\n",
         False),
        ("bulk", "b@far.test", "bob@acme.test", "Precedence: bulk\r\n",
         False),
        ("a machine", "m@far.test", "bob@acme.test",
         "Auto-Submitted: auto-generated\r\n", False),
        ("the null sender", "", "bob@acme.test", "", False),
        ("by the catch-all", "c@far.test", "bobby@acme.test", "", False)):
    count = len(sink.mails)
    takes(what, sender, to, "may%d" % len(sums), BOB, header=header)
    quiet()
    new = sink.mails[count:]
    check(what + (": answered" if answered else ": not answered"),
          [m.rcpts for m in new] == ([[sender]] if answered else [])
          and all(m.sender == "" for m in new), [m.data for m in new])
os.unlink(inst.path("etc/replies", BOB))
make()
books("May")

# June: a full mailbox -----------------------------------------------------------------

inst.tool("userdb", "set", MARY, "quota=40K")
big = "x" * 70 + "\r\n"
takes("it fits", "x@far.test", "mary@widget.test", "jun1", MARY,
      body=big * 300)
why = outside("x@far.test", "mary@widget.test", "no", body=big * 300)
check("full", why and re.match("(452 4|552 5).2.2", why), why)
takes("a small one has room", "x@far.test", "mary@widget.test", "jun2", MARY)
inst.tool("userdb", "set", MARY, "quota=1M")
takes("more quota", "x@far.test", "mary@widget.test", "jun3", MARY,
      body=big * 300)
books("June")

# July: bob leaves, rita takes his mailbox over (doc/ADMIN.md) ---------------------------

inst.tool("aliasdb", "remove", "boss@acme.test")
inst.tool("userdb", "unset", BOB, "login=bob@acme.test")
new = inst.tool("userdb", "passwd", BOB).stdout.strip()
inst.tool("userdb", "set", BOB, "login=rita@acme.test")
inst.tool("aliasdb", "remove", "@acme.test")
inst.tool("aliasdb", "remove", "bob@acme.test")
inst.tool("aliasdb", "add", "rita@acme.test", BOB)
for user, password in (("bob@acme.test", OLD), (BOB, OLD),
                       ("rita@acme.test", OLD), ("bob@acme.test", new)):
    got = logs_in(user, password)
    check("no way in: " + user, "[AUTH]" in str(got), got)
check("rita reads on", logs_in("rita@acme.test", new) == sum(
    n for (name, _), n in here.items() if name == BOB))
why = outside("x@far.test", "bob@acme.test", "no")
check("bob is refused", why and why.startswith("550 5.1.1"), why)
takes("rita is not", "x@far.test", "rita@acme.test", "jul1", BOB)
books("July")

# August: a new password ------------------------------------------------------------------

r = inst.tool("userdb", "check", ok=(0, 1))
check("whose hash is still the old server's", FRED in r.stdout + r.stderr, r)
fresh = inst.tool("userdb", "passwd", FRED).stdout.strip()
got = logs_in("fred@widget.test", OLD)
check("the old password is over", "[AUTH]" in str(got), got)
check("the new one is not", isinstance(logs_in("fred@widget.test", fresh), int))
r = inst.tool("userdb", "check", ok=(0, 1))
check("and it is told no more", FRED not in r.stdout + r.stderr, r)
check("the others' old ones go on", isinstance(
    logs_in("kim@bar.test", OLD), int))
inst.tool("userdb", "disable", KIM)
got = logs_in("kim@bar.test", OLD)
check("kim did not pay", "disabled" in str(got), got)
takes("her mail waits for her", "x@far.test", "kim@bar.test", "aug1", KIM)
inst.tool("userdb", "enable", KIM)
check("now she did", isinstance(logs_in("kim@bar.test", OLD), int))
books("August")

# September: out and about, with every program --------------------------------------------

SMTP, SUBMISSION, SMTPS = (inst.port(p) for p in (
    "SMTP", "SUBMISSION", "SUBMISSIONS"))


def swaks(tag, source, *args):
    data = save("swaks." + tag, letter(
        tag, "fred@widget.test", "s@far.test")[:-2])  # it ends the line itself
    return run("swaks", "--server", "127.0.0.1", "--local-interface", source,
               "--helo", "client.test", "--from", "fred@widget.test", "--to",
               "s@far.test", "--data", "@" + data, *args)


got = swaks("sep1", "127.0.0.7", "--port", str(SMTP))
check("swaks: a stranger does not relay", got.returncode and
      b"Relaying denied" in got.stdout, got.stdout[-500:])
got = run("curl", "-sS", "--interface", "127.0.0.7", "-u",
          "fred@widget.test:" + fresh, "pop3://127.0.0.1:%d/" %
          inst.port("POP3"))
check("curl: fetches from there", got.returncode == 0, got.stderr)
got = swaks("sep2", "127.0.0.7", "--port", str(SMTP))
check("swaks: POP before SMTP", got.returncode == 0, got.stdout[-800:])
got = swaks("sep3", "127.0.0.8", "--port", str(SMTP))
check("swaks: the neighbour does not", got.returncode and
      b"Relaying denied" in got.stdout, got.stdout[-500:])
got = swaks("sep4", "127.0.0.8", "--port", str(SUBMISSION), "-tls", "-a",
            "PLAIN", "-au", "fred@widget.test", "-ap", fresh)
check("swaks: STARTTLS, AUTH", got.returncode == 0, got.stdout[-800:])
data = save("curl", letter("sep5", "fred@widget.test", "s@far.test"))
got = run("curl", "-sSk", "-u", FRED + ":" + fresh, "--mail-from",
          "fred@widget.test", "--mail-rcpt", "s@far.test", "-T", data,
          "smtps://127.0.0.1:%d" % SMTPS)
check("curl: smtps", got.returncode == 0, got.stderr)
for tag in ("sep2", "sep4", "sep5"):
    expect(tag, out=["s@far.test"])
submit(FRED, fresh, "fred@widget.test", "mary@widget.test", "sep6", [MARY],
       out=())
client = inst.smtp("SUBMISSION", "127.0.0.11")  # mary never was there
client.login(FRED, fresh)
try:
    client.sendmail("mary@widget.test", ["s@far.test"], letter(
        "sep7", "mary@widget.test", "s@far.test"))
    why = ""
except smtplib.SMTPException as e:
    why = str(e)
client.close()
check("fred is not mary", "553" in why, why)
submit(FRED, fresh, "fred@widget.test", "nobody@far.test", "sep8", out=())
system[FRED] += 1
quiet()
books("September: a bounce for fred")

# October: fetching with POP3 and IMAP ---------------------------------------------------

maildir = os.path.join(work, "kept")
for name in ("new", "cur", "tmp"):
    os.makedirs(os.path.join(maildir, name))
conf = save("fetchmailrc", "poll 127.0.0.1 port %d proto pop3 user "
            "joe@widget.test password '%s' no rewrite no sslcertck fetchall no "
            "keep mda \"cat >%s/new/%%F.$$\"\n" % (
                inst.port("POP3"), OLD, maildir))
got = run("fetchmail", "-f", conf, "--pidfile", work + "/pid", "-i",
          work + "/ids")
check("fetchmail: fetches and deletes", got.returncode == 0,
      got.stdout + got.stderr)
fetched = collections.Counter()
for name in os.listdir(maildir + "/new"):
    with open(os.path.join(maildir, "new", name), "rb") as f:
        tag, checksum = content(f.read())
    check("fetched whole: %s" % tag, sums.get(tag) == checksum)
    fetched[JOE, tag] += 1
check("all of joe's, once", fetched == collections.Counter(
    {k: n for k, n in here.items() if k[0] == JOE and n}) and fetched, fetched)
here.subtract(fetched)
books("October")
if imap.BINARY:
    dovecot = imap.Dovecot(inst.path("cdb/auth/users.dovecot"))
    check("Dovecot starts", wait_for(lambda: "starting up" in dovecot.log()))
    client = dovecot.login("mary@widget.test", OLD)
    count = int(client.select("INBOX")[1][0])
    check("IMAP shows what is there", count == sum(
        n for (name, tag), n in here.items() if name == MARY) - 1, count)
    client.store("1", "+FLAGS", "\\Deleted")
    tag, checksum = content(client.fetch("1", "(BODY[])")[1][0][1].replace(
        b"\r\n", b"\n"))
    check("whole", sums[tag] == checksum, tag)
    client.expunge()
    client.logout()
    here[MARY, tag] -= 1
    check("POP3 agrees", logs_in("mary@widget.test", OLD) == count - 1)
    books("October, IMAP")
    dovecot.close()
else:
    skip("IMAP", "there is no dovecot here (tests/deps.sh test)")

# November: the way out is gone, queued is killed, the machine restarts ---------------------

sink.stop()
for i in range(8):
    submit(FRED, fresh, "fred@widget.test", "n%d@far.test" % i, "nov%d" % i)
takes("a forward waits", "x@far.test", "joe@widget.test", "nov-f", JOE, MARY,
      out=["joe1@far.test"])
for pid, name in inst.pids().items():
    if name == "queued":
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
check("queued is back", wait_for(lambda: inst.tool(
    "queuectl", "list", ok=None).returncode == 0, 30))


def submits():
    try:
        submit(FRED, fresh, "fred@widget.test", "n8@far.test", "nov8")
        return True
    except (OSError, smtplib.SMTPException):
        return False


check("and takes mail", wait_for(submits, 30))
inst.stop()
inst.start()
sink.start()


def goes():
    """Once is too early, where the spool is not read yet or the way out rests."""
    inst.tool("queuectl", "retry", "--all", ok=None)
    return wait_for(lambda: empty() and not glob.glob(
        inst.path("queue/?/*")), 3)


check("what waited goes", wait_for(goes, 60))
books("November")

# December: a customer leaves, another comes by hand -----------------------------------------

inst.write("etc/lists", re.sub(r"(?m)^two@bar.test.*\n", "", open(
    inst.path("etc/lists")).read()))
inst.write("etc/aliases", re.sub(r"(?m)^\S*@bar\.test:.*\n", "", open(
    inst.path("etc/aliases")).read()))
inst.write("etc/domains", re.sub(r"(?m)^bar\.test\n|^bar\.example.*\n", "",
                                 open(inst.path("etc/domains")).read()))
make()
inst.tool("userdb", "remove", "--purge", KIM)
for key in [k for k in here if k[0] == KIM]:
    del here[key]
got = logs_in("kim@bar.test", OLD)
check("kim is gone", "[AUTH]" in str(got), got)
why = outside("x@far.test", "kim@bar.test", "no")
check("and so is her domain", why and "Relaying denied" in why, why)
inst.append("etc/domains", "late.test\n")
password = inst.tool("userdb", "add", "late01").stdout.strip()
inst.tool("aliasdb", "add", "lea@late.test", "late01")
takes("lea has come", "x@far.test", "lea@late.test", "dec1", "late01")
submit("late01", password, "lea@late.test", "mary@widget.test", "dec2", [MARY],
       out=())
r = inst.tool("userdb", "report")
check("the bill", "widget" in r.stdout and "late" in r.stdout
      and "bar" not in r.stdout, r.stdout)
books("December")

# the year's balance ------------------------------------------------------------------------

found, expected = is_away(), +away
check("everything that was to go out did, once", found == expected,
      ("missing", expected - found, "too much", found - expected))
check("there was a year", len(sums) > 60 and sum(here.values()) > 30,
      (len(sums), sum(here.values())))
log = inst.log()
check("no daemon died, no fatal line", "fatal:" not in log
      and "signal=11" not in log, [x for x in log.split("\n") if "fatal" in x])
inst.close()
done()
