#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""aliasdb and netdb: the tools from end to end, make -C etc, killed builds."""
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, Home, check, done  # noqa: E402

CDB = "cdb/public/aliases.cdb"
home = Home(etc={
    "domains": "widget.com\nold.example = widget.com\n",
    "users": "demo:{CRYPT}x::::::\nwidget01:{CRYPT}x::::::\n",
    "aliases": "# addresses\n\nfred@widget.com: widget01\n# the end"})


def aliasdb(*args, **kw):
    return home.run("aliasdb", *args, **kw)


def read(name):
    with open(home.path(name), "rb") as f:
        return f.read()


# building, adding, removing ---------------------------------------------------

r = aliasdb("build")
check("build", r.returncode == 0 and not r.stdout and not r.stderr, r)
r = aliasdb("add", "Sales@Widget.com", "fred@widget.com")
check("add", r.returncode == 0 and read("etc/aliases") ==
      b"# addresses\n\nfred@widget.com: widget01\n# the end\n"
      b"Sales@Widget.com: fred@widget.com\n", (r, read("etc/aliases")))
r = aliasdb("add", "noreply@widget.com", ':refuse "Nobody reads this"')
check("add :refuse", r.returncode == 0, r)
r = aliasdb("add", "@widget.com", "demo")
check("add a catch-all", r.returncode == 0, r)
for name, args, code, err in (
        ("there already", ["add", "SALES@widget.com", "demo"], 1,
         "SALES@widget.com is there already (etc/aliases line 5); nothing has "
         "changed"),
        ("a typing error", ["add", "x@widget.com", "widgt01"], 100,
         "etc/aliases:8:15: x@widget.com: no mailbox widgt01; did you mean "
         "widget01?"),
        ("another domain", ["add", "x@widgt.com", "demo"], 100,
         "widgt.com is not in etc/domains; did you mean widget.com?"),
        ("two targets", ["add", "x@widget.com", "demo, widget01"], 100,
         "x@widget.com has several targets, an alias has one; write a forward "
         "of a mailbox (etc/forwards) or a list (etc/lists)"),
        ("a loop", ["add", "x@widget.com", "x@widget.com"], 100,
         "etc/aliases:8:15: a loop: it leads to x@widget.com (line 8); give "
         "one of them a mailbox"),
        ("no postmaster", ["add", "Postmaster@widget.com", ':refuse "none"'],
         100, "etc/aliases:8:24: postmaster@widget.com cannot be refused: each "
         "domain must take mail for postmaster; give it a mailbox"),
        ("no postmaster, by another alias", ["add", "postmaster@widget.com",
                                             "noreply@widget.com"], 100,
         "etc/aliases:8:24: postmaster@widget.com cannot be refused"),
        ("a line end", ["add", "x@widget.com", "demo\ny@widget.com: demo"],
         100, "an entry is one line"),
        ("not there", ["remove", "x@widget.com"], 1,
         "x@widget.com is not in etc/aliases"),
        ("still needed", ["remove", "fred@widget.com"], 0, ""),
        ("usage", ["add", "x@widget.com"], 100, "usage: aliasdb")):
    before = read("etc/aliases"), read(CDB)
    r = aliasdb(*args)
    check("refused: " + name, r.returncode == code and err in r.stderr, r)
    if code:
        check("unchanged: " + name, before == (read("etc/aliases"), read(CDB)))
check("removed: the catch-all takes what led there",
      b"fred@widget.com: widget01" not in read("etc/aliases") and
      aliasdb("explain", "sales@widget.com").stdout.endswith(
          "sales@widget.com goes to mailbox demo\n"))
aliasdb("add", "fred@widget.com", "widget01")
aliasdb("add", "mary@widget.com", "mary@far.example")

# explaining ------------------------------------------------------------------

r = aliasdb("explain", "Sales+x@old.example")
check("explain", r.returncode == 0 and r.stdout == """Sales+x@old.example
  domain alias: widget.com
  entry without the tag: fred@widget.com
  exact entry: widget01
  mailbox: widget01
Sales+x@old.example goes to mailbox widget01
""", r.stdout)
for address, code, result, target in (
        ("fred@widget.com", 0, "mailbox", "widget01"),
        ("mary@widget.com", 0, "remote", "mary@far.example"),
        ("who@widget.com", 0, "mailbox", "demo"),
        ("noreply@widget.com", 1, "refused", "Nobody reads this"),
        ("postmaster", 0, "mailbox", "demo"),
        ("a@b.example", 1, "foreign", "")):
    r = aliasdb("explain", "--json", address)
    got = json.loads(r.stdout)
    check("explain %s" % address, r.returncode == code and
          got["result"] == result and got["target"] == target and
          got["steps"], r)
r = aliasdb("list", "--json")
check("list --json", {"kind": "catch-all", "address": "@widget.com",
                      "target": "demo"} in
      [json.loads(x) for x in r.stdout.splitlines()], r)
check("list", "fred@widget.com: widget01\n" in aliasdb("list").stdout)
r = aliasdb("who", "widget01")
check("who", r.returncode == 0 and sorted(r.stdout.splitlines()) ==
      ["fred@widget.com: widget01", "sales@widget.com: fred@widget.com"], r)
r = aliasdb("who", "demo")
check("who, the postmaster's mailbox", "postmaster: demo" in
      r.stdout.splitlines(), r)
check("... as JSON", {"kind": "postmaster", "address": "postmaster", "target":
                      "demo"} in [json.loads(x) for x in aliasdb(
                          "who", "demo", "--json").stdout.splitlines()])
check("who, nobody", aliasdb("who", "zzz").returncode == 1)
r = aliasdb("who", "Widget01")
check("who, in capitals", r.returncode == 0 and len(r.stdout.splitlines()) == 2)

# what was meant, and what would change ----------------------------------------

home.run("userdb", "build")
for name, args, err in (
        ("who", ["who", "widgt01"], "no mailbox widgt01; did you mean "
         "widget01?"),
        ("who, an address", ["who", "zzz@far.example"], "aliasdb explain"),
        ("who, like nothing", ["who", "zzz"], "userdb list shows all")):
    r = aliasdb(*args)
    check("did you mean: " + name, r.returncode == 1 and err in r.stderr, r)
r = aliasdb("explain", "fred@widgt.com")
check("did you mean: explain", r.returncode == 1 and r.stdout.endswith(
    "relaying; did you mean fred@widget.com?\n"), r)
check("... as JSON", json.loads(aliasdb(
    "explain", "--json", "frd@widgt.com").stdout)["like"] == "fred@widget.com")
good = read("etc/aliases")
table = read(CDB)
r = aliasdb("diff")
check("diff, no change", r.returncode == 0 and not r.stdout and not r.stderr, r)
home.write("etc/aliases", good.replace(b"fred@widget.com: widget01",
                                       b"fred@widget.com: demo")
           .replace(b"@widget.com: demo\n", b"", 1)
           + b"new@widget.com: widget01\n")
home.write("etc/forwards", "widget01: keep x@far.example, y@far.example\n")
r = aliasdb("diff")
got = sorted(r.stdout.splitlines())
check("diff", r.returncode == 1 and "+ alias new@widget.com: widget01" in got
      and "+ forward widget01: keep x@far.example y@far.example" in got
      and [x for x in got if x.startswith("- ")] and "in force" in r.stderr, r)
rows = [json.loads(x) for x in aliasdb("diff", "--json").stdout.splitlines()]
check("diff --json", {"change": "add", "kind": "alias", "address":
                      "new@widget.com", "new": "widget01"} in rows, rows)
check("diff changes nothing", read(CDB) == table and not [
    n for n in os.listdir(home.path("cdb/public")) if ".tmp." in n])
r = aliasdb("who", "demo")
home.write("etc/aliases", good + b"x@widget.com: nobdy\n")
r = aliasdb("diff")
check("diff of a mistake", r.returncode == 100 and "nothing was compared" in
      r.stderr, r)
os.rename(home.path(CDB), home.path(CDB + ".away"))
home.write("etc/aliases", good)
r = aliasdb("diff")
check("diff against nothing", r.returncode == 1 and "- " not in r.stdout
      and "+ alias fred@widget.com: widget01" in r.stdout.splitlines(), r)
os.rename(home.path(CDB + ".away"), home.path(CDB))
home.write("etc/forwards", "demo: keep fred@widget.com\n")
aliasdb("build")
r = aliasdb("who", "widget01")
check("who, by a forward", "demo: fred@widget.com" in r.stdout, r)
home.write("etc/forwards", "")
aliasdb("build")

# mistakes --------------------------------------------------------------------

good = read("etc/aliases")
home.write("etc/aliases", good + b"".join(
    b"x%d@widget.com: nobody%d\n" % (i, i) for i in range(30)))
before = read(CDB)
r = aliasdb("build")
check("at most twenty mistakes are told", r.returncode == 100 and
      r.stderr.count("no mailbox nobody") == 20 and
      "and 10 more" in r.stderr and
      "30 errors; cdb/public/aliases.cdb stays as it was" in r.stderr, r)
check("the old table stays", read(CDB) == before)
r = aliasdb("list")
check("an older table is told", "etc/aliases is newer than the table" in
      r.stderr, r.stderr)
r = aliasdb("--json", "check")
check("check --json", r.returncode == 100 and
      json.loads(r.stdout)["ok"] is False, r)
home.write("etc/aliases", good)
check("check", aliasdb("check").returncode == 0)
os.rename(home.path("etc/domains"), home.path("etc/domains.away"))
check("a missing file is an empty one",
      "widget.com is not in etc/domains" in aliasdb("check").stderr)
os.rename(home.path("etc/domains.away"), home.path("etc/domains"))

# lists, forwards, senders, replies ---------------------------------------------

home.write("etc/lists.d/staff", "fred@widget.com\na@far.example\n")
home.write("etc/lists", "staff@widget.com: owner=fred@widget.com, file=staff\n")
home.write("etc/forwards", "widget01: keep x@far.example\n")
home.write("etc/senders", "fred@far.example: widget01\n")
home.write("etc/replies/widget01", "Subject: away\n\nAway.\n")
r = aliasdb("build")
table = read(CDB)
check("lists, forwards, senders, replies", r.returncode == 0 and
      b"lstaff@widget.comfred@widget.com\0members\0staff\0fred@widget.com\0"
      b"a@far.example\0" in table and
      b"fwidget01kx@far.example\0" in table and
      b"sfred@far.examplewidget01\0" in table and b"rwidget01" in table, r)
check("explain a list", aliasdb("explain", "staff@old.example").stdout.endswith(
    "  owner: fred@widget.com\n  who may post: members\n"
    "  members in etc/lists.d: 2\n"
    "staff@old.example goes to the list staff@widget.com\n"))
check("explain a forward that keeps a copy, and an autoresponder", aliasdb(
    "explain", "fred@widget.com").stdout.endswith("""  mailbox: widget01
  forward (etc/forwards): a copy stays
  forward to: x@far.example
  autoresponder (etc/replies): widget01
fred@widget.com goes to mailbox widget01
"""))
home.write("etc/forwards", "widget01: x@far.example, y@far.example\n")
aliasdb("build")
check("explain one that keeps none", aliasdb(
    "explain", "fred@widget.com").stdout.endswith(
        "goes to mailbox widget01, and from there to x@far.example, "
        "y@far.example\n"))
home.run("userdb", "disable", "widget01")
check("explain: disabled", "  disabled, and takes mail: widget01\n" in aliasdb(
    "explain", "fred@widget.com").stdout)
home.run("userdb", "enable", "widget01")
for name in ("", "fred", "fred@", "<fred@widget.com>", "fred@widget.com ",
             "a@b@c.example"):
    r = aliasdb("explain", name)
    check("explain: no address %r" % name, r.returncode == 100 and
          "' is not an address: " in r.stderr and not r.stdout, r)
home.write("etc/forwards", "widget01: staff@widget.com\n")
r = aliasdb("build")
check("a list that leads back to itself", r.returncode == 100 and
      "a loop: staff@widget.com (etc/lists line 1) -> widget01 (etc/forwards "
      "line 1) -> staff@widget.com; take this address out" in r.stderr, r)
home.write("etc/forwards", "")

# many at once, killed ----------------------------------------------------------

with concurrent.futures.ThreadPoolExecutor(12) as pool:
    results = list(pool.map(lambda i: aliasdb(
        "add", "many%02d@widget.com" % i, "demo"), range(12)))
check("twelve adds at once", all(r.returncode == 0 for r in results),
      [r.stderr for r in results if r.returncode])
listed = aliasdb("list").stdout
check("none is lost", all("many%02d@widget.com: demo\n" % i in listed
                          for i in range(12)))

home.write("etc/aliases", good + b"".join(
    b"user%06d@widget.com: widget01\n" % i for i in range(300000)))
began = time.monotonic()
aliasdb("build")
whole = time.monotonic() - began
old = read(CDB)
home.write("etc/aliases", good + b"".join(
    b"user%06d@widget.com: demo\n" % i for i in range(300000)))
torn = killed = 0
for i in range(12):
    p = subprocess.Popen([home.binary("aliasdb"), "-C", home.dir, "build"])
    time.sleep(whole * (i + 0.5) / 15)
    p.send_signal(signal.SIGKILL)
    killed += p.wait() == -signal.SIGKILL
    torn += read(CDB) not in (old,) and aliasdb(
        "explain", "user299999@widget.com").returncode != 0
check("killed builds leave a whole table", not torn and killed > 0,
      "%d torn, %d killed" % (torn, killed))
r = aliasdb("build")
check("the next build takes the new text", r.returncode == 0 and
      "mailbox demo" in aliasdb("explain", "user000007@widget.com").stdout, r)
check("and sweeps what the killed ones left",
      not [n for n in os.listdir(home.path("cdb/public")) if "tmp" in n],
      os.listdir(home.path("cdb/public")))
home.write("etc/aliases", good)
aliasdb("build")

# netdb -----------------------------------------------------------------------

os.unlink(home.path("cdb/relay/nets.cdb"))
r = home.run("netdb", "query", "192.0.2.5")
check("no table: says so", r.returncode == 111 and "netdb build" in r.stderr, r)
check("no text makes a table", home.run("netdb", "build").returncode == 0 and
      home.run("netdb", "query", "192.0.2.5").returncode == 1)
home.write("etc/nets", "192.0.2.0/24 allow\n192.0.2.128/25 deny\n")
check("netdb build", home.run("netdb", "build").returncode == 0)
for ip, code, out in (
        ("192.0.2.5", 0, "192.0.2.0/24 allow\n"),
        ("192.0.2.200", 1, "192.0.2.128/25 deny\n"),
        ("2001:db8::1", 1, "no network of etc/nets holds 2001:db8::1\n")):
    r = home.run("netdb", "query", ip)
    check("netdb query " + ip, r.returncode == code and r.stdout == out, r)
got = json.loads(home.run("netdb", "--json", "query", "192.0.2.5").stdout)
check("netdb query --json", got == {"address": "192.0.2.5", "result": "allow",
                                    "network": "192.0.2.0/24"}, got)
home.write("etc/nets", "192.0.2.1/24 allow\n")
r = home.run("netdb", "build")
check("netdb names the mistake", r.returncode == 100 and r.stderr.startswith(
    "etc/nets:1:1: 192.0.2.1/24: ") and "cdb/relay/nets.cdb stays as it was"
    in r.stderr, r)
check("and keeps the table",
      home.run("netdb", "query", "192.0.2.5").returncode == 0)
home.write("etc/nets", "")

# make -C etc -------------------------------------------------------------------


def make():
    return subprocess.run(["make", "-C", home.path("etc")], text=True,
                          capture_output=True)


for tool in "userdb", "aliasdb", "netdb", "etccheck":
    shutil.copy(home.binary(tool), home.path("bin"))
shutil.copy(os.path.join(ROOT, "etc/Makefile"), home.path("etc"))
home.write("etc/users", open(home.path("etc/users")).read())
r = make()
check("make builds what is older", r.returncode == 0 and
      "userdb -C .. build" in r.stdout and "netdb -C .. build" in r.stdout, r)
check("and nothing the second time",
      " build" not in make().stdout)
home.write("etc/aliases", good + b"new@widget.com: demo\n")
r = make()
check("an edited text", r.returncode == 0 and "aliasdb" in r.stdout and
      "userdb" not in r.stdout, r)
check("is in force", aliasdb("explain", "new@old.example").returncode == 0)
home.write("etc/aliases", good + b"new@widget.com: dem0\n")
home.write("etc/nets", "198.51.100.0/24 allow\n")
r = make()
check("a mistake is shown, the other texts are built", r.returncode == 2 and
      "did you mean demo?" in r.stderr and
      home.run("netdb", "query", "198.51.100.1").returncode == 0, r)
home.write("etc/aliases", good)
make()
os.unlink(home.path("etc/replies/widget01"))
r = make()
check("a file taken away counts", "aliasdb" in r.stdout and
      b"rwidget01" not in read(CDB), r)

def put_back(name, text):
    """As mv, cp -p, rsync -a and tar do: an older text in the place of one."""
    home.write(name, text)
    os.utime(home.path(name), (1, 1))


home.write("etc/nets", "192.0.2.0/24 allow\n")
home.write("etc/forwards", "demo: keep out@far.example\n")
put_back("etc/nets.backup", "192.0.2.0/24 deny\n")
check("an allowed network, a forward", make().returncode == 0 and
      home.run("netdb", "query", "192.0.2.1").returncode == 0 and
      b"out@far.example" in read(CDB))
os.rename(home.path("etc/nets.backup"), home.path("etc/nets"))
put_back("etc/forwards", "")
r = make()
check("older texts in their place are in force", "netdb -C .. build" in r.stdout
      and home.run("netdb", "query", "192.0.2.1").returncode == 1 and
      b"out@far.example" not in read(CDB) and "userdb" not in r.stdout, r)
home.write("etc/nets", "192.0.2.0/24 allow\n")
home.write("etc/forwards", "demo: keep out@far.example\n")
make()
os.unlink(home.path("etc/nets"))
os.unlink(home.path("etc/forwards"))
r = make()
check("a text that is gone is an empty one", r.returncode == 0 and
      home.run("netdb", "query", "192.0.2.1").returncode == 1 and
      b"out@far.example" not in read(CDB), r)
check("once", " build" not in make().stdout)
aliasdb("add", "one@widget.com", "demo")
check("what a tool changed is compiled", " build" not in make().stdout)
r = aliasdb("add", "#w@widget.com", "demo")
check("an address that begins as a comment does", r.returncode == 0 and
      b'\n"#w"@widget.com: demo\n' in read("etc/aliases") and
      '"#w"@widget.com: demo\n' in aliasdb("list").stdout and
      aliasdb("add", '"#w"@widget.com', "demo").returncode == 1, r)
check("is taken away by that name", aliasdb("remove", "#w@widget.com")
      .returncode == 0 and b"#w" not in read("etc/aliases"))
aliasdb("add", "nope@widget.com", ':refuse "write to x@y"')
check("a refusal is listed as it is written", ':refuse "write to x@y"\n'
      in aliasdb("list").stdout, aliasdb("list"))
aliasdb("remove", "nope@widget.com")
home.run("userdb", "add", "going")
aliasdb("add", "mary50@widget.com", "going")
home.run("userdb", "--force", "remove", "going")
r = aliasdb("explain", "Mary50@Widget.com")
check("an address without its mailbox is not like itself", "not in etc/users: "
      "going" in r.stdout and "did you mean" not in r.stdout, r)
aliasdb("remove", "mary50@widget.com")
for name, write in (("aliases", "'address: target'"),
                    ("forwards", "'mailbox: [keep] address, address'"),
                    ("senders", "'address: mailbox, mailbox'")):
    was = read("etc/" + name) if os.path.exists(home.path("etc/" + name)) else None
    home.write("etc/" + name, ": demo\n")
    r = aliasdb("check")
    check("nothing before the colon: " + name, "etc/%s:1:1: nothing stands before "
          "the colon; write %s" % (name, write) in r.stderr, r)
    if was is None:
        os.unlink(home.path("etc/" + name))
    else:
        home.write("etc/" + name, was)
users = read("etc/users")
put_back("etc/users", users + b"more:{CRYPT}x::::::\n")
r = make()
check("older users", "userdb" in r.stdout and "aliasdb" in r.stdout and
      b"more" in read("cdb/public/mailboxes.cdb"), r)
r = subprocess.run(["make", "-C", home.path("etc"), "check"],
                   capture_output=True, text=True)
check("make check", r.returncode == 0, r)
os.unlink(home.path("etc/me"))
r = subprocess.run([home.path("bin/aliasdb"), "explain", "demo@widget.com"],
                   capture_output=True, text=True, cwd="/",
                   env={k: v for k, v in os.environ.items()
                        if k != "POSTERN_HOME"})
check("the tools of a home without etc/me are that home's",
      r.returncode == 0 and "widget.com" in r.stdout, r)
r = subprocess.run([home.binary("aliasdb"), "-C", "/nonexistent", "list"],
                   capture_output=True, text=True)
check("no home", r.returncode == 100 and "-C DIR" in r.stderr, r)
done()
