#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""App passwords: made, used and revoked one by one, with relayd and authd."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, msg  # noqa: E402

home = Home(etc={"domains": "widget.com\n", "users": "# ours\n"})
IP = "192.0.2.1"


def userdb(*args, **kw):
    return home.run("userdb", *args, **kw)


def text(name):
    with open(home.path(name), encoding="utf-8") as f:
        return f.read()


def login(user, password, service="pop3", ip=IP):
    op, fields, _ = home.ask("run/authd/" + service,
                             msg("V", 1, user, password, ip),
                             account="p-" + service, timeout=30)
    return op


def epoch(name):
    with open(home.path("cdb/public/mailboxes.cdb"), "rb") as f:
        found = re.search(rb"m%s\d+:%s,\d+:\d+,\d+:\w+,16:([0-9a-f]{16}),"
                          % (name, name), f.read())
    return found and found.group(1)


def windows(mailbox):
    out = home.run("relayctl", "list").stdout
    return [line for line in out.splitlines() if line.split()[1] == mailbox]


main = userdb("add", "w1", "login=fred@widget.com",
              "quota=1M").stdout.strip()
other = userdb("add", "w2").stdout.strip()
home.start("relayd")
home.start("authd")

# making ----------------------------------------------------------------------

before = epoch(b"w1")
r = userdb("app", "add", "W1", "Phone", "pop3,smtp")
phone = r.stdout.strip()
check("app add prints the password alone", r.returncode == 0 and not r.stderr
      and re.fullmatch(r"[a-z2-9]{16}\n", r.stdout) and phone != main, r)
pop = userdb("app", "add", "w1", "reader", "pop3").stdout.strip()
tablet = userdb("app", "add", "w1", "tablet").stdout.strip()
lines = text("etc/users").splitlines()
check("its line stands behind the mailbox's", [
    x.split(":")[0] for x in lines] == ["# ours", "w1", "w1+phone",
                                        "w1+reader", "w1+tablet", "w2"], lines)
check("and says what it is for", re.fullmatch(
    r"w1\+phone:\{ARGON2ID\}[^:]+::::::user=w1 protocols=pop3,smtp",
    lines[2]), lines[2])
check("another epoch", epoch(b"w1") != before)
for name, args, code, err in (
        ("again", ["add", "w1", "PHONE"], 1,
         "w1 has an app password PHONE already (etc/users line 3)"),
        ("no label", ["add", "w1", "a b"], 100, "'a b' cannot be a label; "),
        ("a path", ["add", "w1", "../x"], 100, "cannot be a label"),
        ("a line end", ["add", "w1", "a\nb"], 100, "cannot be a label"),
        ("protocols", ["add", "w1", "x", "ftp"], 100, "'ftp' are no protocol"),
        ("protocols that are two extras", ["add", "w1", "x", "pop3 login=a@b"],
         100, "are no protocols"),
        ("unknown", ["remove", "w1", "fax"], 1, "userdb app list w1 shows"),
        ("no mailbox", ["add", "w9", "x"], 1, "no mailbox w9; userdb list shows all"),
        ("list of nobody", ["list", "w9"], 1, "no mailbox w9"),
        ("no command", ["frob", "w1"], 100, "usage: userdb"),
        ("too few", ["add", "w1"], 100, "usage: userdb")):
    was = text("etc/users")
    r = userdb("app", *args)
    check("refused: " + name, r.returncode == code and err in r.stderr
          and not r.stdout and was == text("etc/users"), r)
r = userdb("app", "list", "w1", "--json")
check("list --json", [json.loads(x) for x in r.stdout.splitlines()] == [
    {"label": "phone", "protocols": ["pop3", "smtp"], "state": "ok"},
    {"label": "reader", "protocols": ["pop3"], "state": "ok"},
    {"label": "tablet", "protocols": ["pop3", "smtp", "imap"],
     "state": "ok"}], r.stdout)
check("list", re.search(r"^phone +pop3,smtp$",
                        userdb("app", "list", "w1").stdout, re.M))
check("a mailbox in userdb list is one line", len(
    userdb("list").stdout.splitlines()) == 2, userdb("list").stdout)

# using -----------------------------------------------------------------------

for name, user, password, service, want in (
        ("the first password", "w1", main, "pop3", "Y"),
        ("the phone's", "w1", phone, "pop3", "Y"),
        ("by the e-mail address", "Fred@widget.com", phone, "pop3", "Y"),
        ("by mailbox+label", "w1+phone", phone, "pop3", "Y"),
        ("not another's label", "w1+phone", tablet, "pop3", "N"),
        ("SMTP", "w1", phone, "smtp", "Y"),
        ("POP3 alone", "w1", pop, "pop3", "Y"),
        ("... is not for SMTP", "w1", pop, "smtp", "N"),
        ("for all", "w1", tablet, "smtp", "Y"),
        ("another mailbox", "w2", phone, "pop3", "N"),
        ("the main one there", "w2", other, "pop3", "Y")):
    got = login(user, password, service, "192.0.3.1" if want == "N" else IP)
    check("login: " + name, got == want, got)
check("the log names the label", "account=w1 user=w1 label=phone ip=" + IP
      in home.log("authd") and "account=w1 user=w1 ip=" + IP
      in home.log("authd"), home.log("authd"))
check("no password in the log", not [p for p in (main, phone, pop, tablet)
                                     if p in home.log("authd")])
check("verify knows them", userdb("verify", "w1", input=tablet).returncode == 0)
dovecot = {x.split(":")[0]: x for x in
           text("cdb/auth/users.dovecot").splitlines() if x[0] != "#"}
check("Dovecot has those for IMAP, as names of their own", sorted(dovecot) ==
      ["fred@widget.com", "w1", "w1+tablet", "w2"], dovecot)
check("with the mailbox, its folder and quota", re.search(
    r":\d+:\d+::%s::user=w1 userdb_quota_rule=\*:storage=1M$"
    % re.escape(home.path("mail/w1")), dovecot["w1+tablet"]))

# revoking --------------------------------------------------------------------

before = epoch(b"w1")
check("there is a window", windows("w1"))
r = userdb("app", "remove", "w1", "phone")
check("app remove", r.returncode == 0 and not r.stdout and not r.stderr, r)
check("another epoch: its sessions end", epoch(b"w1") != before)
check("windows are closed", not windows("w1"), windows("w1"))
check("it is out, cached or not", login("w1", phone, ip="192.0.3.2") == "N")
check("the others are not", login("w1", main) == "Y" and
      login("w1", tablet) == "Y" and login("w1", pop) == "Y")
r = userdb("passwd", "--keep-apps", "w1")
main = r.stdout.strip()
check("passwd --keep-apps", login("w1", main) == "Y" and
      login("w1", tablet) == "Y" and not r.stderr, r)
r = userdb("passwd", "w1")
check("passwd takes them along, and says so", r.returncode == 0 and
      "its app passwords are removed, too: reader, tablet" in r.stderr and
      "w1+" not in text("etc/users"), r)
check("and they are out", login("w1", tablet, ip="192.0.3.3") == "N" and
      login("w1", r.stdout.strip()) == "Y")
r = userdb("app", "add", "w1", "late")
userdb("disable", "w1")
check("disabled is all of them", login("w1", r.stdout.strip()) == "D")
userdb("enable", "w1")
made = [userdb("app", "add", "w1", "n%d" % i).returncode for i in range(15)]
check("15 and no more", made == [0] * 14 + [1], made)
check("the last of them is tried", login("w1", "wrong", ip="192.0.3.4") == "N")
r = userdb("remove", "w1")
check("remove takes the lines along", r.returncode == 0 and
      text("etc/users").splitlines()[1][:3] == "w2:" and
      len(text("etc/users").splitlines()) == 2, (r, text("etc/users")))
done()
