#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""doc/ADMIN.md against an instance: its commands run, its fail2ban patterns find
the guesser, and nobody that a guesser names.

The fenced blocks without a language hold a command a line; two blanks or more
end it, and another command of a tool may stand behind them.
"""
import base64
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, wait_for
from instance import Instance

GUIDE = os.path.join(ROOT, "doc/ADMIN.md")
SKIP = ("tail -F", "mail_location")  # for ever; Dovecot's configuration
TOOLS = ("userdb", "aliasdb", "netdb", "queuectl", "relayctl")
VICTIM = "203.0.113.77"


def blocks(text):
    """[(language, [(line number, line)])] of the fenced blocks."""
    out, inside = [], None
    for n, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            if inside is None:
                inside = (line[3:], [])
            else:
                out.append(inside)
                inside = None
        elif inside is not None:
            inside[1].append((n, line))
    return out


def commands(text):
    for language, lines in blocks(text):
        if language or any(s in lines[0][1] for s in SKIP[1:]):
            continue
        for n, line in lines:
            parts = re.split(r" {2,}", line)
            yield n, parts[0]
            for part in parts[1:]:
                if part.startswith(TOOLS):
                    yield n, part


def vpopmail(inst):
    """What there is to import: a domain with a mailbox."""
    folder = inst.path("vpopmail/old.example/joe")
    for d in "tmp", "new", "cur":
        os.makedirs(os.path.join(folder, "Maildir", d))
    with open(inst.path("vpopmail/old.example/vpasswd"), "w") as f:
        f.write("joe:$1$aaaaaaaa$pNPW8gbmjuzUFVlEuuhLj1:1:0:Joe:%s:NOQUOTA\n" % folder)


def editor(inst):
    """Stands in for the person at the keyboard."""
    path = inst.path("bin/editor")
    with open(path, "w", encoding="utf-8") as f:
        f.write('#!/bin/sh\nmkdir -p "${1%/*}"\necho mary@widget.example >>"$1"\n')
    os.chmod(path, 0o755)


def run_commands(inst, text):
    vpopmail(inst)
    editor(inst)
    env = dict(os.environ, PATH=inst.path("bin") + ":" + os.environ["PATH"])
    queued = inst.tool("queuectl", "list", "--json").stdout
    ident = re.search(r'"id":"(\w+)"', queued).group(1)
    seen = 0
    for n, command in commands(text):
        if command.startswith(SKIP) or not command:
            continue
        shell = command.replace("/var/postern", inst.run)
        shell = re.sub(r"\bID\b", ident, shell)
        shell = shell.replace("/home/vpopmail/domains", inst.path("vpopmail"))
        got = subprocess.run(["sh", "-c", shell], capture_output=True,
                             text=True, env=env, cwd=inst.run, timeout=60)
        bad = got.returncode not in ((0, 1) if re.search(
            "grep|diff", command) else (0,))
        check("ADMIN.md:%d: %s" % (n, command), not bad and "fatal" not in
              got.stderr and "usage" not in got.stderr,
              got.stdout + got.stderr)
        seen += 1
    check("there were commands", seen > 15, seen)


def guess(inst):
    """Wrong logins, some by names that look like a log line of VICTIM's."""
    lure = 'x" ip=%s result=bad' % VICTIM
    for user in "demo", "nobody", "a b", lure, "x ip=%s result=bad" % VICTIM:
        client = inst.pop3()
        try:
            client.user(user)
            client.pass_("wrong")
        except Exception:
            pass
        client.close()
    for user in "demo", lure:
        client = inst.smtp()
        client.ehlo()
        client.docmd("AUTH PLAIN " + base64.b64encode(
            b"\0%s\0wrong" % user.encode()).decode())
        client.close()
    client = inst.smtp()
    client.ehlo()
    client.docmd('MAIL FROM:<" ip=%s x"@far.test>' % VICTIM)
    client.docmd("RCPT TO:<nobody@example.test>")
    client.docmd('RCPT TO:<"smtpd: refused ip=%s "@example.test>' % VICTIM)
    client.close()


def patterns(text):
    """The regexes of the filter, as fail2ban builds them: the date is cut
    out of the line, <HOST> becomes a group."""
    ini = next("\n".join(line for _, line in lines)
               for language, lines in blocks(text)
               if language == "ini" and "failregex" in lines[1][1])
    rows = re.search(r"failregex = (.*?)\ndatepattern", ini, re.S).group(1)
    return [re.compile(row.strip(" ").replace("<HOST>", r"(?P<host>[\w.:]+)"))
            for row in rows.split("\n")]


def hosts(log, rules):
    """[host of each line that matches]"""
    out = []
    for line in log.splitlines():
        rest = re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "", line)
        found = [m for m in (r.search(rest) for r in rules) if m]
        out += [found[0].group("host")] if found else []
    return out


with open(GUIDE, encoding="utf-8") as f:
    guide = f.read()
with Instance() as inst:
    inst.append("etc/domains", "widget.example\nprovider.example\n")
    inst.make_etc()
    inst.write("etc/smarthosts", "127.0.0.1:1\n")  # nobody is there
    inst.tool("sendmail", "-f", "demo@example.test", "bob@typo.example",
              input="Subject: waits\n\n.\n")
    check("one waits", wait_for(lambda: "typo" in inst.tool(
        "queuectl", "list").stdout))
    run_commands(inst, guide)

    guess(inst)
    rules = patterns(guide)
    check("two patterns", len(rules) == 2, rules)
    wait_for(lambda: len(hosts(inst.log(), rules)) >= 9)
    log = inst.log()
    found = hosts(log, rules)
    check("each guess is found", len(found) >= 9, log[-4000:])
    check("and nobody else", set(found) == {"127.0.0.1"}, set(found))
    plain = [line for line in log.splitlines()
             if "result=ok" in line or " delivered " in line]
    check("a good login is none", not hosts("\n".join(plain), rules), plain)
    if os.environ.get("KEEP_LOG"):
        with open(os.environ["KEEP_LOG"], "w") as f:
            f.write(log)
done()
