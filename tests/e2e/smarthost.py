#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A provider's smarthost that wants TLS and a login: the right password, the wrong
one, no AUTH at all; and what the postmaster is told."""
import os
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance
from smtpserver import SmtpServer

SECRET = "open sesame"

inst = Instance()
key, cert = (os.path.join(os.path.dirname(inst.run), x) for x in ("k", "c"))
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/CN=provider.test", "-days", "2", "-keyout", key, "-out",
                cert], check=True, capture_output=True)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(cert, key)
provider = SmtpServer(tls=tls, users={"customer17": SECRET}, extensions=(
    "PIPELINING", "AUTH PLAIN LOGIN"))
mute = SmtpServer(tls=tls, extensions=("PIPELINING",))
demo = inst.demo_password()
inst.write("etc/retry", "1\n")
inst.write("etc/nets", "127.0.0.2/32 allow\n")
inst.make_etc()


def secret(password):
    path = inst.path("etc/smarthost-auth")
    with open(path, "rb+" if os.path.exists(path) else "wb") as f:
        f.truncate()
        f.write(b"ours customer17 %s\n" % password.encode())
    inst.make_etc()


def smarthosts(*servers):
    inst.write("etc/smarthosts", "".join(
        "127.0.0.1:%d auth=ours\n" % s.port for s in servers))


def send(subject):
    client = inst.smtp(source="127.0.0.2")
    client.sendmail("demo@example.test", ["bob@far.test"],
                    "From: <demo@example.test>\r\nSubject: %s\r\n\r\nx\r\n"
                    % subject)
    client.quit()


def subjects():
    return [line for m in provider.messages
            for line in m[2].decode().splitlines() if "Subject" in line]


def letters(n):
    return inst.wait_mail("demo", demo, n)


secret(SECRET)
smarthosts(provider)
send("first")
check("with its credentials, over TLS", wait_for(
    lambda: subjects() == ["Subject: first"], 20) and
    provider.secrets == [("customer17", SECRET, True)], inst.log()[-1500:])

secret("wrong " + SECRET)
smarthosts(provider)  # or the connection kept from just now takes it
send("second")
check("refused: it waits", wait_for(
    lambda: "4.7.8" in inst.log(), 20) and "bob@far.test" in inst.tool(
        "queuectl", "list").stdout, inst.log()[-1500:])
mails = letters(1)
text = mails[0].decode() if mails else ""
check("the postmaster is told", all(s in text for s in (
    "Return-Path: <>", "Auto-Submitted: auto-generated", "\"ours\"",
    "127.0.0.1:%d" % provider.port, "535 5.7.8 wrong",
    "etc/smarthost-auth")), text)
check("no password in it, nor in the log",
      SECRET not in text + inst.log())
seen = len(provider.secrets)
check("tried again", wait_for(lambda: (
    inst.tool("queuectl", "retry"), len(provider.secrets) > seen)[1], 20))
check("but told once", len(letters(1)) == 1)
smarthosts(provider, mute)
check("that one is tried", wait_for(lambda: (
    inst.tool("queuectl", "retry"), mute.sessions > 0)[1], 20))
mails = letters(2)
check("a host without AUTH: the postmaster is told of that one", len(mails) == 2
      and "neither AUTH PLAIN" in mails[1].decode(), mails)
secret(SECRET)
check("mended, nothing restarted: it goes out", wait_for(lambda: (
    inst.tool("queuectl", "retry"), "Subject: second" in subjects())[1], 20),
    inst.log()[-1500:])
check("the queue is empty", wait_for(
    lambda: not inst.tool("queuectl", "list").stdout.strip()))
check("and that was all the mail", len(letters(2)) == 2)
inst.close()
done()
