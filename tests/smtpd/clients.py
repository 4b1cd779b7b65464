#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Real clients at the listener: smtplib, swaks, curl, msmtp; IPv6 too."""
import os
import shutil
import smtplib
import subprocess
import sys
from email.message import EmailMessage

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Scene, free_port  # noqa: E402
from home import check, done, skip  # noqa: E402

scene = Scene()
scene.windows = {"127.0.0.1": ["widget01"], "::1": ["widget01"]}
port = scene.listen("submission")
text = ("From: fred@example.test\r\nTo: x@far.example\r\nSubject: t\r\n\r\n"
        ".dot\r\n..two\r\nend\r\n")


def took(name, n, ok, why=""):
    check(name, ok and len(scene.messages) == n,
          why or "%d messages" % len(scene.messages))


with smtplib.SMTP("127.0.0.1", port, timeout=10) as s:
    s.login("widget01", "right")
    m = EmailMessage()
    m["From"], m["To"] = "Fred <fred@example.test>", "x@far.example"
    m.set_content("Grüße\n.dot\n" * 1000)
    s.send_message(m)
    took("smtplib, AUTH", 1, True)
    check("smtplib: the text", scene.messages[0][1].count(b"\n.dot\n") == 1000)


def run(name, *command, input=None):
    if not shutil.which(command[0]):
        skip(name, "not installed")
        return
    before = len(scene.messages)
    p = subprocess.run(command, input=input, capture_output=True, text=True,
                       timeout=30)
    took(name, before + 1, p.returncode == 0, p.stdout + p.stderr)


server = "127.0.0.1:%d" % port
run("swaks, window", "swaks", "--server", server, "--from",
    "fred@example.test", "--to", "x@far.example", "--h-From",
    "fred@example.test")
run("swaks, PLAIN", "swaks", "--server", server, "--from",
    "fred@example.test", "--to", "demo@example.test", "--auth", "PLAIN",
    "--auth-user", "widget01", "--auth-password", "right")
run("swaks, LOGIN, pipelining", "swaks", "--server", server, "--from",
    "fred@example.test", "--to", "demo@example.test", "--auth", "LOGIN",
    "--auth-user", "fred@example.test", "--auth-password", "right",
    "--pipeline")
scene.home.write("mail.txt", text)
run("curl", "curl", "-sS", "smtp://" + server, "--mail-from",
    "fred@example.test", "--mail-rcpt", "x@far.example", "--user",
    "widget01:right", "-T", scene.home.path("mail.txt"))
scene.home.write("msmtprc", """host 127.0.0.1
port %d
from fred@example.test
auth plain
user widget01
password right
tls off
""" % port, 0o600)
run("msmtp", "msmtp", "-C", scene.home.path("msmtprc"), "x@far.example",
    input=text.replace("\r\n", "\n"))
check("the last one's dots", b"\n.dot\n..two\nend\n" in scene.messages[-1][1],
      scene.messages[-1][1])

port6 = free_port("::1")
scene.home.start("smtpd", "-l", "[::1]:%d,smtp" % port6, name="smtpd.six")
with smtplib.SMTP("::1", port6, timeout=10) as s:
    s.ehlo("[IPv6:::1]")
    s.sendmail("fred@example.test", ["x@far.example"], text)
env, data = scene.messages[-1]
check("IPv6", env["ip"] == "::1" and b"[IPv6:::1]" in data, data)
done()
