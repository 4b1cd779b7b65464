#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A control panel and its customers: members of the admin group run the tools
through admind, in words and in JSON, many at once, each change audited; quotas, and
the letter about them; the employee who leaves."""
import grp
import json
import os
import re
import smtplib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, skip, wait_for
from instance import Instance

ROOT = os.geteuid() == 0
UID = 54321  # nobody's
GROUP = "games"
AT_ONCE = 20
inst = Instance()


def popen(*args, groups=None, **kw):
    """A tool as an ordinary user with these groups; without root: as we are."""
    def drop():
        os.setgroups(groups)
        os.setgid(UID)
        os.setuid(UID)
    return subprocess.Popen(
        [inst.path("bin", args[0]), *args[1:]], cwd="/", text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=drop if ROOT else None, **kw)


def panel(*args, input="", groups=(grp.getgrnam(GROUP).gr_gid,)):
    """(exit code, stdout, stderr)"""
    proc = popen(*args, groups=groups)
    out, err = proc.communicate(input, timeout=60)
    return proc.returncode, out, err


def request(tool, **keys):
    return panel(tool, "--json", "-", input=json.dumps(keys))


def audit():
    with open(inst.path("log/audit/current"), encoding="utf-8") as f:
        return f.read()


# who ---------------------------------------------------------------------------

if ROOT:
    for name, args, code in (
            ("adds", ("userdb", "add", "x1"), 100),
            ("disables", ("userdb", "disable", "demo"), 100),
            ("adds an alias", ("aliasdb", "add", "x@example.test", "demo"), 100),
            ("asks in JSON", ("userdb", "--json", "-"), 100),
            ("opens a window", ("relayctl", "open", "192.0.2.1", "demo"), 100),
            ("reads the users", ("userdb", "list"), 100),
            ("reads the windows", ("relayctl", "list"), 100),
            ("reads the queue", ("queuectl", "list"), 100)):
        code_, out, err = panel(*args, groups=(), input=json.dumps(
            {"command": "add", "mailbox": "x1"}))
        check("a stranger " + name + ": no", code_ == code and err and (
            not out or args[-1] == "-"),
              (code_, out, err))
        if args[1] in ("add", "disable", "open"):
            check("... and is told for whom it is",
                  "members of the group postern-admin" in err, err)
    code, out, err = panel("userdb", "add", "x1")
    check("a member of another group is a stranger", code == 100, err)
    inst.write("etc/admin-group", GROUP + "\n")
    code, out, err = panel("userdb", "add", "x1", groups=(12345, 65533))
    check("a group too little", code == 100 and GROUP in err, err)
    code, out, err = panel("aliasdb", "explain", "demo@example.test", groups=())
    check("what anybody may read stays so", code == 0 and "demo" in out, err)
    inst.write("etc/admin-group", "%d\n" % grp.getgrnam(GROUP).gr_gid)
    check("the group by its number", panel("userdb", "list")[0] == 0)
    inst.write("etc/admin-group", GROUP + "\n")
else:
    skip("strangers and members", "other accounts need root")

# what ----------------------------------------------------------------------------

code, out, err = panel("userdb", "add", "w1", "login=fred@example.test", "quota=60K")
password = out.strip()
check("add prints the password", code == 0 and re.fullmatch(
    "[a-z2-9]{16}\n", out) and not err, (code, out, err))
check("and it works", inst.pop3("w1", password).stat() == (0, 0))
check("verify reads stdin", panel("userdb", "verify", "w1",
                                  input=password + "\n")[0] == 0
      and panel("userdb", "verify", "w1", input="x\n")[0] == 1)
hash_ = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
code, out, err = panel("userdb", "--hash", "-", "add", "w2", input=hash_ + "\n")
check("--hash from stdin", (code, out) == (0, ""), err)
code, out, err = panel("userdb", "add", "w1")
check("there already: 1", code == 1 and "is there already" in err, (code, err))
code, out, err = panel("userdb", "add", "w 3")
check("no name: 100", code == 100 and "cannot be a mailbox" in err, (code, err))
code, out, err = panel("aliasdb", "add", "fred@example.test", "w1")
check("aliasdb add", code == 0, err)
code, out, err = panel("aliasdb", "add", "loop@example.test", "nosuch")
check("aliasdb names file, line and column", code == 100 and re.search(
    r"etc/aliases:\d+:\d+: ", err), err)
code, out, err = panel("aliasdb", "explain", "fred@example.test")
check("aliasdb explain", code == 0 and "w1" in out, err)
check("netdb query", panel("netdb", "query", "192.0.2.1")[0] == 1
      and panel("netdb", "build")[0] == 0)
code, out, err = panel("relayctl", "open", "192.0.2.9", "w1")
check("relayctl", code == 0 and "192.0.2.9 w1" in panel("relayctl", "list")[1], err)
code, out, err = panel("queuectl", "--json", "stats")
check("queuectl", code == 0 and "accepted" in json.loads(out), err)
code, out, err = panel("userdb", "-C", "/nowhere", "list")
check("another home: not this admind's", code == 100 and "/nowhere" in err, err)
if ROOT:
    check("a home of the caller's own moves nobody", panel(
        "userdb", "list", "--json")[0] == 0)
    try:
        os.symlink(inst.path("etc"), inst.path("mail/x"))
        code, out, err = panel("userdb", "list", "-C", inst.run)
        check("-C the home", code == 0 and "w1" in out, err)
    finally:
        os.unlink(inst.path("mail/x"))

# JSON ------------------------------------------------------------------------------

code, out, err = request("userdb", command="add", mailbox="w4", quota="1M",
                         login=["a@example.test", "\u0061b@example.test"])
got = json.loads(out or "{}")
check("add in JSON", code == 0 and got.get("mailbox") == "w4"
      and re.fullmatch("[a-z2-9]{16}", got.get("password", "")), (out, err))
code, out, err = request("userdb", command="list")
rows = {r["mailbox"]: r for r in map(json.loads, out.splitlines())}
check("list", code == 0 and rows["w4"]["logins"] == [
    "a@example.test", "ab@example.test"] and rows["w4"]["quota"] == 1 << 20
      and rows["w1"]["used"] == 0 and rows["w1"]["login"], (rows, err))
for name, tool, keys, want in (
        ("set", "userdb", {"command": "set", "mailbox": "w4", "quota": "2M"}, 0),
        ("unset", "userdb", {"command": "unset", "mailbox": "w4", "quota": True,
                             "login": "ab@example.test"}, 0),
        ("app add", "userdb", {"command": "app add", "mailbox": "w4",
                               "label": "phone", "protocols": "pop3"}, 0),
        ("with a hash", "userdb", {"command": "add", "mailbox": "w5",
                                   "hash": hash_}, 0),
        ("remove", "userdb", {"command": "remove", "mailbox": "w5",
                              "force": True, "purge": False}, 0),
        ("no such mailbox", "userdb", {"command": "passwd", "mailbox": "w5"}, 1),
        ("an alias", "aliasdb", {"command": "add", "address": "b@example.test",
                                 "target": "w4"}, 0),
        ("who", "aliasdb", {"command": "who", "mailbox": "w4"}, 0),
        ("a window", "relayctl", {"command": "open", "address": "192.0.2.8",
                                  "mailbox": "w4", "seconds": 60}, 0),
        ("the queue", "queuectl", {"command": "hold", "domain": "far.test"}, 0),
        ("all of it", "queuectl", {"command": "retry", "all": True}, 0),
        ("networks", "netdb", {"command": "check"}, 0),
        ("an unknown key", "userdb", {"command": "add", "mailbx": "w6"}, 100),
        ("an unknown command", "userdb", {"command": "frob"}, 100),
        ("no command", "userdb", {"mailbox": "w6"}, 100),
        ("an option as a name", "userdb", {"command": "add",
                                           "mailbox": "--json"}, 100),
        ("an option as a command", "userdb", {"command": "--force"}, 100),
        ("a line end", "userdb", {"command": "add", "mailbox": "w6",
                                  "login": "a@b.test\nx:y"}, 100)):
    code, out, err = request(tool, **keys)
    check("JSON: " + name, code == want and (err or code == 0), (code, out, err))
    got = [json.loads(x) for x in out.splitlines()]
    check("... and its answer is JSON", code == 0 or len(got) == 1 and got[
        0]["ok"] is False and got[0]["code"] == code and got[0]["error"], out)
code, out, err = request("aliasdb", command="add", address="l@example.test",
                         target="nosuch")
got = json.loads(out)
check("... with file and line", code == 100 and re.match(
    r"etc/aliases:\d+:\d+: ", got["errors"][0]), got)
for text in ("", "{", "[]", '{"command":"list"', '{"command":"list"} x',
             '{"command":{"a":1}}', '{"command":"li\\u0000st"}', "list",
             '{"command":"list","command":"list"}', "{" + " " * 70000 + "}"):
    code, out, err = panel("userdb", "--json", "-", input=text)
    check("not JSON: %.30r" % text, code == 100 and "byte" in err and
          json.loads(out)["code"] == 100, (code, out, err))

# many at once ------------------------------------------------------------------------

procs = [popen("userdb", "add", "p%02d" % i, groups=(grp.getgrnam(
    GROUP).gr_gid,)) for i in range(AT_ONCE)]
procs += [popen("aliasdb", "add", "p%02d@example.test" % i, "w1", groups=(
    grp.getgrnam(GROUP).gr_gid,)) for i in range(AT_ONCE)]
seen = []
while any(p.poll() is None for p in procs):
    seen += [panel("userdb", "check"), panel("aliasdb", "check")]
check("who looks meanwhile sees a whole file, each time", seen and all(
    r[0] == 0 for r in seen), [r for r in seen if r[0]][:2])
outs = [p.communicate(timeout=120) for p in procs]
check("%d adds of each kind at once" % AT_ONCE,
      all(p.returncode == 0 for p in procs), outs)
names = [r.split()[0] for r in panel("userdb", "list")[1].splitlines()]
check("none is lost", [n for n in names if n[0] == "p"] and sorted(
    n for n in names if n[0] == "p") == ["p%02d" % i for i in range(AT_ONCE)],
      names)
check("each password is right", all(panel(
    "userdb", "verify", "p%02d" % i, input=outs[i][0])[0] == 0
    for i in (0, 7, AT_ONCE - 1)))
got = panel("aliasdb", "list")[1]
check("no alias is lost", all("p%02d@example.test: w1" % i in got
                              for i in range(AT_ONCE)), got)

# the audit log -------------------------------------------------------------------------

lines = audit().splitlines()
check("a line a change", sum("what=\"add p" in x and "result=0" in x
                             for x in lines) == 2 * AT_ONCE, lines[-3:])
uid = UID if ROOT else os.geteuid()
check("who, what, and how it ended", re.search(
    r'^\S+Z: audit uid=%d name=\S+ result=0 program=userdb '
    r'what="add w1 login=fred@example.test quota=60K"$' % uid, audit(), re.M),
    lines[:8])
check("in JSON too", re.search(r'uid=%d .*what="add w4 login=a@example.test '
                               r'login=ab@example.test quota=1M"' % uid,
                               audit()), audit())
check("what did not succeed", re.search(r'result=1 .*what="add w1"', audit()))
check("looking is none", "list" not in audit() and "verify" not in audit())
secrets = [password, hash_[:20]] + [o[0].strip() for o in outs[:AT_ONCE]]
check("no secret in it, nor in the log", not [
    s for s in secrets if s in audit() or s in inst.log()])
mode = os.stat(inst.path("log/audit/current")).st_mode & 0o777
check("not for everybody", mode & 0o007 == 0, oct(mode))
with open(inst.path("log/audit/current"), "a", encoding="utf-8") as f:
    f.write("x" * (8 << 20) + "\n")
panel("userdb", "enable", "w1")
check("it is bounded", os.path.getsize(inst.path("log/audit/current")) < 4096
      and os.path.getsize(inst.path("log/audit/current.1")) > 8 << 20)

# p-admin needs nobody's leave

if ROOT:
    with open(inst.path("etc/uidbase"), encoding="ascii") as f:
        ours = int(f.readline()) + 13
    r = subprocess.run(["setpriv", "--reuid", str(ours), "--regid", str(ours),
                        "--clear-groups", inst.path("bin/userdb"), "add", "w9"],
                       capture_output=True, text=True, cwd="/")
    check("p-admin itself", r.returncode == 0 and re.search(
        r'uid=%d .*what="add w9"' % ours, audit()), r)

# files ----------------------------------------------------------------------------------

if ROOT:
    mine = {n: os.stat(inst.path(n)).st_uid for n in (
        "etc/users", "etc/aliases", "cdb/auth/users.cdb",
        "cdb/public/aliases.cdb")}
    check("one owner, who is not root", len(set(mine.values())) == 1
          and 0 not in mine.values(), mine)
    check("etc/ itself is root's", os.stat(inst.path("etc")).st_uid == 0)
    os.chown(inst.path("etc/users"), 0, 0)  # as some editors do
    code, out, err = panel("userdb", "add", "w7")
    check("a file that became root's", code == 111 and "'userdb build' gives it" in err,
          err)
    inst.tool("userdb", "build")
    check("root's build gives it back", panel("userdb", "add", "w7")[0] == 0)
    waits = popen("userdb", "verify", "w7", groups=(grp.getgrnam(
        GROUP).gr_gid,))
    check("a tool reads what the caller writes, as it comes", wait_for(
        lambda: list(inst.pids().values()).count("admind") == 3))
    for pid in [p for p, c in inst.pids().items() if c == "admind"]:
        os.kill(pid, 9)
    out, err = waits.communicate(timeout=30)
    check("killed in the middle: 111, and it says so", waits.returncode == 111
          and "did not say how it ended" in err, err)
    check("killed, it comes back", wait_for(
        lambda: panel("userdb", "list")[0] == 0))
    # a power cut between the note and the file
    with open(inst.path("etc/users"), "rb") as f:
        whole = f.read()
    with open(inst.path("cdb/users.next"), "wb") as f:
        f.write(whole.replace(b"\nw7:", b"\nw8:"))
    uid = os.stat(inst.path("etc")).st_uid
    os.chown(inst.path("cdb/users.next"), mine["etc/users"], mine["etc/users"])
    with open(inst.path("etc/users"), "r+b") as f:
        f.write(b"torn")
    check("what was noted is finished", panel("userdb", "build")[0] == 0 and
          "w8" in panel("userdb", "list")[1] and
          not os.path.exists(inst.path("cdb/users.next")))
# quota ------------------------------------------------------------------------------------


def send(to, size=8000, sender="bob@far.test"):
    """The reply, "" where it was taken."""
    with inst.smtp() as client:
        try:
            client.sendmail(sender, [to], "Subject: x\r\n\r\n" + (
                "x" * 70 + "\r\n") * (size // 72))
        except smtplib.SMTPRecipientsRefused as e:
            return "%d %s" % (e.recipients[to][0],
                              e.recipients[to][1].decode())
    return ""


def warnings():
    return [m for m in inst.mails("w1", password) if b"Postmaster" in m]


for n in range(6):
    check("message %d is taken" % n, send("fred@example.test") == "")
check("all there, no warning at 80 %", len(inst.wait_mail(
    "w1", password, 6)) == 6 and not warnings())
send("fred@example.test")
check("one at 90 %", wait_for(lambda: len(warnings()) == 1), inst.log()[-800:])
letter = warnings()[0].decode()
check("from nobody, and it says what is the matter",
      letter.startswith("Return-Path: <>\n") and re.search(
          r"^Subject: Your mailbox w1 is 9\d % full$", letter, re.M)
      and "Auto-Submitted: auto-generated" in letter
      and re.search(r"holds 5\d\.\d KB of the 60.0 KB", letter), letter)
check("the log has it", inst.wait_log("quota-warning mailbox=w1"))
check("the next one says nothing more", send("fred@example.test", 100) == ""
      and len(inst.wait_mail("w1", password, 9)) == 9 and len(warnings()) == 1)
got = send("fred@example.test")
check("full: 452", got == "452 4.2.2 <fred@example.test>: the mailbox is full", got)
inst.write("etc/over-quota", "refuse\n")
got = send("fred@example.test")
check("or 552", got == "552 5.2.2 <fred@example.test>: the mailbox is full", got)
inst.mails("w1", password, delete=True)
inst.write("etc/quota-text", "Subject: F\u00fcll {mailbox}\n\n{used} {quota} {other}\n")
check("below again", send("fred@example.test") == "")
for n in range(6):
    send("fred@example.test")
check("above again: told again, in our words", wait_for(
    lambda: len(warnings()) == 1) and b"=?utf-8?Q?" in warnings()[0]
      and warnings()[0].decode().endswith("KB 60.0 KB {other}\n"), warnings())
got = send("fred@example.test", 70000)
check("what never fits is refused for good", got == "552 5.2.2 "
      "<fred@example.test>: the message is larger than the whole mailbox", got)
inst.write("etc/quota-text", "\n")
inst.mails("w1", password, delete=True)
panel("userdb", "set", "w1", "quota=0", "messages=10")
check("below again, by messages", send("fred@example.test", 100) == "")
inst.wait_mail("w1", password, 1)
inst.write("etc/over-quota", "defer\n")
for n in range(8):
    check("message %d is taken" % (n + 2), send("fred@example.test", 100) == "")
check("told at nine of ten", wait_for(lambda: len(warnings()) == 1)
      and b"holds 9 messages of the 10 messages it has room for: 90 %" in
      warnings()[0], warnings())
got = send("fred@example.test", 100)
check("full of messages: 452", got ==
      "452 4.2.2 <fred@example.test>: the mailbox is full", got)
check("the log says of what", inst.wait_log(
    "quota-warning mailbox=w1 used=9 quota=10 of=messages"))
panel("userdb", "set", "w1", "quota=60K", "messages=0")
inst.write("etc/quota-warning", "0\n")
inst.mails("w1", password, delete=True)
for n in range(7):
    send("fred@example.test")
check("0: no warning", len(inst.wait_mail("w1", password, 7)) == 7
      and not warnings())

# an employee leaves: the sequence of doc/ADMIN.md -------------------------------------------

phone = panel("userdb", "app", "add", "w1", "phone")[1].strip()
fred = inst.pop3("w1", password)
for args in (("aliasdb", "who", "w1"), ("aliasdb", "remove", "fred@example.test"),
             ("userdb", "unset", "w1", "login=fred@example.test")):
    check(" ".join(args), panel(*args)[0] == 0)
code, new, err = panel("userdb", "passwd", "w1")
new = new.strip()
for args in (("userdb", "set", "w1", "login=mary@example.test"),
             ("aliasdb", "add", "mary@example.test", "w1")):
    check(" ".join(args), panel(*args)[0] == 0)


def ended():
    try:
        fred.noop()
        return False
    except Exception:
        return True


def wrong(user, pw):
    try:
        inst.pop3(user, pw).quit()
        return False
    except Exception as e:
        return "[AUTH]" in str(e)


check("fred's session ends", wait_for(ended))
check("his passwords are wrong, by each name", wrong("w1", password) and
      wrong("w1", phone) and wrong("fred@example.test", password)
      and wrong("fred@example.test", new))
check("his window is closed", "192.0.2.9" not in panel("relayctl", "list")[1])
got = send("fred@example.test")
check("mail to him is refused", got.startswith("550 5.1.1"), got)
check("mary has the mailbox, with what is in it", len(inst.mails(
    "mary@example.test", new)) == 7)
panel("userdb", "set", "w1", "quota=1M")
check("and gets her own", send("mary@example.test") == "" and len(
    inst.wait_mail("mary@example.test", new, 8)) == 8)

# the bill, and the end of a mailbox ----------------------------------------------------------

code, out, err = panel("userdb", "report", "w", "--json")
row = json.loads(out)
check("the bill", row["active"] == len([n for n in panel("userdb", "list")[
    1].splitlines() if n[0] == "w"]) and row["messages"] == 8
      and row["recent"] >= 1, row)
panel("aliasdb", "remove", "mary@example.test")
code, out, err = panel("userdb", "remove", "w1")
check("still in use: refused", code == 1 and "@example.test (etc/aliases line " in err, err)
code, out, err = panel("userdb", "remove", "--force", "w1")
check("removed, and its mail kept", code == 0 and len(os.listdir(inst.path(
    "mail/w1/new")) + os.listdir(inst.path("mail/w1/cur"))) == 8, err)
code, out, err = panel("userdb", "remove", "--purge", "w1")
check("--purge deletes it", code == 0 and not os.path.exists(
    inst.path("mail/w1")), (code, err))
inst.close()
done()
