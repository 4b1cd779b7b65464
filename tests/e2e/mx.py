#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mail goes to MX hosts where no smarthost is set: the whole instance, with a DNS
server and two mail hosts of ours on loopback."""
import email
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from dnsserver import DnsServer
from home import check, done, free_port, wait_for
from instance import Instance
from smtpserver import SmtpServer

mx_port = free_port()
dns = DnsServer({
    "far.test": {"MX": [(10, "mx1.far.test"), (20, "mx2.far.test")]},
    "mx1.far.test": {"A": ["127.0.0.2"]},
    "mx2.far.test": {"A": ["127.0.0.3"]},
    "nullmx.test": {"MX": [(0, ".")]},
    "later.test": "SERVFAIL",
})
inst = Instance(DOMAIN="widget.test")
inst.write("etc/dns", "127.0.0.1@%d\n" % dns.port)
inst.write("etc/mx-port", "%d\n" % mx_port)
password = inst.demo_password()
inst.pop3("demo", password).quit()  # opens the window


def send(*rcpts):
    with inst.smtp() as client:
        return client.sendmail(
            "demo@widget.test", rcpts, "From: <demo@widget.test>\r\nTo: <%s>"
            "\r\nSubject: hello\r\n\r\nbody\r\n" % rcpts[0])


def refuse(addr):
    return "550 5.1.1 no such user" if "nobody" in addr else "250 ok"


second = SmtpServer("127.0.0.3", mx_port, rcpt=refuse)
send("ann@far.test")
check("the first MX is away: the second takes it", wait_for(
    lambda: second.messages), inst.log()[-2000:])
first = SmtpServer("127.0.0.2", mx_port, rcpt=refuse)
send("bob@far.test", "nobody@far.test")
check("one of two is refused", wait_for(
    lambda: first.messages or len(second.messages) > 1), inst.log()[-2000:])
mails = inst.wait_mail("demo", password)
bounce = email.message_from_bytes(mails[0]) if mails else None
check("and comes back as a bounce", bounce and bounce.get_content_type() ==
      "multipart/report" and b"nobody@far.test" in mails[0] and
      b"5.1.1" in mails[0] and b"550 5.1.1 no such user" in mails[0], mails)
check("only that one", mails and b"bob@far.test" not in
      mails[0].split(b"message/rfc822")[0].split(b"text/rfc822-headers")[0])
send("x@nosuch.test", "y@nullmx.test")
mails = inst.wait_mail("demo", password, 2)
check("no such domain, null MX: bounced", wait_for(lambda: all(
    any(word in m for m in inst.mails("demo", password))
    for word in (b"5.1.2", b"5.1.10"))), mails)
send("z@later.test")
check("no answer of the DNS: it waits", inst.wait_log("4.4.3") and
      not any(b"z@later.test" in m for m in inst.mails("demo", password)))
done()
