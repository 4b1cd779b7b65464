#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mistakes in what is not compiled: each is told with its place and what to
write, make -C etc changes nothing, and what is delivered with us has none."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, UIDS, Home, check, done  # noqa: E402

SEVENTEEN = "a, ".join("h%d.example" % i for i in range(17))
# file, text, what its one error begins with, what else is in it
MISTAKES = [
    ("window", "30m\n", "1:1: '30m' is not a number", "1 to 604800 (seconds)"),
    ("window", "0\n", "1:1: '0' is too small", "write 1 to"),
    ("window", "-5\n", "1:1: '-5' is not a number", ""),
    ("window", "99999999999999999999\n", "1:1: '99999999999999999999' is too "
     "large", ""),
    ("databytes", " 50M\n", "1:2: '50M' is not a number", "(bytes)"),
    ("quota-warning", "101\n", "1:1: '101' is too large", "0 to 100 (percent)"),
    ("budget", "5 hundred # or so\n", "1:1: ", "(recipients an hour)"),
    ("retry", "\0\n", "1:1: '?' is not a number", ""),
    ("sender-policy", "all\n", "1:1: 'all' is not", "write own or any"),
    ("hide-client", "ja\n", "1:1: 'ja' is not", "write no or yes"),
    ("over-quota", "Refuse\n", "1:1: 'Refuse' is not", "defer or refuse"),
    ("dnssec", "maybe\n", "1:1: ", "yes"),
    ("me", "mail example\n", "1:1: no host name", "mail.example.com"),
    ("uidl", "qmial\n", "1:1: no rule", "write own, qmail, dovecot or courier"),
    ("plaintext", "# ours\n10.0.0.1/8\n", "2:1: address bits are set", "write"),
    ("proxies", "::1\n\n  haproxy\n", "3:3: not an IP address", "write 192.0.2.0/24"),
    ("source-ipv4", "::1\n", "1:1: no such address", "write one IPv4"),
    ("source-ipv6", "10.0.0.1\n", "1:1: no such address", "write one IPv6"),
    ("smarthosts", "# ours\nmx.example:25 tls=verifed\n", "2:15: verifed",
     "write tls=none"),
    ("smarthosts", "mx.example:smtp\n", "1:1: smtp: is no port", "write host"),
    ("smarthosts", SEVENTEEN + "\n", "1:", "16"),
    ("routes", "far.example mx.example\n", "1:1: write domain: host:port", ""),
    ("routes", "a.example: mx\nA.example: mx\n", "2:1: a.example is there twice, "
     "also in line 1", "remove one"),
    ("smarthost-auth", "provider fred\n", "1:1: ", "write NAME user password"),
    ("smarthost-auth", "one a b\ntwo a b\nONE c d\n", "3:1: ONE stands here for "
     "the second time, first in line 1", "remove one"),
    ("dns", "192.0.2.53\nns.example\n", "2:1: ns.example is no name server",
     "192.0.2.53"),
    ("listen", "smtp *:25\nsmtps *:465\n", "2:1: no such class", "submissions"),
    ("listen", "smtp mail.example:25\n", "1:6: ", "write class address:port"),
    ("listen", "smtp *:66000\n", "1:6: ", "write class address:port"),
    ("listen", "smtp\n", "1:", "write class address:port"),
    ("listen", "smtp *:25\nsmtp *:25\n", "2:6: this address and port are taken "
     "already, in line 1", "remove one"),
    ("listen", "smtp [::1]:25\n# ours\n\npop3 [0:0::1]:25\n", "4:6: this address "
     "and port are taken already, in line 1", "remove one"),
    ("listen", "smtp 192.0.2.1:25\nsubmission *:25\n", "2:12: this address and "
     "port are taken already, in line 1", "remove one"),
    ("smarthosts", "a.example\nb.example, A.example:25 tls=required\n",
     "2:1: a.example is there twice, also in line 1", "remove one"),
    ("routes", "x.example: lmtp:unix:/a, lmtp:unix:/b, lmtp:unix:/a\n",
     "1:12: lmtp is there twice, also in line 1", "remove one"),
    ("dns", "192.0.2.1\n192.0.2.2\nforward 192.0.2.1@53 # again\n",
     "3:9: 192.0.2.1@53 stands here for the second time, first in line 1",
     "remove one"),
    ("tls-ca", "here it comes\n", "1:1: no certificate", "PEM"),
    ("srs-secret", "hush-hush\n", "1:1: shorter than 16", "write a longer one"),
    ("srs-domain", "our domain\n", "1:1: no domain", "write one"),
    ("admin-group", "the admins\n", "1:1: no name of a group", "/etc/group, or"),
    ("admin-group", "-x\n", "1:1: no name of a group", "or its number"),
    ("plaintext", "::1\n10.0.0.0/8\n 10.0.0.0/8\n", "3:2: this network is there "
     "twice, first in line 2", "remove one"),
    ("proxies", "10.0.0.5\n\n10.0.0.5/32\n", "3:1: this network is there twice, "
     "first in line 1", "remove one"),
    ("plaintext", "#" * 70000, "1:1: cannot be read: File too large", ""),
    ("smarthosts", "a.example\nb.example:587 tls=required auth=ours\n",
     "2:33: ours: etc/smarthost-auth is missing", "write NAME user password"),
    ("routes", "x.example: a.example, b.example auth=ours\n",
     "1:38: ours: etc/smarthost-auth is missing", "or another name here"),
    ("routes", "# ours\n.x: mx\n  .X: a.example\n", "3:3: .x is there twice, "
     "also in line 2", "remove one"),
    ("quota-text", "Subject: x\nYour mailbox\n", "2:1: no blank line behind the "
     "Subject", "write one"),
    ("quota-text", "Subject: x\n\n\n", "3:1: no text", "write what the letter"),
    ("quota-text", "Dear {mailbx},\n", "1:6: this is not filled in", "write "
     "{mailbox}, {used}, {quota} or {percent}"),
    ("quota-text", "a\nb\0\n", "2:2: a NUL byte", "write the line anew"),
    ("quota-text", "y" * 999, "1:999: the line is longer than 998", "break it"),
]
GOOD = [
    ("window", "900\nfifteen minutes\n"), ("window", "\n"), ("window", ""),
    ("budget", "0\n"), ("uidl", "dovecot until=2026-11-20\n"),
    ("plaintext", "\ufeff# none\r\n10.0.0.0/8\r\n"),
    ("smarthosts", "mx.example:465\n[2001:db8::1]:25 tls=required\n"),
    ("smarthosts", "a.example\na.example:587\nb.example\n[192.0.2.1]:25\n"),
    ("dns", "192.0.2.1\n192.0.2.1@5353\n192.0.2.2\n"),
    ("listen", "smtp 192.0.2.1:25\nsmtp 192.0.2.2:25\nsmtp *:2525\n"),
    ("routes", "x.example: a.example, b.example\ny.example: a.example\n"),
    ("routes", "*: mx\n.near.example: lmtp:unix:/run/lmtp\n"),
    ("listen", "smtp *:25\npop3s [::1]:995\nsubmission 192.0.2.1:587\n"),
    ("tls-ca", "-----BEGIN CERTIFICATE-----\r\nMA==\r\n"
     "-----END CERTIFICATE-----\r\n"), ("tls-ca", ""), ("admin-group", "0\n"),
    ("admin-group", "postern-admin\n"), ("quota-text", ""),
    ("quota-text", "Subject: {used}\r\n\r\n{ {} {X} of {quota}\r\n"),
    ("plaintext", "10.0.0.0/8\n10.0.0.0/9\n::/0\n"),
    ("dns", "recursion\n"), ("me", "Mail.Example.COM\n"),
]
NAMES = [  # a name in the folder, and the setting it was meant for
    ("windw", "window"), ("data-bytes", "databytes"), ("alias", "aliases"),
    ("smarthost", "smarthosts"), ("Window", "window"),
    ("lists-d", "lists.d"), ("plain-text", "plaintext"), ("window~", None),
    ("window.bak", None), (".window.swp", None), ("#window#", None),
    ("notes-of-mine", None), ("aliases.tmp.7", None),
]
home = Home(etc={"me": "mail.example.test"})
shutil.copy(os.path.join(ROOT, "etc/Makefile"), home.path("etc/Makefile"))


def run(*args):
    return subprocess.run(
        [os.path.join(ROOT, "cdb-tools/etccheck"), "-C", home.dir, *args],
        capture_output=True, text=True)


SECRETS = ("users", "smarthost-auth", "srs-secret")


def put(name, text):
    path = home.path("etc/" + name)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    os.chmod(path, 0o600 if name in SECRETS else 0o644)
    return path


def mistakes():
    for name, text, place, more in MISTAKES:
        path = put(name, text)
        r = run()
        lines = r.stderr.splitlines()
        check("%s %.30r" % (name, text), r.returncode == 100 and
              len(lines) == 2 and lines[0].startswith(
                  "etc/%s:%s" % (name, place)) and more in lines[0] and
              lines[1] == "etccheck: fatal: 1 error; nothing is changed", r)
        check("no secret is repeated", "hush" not in r.stderr and
              "fred" not in r.stderr, r.stderr)
        os.unlink(path)
    for name, text in GOOD:
        path = put(name, text)
        r = run()
        check("good: %s %.30r" % (name, text), r.returncode == 0 and
              not r.stderr, r)
        os.unlink(path)


def cuts():
    """Each text, cut short at every byte: judged, whatever it is."""
    for name, text in sorted({(m[0], m[1]) for m in MISTAKES if len(m[1]) < 40}):
        codes = set()
        for n in range(len(text)):
            put(name, text[:n])
            codes.add(run().returncode)
        check("cut short: %s %.30r" % (name, text), codes <= {0, 100}, codes)
        os.unlink(home.path("etc/" + name))


def odd_files():
    os.symlink("/etc/hostname", home.path("etc/window"))
    r = run()
    check("a link", r.returncode == 100 and "etc/window:1: cannot be read" in
          r.stderr, r)
    os.unlink(home.path("etc/window"))
    for name in "plaintext", "proxies", "listen", "tls-ca", "routes", "quota-text":
        os.mkdir(home.path("etc", name))
        r = run()
        check("a folder called " + name, r.returncode == 100 and
              "etc/%s:1:1: cannot be read: Is a directory" % name in r.stderr, r)
        os.rmdir(home.path("etc", name))
    put("smarthosts", "mx.example auth=ours\n")
    r = run()
    check("no credentials for it", r.returncode == 100 and
          "etc/smarthosts:1:17: ours: etc/smarthost-auth is missing" in r.stderr, r)
    put("smarthost-auth", "others fred hush-hush\n")
    r = run()
    check("none of that name", r.returncode == 100 and "etc/smarthosts:1:17: ours: "
          "no line for it in etc/smarthost-auth; write" in r.stderr and
          "hush" not in r.stderr, r)
    put("smarthost-auth", "ours fred hush-hush\n")
    check("there they are", run().returncode == 0, run())
    os.unlink(home.path("etc/smarthosts"))
    os.unlink(home.path("etc/smarthost-auth"))
    put("admin-group", "no-such-group-here\n")
    r = run()
    check("a group that is not there is odd", r.returncode == 0 and
          r.stderr.startswith("etc/admin-group:1:1: no such group"), r)
    for group in "0", "root", "postern-admin":
        put("admin-group", group + "\n")
        check("a group: " + group, not run().stderr, run())
    os.unlink(home.path("etc/admin-group"))
    if os.geteuid() == 0:
        os.chmod(put("window", "900\n"), 0o600)
        r = run()
        check("root's alone", r.returncode == 100 and
              "chmod 644 etc/window" in r.stderr, r)
        os.unlink(home.path("etc/window"))


def names():
    for name, meant in NAMES:
        path = put(name, "900\n")
        r = run()
        check("called " + name, r.returncode == 0 and (
            "etc/%s: " % name in r.stderr and "did you mean etc/%s?" % meant in
            r.stderr if meant else not r.stderr), r)
        os.unlink(path)


def by_make():
    """What make -C etc does: all or nothing, the settings first."""
    os.makedirs(home.path("bin"), exist_ok=True)
    for tool in "userdb", "aliasdb", "netdb", "etccheck":
        if not os.path.exists(home.path("bin/" + tool)):
            os.symlink(os.path.join(ROOT, "cdb-tools", tool),
                       home.path("bin/" + tool))
    for name in "users", "aliases", "nets", "domains", "postmaster":
        put(name, "")
    put("domains", "example.test\n")
    subprocess.run([home.path("bin/userdb"), "-C", home.dir, "add", "demo"],
                   check=True, capture_output=True)
    make = ["make", "-C", home.path("etc")]
    r = subprocess.run(make, capture_output=True, text=True)
    check("make: all is well", r.returncode == 0, r)
    tables = {}
    for folder, _, found in os.walk(home.path("cdb")):
        for f in found:
            path = os.path.join(folder, f)
            tables[path] = os.stat(path).st_ino, os.stat(path).st_mtime_ns
    check("make: tables", len(tables) >= 5, tables)
    put("aliases", "fred@example.test: demo\n")
    put("nets", "192.0.2.0/24 allow\n")
    put("quota-warning", "90 %\n")
    for words in [], ["check"]:
        r = subprocess.run(make + words, capture_output=True, text=True)
        check("make: the place", r.returncode == 2 and
              "etc/quota-warning:1:1: '90 %' is not a number; write 0 to 100"
              in r.stderr, r)
    now = {p: (os.stat(p).st_ino, os.stat(p).st_mtime_ns) for p in tables}
    check("make: no table has changed", now == tables, (now, tables))
    os.unlink(home.path("etc/quota-warning"))
    r = subprocess.run(make, capture_output=True, text=True)
    explained = subprocess.run(
        [home.path("bin/aliasdb"), "-C", home.dir, "explain",
         "fred@example.test"], capture_output=True, text=True)
    check("make: mended", r.returncode == 0 and "demo" in explained.stdout,
          (r, explained))


def secrets():
    """An editor that writes a new file leaves it open to everybody."""
    make = ["make", "-C", home.path("etc")]
    put("smarthost-auth", "provider fred secret\n")
    put("srs-secret", "0123456789abcdefg\n")
    for name in SECRETS:
        os.chmod(home.path("etc/" + name), 0o644)
    r = run()
    check("secrets that everybody may read are told", r.returncode == 0 and all(
        "etc/%s:1: everybody may read" % name in r.stderr
        for name in SECRETS), r)
    r = subprocess.run(make, capture_output=True, text=True)
    os.unlink(home.path("etc/srs-secret"))
    modes = {name: os.stat(home.path("etc/" + name))
             for name in ("users", "smarthost-auth")}
    check("and mended by make", r.returncode == 0 and all(
        not st.st_mode & 0o77 for st in modes.values()), (r, modes))
    if os.geteuid() == 0:
        check("they are their readers'", modes["users"].st_uid ==
              UIDS["p-admin"] and modes["smarthost-auth"].st_uid ==
              UIDS["p-remote"] and modes["smarthost-auth"].st_mode & 0o777 ==
              0o400, modes)
    r = subprocess.run(make, capture_output=True, text=True)
    check("once", "build" not in r.stdout and not r.stderr, r)
    os.unlink(home.path("etc/smarthost-auth"))


r = run()
check("nothing there, nothing wrong", r.returncode == 0 and not r.stderr, r)
mistakes()
cuts()
odd_files()
names()
put("windw", "1\n")
put("window", "x\n")
r = run("--json")
told = json.loads(r.stdout)
check("--json", not told["ok"] and len(told["errors"]) == 1 and
      len(told["warnings"]) == 1 and r.returncode == 100, r)
os.unlink(home.path("etc/windw"))
os.unlink(home.path("etc/window"))
check("--json, well", json.loads(run("--json").stdout) == {
    "ok": True, "errors": [], "errors_total": 0, "warnings": [],
    "warnings_total": 0}, run("--json"))
put("listen", "nothing\n" * 30)
told = json.loads(run("--json").stdout)
check("--json, many", len(told["errors"]) == 20 and told["errors_total"] == 30,
      told)
os.unlink(home.path("etc/listen"))
check("usage", run("check").returncode == 100, run("check"))
by_make()
secrets()
fresh = Home()
for entry in os.listdir(os.path.join(ROOT, "etc")):
    path = os.path.join(ROOT, "etc", entry)
    if os.path.isfile(path):
        shutil.copy(path, fresh.path("etc/" + entry))
for entry in "users", "smarthost-auth":
    os.chmod(fresh.path("etc/" + entry), 0o600)
r = subprocess.run([os.path.join(ROOT, "cdb-tools/etccheck"), "-C", fresh.dir],
                   capture_output=True, text=True)
check("what a new home begins with", r.returncode == 0 and not r.stderr, r)
done()
