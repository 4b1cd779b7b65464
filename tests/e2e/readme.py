#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Replays the transcript of README.md against an instance.

In its indented lines "$ COMMAND" runs a shell command (run/ is the instance),
"$ telnet HOST PORT" opens a conversation, "C: " is said, "S: " must come; other
lines are what the command prints.  "…" stands for anything, a line of it alone
for any lines; {password} is what "userdb add" printed.
"""
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done
from instance import Instance

PORTS = {"2525": "SMTP", "2110": "POP3"}


def transcript():
    """[(line number, text)] of the indented lines of the section A day."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    first, out = lines.index("## A day"), []
    for n, line in enumerate(lines[first:], first + 1):
        if line.startswith("## ") and n > first + 1:
            break
        if line.startswith("    "):
            out.append((n, line[4:]))
    return out


def fits(pattern, text):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), text,
                        re.S) is not None


class Replay:
    def __init__(self, inst):
        self.inst, self.password, self.file = inst, None, None

    def command(self, n, text, expected):
        shell = re.sub(r"\brun/", self.inst.run + "/", text)
        got = subprocess.run(
            ["sh", "-c", shell], stdout=subprocess.PIPE, timeout=60,
            stderr=subprocess.STDOUT, text=True).stdout
        if "userdb add" in text:
            self.password = got.strip()
        check("README.md:%d: %s" % (n, text),
              fits("\n".join(expected).strip(), got.strip()), got)

    def telnet(self, n, text):
        port = self.inst.port(PORTS[text.split()[-1]])
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.sock.makefile("rb")
        check("README.md:%d: %s" % (n, text), True)

    def server(self, n, pattern):
        line = self.file.readline().decode().rstrip("\r\n")
        if pattern == "…":  # the rest of the answer
            while line[3:4] == "-":
                line = self.file.readline().decode().rstrip("\r\n")
        check("README.md:%d: S: %s" % (n, pattern), fits(pattern, line), line)

    def client(self, text):
        text = text.replace("{password}", self.password or "")
        self.sock.sendall(text.encode() + b"\r\n")


with Instance() as inst:
    lines, replay = transcript(), Replay(inst)
    check("there is a transcript", len(lines) > 60, len(lines))
    at = 0
    while at < len(lines):
        n, text = lines[at]
        at += 1
        if text.startswith("$ telnet"):
            replay.telnet(n, text)
        elif text.startswith("$ "):
            expected = []
            while at < len(lines) and lines[at][1][:2] not in ("$ ",):
                expected.append(lines[at][1])
                at += 1
            replay.command(n, text[2:], expected)
        elif text[:2] == "C:":
            replay.client(text[3:])
        elif text[:2] == "S:":
            replay.server(n, text[3:])
        else:
            check("README.md:%d" % n, False, "what is this: " + text)
done()
