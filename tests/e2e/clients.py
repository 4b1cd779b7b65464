#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The customer's programs against a whole instance, with TLS and in plain: swaks,
curl, msmtp, fetchmail, mpop, smtplib, poplib; out by MX and by smarthosts with
credentials."""
import os
import poplib
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from dnsserver import DnsServer
from home import check, done, free_port, wait_for
from instance import Instance
from smtpsink import Sink

work = tempfile.mkdtemp(prefix="postern-clients-")
UNVERIFIED = ssl._create_unverified_context()


def run(*command, input=None, **env):
    return subprocess.run(
        command, input=input, capture_output=True, timeout=60,
        env=dict(os.environ, HOME=work, **env), cwd=work)


def file(name, text, mode=0o600):
    path = os.path.join(work, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def certificate(name):
    """(certificate, key) of a provider, signed by itself."""
    cert, key = os.path.join(work, name + ".crt"), os.path.join(work, name)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
        "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-keyout", key,
        "-out", cert)
    return cert, key


mx1, mx2 = Sink("127.0.0.21"), None
mx2 = Sink("127.0.0.22", mx1.port)
dns = DnsServer({
    "far.test": {"MX": [(10, "a.mx.test"), (20, "b.mx.test")]},
    "second.test": {"MX": [(10, "gone.mx.test"), (20, "b.mx.test")]},
    "plain.test": {"A": ["127.0.0.22"]},
    "nomail.test": {"MX": [(0, ".")]},
    "broken.test": "SERVFAIL",
    "a.mx.test": {"A": ["127.0.0.21"]}, "b.mx.test": {"A": ["127.0.0.22"]},
    "gone.mx.test": {"A": ["127.0.0.23"]},
    "smart.test": {"A": ["127.0.0.31"]},
})
inst = Instance(DOMAIN="widget.test", start=False)
inst.start()
inst.stop()
inst.write("etc/dns", "127.0.0.1@%d\n" % dns.port)
inst.write("etc/mx-port", "%d\n" % mx1.port)
inst.write("etc/retry", "1\n")
inst.start()
password = inst.tool("userdb", "add", "widget01",
                     "login=fred@widget.test").stdout.strip()
inst.tool("aliasdb", "add", "fred@widget.test", "widget01")
SMTP, SUBMISSION, SMTPS = (inst.port(p) for p in (
    "SMTP", "SUBMISSION", "SUBMISSIONS"))

# sending ------------------------------------------------------------------------

got = run("swaks", "--server", "127.0.0.1:%d" % SMTP, "--from",
          "fred@widget.test", "--to", "swaks@far.test", "--tls")
check("swaks: relaying denied without a login", got.returncode != 0
      and b"Relaying denied" in got.stdout, got.stdout)
for mech in ("PLAIN", "LOGIN"):
    got = run("swaks", "--server", "127.0.0.1:%d" % SUBMISSION, "--from",
              "fred@widget.test", "--to", "swaks@far.test", "-tls", "-a", mech,
              "-au", "widget01", "-ap", password)
    check("swaks: STARTTLS, AUTH " + mech, got.returncode == 0,
          got.stdout[-600:])
got = run("swaks", "--server", "127.0.0.1:%d" % SUBMISSION, "--from",
          "fred@widget.test", "--to", "swaks@far.test", "-tls", "-a", "PLAIN",
          "-au", "widget01", "-ap", "wrong")
check("swaks: a wrong password is 535 5.7.8", b"535 5.7.8" in got.stdout,
      got.stdout[-600:])
mail = file("mail", "From: fred@widget.test\nTo: curl@far.test\nSubject: c\n\n"
            ".\n..\nend\n")
got = run("curl", "-sSk", "--crlf", "-u", "widget01:" + password,
          "--mail-from", "fred@widget.test", "--mail-rcpt", "curl@far.test",
          "-T", mail, "smtps://127.0.0.1:%d" % SMTPS)
check("curl: smtps", got.returncode == 0, got.stderr)
conf = file("msmtprc", "account default\nhost 127.0.0.1\nport %d\ntls on\n"
            "tls_certcheck off\nauth on\nuser fred@widget.test\npassword %s\n"
            "from fred@widget.test\n" % (SUBMISSION, password))
with open(mail, "rb") as f:
    got = run("msmtp", "-C", conf, "msmtp@far.test", input=f.read())
check("msmtp: STARTTLS, login by e-mail address", got.returncode == 0,
      got.stderr)
client = smtplib.SMTP_SSL("127.0.0.1", SMTPS, context=UNVERIFIED)
client.login("widget01", password)
client.sendmail("fred@widget.test", ["py@far.test", "py@second.test",
                                     "py@plain.test"],
                "From: fred@widget.test\r\nSubject: py\r\n\r\nhi\r\n")
client.quit()
for name in ("swaks", "curl", "msmtp", "py"):
    check(name + ": arrives at the first mail host", wait_for(
        lambda n=name: mx1.to(n + "@far.test"), 20), inst.log()[-1500:])
curled = mx1.to("curl@far.test")
check("dots as they were", curled and curled[0].data.endswith(
    b"\n\n.\n..\nend\n"), curled and curled[0].data)
check("a dead mail host: the second one", wait_for(
    lambda: mx2.to("py@second.test"), 20), inst.log()[-1500:])
check("no MX: the domain's own address", wait_for(
    lambda: mx2.to("py@plain.test"), 20), inst.log()[-1500:])

# what cannot be delivered
client = smtplib.SMTP("127.0.0.1", SUBMISSION)
client.login("widget01", password)
client.sendmail("fred@widget.test", ["x@nomail.test", "x@gone.invalid"],
                "From: fred@widget.test\r\nSubject: no\r\n\r\nhi\r\n")
client.sendmail("fred@widget.test", ["x@broken.test"],
                "From: fred@widget.test\r\nSubject: later\r\n\r\nhi\r\n")
client.quit()
mails = inst.wait_mail("widget01", password, 1)
check("null MX and no such domain: one bounce", any(
    b"x@nomail.test" in m and b"x@gone.invalid" in m for m in mails), mails)
check("a broken DNS defers", "x@broken.test" in inst.tool(
    "queuectl", "list", "--json").stdout, inst.tool("queuectl", "list").stdout)

# fetching -----------------------------------------------------------------------

pop3 = "pop3://127.0.0.1:%d/" % inst.port("POP3")
pop3s = "pop3s://127.0.0.1:%d/" % inst.port("POP3S")
for what, url, more in (("in plain", pop3, []), ("STLS", pop3, ["--ssl-reqd"]),
                        ("pop3s", pop3s, [])):
    got = run("curl", "-sSk", *more, "-u", "widget01:" + password, url)
    check("curl: list, " + what, got.returncode == 0
          and len(got.stdout.split(b"\r\n")) == len(mails) + 1, got)
client = poplib.POP3_SSL("127.0.0.1", inst.port("POP3S"), context=UNVERIFIED)
client.user("fred@widget.test")
client.pass_(password)
check("poplib: TLS, by e-mail address", client.stat()[0] == len(mails))
client.quit()
box = os.path.join(work, "inbox")
conf = file("mpoprc", "account default\nhost 127.0.0.1\nport %d\ntls on\n"
            "tls_starttls off\ntls_certcheck off\nuser widget01\npassword %s\n"
            "keep on\ndelivery mbox %s\nuidls_file %s/uidls\n" % (
                inst.port("POP3S"), password, box, work))
got = run("mpop", "-C", conf)
check("mpop: pop3s", got.returncode == 0 and os.path.getsize(box) > 500,
      got.stderr)
out = os.path.join(work, "fetched")
conf = file("fetchmailrc", "poll 127.0.0.1 port %d proto pop3 user widget01 "
            "password %s no sslcertck sslproto TLS1.2+ fetchall no keep mda "
            "\"cat >>%s\"\n" % (inst.port("POP3"), password, out))
got = run("fetchmail", "-f", conf, "--pidfile", work + "/pid", "-i",
          work + "/ids")
check("fetchmail: STLS, fetches and deletes", got.returncode == 0
      and os.path.getsize(out) > 500, got.stdout + got.stderr)
check("nothing is left", inst.mails("widget01", password) == [])

# smarthosts with credentials ----------------------------------------------------

cert, key = certificate("smart.test")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
refusing = Sink("127.0.0.31", auth=("else", "where"), tls=context)
smart = Sink("127.0.0.31", auth=("isp-user", "isp pass"), tls=context)
inst.write("etc/smarthosts",
           "127.0.0.31:%d\nsmart.test:%d tls=required auth=ours\n"
           "smart.test:%d tls=required auth=ours\n" % (
               free_port(), refusing.port, smart.port))
inst.write("etc/smarthost-auth", "ours isp-user isp pass\n")
if os.geteuid() == 0:
    uid = int(open(inst.path("etc/uidbase")).readline()) + 6
    os.chown(inst.path("etc/smarthost-auth"), uid, uid)
os.chmod(inst.path("etc/smarthost-auth"), 0o400)
client = smtplib.SMTP("127.0.0.1", SUBMISSION)
client.login("widget01", password)
client.sendmail("fred@widget.test", ["smart@far.test"],
                "From: fred@widget.test\r\nSubject: s\r\n\r\nhi\r\n")
client.quit()
check("dead, refusing, then the one that takes it", wait_for(
    lambda: smart.to("smart@far.test"), 30), inst.log()[-2500:])
sent = smart.to("smart@far.test")
check("logged in, under TLS", sent and sent[0].tls
      and sent[0].user == "isp-user", sent)
check("the refused login is in the log", inst.wait_log("smart.test", 5)
      and "isp pass" not in inst.log())
plain = Sink("127.0.0.31", auth=("isp-user", "isp pass"))
inst.write("etc/smarthosts", "smart.test:%d tls=none auth=ours\n" % plain.port)
client = smtplib.SMTP("127.0.0.1", SUBMISSION)
client.login("widget01", password)
client.sendmail("fred@widget.test", ["never@far.test"],
                "From: fred@widget.test\r\nSubject: s\r\n\r\nhi\r\n")
client.quit()
check("never a login without TLS: what says so is refused, and mail goes as before",
      wait_for(lambda: smart.to("never@far.test"))
      and "AUTH is never done without TLS" in inst.log()
      and not plain.to("never@far.test"), inst.log()[-1500:])
check("no password in the log", password not in inst.log())
inst.close()
done()
