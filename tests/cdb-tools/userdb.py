#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""userdb: mailboxes, passwords, what is made of them, and who is told."""
import concurrent.futures
import json
import os
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Fake, Home, check, done, msg  # noqa: E402

home = Home(etc={"domains": "widget.com\n", "users":
                 "# our mailboxes\n\nold01:{SHA512-CRYPT}$6$saltstring$svn8Uo"
                 "SVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBF"
                 "dcbYEdFCoEOfaS35inz1::::::\n# the last one\n"})


def userdb(*args, **kw):
    return home.run("userdb", *args, **kw)


def text(name):
    with open(home.path(name), encoding="utf-8") as f:
        return f.read()


def data(name):
    with open(home.path(name), "rb") as f:
        return f.read()


def epoch(name):
    found = re.search(rb"m%s\d+:%s,\d+:\d+,\d+:(ok|disabled),16:([0-9a-f]{16}),"
                      % (name, name), data("cdb/public/mailboxes.cdb"))
    return found and found.groups()


# adding ----------------------------------------------------------------------

r = userdb("add", "Widget01", "login=Fred@Widget.com", "quota=500M")
password = r.stdout.rstrip("\n")
check("add prints the password alone",
      r.returncode == 0 and re.fullmatch(r"[a-z2-9]{16}\n", r.stdout)
      and not r.stderr, r)
lines = text("etc/users").splitlines()
check("comments and order stay",
      lines[0] == "# our mailboxes" and lines[2].startswith("old01:")
      and lines[3] == "# the last one" and lines[4].startswith("widget01:"),
      lines)
check("its line", re.fullmatch(
    r"widget01:\{ARGON2ID\}\$argon2id\$v=19\$m=8192,t=1,p=1\$[^:]+::::::"
    r"login=Fred@Widget.com userdb_quota_rule=\*:storage=500M", lines[4]),
    lines[4])
check("the file is nobody else's",
      stat.S_IMODE(os.stat(home.path("etc/users")).st_mode) & 0o7 == 0)
mode = {n: stat.S_IMODE(os.stat(home.path(n)).st_mode)
        for n in ("cdb/auth/users.cdb", "cdb/auth/users.dovecot",
                  "cdb/public/mailboxes.cdb")}
check("modes of the tables", mode == {
    "cdb/auth/users.cdb": 0o640 if home.root else 0o600,
    "cdb/auth/users.dovecot": 0o640 if home.root else 0o600,
    "cdb/public/mailboxes.cdb": 0o644}, mode)
check("no hash in public", b"argon2" not in data("cdb/public/mailboxes.cdb"))
dovecot = [x for x in text("cdb/auth/users.dovecot").splitlines()
           if not x.startswith("#")]
check("Dovecot gets a line a login name",
      [x.split(":")[0] for x in dovecot] ==
      ["old01", "widget01", "fred@widget.com"], dovecot)
check("with account, folder, mailbox and quota", re.search(
    r":\d+:\d+::%s::user=widget01 userdb_quota_rule=\*:storage=500M$"
    % re.escape(home.path("mail/widget01")), dovecot[2]), dovecot[2])

for name, args, code, err in (
        ("again", ["add", "WIDGET01"], 1, "mailbox widget01 is there already "
         "(etc/users line 5)"),
        ("no name", ["add", "wid get"], 100, "'wid get' cannot be a mailbox; "
         "write 1 to 32 of a-z 0-9 . _ -, a letter or digit first"),
        ("a path", ["add", "../../etc"], 100, "cannot be a mailbox"),
        ("a login twice", ["add", "w2", "login=fred@widget.com"], 100,
         "fred@widget.com is there already, in line 5; write another name"),
        ("no such extra", ["add", "w2", "color=red"], 100,
         "'color=red' is not understood; write login=ADDRESS, "
         "quota=SIZE or messages=N"),
        ("no size", ["add", "w2", "quota=much"], 100,
         "'quota=much' is no size; write quota=500M (or K, G, T)"),
        ("a line end", ["add", "w2", "login=a@b.example\nevil:x"], 100,
         "no blanks in"),
        ("a typing error", ["passwd", "widgt01"], 1,
         "no mailbox widgt01; did you mean widget01?"),
        ("a login name", ["passwd", "fred@widget.com"], 1, "no mailbox "
         "fred@widget.com; did you mean widget01, which has the login name "
         "fred@widget.com?"),
        ("unknown", ["disable", "zzzz"], 1,
         "no mailbox zzzz; userdb list shows all"),
        ("no command", ["frobnicate"], 100, "usage: userdb"),
        ("too few words", ["add"], 100, "usage: userdb")):
    before = text("etc/users"), data("cdb/auth/users.cdb")
    r = userdb(*args)
    check("refused: " + name, r.returncode == code and err in r.stderr
          and not r.stdout, r)
    check("unchanged: " + name,
          before == (text("etc/users"), data("cdb/auth/users.cdb")))

# verifying -------------------------------------------------------------------

for name, who, line, code, err in (
        ("right", "widget01", password, 0, ""),
        ("by its address, any case", "FRED@widget.com", password, 0, ""),
        ("wrong", "widget01", password + "x", 1,
         "wrong password for widget01"),
        ("empty", "widget01", "", 1, "wrong password"),
        ("unknown", "nobody", password, 1, "unknown: no mailbox"),
        ("a foreign hash", "old01", "Hello world!", 0, ""),
        ("a foreign hash, wrong", "old01", "hello world!", 1, "wrong")):
    r = userdb("verify", who, input=line + "\n")
    check("verify: " + name, r.returncode == code and err in r.stderr, r)

# telling relayd --------------------------------------------------------------

asked = []


def control(op, fields, fds):
    asked.append((op, [f.decode() if isinstance(f, bytes) else f
                       for f in fields]))
    return msg("Y", 1)


before = epoch(b"widget01")
r = userdb("passwd", "widget01")
check("passwd prints another", r.returncode == 0 and
      re.fullmatch(r"[a-z2-9]{16}\n", r.stdout) and
      r.stdout.strip() != password, r)
check("passwd without relayd says what is left to do",
      "relayd is not running" in r.stderr and
      "relayctl close widget01" in r.stderr, r.stderr)
check("the old one is wrong now",
      userdb("verify", "widget01", input=password).returncode == 1)
password = r.stdout.strip()
check("another epoch", before and epoch(b"widget01") and
      epoch(b"widget01") != before, (before, epoch(b"widget01")))

relayd = Fake(home, "run/relayd/control", control)
before = epoch(b"widget01")
r = userdb("disable", "Widget01")
check("disable", r.returncode == 0 and not r.stderr, r)
check("disable closes the windows", asked == [("X", ["1", "", "widget01"])],
      asked)
check("the state is in the table", epoch(b"widget01")[0] == b"disabled" and
      epoch(b"widget01")[1] != before[1], epoch(b"widget01"))
r = userdb("verify", "widget01", input=password)
check("disabled is told after the right password", r.returncode == 1 and
      "right password, but widget01 is disabled" in r.stderr, r)
check("not after a wrong one",
      "wrong password" in userdb("verify", "widget01", input="x").stderr)
check("the line says nologin",
      text("etc/users").splitlines()[4].endswith(" nologin"))
check("Dovecot is told", " nologin\n" in text("cdb/auth/users.dovecot"))
check("enable", userdb("enable", "widget01").returncode == 0 and
      userdb("verify", "widget01", input=password).returncode == 0 and
      "nologin" not in text("etc/users"))

# removing --------------------------------------------------------------------

userdb("add", "demo")  # the postmaster's mailbox
r = home.run("aliasdb", "add", "fred@widget.com", "widget01")
check("an alias", r.returncode == 0, r)
home.write("mail/widget01/new/1", "mail")
r = userdb("remove", "widget01")
check("remove refuses while an alias is there", r.returncode == 1 and
      "still in use: fred@widget.com (etc/aliases line 1); point these "
      "elsewhere first, or say --force" in r.stderr, r)
r = userdb("remove", "--force", "widget01")
check("remove --force", r.returncode == 0 and
      "now leading nowhere: fred@widget.com" in r.stderr and
      "widget01" not in text("etc/users") and not epoch(b"widget01"), r)
check("the mail stays", os.path.exists(home.path("mail/widget01/new/1")))
check("comments stay", text("etc/users").startswith("# our mailboxes\n\nold01:")
      and "# the last one\n" in text("etc/users"))
r = userdb("remove", "demo")
check("the postmaster's mailbox is in use", r.returncode == 1 and
      "postmaster (etc/postmaster line 1)" in r.stderr, r)
check("windows of a removed mailbox are closed",
      asked[-1] == ("X", ["1", "", "widget01"]), asked)
for file, line, of in (
        ("etc/senders", "boss@b.example: demo, away1\n",
         "boss@b.example (etc/senders line 1)"),
        ("etc/replies/away1", "I am away.\n",
         "away1 (etc/replies/away1 line 1)")):
    userdb("add", "away1")
    home.write(file, line)
    r = userdb("remove", "away1")
    check("in use, so that the aliases still build: " + file,
          r.returncode == 1 and of in r.stderr, r)
    os.unlink(home.path(file))
    r = userdb("remove", "away1")
    check("... and no longer", r.returncode == 0, r)

# listing and checking --------------------------------------------------------

userdb("add", "w9", "login=a@b.example", "login=c@d.example", "quota=1000")
r = userdb("list", "--json")
rows = [json.loads(x) for x in r.stdout.splitlines()]
check("list --json", rows[0] == {
    "mailbox": "old01", "state": "ok", "quota": 0,
    "quota-messages": 0, "used": 0, "messages": 0,
    "login": None, "ip": None, "logins": [], "scheme": "SHA512-CRYPT",
    "apps": 0} and rows[2] == {
    "mailbox": "w9", "state": "ok", "quota": 1000,
    "quota-messages": 0, "used": 0, "messages": 0,
    "login": None, "ip": None, "logins": ["a@b.example", "c@d.example"],
    "scheme": "ARGON2ID", "apps": 0}, rows)
check("list", re.search(r"^w9 +ok +1000 +0 +0 +- +a@b.example c@d.example$",
                        userdb("list").stdout, re.M))
r = userdb("check")
check("check names foreign hashes", r.returncode == 0 and r.stdout ==
      "etc/users:3: old01 has a hash of another system, {SHA512-CRYPT}; it "
      "works, 'userdb passwd old01' makes a new password\n", r)
check("check --json", json.loads(userdb("--json", "check").stdout) == {
    "ok": True, "errors": [], "errors_total": 0, "mailboxes": 3,
    "foreign": ["old01"], "never": []})
good = text("etc/users")
for name, hash, why in (
        ("cut short", "$6$abc", "it is cut short"),
        ("locked", "*", "it begins with '!' or '*'"),
        ("of another scheme", "{SHA512-CRYPT}$2y$10$" + "a" * 53, "its {SCHEME}"),
        ("unknown to crypt(3)", "$9$new$kind", "cannot verify this hash")):
    r = userdb("add", "tr1", "--hash", hash)
    check("no mailbox with a hash that is " + name, r.returncode == 100 and
          why in r.stderr and "tr1" not in text("etc/users"), r)
home.write("etc/users", good + "tr1:{SHA512-CRYPT}$6$abc::::::\n"
           "tr2:{CRYPT}*::::::\n", 0o600)
r = userdb("build")
check("build counts them, but for the locked", r.returncode == 0 and "1 mailbox "
      "has a hash that no password fits; 'userdb check' names" in r.stderr, r)
r = userdb("check")
check("check names them", r.returncode == 0 and "tr1 has a hash that no password "
      "fits: it is cut short, or no hash; 'userdb passwd tr1' makes a new "
      "password\n" in r.stdout and "tr2 has a hash that no password fits: it "
      "begins with '!' or '*', which locks" in r.stdout, r)
check("check --json: never", json.loads(userdb("--json", "check").stdout)[
    "never"] == ["tr1", "tr2"])
home.write("etc/users", good, 0o600)
userdb("build")
home.write("etc/users", good + "bad line\nx:{PLAIN}secret::::::\n", 0o600)
before = data("cdb/auth/users.cdb")
r = userdb("build")
check("build with mistakes", r.returncode == 100 and
      re.search(r"^etc/users:\d+:1: 'bad line' cannot be a mailbox; ",
                r.stderr, re.M) and
      "passwords of this {SCHEME} cannot be verified" in r.stderr and
      "2 errors; etc/users and the tables stay as they were" in r.stderr, r)
check("the old table stays", before == data("cdb/auth/users.cdb"))
r = userdb("add", "w10")
check("no add on top of mistakes", r.returncode == 100 and not r.stdout and
      "w10" not in text("etc/users"), r)
r = userdb("--json", "check")
check("mistakes as JSON", r.returncode == 100 and
      len(json.loads(r.stdout)["errors"]) == 2, r)
home.write("etc/users", good, 0o600)

# a password that nobody hears --------------------------------------------------


def unheard(stdout, *args):
    """Their stdout is this descriptor, or closed."""
    return subprocess.run(
        [home.binary("userdb"), "-C", home.dir, *args], stdout=stdout,
        stderr=subprocess.PIPE, text=True, check=False,
        preexec_fn=None if stdout else lambda: os.close(1))


first = userdb("add", "quiet").stdout
before = text("etc/users"), data("cdb/auth/users.cdb")
reader, nobody_reads = os.pipe()
os.close(reader)
with open("/dev/full", "w", encoding="ascii") as full:
    for where, out, code in (("full", full, 111), ("closed", None, 100),
                             ("a pipe without a reader", nobody_reads, 100)):
        for words in (["passwd", "quiet"], ["add", "unheard"],
                      ["app", "add", "quiet", "phone"],
                      ["--json", "passwd", "quiet"]):
            r = unheard(out, *words)
            check("stdout is %s: %s" % (where, words), r.returncode == code and
                  "nothing has changed" in r.stderr and "stdout" in r.stderr and
                  before == (text("etc/users"), data("cdb/auth/users.cdb")), r)
check("the old password is right", userdb(
    "verify", "quiet", input=first).returncode == 0)
userdb("remove", "quiet")

# many at once ----------------------------------------------------------------

with concurrent.futures.ThreadPoolExecutor(12) as pool:
    results = list(pool.map(lambda i: userdb("add", "many%02d" % i),
                            range(12)))
check("twelve adds at once", all(r.returncode == 0 for r in results),
      [r.stderr for r in results if r.returncode])
check("none is lost", sorted(re.findall(r"^many\d\d", text("etc/users"), re.M))
      == ["many%02d" % i for i in range(12)])
check("each password is right", all(
    userdb("verify", "many%02d" % i, input=r.stdout).returncode == 0
    for i, r in enumerate(results)))
for name in "etc/users.tmp.1", "etc/aliases.tmp.23", "cdb/users.next.tmp.4":
    home.write(name, "what a killed tool left")
home.write("etc/users.tmpl", "")
check("what a killed tool left is swept up", userdb(
    "enable", "many00").returncode == 0 and not [
        n for d in ("etc", "cdb") for n in os.listdir(home.path(d))
        if ".tmp." in n] and os.path.exists(home.path("etc/users.tmpl")))
os.unlink(home.path("etc/users.tmpl"))
check("nothing is left behind", not [
    n for d in ("etc", "cdb/auth", "cdb/public")
    for n in os.listdir(home.path(d)) if ".tmp." in n])

os.unlink(home.path("etc/users"))
for command in (["build"], ["add", "first"]):
    r = userdb(*command)
    check("no etc/users, but mailboxes: refused", r.returncode == 100 and
          "15 mailboxes would go with it" in r.stderr, r)
home.write("etc/users", "", 0o600)
r = userdb("build")
check("an empty one is meant", r.returncode == 0 and
      userdb("list").stdout == "", r)
os.unlink(home.path("etc/users"))
check("without mailboxes none is an empty one", userdb("build").returncode == 0)
check("and the first add makes it", userdb("add", "first").returncode == 0 and
      stat.S_IMODE(os.stat(home.path("etc/users")).st_mode) == 0o600)
done()
