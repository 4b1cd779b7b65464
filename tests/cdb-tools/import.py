#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postern-import: sample trees of other systems, and hostile ones."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from cdb import cdb  # noqa: E402
from home import UIDS, Home, check, done, wait_for  # noqa: E402,F401

SHA512 = ("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu"
          "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1")  # Hello world!
SECRET = "/etc/shadow"
home = Home(etc={"domains": "here.test\n", "postmaster": "admin\n",
                 "users": "# ours\n", "aliases": "# ours\n"})
home.run("userdb", "add", "admin")


def tree(name, files):
    for path, data in files.items():
        home.write("from/%s/%s" % (name, path), data, 0o600)


def run(kind, name, *args):
    return home.run("postern-import", *args[:0], kind,
                    home.path("from", name), *args)


def text(name):
    with open(home.path(name), encoding="utf-8") as f:
        return f.read()


def state():
    got = {}
    for top in "etc", "mail", "cdb":
        for d, _, files in os.walk(home.path(top)):
            for f in files:
                p = os.path.join(d, f)
                got[p] = "" if os.path.islink(p) else open(p, "rb").read()
    return {p: d for p, d in got.items() if not p.endswith("cdb/lock")}


def carried(kind, name, *args, problems=()):
    """A dry run, then the real one."""
    before = state()
    dry = run(kind, name, *args)
    check(kind + ": the dry run says so", dry.returncode == 0
          and "Nothing has changed" in dry.stdout, dry)
    check(kind + ": and changes nothing", state() == before)
    for p in problems:
        check("%s: told: %s" % (kind, p), p in dry.stdout, dry.stdout)
    r = run(kind, name, "--apply", *args)
    check(kind + ": --apply", r.returncode == 0 and not r.stderr, r)
    check(kind + ": nothing of the work is left", not [
        n for d in ("", "mail", "etc") for n in os.listdir(home.path(d))
        if "import" in n])
    again = run(kind, name, *args)
    check(kind + ": a second time there is nothing to do",
          "0 mailboxes" in again.stdout and "0 domains" in again.stdout,
          again)
    return r.stdout


def leads(address, mailbox):
    r = home.run("aliasdb", "explain", address)
    check("%s leads to %s" % (address, mailbox),
          r.stdout.rstrip().endswith(mailbox), r.stdout)


def logs_in(who, password="Hello world!", code=0):
    r = home.run("userdb", "verify", who, input=password)
    check("%s: the old password, exit %d" % (who, code),
          r.returncode == code, r)


# vpopmail --------------------------------------------------------------------

D = "/home/vpopmail/domains/widget.com"
tree("vpopmail", {
    "widget.com/vpasswd": (
        "fred:%s:1:0:Fred:%s/0/fred:52428800S,1000C\n"
        "mary:%s:1:2:Mary:%s/mary:NOQUOTA:clear\n"
        "plain:xx:1:0:x:%s/plain:5000C\nhalf a line\n"
        "../up:%s:1:0:x:%s/../../../etc:NOQUOTA\n" % (
            SHA512, D, SHA512, D, D, SHA512, D)),
    "widget.com/0/fred/Maildir/new/1.M1P1.h,S=5": b"a: b\n",
    "widget.com/0/fred/Maildir/cur/2.M2P2.h:2,S": b"c: d\n",
    "widget.com/0/fred/Maildir/tmp/3.x": b"half",
    "widget.com/0/fred/Maildir/.Sent/cur/4.M4P4.h:2,S": b"e: f\n",
    "widget.com/0/fred/Maildir/dovecot-uidlist": b"3 V1 N9\n",
    "widget.com/0/fred/Maildir/maildirsize": b"1S\n",
    "widget.com/0/fred/.qmail": "&fred@far.test\n./Maildir/\n",
    "widget.com/mary/Maildir/new/1.M9P9.h": b"m: n\n",
    "widget.com/.qmail-default":
        "| /home/vpopmail/bin/vdelivermail '' %s/mary\n" % D,
    "widget.com/.qmail-sales:team": "&fred\n&out@far.test\n",
    "widget.com/.qmail-boss": "%s/0/fred/Maildir/\n" % D,
    "widget.com/.qmail-bot": "| /usr/bin/robot\n",
    "widget.com/.qmail-nobody": "&ghost@here.test\n",
    "widget.com/.qmail-ext-default": "&fred\n",
    "bad_domain!/vpasswd": "x:y:1:0:x:/x:NOQUOTA\n",
    "empty.test/README": "",
})
os.makedirs(home.path("from/vpopmail/widget.com/0/fred/Maildir/.Sent/new"),
            exist_ok=True)
os.symlink(SECRET, home.path("from/vpopmail/widget.com/mary/Maildir/new/7.x"))
os.symlink("/etc", home.path("from/vpopmail/link.test"))
os.symlink("/home/vpopmail/domains/widget.com/",
           home.path("from/vpopmail/widget.example"))
tree("vpopmail", {
    "0/split.test/vpasswd": "eve:%s:1:0:Eve:/home/vpopmail/domains/0/"
                            "split.test/eve:NOQUOTA\n" % SHA512,
    "0/split.test/eve/Maildir/new/1.e": b"s: p\n",
    "0/split.test/.qmail-eve": "&eve@far.test\n&eve\n",
    "dom.test": "a file\n"})
out = carried("vpopmail", "vpopmail", problems=(
    "widget.com/vpasswd:3: plain@widget.com: its password cannot be carried",
    "widget.com/vpasswd:4: is not user:hash",
    "vpasswd:5: '../up@widget.com' is no address",
    "a program is not started here: | /usr/bin/robot",
    "nobody@widget.com leads to ghost@here.test, which is nowhere here",
    "stands for many names", "'bad_domain!' is no domain name",
    "link.test is an alias of etc, which is not there",
    "dom.test: is no folder", "empty.test/vpasswd: no such text"))
check("mail is kept, by its names", sorted(os.listdir(home.path(
    "mail/widget01/cur"))) == ["2.M2P2.h:2,S"] and os.path.exists(home.path(
        "mail/widget01/.Sent/cur/4.M4P4.h:2,S")) and os.path.exists(home.path(
            "mail/widget01/dovecot-uidlist")))
check("what was on its way is not", os.listdir(home.path(
    "mail/widget01/tmp")) == [])
if home.root:
    check("it is p-mail's", {os.stat(home.path("mail/widget01", p)).st_uid
                             for p in ("", "new", "new/1.M1P1.h,S=5")} ==
          {UIDS["p-mail"]})
check("a link is left there, and told", os.listdir(home.path(
    "mail/widget02/new")) == ["1.M9P9.h"] and "7.x is no file of the mailbox's "
    "owner" in out, out)
check("the sources stay", os.path.exists(home.path(
    "from/vpopmail/widget.com/0/fred/Maildir/new/1.M1P1.h,S=5")))
check("a quota of messages alone", re.search(
    r"login=plain@widget.com userdb_quota_rule=\*:messages=5000$",
    text("etc/users"), re.M), text("etc/users"))
check("comments stay, the quota is carried over", text(
    "etc/users").startswith("# ours\n") and
    "login=fred@widget.com userdb_quota_rule=*:storage=52428800B:messages=1000" in
    text("etc/users"), text("etc/users"))
leads("fred@widget.com", "mailbox widget01")
leads("boss@widget.com", "mailbox widget01")
leads("whoever@widget.com", "mailbox widget02")
leads("fred@widget.example", "mailbox widget01")
leads("eve@split.test", "mailbox split01")
check("a domain in a folder of one letter", os.path.exists(home.path(
    "mail/split01/new/1.e")))
check("its .qmail-eve: a forward that keeps a copy", "split01: keep "
      "eve@far.test\n" in text("etc/forwards"), text("etc/forwards"))
leads("sales.team@widget.com", "list sales.team@widget.com")
check("a list", text("etc/lists.d/sales.team@widget.com") ==
      "fred@widget.com\nout@far.test\n")
check("a forward with a copy", "widget01: keep fred@far.test" in
      text("etc/forwards"), text("etc/forwards"))
logs_in("fred@widget.com")
logs_in("fred@widget.com", "wrong", 1)
check("no POP: disabled", "is disabled" in home.run(
    "userdb", "verify", "mary@widget.com", input="Hello world!").stderr)
check("the tables are built", home.run("aliasdb", "diff").returncode == 0)

# vmailmgr --------------------------------------------------------------------


def entry(hash, mailbox, forwards=(), enabled=1, quota="-",
          soft="-", count="-"):
    return (b"\2\x08" + bytes([enabled]) + b"\0" + b"".join(
        s.encode() + b"\0" for s in (hash, mailbox)) + b"".join(
            f.encode() + b"\0" for f in forwards) + b"\0" + b"".join(
                s.encode() + b"\0" for s in (
                    "who", quota, soft, "-", count, "1", "-")))


tree("vmailmgr", {
    "home/acme/passwd.cdb": cdb([
        ("ann", entry(SHA512, "./users/ann", quota="1000000",
                      soft="9", count="500")),
        ("bob", entry(SHA512, "./users/bob", ["bob@far.test"], 0)),
        ("info", entry("*", "", ["ann"])),
        ("+", entry("*", "", ["ann@acme.test"])),
        ("odd", b"\2\x08\1\0cut"), ("old", b"\1x")]),
    "home/acme/users/ann/new/1.a": b"x: y\n",
    "home/bad/passwd.cdb": b"no cdb at all"})
carried("vmailmgr", "vmailmgr", "acme.test=home/acme", "bad.test=home/bad",
        problems=("ann@acme.test: soft quota, size of a message",
                  "odd@acme.test: its record is not understood",
                  "old@acme.test: its record is not understood",
                  "home/bad/passwd.cdb: cannot be read"))
leads("ann@acme.test", "mailbox acme01")
leads("info@acme.test", "mailbox acme01")
leads("any@acme.test", "mailbox acme01")
logs_in("ann@acme.test")
check("ann's quota", "login=ann@acme.test userdb_quota_rule=*:storage=1000000B"
      ":messages=500\n" in text("etc/users"), text("etc/users"))
check("bob's goes on, without a copy", "acme02: bob@far.test" in
      text("etc/forwards"), text("etc/forwards"))
check("ann's mail", os.path.exists(home.path("mail/acme01/new/1.a")))

whole = entry(SHA512, "./users/x", ["a@far.test", "b"], 1, "7")
tree("cuts", {"cut.cdb/passwd.cdb": cdb(
    [("c%d" % i, whole[:i]) for i in range(len(whole))] + [
        ("r%d" % i, os.urandom(i)) for i in range(60)])})
r = run("vmailmgr", "cuts", "cut.test=cut.cdb")
check("records cut short at every byte", r.returncode == 0 and
      r.stdout.count("its record is not understood") > len(whole) - 30, r)

# Postfix ---------------------------------------------------------------------

tree("postfix", {
    "etc/postfix/virtual": (
        "# ours\nfoo.test anything\ninfo@foo.test ann@foo.test\n"
        "team@foo.test ann@foo.test, carl@far.test\n@foo.test\tann@foo.test\n"
        "root@foo.test sysuser\nghost@foo.test nosuch\nlone\n"
        "long@foo.test ann@foo.test,\n# in between\n  carl@far.test,\n\n"
        "\tdora@far.test\n"
        "ann@foo.test ann@foo.test ann@far.test\nbea@foo.test bea@far.test\nloop@foo.test loop2@foo.test\nloop2@foo.test "
        "loop@foo.test\n"),
    "etc/postfix/vmailbox": "  x\nann@foo.test foo.test/ann/\nmb@foo.test "
                            "foo/mb\nbea@foo.test foo.test/bea/\n",
    "etc/dovecot/users": "ann@foo.test:{SHA512-CRYPT}%s:1:1::/x::"
                         "userdb_quota_rule=*:storage=2G:messages=90 a=b\n"
                         "mb@foo.test:%s\nbea@foo.test:%s::::::nologin "
                         "userdb_quota_rule=*:ignore\n" % (
                             SHA512, SHA512, SHA512),
    "etc/shadow": "sysuser:%s:1:0:9:7:::\nlocked:!:1::::::\n" % SHA512,
    "var/vmail/foo.test/ann/cur/1.p:2,S": b"p: q\n"})
args = ("passwords=etc/dovecot/users", "passwords=etc/shadow",
        "maildirs=var/vmail", "mailboxes=etc/postfix/vmailbox",
        "virtual=etc/postfix/virtual")
carried("postfix", "postfix", *args, problems=(
    "dovecot/users:3: userdb_quota_rule=*:ignore is left out",
    "virtual:7: target nosuch is no mailbox and no address",
    "virtual:8: lone has no value", "virtual:16: loop@foo.test leads to",
    "vmailbox:1: goes on, and nothing is there before it",
    "vmailbox:3: mb@foo.test: its mail is one file"))
leads("info@foo.test", "mailbox foo01")
leads("what@foo.test", "mailbox foo01")
leads("root@foo.test", "mailbox sysuser")
leads("team@foo.test", "list team@foo.test")
check("an entry of several lines", text("etc/lists.d/long@foo.test") ==
      "ann@foo.test\ncarl@far.test\ndora@far.test\n")
leads("ann@foo.test", "mailbox foo01")
check("itself among its targets: a copy stays; not: none does",
      "foo01: keep ann@far.test\n" in text("etc/forwards")
      and "foo03: bea@far.test\n" in text("etc/forwards"),
      text("etc/forwards"))
logs_in("ann@foo.test")
check("Dovecot's quota and state", re.search(
    r"login=ann@foo.test userdb_quota_rule=\*:storage=2147483648B:messages=90$",
    text("etc/users"), re.M) and "login=bea@foo.test nologin\n" in
    text("etc/users"), text("etc/users"))
logs_in("sysuser")
check("its mail", os.path.exists(home.path("mail/foo01/cur/1.p:2,S")))

# cPanel ----------------------------------------------------------------------

tree("cpanel", {
    "etc/valiases/bar.test": (
        '*: :fail: No Such User Here\ninfo@bar.test: joe@bar.test\n'
        'two@bar.test: joe@bar.test, x@far.test\nbot@bar.test: "|/bin/robot"\n'
        'sys@bar.test: nouser\nnone@bar.test: :blackhole:\n'
        'all@bar.test: baruser\n"x"@bar.test: baruser\n'
        'postmaster@bar.test: :fail: nobody\n'
        'gone@bar.test: :fail: She has left\nold@bar.test: :fail: "x"\n'
        'joe@bar.test: joe@far.test\n'),
    "etc/shadow": "root:%s:1::::::\nbaruser:%s:1::::::\n" % (SHA512, SHA512),
    "home/baruser/mail/cur/1.own:2,S": b"o: w\n",
    "home/baruser/mail/.Sent/cur/2.own:2,S": b"o: x\n",
    "etc/valiases/star.test": "*: baruser\n",
    "etc/vdomainaliases/bar.example": "bar.example: bar.test\n",
    "etc/valiases/bar.example": "*: baruser\n",
    "home/baruser/etc/bar.test/shadow":
        "joe:%s:16000::::::\nsue:!!:1::::::\n" % SHA512,
    "home/baruser/etc/bar.test/quota": "joe:1048576\nsue:12x\n",
    "home/baruser/mail/bar.test/joe/cur/1.c,S=5:2,": b"c: p\n",
    "home/other/etc/other.test/shadow": "eve:%s:1::::::\n" % SHA512})
os.makedirs(home.path("from/cpanel/home/evil/etc"))
os.symlink(home.path("from/cpanel/home/baruser/etc/bar.test"),
           home.path("from/cpanel/home/evil/etc/evil.test"))
os.makedirs(home.path("from/cpanel/home/other/mail/other.test"))
os.symlink(home.path("from/cpanel/home/baruser/mail/bar.test/joe"),
           home.path("from/cpanel/home/other/mail/other.test/eve"))
out = carried("cpanel", "cpanel", "--move", problems=(
    "bot@bar.test: \"|/bin/robot\" is not delivered to here",
    "sys@bar.test goes to the system user nouser", "there is a link on the",
    "postmaster@bar.test was refused: it reaches",
    "sue@bar.test: it has no password", "quota:2: quota 12x is left out"))
leads("joe@bar.test", "mailbox bar01")
leads("joe@bar.example", "mailbox bar01")
leads("two@bar.test", "list two@bar.test")
for address in "all@bar.test", "x@bar.test", "what@star.test":
    leads(address, "mailbox baruser")
check("the account's own mail", os.path.exists(home.path(
    "mail/baruser/cur/1.own:2,S")) and os.path.exists(home.path(
        "mail/baruser/.Sent/cur/2.own:2,S")) and not os.path.exists(
            home.path("mail/baruser/bar.test")))
check("what refuses keeps its words", "gone@bar.test: :refuse \"She has left"
      "\"\nold@bar.test: :refuse \"no mail for this address\"\n" in
      text("etc/aliases"), text("etc/aliases"))
check("a forwarder of a mailbox leaves it a copy", "bar01: keep joe@far.test\n"
      in text("etc/forwards"), text("etc/forwards"))
logs_in("baruser")
logs_in("joe@bar.test")
logs_in("eve@other.test")
check("unknown names are refused", home.run(
    "aliasdb", "explain", "zz@bar.test").returncode == 1)
check("moved: here, and not there", os.path.exists(home.path(
    "mail/bar01/cur/1.c,S=5:2,")) and not os.path.exists(home.path(
        "from/cpanel/home/baruser/mail/bar.test/joe/cur/1.c,S=5:2,")))
check("nobody gets another's mail by a link", not os.path.exists(home.path(
    "mail/other01/cur/1.c,S=5:2,")) and "evil" not in text("etc/domains"))

# old encodings, what is here already, mail in odd places ------------------------

D = "/home/vpopmail/domains/late1.test"
tree("strange", {
    "late1.test/vpasswd": b"\xef\xbb\xbf" + (
        "ann:%s:1:0:M\xfcller:%s/ann:NOQUOTA\r\nbob:%s:1:0:Bob:%s/bob:9x\r\n"
        "b\xfccher:%s:1:0:x:%s/b:NOQUOTA\n" % (
            SHA512, D, SHA512, D, SHA512, D)).encode("latin-1"),
    "late1.test/ann/Maildir/cur/1.a:2,S": b"a: b\n",
    "late1.test/ann/Maildir/cur/2.n\nl:2,S": b"c: d\n",
    "late1.test/ann/Maildir/.Dr&APw-cke.Sub/new/3.a": b"e: f\n",
    "late1.test/ann/Maildir/Sent/cur/4.a": b"g: h\n"})
os.symlink("/etc", home.path("from/strange/late1.test/ann/Maildir/.Link"))
os.symlink(home.path("mail"), home.path("from/strange/late1.test/bob"))
home.write("etc/domains", text("etc/domains") + "late1.test\n")
home.write("etc/aliases", text("etc/aliases") + "bob@late1.test: admin\n")
told = ("vpasswd:2: quota 9x is left out",
        "vpasswd:3: 'b\u00fccher@late1.test' is no address",
        "vpasswd:2: bob@late1.test leads to admin here already, and not to "
        "late102",
        "late1.test/ann/Maildir: 2.n\\x0al:2,S is no message's name, left there",
        "late1.test/ann/Maildir: .Link is no folder, left there",
        "late1.test/ann/Maildir: Sent is a folder of mail that is not called "
        ".NAME", "late1.test/bob/Maildir: its mail cannot be read")
r = run("vpopmail", "strange")
check("the dry run counts the mail", "mailbox late101: login=ann@late1.test, "
      "messages 2\n" in r.stdout, r)
for p in told:
    check("told by the dry run: " + p, p in r.stdout, r.stdout)
r = run("vpopmail", "strange", "--apply")
check("applied", r.returncode == 0 and "login=ann@late1.test, messages 2\n" in
      r.stdout, r)
for p in told:
    check("told: " + p, p in r.stdout, r.stdout)
leads("ann@late1.test", "mailbox late101")
leads("bob@late1.test", "mailbox admin")
check("a quota that is none is not half of one", "login=bob@late1.test\n" in
      text("etc/users"), text("etc/users"))
logs_in("ann@late1.test")
check("a folder with an umlaut", os.path.exists(home.path(
    "mail/late101/.Dr&APw-cke.Sub/new/3.a")))

# lists that come to nothing take along what led there -----------------------------

tree("hollow", {
    "hollow.test/vpasswd": "ann:%s:1:0:x:/x/hollow.test/ann:NOQUOTA\n" % SHA512,
    "hollow.test/.qmail-one": "&ghost@hollow.test\n&ghoul@hollow.test\n",
    "hollow.test/.qmail-two": "&one@hollow.test\n&far@far.test\n",
    "hollow.test/.qmail-three": "&one@hollow.test\n",
    "hollow.test/.qmail-four": "&four@hollow.test\n&five@hollow.test\n",
    "hollow.test/.qmail-five": "&four@hollow.test\n&five@hollow.test\n",
    "hollow.test/.qmail-six": "&five@hollow.test\n&far@far.test\n"})
r = run("vpopmail", "hollow", "--apply")
check("hollow lists are told", r.returncode == 0 and "  2 lists\n" in r.stdout
      and "one@hollow.test: none of its targets is left" in r.stdout
      and "three@hollow.test leads to one@hollow.test, which is nowhere here"
      in r.stdout and "two@hollow.test: member one@hollow.test leads nowhere"
      in r.stdout, r)
check("and are not there", not [n for n in os.listdir(home.path("etc/lists.d"))
                                if "hollow" in n and n[:3] not in ("two", "six")]
      and text("etc/lists.d/six@hollow.test") == "far@far.test\n")

# mistakes --------------------------------------------------------------------

for kind, args, err in (
        ("postfix", [], "mailboxes=FILE"),
        ("postfix", ["mailboxs=x"], "'mailboxs=x' is not understood"),
        ("vmailmgr", [], "DOMAIN=FOLDER"), ("vpopmail", ["x"], "'x' is not"),
        ("cpanel", ["x"], "'x' is not")):
    r = run(kind, "strange", *args)
    check("%s %s" % (kind, args), r.returncode == 100 and err in r.stderr
          and not r.stdout, r)
r = run("postfix", "strange", "passwords=none", "maildirs=none", "mailboxes=none")
check("files that are missing are told", r.returncode == 0 and all(
    p in r.stdout for p in ("none: no passwords from it",
                            "none: no Maildirs from it: No such file",
                            "none: no such map")), r)

check("no such kind", run("sendmail", "cpanel").returncode == 100)
check("no such folder", run("cpanel", "nowhere").returncode == 100)
tree("late", {"late.test/vpasswd": "a:%s:1:0::/x/late.test/a:NOQUOTA\n" % SHA512,
              "late.test/a/Maildir/new/1.x": b"x\n"})
good = text("etc/aliases")
home.write("etc/aliases", good + "x@here.test: nobdy\n")
before = state()
r = run("vpopmail", "late", "--apply")
check("a mistake that was there before", r.returncode == 100 and
      "no mailbox nobdy" in r.stderr and state() == before, r)
home.write("etc/aliases", good)
os.unlink(home.path("cdb/public/aliases.cdb"))
os.mkdir(home.path("cdb/public/aliases.cdb"))
before = {p: d for p, d in state().items() if "/cdb/" not in p}
r = run("vpopmail", "late", "--apply")
check("what fails at the end is undone", r.returncode == 111 and
      "nothing has changed" in r.stderr and
      {p: d for p, d in state().items() if "/cdb/" not in p} == before, r)
os.rmdir(home.path("cdb/public/aliases.cdb"))
r = run("vpopmail", "late", "--apply", "--prefix", "cust")
check("and then it works, with a prefix", r.returncode == 0, r)
leads("a@late.test", "mailbox cust01")
with open(home.path("log/audit/current"), encoding="utf-8") as f:
    audit = [x for x in f if "program=postern-import" in x]
check("the audit log has each that was applied, and no dry run",
      audit and audit[-1].split(" ", 2)[1] == "audit" and
      "result=0" in audit[-1] and audit[-1].endswith('/late"\n'), audit)
done()
