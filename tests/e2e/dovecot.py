#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's Dovecot serves IMAP on users.dovecot and the same Maildirs."""
import json
import os
import re
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, skip, wait_for
from imap import BINARY, Dovecot
from instance import Instance

PATIENCE = 15  # s; Dovecot looks at its files once a second


def send(inst, to, subject, body="x\r\n"):
    with inst.smtp() as client:
        client.sendmail("bob@far.test", [to], (
            "From: bob@far.test\r\nTo: %s\r\nSubject: %s\r\n\r\n%s" % (
                to, subject, body)).encode())


def pop_view(inst, user, password):
    """{unique id: (octets, message with LF)}"""
    client = inst.pop3(user, password)
    try:
        sizes = {n.split()[0]: int(n.split()[1]) for n in client.list()[1]}
        return {uid.split()[1].decode(): (
            sizes[uid.split()[0]], b"\n".join(client.retr(
                int(uid.split()[0]))[1]) + b"\n")
            for uid in client.uidl()[1]}
    finally:
        client.quit()


def imap_view(client):
    """[(octets, message with LF)]"""
    if client.select("INBOX")[1] == [b"0"]:
        return []
    got = client.fetch("1:*", "(RFC822.SIZE BODY.PEEK[])")[1]
    return [(int(re.search(rb"RFC822.SIZE (\d+)", g[0]).group(1)),
             g[1].replace(b"\r\n", b"\n"))
            for g in got if isinstance(g, tuple)]


if not BINARY:
    skip("Dovecot", "there is no dovecot here (tests/deps.sh test)")
    sys.exit(0)

inst = Instance(DOMAIN="widget.test")
password = inst.tool("userdb", "add", "widget01", "login=fred@widget.test",
                     "quota=20K", "messages=100").stdout.strip()
other = inst.tool("userdb", "add", "widget02").stdout.strip()
tablet = inst.tool("userdb", "app", "add", "widget01", "tablet",
                   "imap").stdout.strip()
inst.tool("aliasdb", "add", "fred@widget.test", "widget01")
for i in range(4):
    send(inst, "fred@widget.test", "number %d" % i, "line\r\n.dot\r\n" * i)
check("mail is there", len(inst.wait_mail("widget01", password, 4)) == 4)
before = pop_view(inst, "widget01", password)

dovecot = Dovecot(inst.path("cdb/auth/users.dovecot"))
up = wait_for(lambda: "starting up" in dovecot.log())
check("Dovecot starts", up and dovecot.proc.poll() is None, dovecot.log())

# logging in ------------------------------------------------------------------

for name, user, pw, works in (
        ("by the mailbox's name", "widget01", password, True),
        ("by the e-mail address", "fred@widget.test", password, True),
        ("with an app password", "widget01+tablet", tablet, True),
        ("wrong", "widget01", password + "x", False),
        ("another's password", "widget02", password, False),
        ("an app password by the plain name", "widget01", tablet, False)):
    got = dovecot.login(user, pw)
    check("IMAP login: " + name, (not isinstance(got, str)) == works,
          (got, dovecot.log()))
    if works and not isinstance(got, str):
        check("... sees the mail", len(imap_view(got)) == 4)
        got.logout()

# the same mail ---------------------------------------------------------------

client = dovecot.login("fred@widget.test", password)
check("messages and sizes as POP3 tells them", sorted(imap_view(client)) ==
      sorted(before.values()), (imap_view(client), before))
quota = client.getquotaroot("INBOX")[1]
check("the quota of etc/users", b"STORAGE" in str(quota).encode()
      and re.search(r"STORAGE \d+ 20\b", str(quota))
      and re.search(r"MESSAGE 4 100\b", str(quota)), quota)
client.select("INBOX")
client.store("1", "+FLAGS", "(\\Seen \\Answered)")
check("a folder, and a copy in it", client.create("Archive")[0] == "OK"
      and client.copy("2", "Archive")[0] == "OK", dovecot.log())
gone = client.fetch("3", "(BODY.PEEK[])")[1][0][1].replace(b"\r\n", b"\n")
client.store("3", "+FLAGS", "(\\Deleted)")
check("deletes", client.expunge()[1] == [b"3"])
client.append("INBOX", None, None, b"Subject: by IMAP\r\n\r\nhello\r\n")
client.logout()

after = pop_view(inst, "widget01", password)
kept = {u: v for u, v in before.items() if v[1] != gone}
check("POP3: the deleted one is gone, the rest has its ids, sizes and text",
      len(kept) == 3 and {u: after.get(u) for u in kept} == kept,
      (sorted(before), sorted(after)))
check("POP3: what IMAP put there is there", [
    v[1] for u, v in after.items() if u not in before] == [
        b"Subject: by IMAP\n\nhello\n"], after)
check("POP3 shows the INBOX alone", len(after) == 4, sorted(after))

# the other way ---------------------------------------------------------------

pop = inst.pop3("widget01", password)
pop.dele(1)
pop.quit()
send(inst, "fred@widget.test", "one more")
check("one deleted, one new", wait_for(
    lambda: len(pop_view(inst, "widget01", password)) == 4))
client = dovecot.login("widget01", password)
check("IMAP agrees", sorted(imap_view(client)) == sorted(
    pop_view(inst, "widget01", password).values()), dovecot.log())
client.select("Archive")
check("nothing lost in the folder", client.fetch(
    "1", "(BODY.PEEK[])")[1][0] is not None)
client.logout()

# what it holds, as each of them counts: LF here, CRLF there


def used(client):
    """(KiB by Dovecot, bytes by Postern, messages by Postern)"""
    row = [json.loads(r) for r in inst.tool(
        "userdb", "list", "--json").stdout.splitlines()
           if '"widget01"' in r][0]
    kib = int(re.search(r"STORAGE (\d+) ", str(
        client.getquotaroot("INBOX")[1])).group(1))
    return kib, row["used"], row["messages"]


client = dovecot.login("widget01", password)
kib, octets, count = used(client)
check("the same usage, after both have deleted", count == 5 and
      octets / 1024 - 1 <= kib <= octets / 1024 * 1.1 + 1, (kib, octets, count))
client.append("Archive", None, None, b"Subject: x\r\n\r\n" + b"y" * 5000)
was, (kib, now, count) = octets, used(client)
check("what IMAP files counts for Postern", 5000 < now - was < 5100
      and count == 6, (was, now))
client.select("Archive")
client.store("2", "+FLAGS", "(\\Deleted)")
client.expunge()
check("and what it deletes no longer", used(client)[1:] == (was, 5),
      used(client))
client.logout()

# unique ids as Dovecot's POP3 would have them ------------------------------------

with open(inst.path("mail/widget01/dovecot-uidlist"), encoding="utf-8") as f:
    validity = int(re.search(r" V(\d+)", f.readline()).group(1))
client = dovecot.login("widget01", password)
client.select("INBOX")
uids = client.uid("SEARCH", "ALL")[1][0].split()
client.logout()
inst.write("etc/uidl", "dovecot\n")
check("etc/uidl dovecot: IMAP's UIDs", sorted(pop_view(
    inst, "widget01", password)) == sorted(
        "%08x%08x" % (int(u), validity) for u in uids),
      (uids, validity, sorted(pop_view(inst, "widget01", password))))
inst.write("etc/uidl", "own\n")

# quota, changes --------------------------------------------------------------

check("the folder counts against the quota, in both", inst.tool(
    "userdb", "list", "--json").stdout.find('"messages":5') > 0,
    inst.tool("userdb", "list", "--json").stdout)
client = dovecot.login("widget01", password)
got = client.append("Archive", None, None,
                    b"Subject: big\r\n\r\n" + b"x" * 30000)
check("Dovecot: over quota", got[0] == "NO", got)
client.logout()
try:
    send(inst, "fred@widget.test", "big", "x" * 900 + "\r\n" + (
        "x" * 900 + "\r\n") * 40)
    send(inst, "fred@widget.test", "too much")
    got = "taken"
except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as e:
    got = str(e)
check("Postern: over quota", "452" in got or "552" in got, got)
count = int(re.search(r'"widget01".*?"messages":(\d+)', inst.tool(
    "userdb", "list", "--json").stdout).group(1))


def room():
    """MESSAGE used limit, as Dovecot says."""
    client = dovecot.login("widget01", password)
    got = re.search(r"MESSAGE (\d+) (\d+)", str(client.getquotaroot("INBOX")[1]))
    client.logout()
    return got and tuple(int(n) for n in got.groups())


def append():
    client = dovecot.login("widget01", password)
    got = client.append("Archive", None, None, b"Subject: one more\r\n\r\nx\r\n")
    client.logout()
    return got


inst.tool("userdb", "set", "widget01", "quota=1M", "messages=%d" % count)
check("Dovecot knows how many there may be", wait_for(
    lambda: room() == (count, count), PATIENCE), room())
check("... and takes no more", append()[0] == "NO", dovecot.log())
try:
    send(inst, "fred@widget.test", "one too many")
    got = "taken"
except smtplib.SMTPRecipientsRefused as e:
    got = str(e)
check("Postern: too many messages", "452" in got, got)
inst.tool("userdb", "set", "widget01", "messages=%d" % (count + 1))
check("room for one more, in Dovecot", wait_for(
    lambda: room() == (count, count + 1), PATIENCE) and wait_for(
        lambda: append()[0] == "OK", PATIENCE), dovecot.log())
check("... and no more", wait_for(lambda: append()[0] == "NO", PATIENCE), dovecot.log())
new = inst.tool("userdb", "passwd", "widget01").stdout.strip()
# Dovecot looks at the file once a second
check("another password", wait_for(lambda: isinstance(
    dovecot.login("widget01", password), str), PATIENCE) and not isinstance(
        dovecot.login("fred@widget.test", new), str), dovecot.log())
check("its app passwords are out", isinstance(
    dovecot.login("widget01+tablet", tablet), str))
inst.tool("userdb", "disable", "widget01")
check("disabled", wait_for(lambda: isinstance(
    dovecot.login("widget01", new), str), PATIENCE))
check("the other mailbox is empty and well", imap_view(
    dovecot.login("widget02", other)) == [])
check("nothing wrong in Dovecot's log", not re.search(
    "Panic|Fatal|Error:", dovecot.log()), dovecot.log())
inst.close()
done()
