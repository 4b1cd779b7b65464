#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""userdb and aliasdb with the n-th system call failing, for every n.

Whatever fails: a table is whole, old or new; a table that is newer than its
text was made of it; the next build mends all; nothing is left behind."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, skip  # noqa: E402

CALLS = {"openat": "EMFILE", "write": "ENOSPC", "fsync": "EIO",
         "rename": "EIO", "fchmod": "EPERM", "fchown": "EPERM",
         "utimensat": "EIO", "flock": "ENOLCK", "unlink": "EIO",
         "mkdir": "ENOSPC", "pwrite64": "ENOSPC", "lseek": "EIO"}
home = Home(etc={"domains": "widget.com\n",
                 "users": "demo:{CRYPT}x::::::\n",
                 "aliases": "fred@widget.com: demo\n"})


def read(name):
    with open(home.path(name), "rb") as f:
        return f.read()


def run(*args):
    return home.run(*args)


def traced(call, n, tool, *args):
    log = home.path("trace")
    r = subprocess.run(
        ["strace", "-qq", "-o", log, "-e", "trace=" + call, "-e",
         "inject=%s:error=%s:when=%d" % (call, CALLS[call], n),
         home.binary(tool), "-C", home.dir, *args],
        capture_output=True, text=True, timeout=30)
    return r, b"(INJECTED)" in read("trace")


def left_behind():
    return [n for d in ("etc", "cdb/auth", "cdb/public")
            for n in os.listdir(home.path(d)) if ".tmp." in n]


def try_add(call, n):
    """One userdb add; what is wrong afterwards, or ""."""
    name = "box%s%02d" % (call[:6], n)
    before = read("etc/users")
    r, hit = traced(call, n, "userdb", "add", name)
    if not hit:
        return None
    changed = read("etc/users") != before
    if changed and name.encode() not in read("etc/users"):
        return "etc/users is torn"
    if r.returncode == 0:
        password = re.fullmatch(r"[a-z2-9]{16}\n", r.stdout)
        if not password or run("userdb", "verify", name).returncode == 0:
            return "no password: %r" % r.stdout
        if home.run("userdb", "verify", name,
                    input=r.stdout).returncode != 0:
            return "the password printed is wrong"
    elif r.returncode != 111:
        return "exit %d: %s" % (r.returncode, r.stderr)
    elif "userdb: " not in r.stderr and call != "write":
        return "says nothing"
    if not changed and r.returncode == 0:
        return "0, and nothing done"
    if run("userdb", "list").returncode != 0:
        return "the file is broken"
    if run("userdb", "build").returncode != 0 or left_behind():
        return "the next build fails, or leaves %s" % left_behind()
    return ""


def try_build(call, n):
    alias = b"x%s%d@widget.com: demo\n" % (call.encode(), n)
    home.write("etc/aliases", read("etc/aliases") + alias)
    old = read("cdb/public/aliases.cdb")
    r, hit = traced(call, n, "aliasdb", "build")
    new = read("cdb/public/aliases.cdb")
    if not hit:
        return None
    if r.returncode not in (0, 111):
        return "exit %d: %s" % (r.returncode, r.stderr)
    if r.returncode == 0 and new == old:
        return "0, and the old table"
    if run("aliasdb", "list").returncode != 0:
        return "the table is broken"
    if run("aliasdb", "build").returncode != 0 or left_behind():
        return "the next build fails, or leaves %s" % left_behind()
    return ""


run("userdb", "build")
run("aliasdb", "build")
r, hit = traced("flock", 1, "aliasdb", "build")
if not hit:
    skip("faults", "strace cannot inject here: " + r.stderr.strip())
    done()
for what, attempt in (("userdb add", try_add), ("aliasdb build", try_build)):
    for call in CALLS:
        n, wrong = 0, []
        while n < 60:
            n += 1
            why = attempt(call, n)
            if why is None:
                break
            if why:
                wrong.append("%d: %s" % (n, why))
        if n > 1:
            check("%s: each of %d %s failing" % (what, n - 1, call), not wrong,
                  "; ".join(wrong))
done()
