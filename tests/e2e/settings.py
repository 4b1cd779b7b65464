#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A value of etc/ is mistyped while everything runs: what was good goes on, one
line of the log says what to write, and what would let somebody in lets nobody."""
import os
import poplib
import smtplib
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance

inst = Instance()
password = inst.demo_password()


def code(size=10):
    """The reply's code; 0: hung up."""
    try:
        with inst.smtp(source="127.0.0.9") as client:
            client.sendmail("x@far.test", ["demo@example.test"],
                            "Subject: x\r\n\r\n" + "y" * size)
    except smtplib.SMTPRecipientsRefused as e:
        return e.recipients["demo@example.test"][0]
    except smtplib.SMTPResponseException as e:
        return e.smtp_code
    except smtplib.SMTPServerDisconnected:
        return 0
    return 250


def seconds():
    """What is left of demo's window, after a new login."""
    inst.tool("relayctl", "close", "demo", ok=None)
    inst.mails("demo", password)
    return int(inst.tool("relayctl", "list").stdout.split()[-1])


def greeting():
    with inst.smtp() as client:
        return client.ehlo()[1].decode().split()[0]


def logs_in():
    try:
        inst.mails("demo", password)
    except poplib.error_proto as e:
        return str(e)
    return ""


def stays(name, good, wrong, works, said):
    """works() tells whether the good one is in force."""
    inst.write("etc/" + name, good + "\n")
    check("%s: %s" % (name, good), wait_for(works, 20))
    time.sleep(1.1)  # the acceptor looks once a second, at a connection
    works()
    inst.write("etc/" + name, wrong + "\n")
    check("%s: %s is told" % (name, wrong), wait_for(
        lambda: works() and "etc/%s:1:1: %s" % (name, said) in inst.log(), 20),
        inst.log()[-900:])
    time.sleep(1.1)  # until then a session may look itself, and tell too
    works()
    told = inst.log().count("etc/%s:1:1: " % name)
    check("... and the good one goes on, and nothing more is told", works() and
          works() and inst.log().count("etc/%s:1:1: " % name) == told < 20, told)
    r = inst.make_etc()
    check("... make -C etc says the same", r.returncode == 2 and
          "etc/%s:1:1: %s" % (name, said) in r.stderr, r)
    os.unlink(inst.path("etc/" + name))


stays("databytes", "1000", "1k", lambda: code(2000) == 552,
      "'1k' is not a number; write 1 to 1099511627776 (bytes)")
check("databytes: the default again", wait_for(lambda: code(2000) == 250, 20))
stays("window", "60", "an hour", lambda: 50 < seconds() <= 60,
      "'an hour' is not a number; write 1 to 604800 (seconds)")
stays("me", "mx.example.test", "mx example", lambda: greeting() ==
      "mx.example.test", "no host name; write this machine's full name")
inst.write("etc/me", "example.test\n")
inst.mails("demo", password, delete=True)
inst.tool("userdb", "set", "demo", "messages=1")
check("room for one", code() == 250)
stays("over-quota", "refuse", "reject", lambda: code() == 552,
      "'reject' is not a word of this setting; write defer or refuse")
check("over-quota: the default again", wait_for(lambda: code() == 452, 20))

# what would let somebody in

inst.write("etc/plaintext", "127.0.0.0/8\n127.0.0.1/33\n")
check("plaintext: nobody", wait_for(lambda: "must use TLS" in logs_in(), 20))
inst.write("etc/plaintext", "127.0.0.0/8\n")
check("mended", wait_for(lambda: not logs_in(), 20))
inst.write("etc/proxies", "the load balancer\n")
check("proxies: nobody is served", wait_for(lambda: code() == 0, 20))
inst.write("etc/proxies", "# none\n")
check("mended", wait_for(lambda: code() == 452, 20))

# a start with a mistake in it

inst.write("etc/window", "soon\n")
inst.write("etc/uidl", "qmial\n")
inst.stop()
inst.start()
check("the start tells", "etc/window:1:1: 'soon'" in inst.output and
      "etc/uidl:1:1: no rule" in inst.output, inst.output)
check("nobody is let in by another rule", "SYS/TEMP" in logs_in(), logs_in())
inst.write("etc/uidl", "qmail\n")
check("mended", wait_for(lambda: not logs_in(), 20), logs_in())
check("the default meanwhile", 1700 < seconds() <= 1800)
inst.close()
done()
