#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What an attacker and a careless administrator try against a whole instance:
each row here failed once, or must never."""
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for
from instance import Instance
from smtpserver import SmtpServer

next_hop = SmtpServer(rcpt=lambda a: "550 5.1.1 nobody" if "bad" in a
                      else "250 ok")
inst = Instance(SMARTHOST="127.0.0.1:%d" % next_hop.port)
demo = inst.demo_password()


class Line:
    """A connection that says lines and hears replies."""

    def __init__(self, port, source="127.0.0.1", timeout=60):
        self.sock = socket.create_connection(
            ("127.0.0.1", inst.port(port)), timeout, (source, 0))
        self.file = self.sock.makefile("rb")
        self.greeting = self.reply()

    def reply(self):
        while True:
            line = self.file.readline().decode("latin-1").rstrip("\r\n")
            if line[3:4] != "-" or not line[:3].isdigit():
                return line

    def say(self, *lines):
        got = ""
        for line in lines:
            self.sock.sendall(line.encode("latin-1") + b"\r\n")
            got = self.reply()
        return got

    def close(self):
        self.file.close()
        self.sock.close()


def plain(user, password):
    return base64.b64encode(b"\0%s\0%s" % (
        user.encode(), password.encode())).decode()


def pop(user, password, source="127.0.0.1"):
    line = Line("POP3", source)
    line.say("USER " + user)
    got = line.say("PASS " + password)
    return line, got


def login(user="demo", password=None, source="127.0.0.1"):
    line, got = pop(user, password or demo, source)
    line.say("QUIT")
    line.close()
    return got


def windows():
    return inst.tool("relayctl", "list").stdout


# settings count from the moment the file is written ----------------------------

def live():
    for seconds in (7, 3000, 11):
        inst.write("etc/window", "%d\n" % seconds)
        login()
        left = int(windows().split()[2])
        check("etc/window %d counts at once" % seconds,
              seconds - 2 <= left <= seconds, windows())
    os.unlink(inst.path("etc/window"))
    login()
    for budget in (1, 500, 1):
        inst.write("etc/budget", "%d\n" % budget)
        line = Line("SMTP")
        line.say("EHLO x", "MAIL FROM:<demo@example.test>",
                 "RCPT TO:<x@far.test>")
        got = line.say("RCPT TO:<y@far.test>")
        check("etc/budget %d counts at once" % budget,
              got.startswith("250" if budget > 1 else "451 4.7.1"), got)
        line.close()
    os.unlink(inst.path("etc/budget"))
    inst.write("etc/databytes", "900\n")
    line = Line("SMTP")
    line.say("EHLO x")
    got = line.say("MAIL FROM:<x@far.test> SIZE=901")
    check("a small etc/databytes counts", got.startswith("552"), got)
    line.close()
    os.unlink(inst.path("etc/databytes"))
    inst.tool("relayctl", "close", "demo")


live()


# a bounce is there at once -------------------------------------------------------

def bounce():
    line = Line("SUBMISSION")
    line.say("EHLO x", "AUTH PLAIN " + plain("demo", demo),
             "MAIL FROM:<demo@example.test>", "RCPT TO:<bad@far.test>", "DATA")
    line.say("From: demo@example.test\r\n\r\nx\r\n.")
    began = time.monotonic()
    line.close()
    check("a bounce comes", wait_for(lambda: "Undelivered" in "".join(
        open(os.path.join(inst.path("mail/demo/new"), f)).read()
        for f in (os.listdir(inst.path("mail/demo/new"))
                  if os.path.isdir(inst.path("mail/demo/new")) else [])), 5))
    took = time.monotonic() - began
    check("and takes no second", took < 0.9, took)


bounce()


# passwd and disable against a login that is being hashed --------------------------

def hashing():
    """A hash so slow that the table changes under it."""
    import hashlib  # noqa: F401
    password = inst.tool("userdb", "add", "slow").stdout.strip()
    inst.tool("aliasdb", "add", "slow@example.test", "slow")
    with open(inst.path("etc/users")) as f:
        text = f.read()
    slow = slow_hash(password)
    if not slow:
        return
    text = re.sub(r"(?m)^slow:[^:]*:", "slow:{ARGON2ID}%s:" % slow, text)
    inst.write("etc/users", text)
    inst.tool("userdb", "build")
    got = []
    thread = threading.Thread(
        target=lambda: got.append(login("slow", password, "127.0.0.9")))
    thread.start()
    time.sleep(0.3)
    inst.tool("userdb", "disable", "slow")
    check("the hash was under way", not got, got)
    thread.join()
    check("disabled while it was hashed: refused",
          got[0].startswith("-ERR [AUTH]"), got)
    check("and no window", "slow" not in windows(), windows())
    inst.tool("userdb", "enable", "slow")


def slow_hash(password):
    """Argon2id by libsodium, about a second; None: no library."""
    import ctypes
    import ctypes.util
    try:
        sodium = ctypes.CDLL("libsodium.so.23")
    except OSError:
        return None
    out = ctypes.create_string_buffer(128)
    text = password.encode()
    if sodium.crypto_pwhash_str(out, text, ctypes.c_ulonglong(len(text)),
                                ctypes.c_ulonglong(24),
                                ctypes.c_size_t(64 << 20)):
        return None
    return out.value.decode()


hashing()


# disable and passwd end sessions at once -------------------------------------------

def ends(tool, name):
    password = inst.tool("userdb", "add", name).stdout.strip()
    inst.tool("aliasdb", "add", name + "@example.test", name)
    line, got = pop(name, password)
    check(tool + ": a session", got.startswith("+OK"), got)
    smtp = Line("SMTP")
    smtp.say("EHLO x", "MAIL FROM:<%s@example.test>" % name)
    got = smtp.say("RCPT TO:<x@far.test>")
    check(tool + ": a window", got.startswith("250"), got)
    inst.tool("userdb", tool, name)
    try:
        time.sleep(0.1)
        got = line.say("NOOP", "NOOP")
    except OSError:
        got = ""
    check(tool + ": the session is over", got == "", got)
    smtp.say("DATA")
    got = smtp.say("From: %s@example.test\r\n\r\nx\r\n." % name)
    check(tool + ": what was granted is revoked", got.startswith("451 4.7.1"),
          got)
    check(tool + ": no window", name not in windows(), windows())
    return password


ends("disable", "ended")
ends("passwd", "changed")


def disabled_behind_relayd():
    """relayd does not hear of it, and keeps the window."""
    password = inst.tool("userdb", "add", "behind").stdout.strip()
    inst.tool("aliasdb", "add", "behind@example.test", "behind")
    login("behind", password)
    subprocess.run(["s6-svc", "-wD", "-d", inst.path("service/relayd")])
    inst.tool("userdb", "disable", "behind")
    subprocess.run(["s6-svc", "-wU", "-u", inst.path("service/relayd")])
    check("its window is there again", "behind" in windows(), windows())
    line = Line("SMTP")
    line.say("EHLO x", "MAIL FROM:<behind@example.test>")
    got = line.say("RCPT TO:<x@far.test>")
    check("and lets nobody relay", got.startswith("550 5.7.1 Relaying denied"), got)
    line.close()
    inst.tool("relayctl", "close", "behind")


disabled_behind_relayd()


# the queue under the administrator's hands -----------------------------------------

def retry_all():
    """Messages for a host that is away, all tried again at once."""
    inst.write("etc/smarthosts", "127.0.0.1:1\n")
    line = Line("SUBMISSION")
    line.say("EHLO x", "AUTH PLAIN " + plain("demo", demo))
    for i in range(14):
        line.say("MAIL FROM:<demo@example.test>",
                 "RCPT TO:<x%d@far.test>" % i, "DATA",
                 "From: demo@example.test\r\n\r\nx\r\n.")
    pid = [p for p, c in inst.pids().items() if c == "queued"]
    for _ in range(3):
        inst.tool("queuectl", "retry", "--all")
        time.sleep(0.3)
    check("queuectl retry --all leaves queued alive", pid == [
        p for p, c in inst.pids().items() if c == "queued"], pid)
    inst.tool("queuectl", "drop", "--all")


retry_all()


# --json wherever it stands ------------------------------------------------------------

for where in (("--json", "check", "127.0.0.1"), ("check", "--json",
              "127.0.0.1"), ("check", "127.0.0.1", "--json")):
    done_ = inst.tool("relayctl", *where, ok=(0, 1))
    check("relayctl " + " ".join(where), isinstance(
        json.loads(done_.stdout or "null"), dict), done_)


# make run with nonsense --------------------------------------------------------------

def nonsense(variable, value):
    again = Instance(start=False)
    run = subprocess.run(
        again.command, cwd=again.cwd,
        env=dict(os.environ, **dict(again.vars, **{variable: value})),
        capture_output=True, text=True, timeout=60)
    check("%s=%s is refused at once" % (variable, value), run.returncode != 0
          and variable in run.stderr and "write" in run.stderr, run.stderr)
    check("and leaves nothing", not os.path.exists(again.run))
    again.close()


for value in ("bad_domain", "a..b", "-x.test", "x y", "."):
    nonsense("DOMAIN", value)
for value in ("foo:bar:baz", "host:port", "a.test:25,:25"):
    nonsense("SMARTHOST", value)

done()
