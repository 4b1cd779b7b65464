#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The limit on the size of files: a message at etc/databytes passes, and where a
daemon reaches its limit that is a fault of this host, as a full disk is."""
import os
import re
import smtplib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, wait_for  # noqa: E402
from instance import Instance  # noqa: E402

MIB = 1 << 20
inst = Instance()
password = inst.demo_password()


def text(size, subject):
    head = "From: a@far.test\r\nSubject: %s\r\n\r\n" % subject
    line = "x" * 998 + "\r\n"
    body = line * ((size - len(head)) // len(line))
    rest = size - len(head) - len(body)
    return head + body + ("x" * (rest - 2) + "\r\n" if rest > 2 else "")


def send(size, subject):
    """The answer to the message; None: the session died."""
    with inst.smtp() as client:
        client.ehlo()
        client.mail("a@far.test")
        client.rcpt("demo@example.test")
        try:
            code, _ = client.data(text(size, subject))
            client.noop()
            return code
        except smtplib.SMTPDataError as e:
            return e.smtp_code
        except smtplib.SMTPServerDisconnected:
            return None


def subjects():
    return sorted(line[9:].decode() for m in inst.mails("demo", password)
                  for line in m.split(b"\n") if line.startswith(b"Subject: "))


def processes(program):
    return [p for p, name in inst.pids().items() if name == program]


def set_soft(pid, size):
    """As the process's own account: the kernel asks for no more than that."""
    who = {}
    if os.geteuid() == 0:
        with open("/proc/%d/status" % pid) as f:
            uid = int(re.search("Uid:\t([0-9]+)", f.read()).group(1))
        who = {"user": uid, "group": uid, "extra_groups": []}
    subprocess.run(["prlimit", "--pid", str(pid), "--fsize=%s:" % size],
                   check=True, **who)


def limited(program):
    """All processes of a program write one MiB a file and no more; what undoes
    it."""
    before = {}
    for p in processes(program):
        with open("/proc/%d/limits" % p) as f:
            before[p] = re.search("Max file size +([0-9a-z]+)",
                                  f.read()).group(1)
    check(program + " runs, and is limited",
          before and "unlimited" not in before.values(), before)
    for p in before:
        set_soft(p, MIB)

    def undo():
        now = processes(program)
        check(program + " goes on", set(before) <= set(now), (before, now))
        for p in now:  # children that came meanwhile, too
            set_soft(p, max(before.values(), key=int))
    return undo


check("a message as large as can be", send(52428800 - 10, "whole") == 250)
check("... arrives", wait_for(lambda: subjects() == ["whole"], 30))
for program in "smtpd", "queued", "deliver-local":
    undo = limited(program)
    code = send(3 * MIB, "past " + program)
    check(program + ": past its limit: later, or in the queue",
          code in (250, 451, 452), code)
    small = send(1000, "small " + program)
    undo()
    inst.tool("queuectl", "retry", "all", ok=None)
    want = 1 if code == 250 else 0
    check(program + ": what was taken arrives, once", wait_for(
        lambda: subjects().count("past " + program) == want, 90),
        (code, subjects()))
    check(program + ": a small message does not mind", small == 250 and wait_for(
        lambda: subjects().count("small " + program) == 1, 30), small)
    check(program + ": then it takes them again",
          send(3 * MIB, "again " + program) == 250)
check("nobody died", not any(w in inst.log() for w in (
    " crash ", "killed", "acceptor-died")))
check("nothing bounced", " bounced " not in inst.log())
done()
