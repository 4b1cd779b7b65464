#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mistakes in etc/ while everything runs: the daemons go on with the value that
was good, make -C etc says what is wrong and compiles nothing, and the new value
is in force as soon as it is mended.  Where going on would widen rights, nobody
has them until then."""
import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for  # noqa: E402
from instance import Instance  # noqa: E402
from smtpsink import Sink  # noqa: E402

sinks = [Sink(), Sink()]
inst = Instance(SMARTHOST="127.0.0.1:%d" % sinks[0].port)
password = inst.demo_password()
mail = "From: <demo@example.test>\r\nSubject: x\r\n\r\nx\r\n"
ADDRESS = "192.0.2.%d"
turn = 0
added = []


def ehlo(source=None):
    client = inst.smtp("SMTP", source)
    client.ehlo()
    try:
        return dict(client.esmtp_features, banner=client.ehlo_resp.decode()
                    .split()[0])
    finally:
        client.quit()


def window():
    """Seconds of a new window."""
    global turn
    turn += 1
    inst.tool("relayctl", "open", ADDRESS % turn, "demo")
    line = [w for w in inst.tool("relayctl", "list").stdout.splitlines()
            if w.startswith(ADDRESS % turn + " ")][0]
    return round(int(line.split()[2]), -2)


def budget():
    said = inst.tool("relayctl", "check", "192.0.2.250").stdout
    return int(re.search(r"(\d+) recipients", said).group(1))


def rcpt(sender, to, first=None):
    client = inst.smtp("SMTP")
    try:
        client.ehlo()
        client.login("demo", password)
        client.mail(sender)
        return client.rcpt(to)[0]
    finally:
        client.close()


def sent():
    """(which smarthost has a new message of a customer's, its text)."""
    global turn
    turn += 1
    subject = "turn %d." % turn
    client = inst.smtp("SMTP", "127.0.0.2")
    client.login("demo", password)
    client.sendmail("demo@example.test", ["a@far.example"],
                    mail.replace("Subject: x", "Subject: " + subject))
    client.quit()
    got = []

    def there():
        got[:] = [(i, m.data) for i in (0, 1) for m in sinks[i].mails
                  if subject.encode() in m.data]
        return got
    wait_for(there, 20)
    return got[0] if got else (None, b"")


def sink():
    return sent()[0]


def hidden():
    """Is the client's address left out?"""
    return b"127.0.0.2" not in sent()[1]


def full():
    client = inst.smtp("SMTP")
    try:
        client.ehlo()
        client.mail("bob@far.example")
        return client.rcpt("full@example.test")[0]
    finally:
        client.close()


def uid():
    client = inst.pop3("demo", password)
    try:
        return client.uidl()[1][0].split()[1].decode()
    finally:
        client.quit()


def plaintext():
    """Who is offered AUTH without TLS: from these two addresses."""
    return ["auth" in ehlo(a) for a in ("127.0.0.1", "127.0.0.2")]


def proxied():
    """What one says who begins without a PROXY header, from two addresses."""
    said = []
    for source in "127.0.0.1", "127.0.0.3":
        with socket.create_connection(("127.0.0.1", inst.port("SMTP")), 10,
                                      (source, 0)) as s:
            s.settimeout(1.5)
            try:
                said.append(s.recv(200)[:3].decode())
            except socket.timeout:
                said.append("")
            except ConnectionError:
                said.append("")
    return said


# a full mailbox, and one message to look at
inst.tool("userdb", "add", "full")
inst.tool("aliasdb", "add", "full@example.test", "full")
client = inst.smtp()
client.sendmail("bob@far.example", ["demo@example.test"], mail)
client.sendmail("bob@far.example", ["full@example.test"], mail + "x\r\n" * 999)
client.quit()
check("a message", wait_for(lambda: os.listdir(inst.path("mail/full/new")) if
      os.path.isdir(inst.path("mail/full/new")) else [], 20) and len(inst.wait_mail("demo", password)) == 1)
users = open(inst.path("etc/users"), encoding="utf-8").read()
inst.write("etc/users", re.sub(r"(?m)^(full:.*)$",
                               r"\1userdb_quota_rule=*:storage=1K", users))
made = inst.make_etc()
check("a quota", made.returncode == 0, made.stderr)
check("a full mailbox", wait_for(lambda: full() == 452, 20))
inst.tool("relayctl", "open", "192.0.2.250", "full", "7200")
own = uid()

# file, a good value, mistakes, another good value; how it shows, as what at first
# (None: as it shows first) and then; what holds meanwhile, where not the first
ROWS = [
    ("window", "900", ["30m", "0", "604801"], "1200", window, 900, 1200),
    ("budget", "77", ["-1", "lots"], "78", budget, 77, 78),
    ("databytes", "1000000", ["50M", "0"], "2000000",
     lambda: ehlo()["size"], "1000000", "2000000"),
    ("me", "one.example.test", ["no name", "http://x"], "two.example.test",
     lambda: ehlo()["banner"], "one.example.test", "two.example.test"),
    ("sender-policy", "any", ["all", "own any"], "own",
     lambda: rcpt("x@other.example", "a@far.example"), 250, 553),
    ("over-quota", "refuse", ["reject"], "defer", full, 552, 452),
    ("hide-client", "yes", ["maybe"], "no", hidden, True, False),
    ("smarthosts", "127.0.0.1:%d" % sinks[1].port, [
        "127.0.0.1:99999", "127.0.0.1:25 tls=yes"],
     "127.0.0.1:%d" % sinks[0].port, sink, 1, 0),
    ("routes", "far.example: 127.0.0.1:%d" % sinks[1].port, ["far.example"],
     "near.example: mx", sink, 1, 0),
    ("uidl", "qmail", ["qmial", "own 7"], "own", lambda: uid() == own,
     None, True),
    ("plaintext", "127.0.0.1\n127.0.0.2", ["127.0.0.1/8", "localhost"],
     "127.0.0.2", plaintext, [True, True], [False, True], [False, False]),
    ("proxies", "127.0.0.3", ["127.0.0.3:25"], "127.0.0.9", proxied,
     ["220", ""], ["220", "220"], ["421", "421"]),
]
SINGLY = ("routes", "plaintext", "proxies")  # they are in the others' way


class Row:
    def __init__(self, name, good, mistakes, other, look, first, then,
                 meanwhile=None):
        self.name, self.good, self.mistakes, self.other = (
            name, good, mistakes, other)
        self.look, self.first, self.then = look, first, then
        self.meanwhile, self.before = meanwhile, None
        if os.path.exists(inst.path("etc", name)):
            with open(inst.path("etc", name), encoding="utf-8") as f:
                self.before = f.read()

    def write(self, text):
        inst.write("etc/" + self.name, text + "\n")

    def begin(self):
        if self.first is None:  # uidl
            self.first = self.look()
        if self.meanwhile is None:
            self.meanwhile = self.first
        check("%s: %r" % (self.name, self.good),
              wait_for(lambda: self.look() == self.first, 10), self.look())

    def holds(self):
        check("%s: what runs is as it was" % self.name
              if self.meanwhile == self.first else
              "%s: nobody has the right" % self.name,
              wait_for(lambda: self.look() == self.meanwhile, 5), self.look())

    def restore(self):
        if self.before is None:
            os.unlink(inst.path("etc", self.name))
        else:
            inst.write("etc/" + self.name, self.before)

    def told(self):
        return inst.log().count("warning: etc/%s:1:" % self.name)


def go_wrong(rows, i):
    """The i-th mistake in each of the files."""
    for row in rows:
        row.write(row.mistakes[i % len(row.mistakes)])
    added.append("new%d@example.test" % len(added))
    inst.append("etc/aliases", added[-1] + ": demo\n")
    made = inst.make_etc()
    for row in rows:
        check("%s: make says what is wrong with %r" % (
            row.name, row.mistakes[i % len(row.mistakes)]),
              made.returncode == 2 and "etc/%s:1:" % row.name in made.stderr,
              made.stderr)
    check("... and compiles nothing", inst.tool(
        "aliasdb", "explain", added[-1], ok=(0, 1)).returncode == 1)
    for row in rows:
        row.holds()


def run(rows):
    for row in rows:
        row.write(row.good)
    for row in rows:
        row.begin()
    time.sleep(1.1)  # acceptors look once a second
    for row in rows:
        row.look()
    for i in range(max(len(row.mistakes) for row in rows)):
        go_wrong(rows, i)
    for row in rows:
        check("%s: the log names it" % row.name, inst.wait_log(
            "warning: etc/%s:1:" % row.name), inst.log()[-600:])
    time.sleep(1.1)
    for row in rows:
        row.look()
    time.sleep(0.5)  # the logger's
    before = [row.told() for row in rows]
    for row in rows:
        row.look()
    time.sleep(0.5)
    check("it is not said again", before == [row.told() for row in rows],
          (before, inst.log()[-600:]))
    for row in rows:
        row.write(row.other)
    made = inst.make_etc()
    check("mended", made.returncode == 0 and "etccheck" not in made.stderr,
          made.stderr)
    for row in rows:
        check("%s: in force: %r" % (row.name, row.other),
              wait_for(lambda: row.look() == row.then, 10), row.look())
        row.restore()


run([Row(*r) for r in ROWS if r[0] not in SINGLY])
for r in ROWS:
    if r[0] in SINGLY:
        run([Row(*r)])
check("what stood in the texts meanwhile counts now", added and all(inst.tool(
    "aliasdb", "explain", a, ok=(0, 1)).returncode == 0 for a in added))
done()
