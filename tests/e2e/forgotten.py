#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Passwords are wiped: while their sessions are still there, no process holds one
that was right, or wrong, in the clear or in base64.  (A session of tlsd's holds
what its client said: SECURITY.md.)"""
import base64
import os
import poplib
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, memory, skip  # noqa: E402
from instance import Instance  # noqa: E402

if os.geteuid() != 0:
    skip("memory of other processes", "needs root")
    done()


def b64(text):
    return base64.b64encode(text.encode()).decode()


with Instance() as inst:
    right = inst.demo_password()
    wrong = "quite-another-word"
    held = []
    for words in ([("PLAIN " + b64("\0demo\0" + right))],
                  ["LOGIN", b64("demo"), b64(right)],
                  ["PLAIN " + b64("\0demo\0" + wrong)],
                  ["LOGIN", b64("demo"), b64(wrong)]):
        smtp = inst.smtp("SUBMISSION")
        smtp.ehlo()
        code = smtp.docmd("AUTH", words[0])[0]
        for word in words[1:]:
            code = smtp.docmd(word)[0]
        check("AUTH " + words[0].split()[0], code in (235, 535), code)
        held.append(smtp)
    held.append(inst.pop3("demo", right))
    pop = inst.pop3()
    held.append(pop)
    for say in (lambda: pop.user("demo"), lambda: pop.pass_(wrong),
                lambda: pop._shortcmd("AUTH PLAIN " + b64("\0demo\0" + wrong))):
        try:
            say()
        except poplib.error_proto:
            pass
    needles = [t.encode() for word in (right, wrong) for t in (
        word, b64(word)[:20], b64("\0demo\0" + word)[8:])]
    sizes = []
    for pid, program in sorted(inst.pids().items(), key=lambda kv: kv[1]):
        try:
            text = memory(pid)
        except OSError:
            continue  # it has just ended
        sizes.append(len(text))
        found = [n for n in needles if n in text]
        check("%s %d holds none" % (program, pid), not found, found)
    check("they were read", len(sizes) > 15 and min(sizes) > 10000, sizes)
    check("the needle would be found", all(
        n in memory(os.getpid()) for n in needles[:1]))
    del held
done()
