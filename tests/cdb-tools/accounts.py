#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""userdb as a hoster uses it: what mailboxes hold, the bill, imports, purging,
and the employee who left."""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, UIDS, check, done, skip  # noqa: E402

SHA512 = ("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu"
          "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1")
home = Home(etc={"domains": "widget.com\n", "postmaster": "admin\n"})


def userdb(*args, **kw):
    return home.run("userdb", *args, **kw)


def text(name):
    with open(home.path(name), encoding="utf-8") as f:
        return f.read()


def rows(*args):
    return {r["mailbox" if "mailbox" in r else "prefix"]: r for r in map(
        json.loads, userdb(*args, "--json").stdout.splitlines())}


for name in ("admin", "widget01", "widget02", "widget10", "acme1", "007"):
    userdb("add", name, "quota=1M")
userdb("disable", "widget10")

# what they hold --------------------------------------------------------------

home.write("mail/widget01/new/1.P1.h,S=1000,W=1020", b"x" * 1000)
home.write("mail/widget01/cur/2.P2.h,S=500:2,S", b"x" * 500)
home.write("mail/widget01/cur/3.P3.h:2,", b"x" * 77)
home.write("mail/widget01/tmp/4.P4.h,S=9999", b"x")
home.write("mail/widget01/.Sent/cur/5.P5.h,S=23", b"x" * 23)
home.write("mail/widget01/dovecot-uidlist", b"3 V1 N4\n")
os.symlink(home.path("etc"), home.path("mail/widget01/.Link"))
os.symlink("/etc/passwd", home.path("mail/widget01/new/9.link"))
now = int(time.time())
home.write("log/lastlogin/logins", "".join("%-32s %010d %-45s\n" % x for x in (
    ("widget01", now - 60, "192.0.2.1"), ("acme1", now - 90 * 86400, "::1"))) +
           "half a line")
got = rows("list")
check("used and messages, folders too", (got["widget01"]["used"],
      got["widget01"]["messages"]) == (1600, 4), got["widget01"])
check("an empty one", (got["acme1"]["used"], got["acme1"]["messages"]) == (0, 0))
check("last login", (got["widget01"]["login"], got["widget01"]["ip"]) ==
      (now - 60, "192.0.2.1") and got["widget02"]["login"] is None, got)
line = [x for x in userdb("list").stdout.splitlines() if x[:8] == "widget01"][0]
check("the text", line.split() == ["widget01", "ok", "1048576", "1600", "4",
      time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60))], line)
got = rows("report")
check("report: a line a customer", sorted(got) == ["007", "acme", "admin",
                                                   "widget"], got)
check("with what is billed", got["widget"] == {
    "prefix": "widget", "active": 2, "disabled": 1, "recent": 1,
    "quota": 3 << 20, "used": 1600, "messages": 4}, got["widget"])
check("not recent", got["acme"]["recent"] == 0 and got["acme"]["active"] == 1)
r = userdb("report", "Widget")
check("of one customer", r.stdout.split() == [
    "widget", "2", "1", "1", "3145728", "1600", "4"], r)
r = userdb("report", "wid")
check("of none", r.returncode == 1 and not r.stdout, r)
home.write("log/lastlogin/logins", os.urandom(900))
check("a damaged list of logins", userdb("list").returncode == 0 and
      rows("list")["widget01"]["login"] is None)
os.unlink(home.path("log/lastlogin/logins"))
check("no list of logins", rows("report")["widget"]["recent"] is None)

# imports ---------------------------------------------------------------------

r = userdb("add", "old01", "--hash", "{SHA512-CRYPT}" + SHA512,
           "login=old@widget.com")
check("add --hash prints nothing", r.returncode == 0 and not r.stdout, r)
check("and the old password works", userdb(
    "verify", "old@widget.com", input="Hello world!").returncode == 0)
r = userdb("add", "old02", "--hash", "-", input=SHA512 + "\n")
check("from stdin, its scheme told", r.returncode == 0 and
      "old02:{SHA512-CRYPT}$6$" in text("etc/users"), r)
for n, hash in enumerate(("rl.3StKT.4T8M", "_J9..rasmBYk8r9AiWNc",
                          "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" + "a" * 43,
                          "{BLF-CRYPT}$2y$05$" + "a" * 53)):
    r = userdb("add", "shape%d" % n, "--hash", hash)
    check("a hash that crypt(3) may make: " + hash[:10], r.returncode == 0, r)
    userdb("remove", "shape%d" % n)
for name, hash, err in (
        ("plain text", "{PLAIN}secret", "passwords of this {SCHEME}"),
        ("nothing", "", "no {SCHEME} before the hash"),
        ("a password", "geheimes123", "looks like no hash"),
        ("a password behind its scheme", "{SHA512-CRYPT}geheimes123",
         "looks like no hash"),
        ("locked", "{CRYPT}!$6$locked", "'userdb disable' shuts a mailbox"),
        ("a star", "{CRYPT}*", "'userdb disable' shuts a mailbox"),
        ("two fields", "{CRYPT}a:b", "no colon"),
        ("two lines", "{CRYPT}a\nx:{CRYPT}b", "no colon and no blank"),
        ("too long", "{CRYPT}" + "a" * 300, "longer than 255 bytes")):
    was = text("etc/users")
    r = userdb("add", "old03", "--hash", hash)
    check("refused: " + name, r.returncode == 100 and err in r.stderr and
          was == text("etc/users"), r)

# changing login names and quota ----------------------------------------------

r = userdb("set", "widget02", "login=bob@widget.com", "quota=2M")
check("set", r.returncode == 0 and rows("list")["widget02"]["quota"] == 2 << 20
      and rows("list")["widget02"]["logins"] == ["bob@widget.com"], r)
r = userdb("set", "widget02", "login=old@widget.com")
check("a login name that is taken", r.returncode == 100 and
      "is there already" in r.stderr, r)
r = userdb("unset", "widget02", "login=bob@widget.com", "quota")
check("unset", r.returncode == 0 and rows("list")["widget02"]["logins"] == []
      and rows("list")["widget02"]["quota"] == 0, r)
r = userdb("unset", "widget02", "login=bob@widget.com")
check("unset what is not there", r.returncode == 1, r)
check("unset nonsense", userdb("unset", "widget02", "x=y").returncode == 100)

# a quota of messages, beside the other or alone --------------------------------


def rule(name):
    return re.findall(r"^%s:.*userdb_quota_rule=(\S+)" % name,
                      text("etc/users") + text("cdb/auth/users.dovecot"), re.M)


for words, want, listed in (
        (["quota=10485760", "messages=1000"],
         "*:storage=10485760B:messages=1000", "10485760S,1000C"),
        (["quota=2M"], "*:storage=2M:messages=1000", "2097152S,1000C"),
        (["messages=5"], "*:storage=2M:messages=5", "2097152S,5C"),
        (["quota=0"], "*:messages=5", "5C"), (["messages=0"], None, "-"),
        (["messages=7"], "*:messages=7", "7C")):
    r = userdb("set", "widget02", *words)
    check("set " + " ".join(words), r.returncode == 0 and rule("widget02") ==
          ([want] * 2 if want else []) and [
              x.split()[2] for x in userdb("list").stdout.splitlines()
              if x.startswith("widget02 ")] == [listed], (r, rule("widget02")))
got = rows("list")["widget02"]
check("as JSON", (got["quota"], got["quota-messages"]) == (0, 7), got)
check("unset", userdb("unset", "widget02", "messages").returncode == 0 and
      not rule("widget02") and
      userdb("unset", "widget02", "messages").returncode == 1)
r = userdb("add", "widget03", "messages=3", "quota=1G", "login=m@widget.com")
check("add", r.returncode == 0 and
      rule("widget03") == ["*:storage=1G:messages=3"] * 2, r)
for word in "messages=", "messages=many", "messages=3C", "messages=-1", \
        "messages=99999999999999999999":
    r = userdb("set", "widget03", word)
    check(word, r.returncode == 100 and "write messages=1000" in r.stderr, r)
was = text("etc/users")
for wrong in "*:messages=3C", "*:", "*:storage=1M:mesages=3", "*:storage=1M:":
    home.write("etc/users", was.replace("*:storage=1G:messages=3", wrong), 0o600)
    r = userdb("check")
    check("in the file: " + wrong, (r.returncode == 0) == (wrong[-2:] == "M:")
          and (not r.returncode or "messages=1000, or both" in r.stderr), r)
home.write("etc/users", was, 0o600)
if home.root:
    os.chown(home.path("etc/users"), UIDS["p-admin"], UIDS["p-admin"])
userdb("remove", "widget03")

# deleting mail ---------------------------------------------------------------

os.mkdir(home.path("outside"))
home.write("outside/keep", b"not ours")
for d in ("new", "cur/deep/deeper"):
    os.makedirs(home.path("mail/acme1", d), exist_ok=True)
home.write("mail/acme1/new/1", b"mail")
os.symlink(home.path("outside"), home.path("mail/acme1/cur/link"))
os.symlink(home.path("outside"), home.path("mail/acme1/.Folder"))
os.mkfifo(home.path("mail/acme1/cur/deep/deeper/fifo"))
r = userdb("remove", "acme1")
check("remove keeps the mail", os.path.exists(home.path("mail/acme1/new/1")), r)
r = userdb("add", "acme1")
check("whoever comes next is warned", r.returncode == 0 and
      "mail/acme1 is there already" in r.stderr, r)
userdb("remove", "acme1")
r = userdb("remove", "--purge", "acme1")
check("purge of one that is gone", r.returncode == 0 and
      not os.path.exists(home.path("mail/acme1")), r)
check("links were not followed", os.listdir(home.path("outside")) == ["keep"])
r = userdb("remove", "--purge", "widget10")
check("purge without mail", r.returncode == 0 and "widget10" not in
      text("etc/users"), r)
r = userdb("remove", "--purge", "admin")
check("no purge while addresses lead there", r.returncode == 1 and
      "admin" in text("etc/users"), r)
r = userdb("remove", "--purge", "nobody9")
check("of nobody", r.returncode == 1 and "no mailbox nobody9" in r.stderr, r)
r = userdb("remove", "--purge", "../etc")
check("of a path", r.returncode == 100 and os.path.exists(home.path("etc")), r)
userdb("add", "deep1")
deep = home.path("mail/deep1")
for i in range(20):
    deep += "/d"
os.makedirs(deep)
r = userdb("remove", "--purge", "deep1")
check("folders too deep: it says what is left", r.returncode == 111 and
      "unable to delete all of mail/.removed.deep1." in r.stderr and
      "deep1" not in text("etc/users"), r)
home.write("mail/widget02/new/1", b"mail")
r = userdb("remove", "--purge", "widget02")
check("purge", r.returncode == 0 and "widget02" not in text("etc/users") and
      not os.path.exists(home.path("mail/widget02")) and not [
          d for d in os.listdir(home.path("mail")) if "widget02" in d], r)
if home.root:
    program = home.binary("userdb")
    pid = os.fork()
    if not pid:
        os.setgid(65534)
        os.setuid(65534)
        os.chdir(home.dir)
        os.execv(program, ["userdb", "-C", home.dir, "remove",
                           "--purge", "widget01"])
    check("nobody purges nothing", os.waitpid(pid, 0)[1] >> 8 == 111 and
          os.path.exists(home.path("mail/widget01/new")))
else:
    skip("nobody purges nothing", "needs root")

# the employee who left (doc/ADMIN.md) ----------------------------------------

old = userdb("add", "staff1", "login=fred@widget.com").stdout.strip()
phone = userdb("app", "add", "staff1", "phone").stdout.strip()
home.run("aliasdb", "add", "fred@widget.com", "staff1")
home.run("aliasdb", "add", "sales@widget.com", "staff1")
home.write("mail/staff1/new/1", b"mail")
home.start("relayd")
steps = [home.run("aliasdb", "who", "staff1"),
         home.run("aliasdb", "remove", "fred@widget.com"),
         userdb("unset", "staff1", "login=fred@widget.com"),
         userdb("passwd", "staff1"),
         userdb("set", "staff1", "login=mary@widget.com"),
         home.run("aliasdb", "add", "mary@widget.com", "staff1")]
check("departed: the steps of the guide", all(
    s.returncode == 0 for s in steps), steps)
new = steps[3].stdout.strip()
check("fred is out, by all his passwords", not [
    p for p in (old, phone) for n in ("staff1", "fred@widget.com")
    if userdb("verify", n, input=p).returncode == 0])
check("his address is gone", home.run(
    "aliasdb", "explain", "fred@widget.com").returncode == 1)
check("mary is in, the shared address stays", userdb(
    "verify", "mary@widget.com", input=new).returncode == 0 and home.run(
        "aliasdb", "explain", "sales@widget.com").returncode == 0)
check("the mail stays", os.path.exists(home.path("mail/staff1/new/1")))
with open(os.path.join(os.path.dirname(__file__), "../../doc/ADMIN.md"),
          encoding="utf-8") as f:
    guide = f.read()
check("the guide has these steps", all(s in guide for s in (
    "aliasdb who", "aliasdb remove fred@", "userdb unset", "userdb passwd",
    "userdb set", "aliasdb add mary@")))
done()
