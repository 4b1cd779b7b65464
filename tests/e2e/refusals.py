#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The table "What customers see, and why" of doc/ADMIN.md: each text in it is
provoked in an instance, and is word for word what the mail program shows."""
import base64
import os
import re
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, wait_for
from instance import Instance
from smtpsink import Sink

INTERNET = "127.0.0.9"
# what wants a fault that an instance cannot be given from outside; each file there
# makes it happen
ELSEWHERE = {
    "452 4.3.1 the disk is full": "tests/smtpd/queue-answers.dlg",
    "452 4.3.1 the disk is full: try again later":
        "tests/smtpd/full-before-data.dlg",
    "452 4.3.1 too many messages in the queue": "tests/queue/full.py",
    "421 4.4.2 … waited too long": "tests/smtpd/faults.py",
    "451 4.3.0 cannot take the message now: …": "tests/smtpd/queue-answers.dlg",
    "451 4.3.0 cannot tell now whose address is in From":
        "tests/smtpd/from.dlg",
    "451 4.3.0 cannot tell now whose address the sender is":
        "tests/smtpd/relayd-faults.dlg",
    "554 5.4.6 too many hops: a mail loop": "tests/smtpd/queue-answers.dlg",
    "554 5.6.0 …": "tests/smtpd/queue-answers.dlg",
    "[SYS/TEMP] the login took too long, log in again, try again later":
        "tests/pop3d/mailboxd_faults.py",
    "[SYS/TEMP] the mailbox cannot be read": "tests/pop3d/mailboxd_faults.py",
    "[SYS/TEMP] this message cannot be read": "tests/pop3d/mailboxd_faults.py",
    "[SYS/TEMP] the unique ids cannot be told now":
        "tests/pop3d/mailboxd_faults.py",
    "[SYS/TEMP] some deleted messages not removed":
        "tests/pop3d/mailboxd_faults.py",
}
sink = Sink()
inst = Instance(SMARTHOST="127.0.0.1:%d" % sink.port)
said = {"smtp": set(), "pop3": set()}


class Line:
    """A client that says what it is told to, and keeps what it hears."""

    def __init__(self, port, source="127.0.0.1"):
        self.kind = "pop3" if port.startswith("POP3") else "smtp"
        self.sock = socket.create_connection(
            ("127.0.0.1", inst.port(port)), 30, source_address=(source, 0))
        self.file = self.sock.makefile("rb")
        self.greeting = self.hear()

    def hear(self):
        line = b""
        while not line or line[3:4] == b"-" and self.kind == "smtp":
            line = self.file.readline()
            if not line:
                return ""
            said[self.kind].add(line.decode().rstrip("\r\n"))
        return line.decode().rstrip("\r\n")

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else
                          data.encode() + b"\r\n")

    def say(self, *commands):
        """The last answer; "": the line is dead."""
        got = ""
        try:
            for command in commands:
                self.send(command)
                got = self.hear()
                if not got:
                    break
        except OSError:
            return ""
        return got

    def tls(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")

    def close(self):
        self.file.close()
        self.sock.close()


def smtp(*commands, port="SMTP", source=INTERNET):
    line = Line(port, source)
    got = line.say("EHLO client.test", *commands)
    line.close()
    return got


def pop3(*commands):
    line = Line("POP3")
    got = line.say(*commands)
    line.close()
    return got


def plain(user, password, act_as=""):
    return base64.b64encode(("%s\0%s\0%s" % (act_as, user, password)).encode()
                            ).decode()


def down(name, work):
    subprocess.run(["s6-svc", "-wD", "-d", inst.path("service", name)], check=True)
    try:
        work()
    finally:
        subprocess.run(["s6-svc", "-wU", "-u", inst.path("service", name)],
                       check=True)


def setting(name, value, work):
    path = inst.path("etc", name)
    before = open(path).read() if os.path.exists(path) else None
    inst.write("etc/" + name, value)
    try:
        work()
    finally:
        if before is None:
            os.unlink(path)
        else:
            inst.write("etc/" + name, before)


# the house ------------------------------------------------------------------------

passwords = {n: inst.tool("userdb", "add", n, *words).stdout.strip()
             for n, words in (("fred", []), ("off", []), ("mary", []),
                              ("full", ["quota=2K"]), ("small", ["quota=1K"]))}
for n in passwords:
    inst.tool("aliasdb", "add", n + "@example.test", n)
inst.tool("aliasdb", "add", "shut@example.test", ':refuse "closed for the winter"')
inst.tool("userdb", "disable", "off")
for n in range(2):
    smtp("MAIL FROM:<x@far.test>", "RCPT TO:<full@example.test>", "DATA",
         "Subject: %d\r\n\r\n%s\r\n." % (n, "x" * 900))
check("the full mailbox", wait_for(lambda: len(os.listdir(
    inst.path("mail/full/new"))) >= 2))
AUTH = "AUTH PLAIN " + plain("fred", passwords["fred"])
LOCAL = ("MAIL FROM:<x@far.test>", "RCPT TO:<fred@example.test>")
AWAY = ("MAIL FROM:<fred@example.test>", "RCPT TO:<bob@far.test>")

# sending ----------------------------------------------------------------------------

smtp(*AWAY)
smtp(*AWAY, port="SUBMISSION")
smtp("AUTH PLAIN " + plain("fred", "wrong"), port="SUBMISSION")
smtp("AUTH PLAIN " + plain("off", passwords["off"]), port="SUBMISSION")
smtp("AUTH PLAIN " + plain("fred", passwords["fred"], "mary"), port="SUBMISSION")
setting("plaintext", "192.0.2.0/24\n", lambda: (
    smtp(AUTH, port="SUBMISSION"),
    pop3("USER fred"), pop3("AUTH PLAIN")))
down("authd", lambda: (smtp(AUTH, port="SUBMISSION"),
                       pop3("USER fred", "PASS " + passwords["fred"])))
for line in ("smtpd: auth ip=127.0.0.9 user=fred result=refused reason=\"535 5.7.8",
             "smtpd: auth ip=127.0.0.9 user=fred result=later reason=\"authd: ",
             "pop3d: login service=pop3 user=fred ip=127.0.0.1 result=later "):
    check("logged: " + line, inst.wait_log(line))
down("tlsd", lambda: (smtp("STARTTLS"), pop3("STLS")))
smtp(AUTH, "MAIL FROM:<mary@example.test>", "RCPT TO:<bob@far.test>",
     port="SUBMISSION")
for header in ("From: mary@example.test", "Subject: none",
               "From: a@example.test, b@example.test"):
    smtp(AUTH, *AWAY, "DATA", header + "\r\n\r\nx\r\n.", port="SUBMISSION")
smtp(AUTH, "MAIL FROM:<>", "RCPT TO:<a@far.test>", "RCPT TO:<b@far.test>",
     port="SUBMISSION")
smtp("MAIL FROM:<x@far.test>", "RCPT TO:<nobody@example.test>",
     "RCPT TO:<shut@example.test>", "RCPT TO:<full@example.test>")
setting("over-quota", "refuse\n", lambda: smtp(
    "MAIL FROM:<x@far.test> SIZE=100", "RCPT TO:<full@example.test>"))
smtp("MAIL FROM:<x@far.test> SIZE=1025", "RCPT TO:<small@example.test>")
smtp("MAIL FROM:<x@far.test> SIZE=99999999999")
line = Line("SMTP", INTERNET)
line.say("EHLO x", *LOCAL, "DATA")
for _ in range(270):
    line.send("X-Long: " + "x" * 990)
check("a header too big", line.say("\r\n.").startswith("552 5.3.4 the header"))
line.close()
line = Line("SMTP", INTERNET)
line.say("EHLO x", LOCAL[0], *[LOCAL[1]] * 1001)
line.close()
down("queued", lambda: (smtp(*LOCAL, "DATA")))
down("relayd", lambda: (smtp(*AWAY), smtp(*AWAY, port="SUBMISSION")))
down("deliver-local", lambda: smtp("MAIL FROM:<x@far.test>",
                                   "RCPT TO:<full@example.test>"))
for text in "a\rb", "a\0b":
    smtp(*LOCAL, "DATA", "Subject: x\r\n\r\n%s\r\n." % text)
smtp(*LOCAL, "DATA", "Received: x\r\n" * 101 + "\r\nx\r\n.")
got = smtp(*LOCAL, "DATA", "Received: x\r\n" * 100 + "\r\nx\r\n.")
check("100 Received fields pass, here and in the queue",
      got.startswith("250 2.0.0"), got)
line = Line("SMTP", INTERNET)
line.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
line.hear()
line.close()
for many in (["AUTH PLAIN " + plain("fred", "wrong")] * 4, ["FROB"] * 25, ["NOOP"] * 120,
             ["MAIL FROM:<x@far.test>"] + ["RCPT TO:<full@example.test>"] * 510):
    line = Line("SMTP" if many[0][0] != "A" else "SUBMISSION", INTERNET)
    line.send("EHLO x")
    line.hear()
    for n, command in enumerate(many):
        got = line.say(command)
        if not got or got.startswith("421"):
            break
    line.close()


def two_at_once(port):
    lines = [Line(port, "127.0.0.8") for _ in range(2)]
    for one in lines:
        one.close()
    return not [x for x in lines if "too many" in x.greeting]


def too_many():
    for port in "SMTP", "POP3":  # the limit counts within a second
        check("one too many: " + port, wait_for(lambda: not two_at_once(port)))


setting("connections-ip", "1\n", too_many)
for port in "SMTP", "POP3":
    check("and room again: " + port, wait_for(lambda: two_at_once(port)))


def nobody_served(port):
    line = Line(port, "127.0.0.7")
    line.close()
    return "not available now" in line.greeting


setting("proxies", "127.0.0.300\n", lambda: [
    check("etc/proxies is broken: " + port, wait_for(
        lambda: nobody_served(port))) for port in ("SMTP", "POP3")])
for port in "SMTP", "POP3":
    check("mended: " + port, wait_for(lambda: not nobody_served(port)))
line = Line("SMTP", INTERNET)
line.say("EHLO x")
stop = subprocess.Popen(["s6-svc", "-wD", "-d", inst.path("service/smtpd")])
line.hear()
line.close()
stop.wait(30)
subprocess.run(["s6-svc", "-wU", "-u", inst.path("service/smtpd")], check=True)
setting("budget", "2\n", lambda: (
    smtp("AUTH PLAIN " + plain("mary", passwords["mary"]),
         "MAIL FROM:<mary@example.test>", *["RCPT TO:<b%d@far.test>" % n
                                            for n in range(3)],
         port="SUBMISSION")))


line = Line("SUBMISSION")
line.say("EHLO x", AUTH, *AWAY)
inst.tool("relayctl", "close", "fred", ok=(0, 1))
check("a message of a login that ended", line.say(
    "DATA", "From: fred@example.test\r\n\r\nx\r\n.").startswith("451 4.7.1"))
check("... and the session", line.say(AWAY[0]).startswith("421 4.7.0"))
line.close()


def two_sessions(*who):
    """Both ask while there is room for one of them; who: mailbox and address."""
    lines = [(Line("SUBMISSION", address), name) for name, address in who]
    for one, name in lines:
        one.say("EHLO x", "AUTH PLAIN " + plain(name, passwords[name]),
                "MAIL FROM:<%s@example.test>" % name, "RCPT TO:<b1@far.test>",
                "RCPT TO:<b2@far.test>")
    for one, name in lines:
        one.say("DATA", "From: %s@example.test\r\n\r\nx\r\n." % name)
        one.close()


setting("budget", "3\n", lambda: (
    two_sessions(("mary", "127.0.0.2"), ("mary", "127.0.0.3")),
    two_sessions(("fred", "127.0.0.4"), ("small", "127.0.0.4"))))
line = Line("SMTP", INTERNET)
line.send("MAIL FROM:<x@far.test>")
line.hear()
line.say("RCPT TO:<fred@example.test>", "HELO", "HELO a b", "EHLO x",
         "DATA", "FROB", "x" * 3000, "VRFY", "EXPN staff", b"NO\0OP\r\n")
line.close()
line = Line("SMTP", INTERNET)
line.say("EHLO x", b"NOOP\n")
line.close()
line = Line("SMTP", INTERNET)
line.say("EHLO x", "MAIL FROM:<x@far.test", "MAIL FROM:<x@far.test> SIZE=x",
         "MAIL FROM:<x@far.test> FROB=1", "RCPT TO:<x@far.test>", LOCAL[0],
         LOCAL[0], "RCPT TO:<fred", "RCPT TO:<>", "RCPT TO:<fred@example.test> X=1",
         "DATA", "DATA x", "QUIT x", "RSET x", "STARTTLS x", "STARTTLS")
line.tls()
line.say("EHLO x", "STARTTLS")
line.close()
line = Line("SUBMISSION")
line.say("AUTH PLAIN x", "EHLO x", "AUTH LOGIN", "*", "AUTH PLAIN ====",
         "AUTH PLAIN " + base64.b64encode(b"abc").decode())
line.close()
line = Line("SUBMISSION")
line.say("EHLO x", "AUTH LOGIN", base64.b64encode(b"a\0b").decode())
line.say("AUTH LOGIN", base64.b64encode(b"fred").decode(),
         base64.b64encode(b"a\0b").decode())
line.close()
for n, command in enumerate(("AUTH FROB", "AUTH PLAIN", AUTH, "AUTH")):
    line = Line("SUBMISSION")
    line.say("EHLO x", command)
    if n == 1:
        line.say("x" * 13000)
    if n == 2:
        line.say(AUTH, AWAY[0], AUTH)
    line.close()
line = Line("SUBMISSION")
line.say("EHLO x", "AUTH PLAIN", b"abc\n")
line.close()
line = Line("SMTP")
line.say("EHLO x", AWAY[0], AUTH)
line.close()
line = Line("SMTP")
line.say("EHLO x", b"STARTTLS\r\nNOOP\r\n")
line.close()

# fetching ---------------------------------------------------------------------------

FRED = ("USER fred", "PASS " + passwords["fred"])
pop3("USER fred", "PASS wrong")
pop3("USER off", "PASS " + passwords["off"])
pop3("AUTH PLAIN " + plain("fred", passwords["fred"], "mary"))
pop3("APOP fred 0123")
holder = Line("POP3")
holder.say(*FRED)
pop3(*FRED)
holder.say("RETR 99", "STAT")
holder.close()
smtp("MAIL FROM:<x@far.test>", "RCPT TO:<mary@example.test>", "DATA",
     "Subject: x\r\n\r\nx\r\n.")
check("mary's mail", wait_for(lambda: os.path.exists(
    inst.path("mail/mary/new")) and os.listdir(inst.path("mail/mary/new"))))
line = Line("POP3")
line.say("USER mary", "PASS " + passwords["mary"])
line.say("RETR 9", "DELE 1", "RETR 1")
line.say("RSET", "LIST 1")
for n in os.listdir(inst.path("mail/mary/new")):
    os.unlink(inst.path("mail/mary/new", n))
line.say("RETR 1")
line.close()
down("mailboxd", lambda: pop3("USER fred", "PASS " + passwords["fred"]))


def one_session():
    down("mailboxd", lambda: None)  # it reads that at its start
    line = Line("POP3")
    line.say("USER mary", "PASS " + passwords["mary"])
    pop3("USER fred", "PASS " + passwords["fred"])
    line.close()


setting("pop3-sessions", "1\n", one_session)
down("mailboxd", lambda: None)
inst.write("mail/small", "no folder")
pop3("USER small", "PASS " + passwords["small"])
os.unlink(inst.path("mail/small"))
pop3("FROB", "x" * 3000, "STAT", "PASS x", "AUTH FROB", "AUTH PLAIN =")
line = Line("POP3")
line.say("AUTH PLAIN", "*", "USER", "STLS")
line.tls()
line.say("STLS")
line.close()
line = Line("POP3")
line.say(b"STLS\r\nNOOP\r\n")
line.close()
line = Line("POP3")
line.say(*FRED, "USER x", "LIST x y z", "TOP 1")
line.close()
line = Line("POP3")
while line.say("FROB"):
    pass
line.close()
line = Line("POP3")
while line.say("CAPA").startswith("+OK"):
    while line.hear() not in (".", ""):
        pass
line.close()

# the table ----------------------------------------------------------------------------

with open(os.path.join(ROOT, "doc/ADMIN.md"), encoding="utf-8") as f:
    part = f.read().split("\n## What customers see, and why\n")[1]
kind, seen = "smtp", 0
for row in part.split("\nA message that was taken")[0].splitlines():
    if not row.startswith("| ") or row.startswith("| the mail program says"):
        continue
    cell = re.split(r"(?<!\\)\|", row)[1].strip()
    kind = "pop3" if cell.startswith("**Fetching") else kind
    if cell.startswith("**"):
        continue
    for text in re.findall(r"`([^`]+)`", cell):
        seen += 1
        pattern = ".+".join(map(re.escape, text.split("…")))
        if not re.match(r"[45]\d\d ", text):
            pattern = "-ERR " + pattern
        if text in ELSEWHERE:
            check("elsewhere: " + text, os.path.exists(os.path.join(
                ROOT, ELSEWHERE[text])))
        else:
            check(text, [s for k in said.values() for s in k
                         if re.fullmatch(pattern, s)])
check("rows were found", seen > 100, seen)
inst.close()
done()
