#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Bad input in every text of etc/: what is said of it (file, line, column, what
is wrong, what to write), and that nothing changes."""
import os
import pty
import re
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done  # noqa: E402

GOOD = {
    "domains": "widget.com\nold.example = widget.com\n",
    "postmaster": "demo\n",
    "users": "demo:{CRYPT}x::::::\nwidget01:{CRYPT}x::::::\n",
    "aliases": 'fred@widget.com: widget01\nno@widget.com: :refuse "x"\n',
    "forwards": "", "senders": "", "nets": "192.0.2.0/24 allow\n",
    "lists": "all@widget.com: owner=fred@widget.com, file=all\n",
    "lists.d/all": "fred@widget.com\n", "lists.d/m": "a@far.example\n",
    "replies/demo": "away\n",
}
TOOLS = {"nets": "netdb", "users": "userdb"}
L = "staff@widget.com: owner=fred@widget.com, file=m"

# file, text (in place of the good one; "+": behind it), where, what is said
ROWS = [
    ("domains", "+a b.com", "3:1", "write it as widget.example"),
    ("domains", "+-a.com", "3:1", "'-a.com' is not a domain name"),
    ("domains", "+a..b", "3:1", "is not a domain name"),
    ("domains", "+192.0.2.1", "3:1", "is not a domain name"),
    ("domains", "+a.com # x", "3:1", "is not a domain name"),
    ("domains", "+a.com: x", "3:1", "is not a domain name"),
    ("domains", "+b\u00fccher.example", "3:1", "write its A-label (xn--...)"),
    ("domains", "+\udcfc.example", "3:1", "save the file as UTF-8"),
    ("domains", "+a\0.example", "3:2", "a NUL byte"),
    ("domains", "+x.com =", "3:8", "is not a domain name"),
    ("domains", "+= widget.com", "3:1", "is not a domain name"),
    ("domains", "+x.com = widgt.com", "3:9", "did you mean widget.com?"),
    ("domains", "+x.com = y.example", "3:9", "add a line for it"),
    ("domains", "+x.com = x.com", "3:9", "write 'x.com' alone"),
    ("domains", "+x.com = old.example", "3:9", "write the domain it stands"),
    ("domains", "+Widget.com", "3:1", "first in line 1; remove one"),

    ("aliases", "+x@widget.com", "3:1", "write 'address: target'"),
    ("aliases", "+x@widget.com demo", "3:1", "write 'address: target'"),
    ("aliases", "+: demo", "3:1", "write 'address: target'"),
    ("aliases", "+x@widget.com:", "3:14", "write a mailbox or an address"),
    ("aliases", "+x@widget.com: widgt01", "3:15", "did you mean widget01?"),
    ("aliases", "+x@widget.com: zzz", "3:15", "userdb add zzz"),
    ("aliases", "+x@widgt.com: demo", "3:3", "did you mean widget.com?"),
    ("aliases", "+@widgt.com: demo", "3:2", "did you mean widget.com?"),
    ("aliases", "+@: demo", "3:1", "nothing before the @"),
    ("aliases", "+x@: demo", "3:1", "nothing behind the @"),
    ("aliases", "+x@old.example: demo", "3:3", "write @widget.com"),
    ("aliases", "+x@widget.com: demo, widget01", "3:15", "an alias has one; "
     "write a forward of a mailbox (etc/forwards) or a list (etc/lists)"),
    ("aliases", "+x@widget.com: demo # x", "3:15", "an alias has one"),
    ("aliases", "+x@widget.com: :refuse no", "3:15", 'write :refuse "text"'),
    ("aliases", "+x@widget.com: :fail: no", "3:15", 'write :refuse "text"'),
    ("aliases", '+x@widget.com: :refuse "\u00fc"', "3:15", "write it in ASCII"),
    ("aliases", '+x@widget.com: :refuse "%s"' % ("x" * 401), "3:15",
     "longer than 400 bytes; shorten it"),
    ("aliases", "+x@widget.com: |prog", "3:15", "'|prog' cannot be a mailbox"),
    ("aliases", "+x@widget.com: /etc/passwd", "3:15", "cannot be a mailbox"),
    ("aliases", "+x@widget.com: frd@widget.com", "3:15",
     "did you mean fred@widget.com?"),
    ("aliases", "+x@widget.com: a@b@c.d", "3:15", "write local@domain"),
    ("aliases", "+fred@WIDGET.com: demo", "3:1", "first in line 1"),
    ("aliases", "+x y@widget.com: demo", "3:1", "a space; write local@domain"),
    ("aliases", "+all@widget.com: demo", "3:1", "is a list already"),
    ("aliases", "+x@widget.com: X@widget.com", "3:15", "a loop: it leads to "
     "x@widget.com (line 3); give one of them a mailbox"),
    ("aliases", "+a@widget.com: b@old.example\nb@widget.com: a+t@widget.com",
     "3:15", "a loop: it leads to b@widget.com (line 4) -> a@widget.com"),
    ("aliases", "+" + "x" * 5000, "3:4097", "longer than 4096 bytes"),
    ("aliases", "+x\r@widget.com: demo", "3:2", "a control character"),

    ("forwards", "widget01", "1:1", "write 'mailbox: [keep] address, address'"),
    ("forwards", "widgt01: a@b.example", "1:1", "did you mean widget01?"),
    ("forwards", "fred@widget.com: a@b.example", "1:1", "write a name of etc/"),
    ("forwards", "widget01:", "1:10", "write one, or remove the line"),
    ("forwards", "widget01: keep", "1:15", "write one, or remove the line"),
    ("forwards", "widget01: demo", "1:11", "write local@domain"),
    ("forwards", "widget01: a@b.example; c@d.example", "1:11", "local@domain"),
    ("forwards", "widget01: a@b.example, A@b.example", "1:24", "twice"),
    ("forwards", "widget01: no@widget.com", "1:11", "is refused by etc/al"),
    ("forwards", "widget01: frd@widget.com", "1:11", "mean fred@widget.com?"),
    ("forwards", "widget01: fred@old.example", "1:11", "take this address out"),
    ("forwards", "widget01: a@b.example\nWIDGET01: c@d.example", "2:1",
     "first in line 1"),

    ("lists", "staff@widget.com", "1:1", "write 'address: owner=ADDRESS"),
    ("lists", "staff@widget.com: file=m", "1:1", "write owner=ADDRESS"),
    ("lists", "staff@widget.com: owner=fred@widget.com", "1:1", "write file="),
    ("lists", L + ", post=all", "1:55", "write members, anyone or owner"),
    ("lists", L + ", colour=red", "1:50", "write owner=ADDRESS, post="),
    ("lists", L + ", owner=demo@widget.com", "1:50", "owner= stands here twice"),
    ("lists", L + ", verp, verp", "1:56", "verp stands here twice"),
    ("lists", L + ", url=http://x/{address}{token}", "1:54", "write https://"),
    ("lists", L + ", url=https://x/{token}", "1:54", "write https://HOST"),
    ("lists", "staff@widgt.com: owner=fred@widget.com, file=m", "1:7",
     "did you mean widget.com?"),
    ("lists", "staff@widget.com: owner=fred, file=m", "1:25", "local@domain"),
    ("lists", "staff@widget.com: owner=frd@widget.com, file=m", "1:25",
     "did you mean fred@widget.com?"),
    ("lists", "staff@widget.com: owner=fred@widget.com, file=../m", "1:47",
     "write the name of a file in etc/lists.d"),
    ("lists", "staff@widget.com: owner=fred@widget.com, file=n", "1:47",
     "no file etc/lists.d/n; make it"),
    ("lists", L + "\n" + L, "2:1", "first in line 1"),
    ("lists.d/all", "x", "1:1", "write local@domain"),
    ("lists.d/all", "a@b.c, d@e.f", "1:1", "write local@domain"),
    ("lists.d/all", "a@b.c\n\nA@B.c", "3:1", "first in line 1"),
    ("lists.d/all", "frd@widget.com", "1:1", "did you mean fred@widget.com?"),
    ("lists.d/all", "no@widget.com", "1:1", "is refused by etc/aliases"),
    ("lists.d/all", "all@widget.com", "1:1", "a loop: all@widget.com"),

    ("senders", "x@y.example", "1:1", "write 'address: mailbox, mailbox'"),
    ("senders", "x@y.example:", "1:13", "write one, or remove the line"),
    ("senders", "x: demo", "1:1", "write local@domain"),
    ("senders", "@: demo", "1:1", "write local@domain"),
    ("senders", "x@y.example: demo, widgt01", "1:20", "mean widget01?"),
    ("senders", "x@y.example: fred@widget.com", "1:14", "write a name of etc/"),
    ("senders", "x@y.example: demo\nX@Y.example: demo", "2:1", "first in line"),
    ("postmaster", "dmo", "1:1", "no mailbox dmo; did you mean demo?"),
    ("postmaster", "fred@widget.com", "1:1", "write a name of etc/users"),
    ("postmaster", "../demo", "1:1", "write a name of etc/users"),

    ("replies/demo", "", "1:1", "write what the reply says"),
    ("replies/demo", "Subject: x\n\n", "2:1", "write what the reply says"),
    ("replies/demo", "Subject: x\ntext", "2:1", "write a blank line before"),
    ("replies/demo", "Subject:\n\nx", "1:9", "write one, or remove the line"),
    ("replies/demo", "Days: 0\n\nx", "1:7", "write 1 to 365"),
    ("replies/demo", "Days: 7 days\n\nx", "1:7", "write 1 to 365"),
    ("replies/demo", "From-Date: 24.12.2026\n\nx", "1:12", "as 2026-12-31"),
    ("replies/demo", "Until-Date: 2026-13-01\n\nx", "1:13", "as 2026-12-31"),
    ("replies/demo", "Until-Date: 2026-02-29\n\nx", "1:13", "no such day"),
    ("replies/demo", "From-Date: 2026-02-02\nUntil-Date: 2026-02-01\n\nx",
     "2:13", "write a later day"),
    ("replies/demo", "Days: 1\nDays: 2\n\nx", "2:1", "remove one of the two"),
    ("replies/demo", "x\ny\0z", "2:2", "a NUL byte"),
    ("replies/demo", "x\n\ny\rz", "3:2", "a control character; remove it"),
    ("replies/demo", "x\n" + "y" * 999, "2:999", "break it"),
    ("replies/demo", "x\n\udcff", "2:1", "save the file as UTF-8"),
    ("replies/dmo", "x", "1:1", "no mailbox dmo; did you mean demo?"),

    ("nets", "192.0.2.0/24", "1:13", "write allow or deny"),
    ("nets", "192.0.2.0/24 permit", "1:14", "write allow or deny"),
    ("nets", "192.0.2.0/24 allow us", "1:14", "and nothing else"),
    ("nets", "192.0.2.0/33 allow", "1:1", "at most /32"),
    ("nets", "192.0.2.1/24 allow", "1:1", "write the network's first address"),
    ("nets", "2001:db8::/129 deny", "1:1", "at most /128"),
    ("nets", "localhost allow", "1:1", "write 192.0.2.0/24"),
    ("nets", "192.0.2.0/24 allow\n192.0.2.0/24 deny", "2:1", "first in line 1"),

    ("users", "+x", "3:1", "write name:{SCHEME}hash"),
    ("users", "+x:y::::::", "3:3", "write {CRYPT} there"),
    ("users", "+x:{PLAIN}y::::::", "3:3", "use 'userdb passwd'"),
    ("users", "+a b:{CRYPT}x::::::", "3:1", "write 1 to 32 of a-z"),
    ("users", "+../x:{CRYPT}x::::::", "3:1", "write 1 to 32 of a-z"),
    ("users", "+Demo:{CRYPT}x::::::", "3:1", "in line 1; write another name"),
    ("users", "+x:{CRYPT}x::::::login=x", "3:23", "write local@domain"),
    ("users", "+x:{CRYPT}x::::::userdb_quota_rule=*:storage=xM", "3:37",
     "write storage=500M"),
]


def raw(text):
    return text.encode("utf-8", "surrogateescape")


home = Home(etc=GOOD)
for tool in "userdb", "aliasdb", "netdb":
    r = home.run(tool, "build")
    check(tool + ": good texts", r.returncode == 0, r)


def tables():
    got = {}
    for d, _, files in os.walk(home.path("cdb")):
        for name in files:
            with open(os.path.join(d, name), "rb") as f:
                got[os.path.join(d, name)] = f.read()
    return got


before = tables()
for file, text, where, said in ROWS:
    new = raw(GOOD[file] + text[1:] if text.startswith("+") else text)
    if file != "replies/demo" and new:
        new += b"\n"
    home.write("etc/" + file, new)
    for command in "check", "build":
        r = subprocess.run([home.binary(TOOLS.get(file, "aliasdb")), "-C",
                            home.dir, command], capture_output=True)
        err = r.stderr.decode(errors="replace")
        first = err.split("\n")[0]
        check("%s, %s: %.50r" % (command, file, text),
              r.returncode == 100 and (command == "check" or not r.stdout)
              and first.startswith("etc/%s:%s: " % (file, where))
              and said in first and re.search("stays? as (it was|they were)", err),
              err)
    check("... it is left as it was, and the tables too", tables() == before
          and open(home.path("etc", file), "rb").read() == new)
    if file in GOOD:
        home.write("etc/" + file, GOOD[file])
    else:
        os.unlink(home.path("etc", file))
check("all mended", home.run("aliasdb", "build").returncode == 0)

# many mistakes cost no more than they are worth --------------------------------

home.write("etc/users", GOOD["users"] + "".join(
    "customer%06d:{CRYPT}x::::::\n" % i for i in range(30000)))
home.write("etc/aliases", "".join(
    "u%d@widget.com: costumer%06d\n" % (i, i) for i in range(30000)))
began = time.monotonic()
r = home.run("aliasdb", "check", timeout=100)
check("thirty thousand mistakes are told in seconds", r.returncode == 100
      and "did you mean customer000009?" in r.stderr and " more\n" in r.stderr
      and time.monotonic() - began < 20,
      (time.monotonic() - began, r.stderr[-300:]))
home.write("etc/users", GOOD["users"])
home.write("etc/aliases", GOOD["aliases"])

# a loop of more lists than anybody names ---------------------------------------

lists = GOOD["lists"]
for i in range(300):
    lists += "l%d@widget.com: owner=fred@widget.com, file=l%d\n" % (i, i)
    home.write("etc/lists.d/l%d" % i, "l%d@widget.com\n" % ((i + 1) % 300))
home.write("etc/lists", lists)
r = home.run("aliasdb", "check")
check("a loop of three hundred lists", r.returncode == 100 and
      r.stderr.startswith("etc/lists.d/l299:1:1: a loop: l0@widget.com ") and
      "l7@widget.com (etc/lists line 9) -> ... -> l0@widget.com; take this "
      "address out\n" in r.stderr and "1 error;" in r.stderr, r.stderr)
home.write("etc/lists.d/l299", "a@far.example\n")
check("mended", home.run("aliasdb", "check").returncode == 0)
home.write("etc/lists", GOOD["lists"])

# progress: for eyes alone --------------------------------------------------------

home.write("etc/aliases", GOOD["aliases"] + "".join(
    "u%06d@widget.com: demo\n" % i for i in range(300000)))
r = home.run("aliasdb", "build")
check("no progress in a pipe", r.returncode == 0 and not r.stderr
      and not r.stdout, r)
ours, theirs = pty.openpty()
p = subprocess.Popen([home.binary("aliasdb"), "-C", home.dir, "build"],
                     stdin=theirs, stdout=theirs, stderr=theirs)
os.close(theirs)
shown = b""
while select.select([ours], [], [], 30)[0]:
    try:
        shown += os.read(ours, 65536)
    except OSError:  # nobody has it open any more
        break
os.close(ours)
check("on a terminal it says how far it is, and cleans up", p.wait() == 0
      and re.search(rb"\raliasdb: reading \d+%", shown)
      and re.search(rb"\raliasdb: writing \d+%", shown)
      and shown.endswith(b"\r\x1b[K"), shown[-200:])
done()
