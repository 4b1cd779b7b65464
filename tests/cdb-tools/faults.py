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
from home import Home, UIDS, check, done, skip  # noqa: E402

CALLS = {"openat": "EMFILE", "write": "ENOSPC", "fsync": "EIO",
         "rename": "EIO", "fchmod": "EPERM", "fchown": "EPERM",
         "utimensat": "EIO", "flock": "ENOLCK", "unlink": "EIO",
         "mkdir": "ENOSPC", "pwrite64": "ENOSPC", "lseek": "EIO",
         "ftruncate": "EIO", "fallocate": "ENOSPC"}
ADMIN = UIDS["p-admin"]  # who may not make files in etc/
home = Home(etc={"domains": "widget.com\n",
                 "users": "demo:{CRYPT}x::::::\n",
                 "aliases": "fred@widget.com: demo\n"})


def read(name):
    with open(home.path(name), "rb") as f:
        return f.read()


def run(*args):
    return home.run(*args)


as_admin = False


def drop():
    if as_admin:
        os.setgroups([])
        os.setgid(ADMIN)
        os.setuid(ADMIN)


def traced(call, n, tool, *args):
    log = home.path("trace")
    with open(log, "wb"):
        os.chmod(log, 0o666)
    r = subprocess.run(
        ["strace", "-qq", "-o", log, "-e", "trace=" + call, "-e",
         "inject=%s:error=%s:when=%d" % (call, CALLS[call], n),
         home.binary(tool), "-C", home.dir, *args],
        capture_output=True, text=True, timeout=30, preexec_fn=drop)
    return r, b"(INJECTED)" in read("trace")


def left_behind():
    return [n for d in ("etc", "cdb/auth", "cdb/public")
            for n in os.listdir(home.path(d)) if ".tmp." in n]


def try_add(call, n):
    """One userdb add; what is wrong afterwards, or ""."""
    name = "box%s%s%02d" % ("a" if as_admin else "", call[:6], n)
    before = read("etc/users")
    r, hit = traced(call, n, "userdb", "add", name)
    if not hit:
        return None
    if os.path.exists(home.path("cdb/users.next")):
        # noted: the next tool finishes it
        if run("userdb", "build").returncode != 0:
            return "what was noted is not finished"
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
for what, attempt, admin in (
        ("userdb add", try_add, False), ("aliasdb build", try_build, False),
        ("p-admin's userdb add", try_add, True)):
    as_admin = admin
    if admin and not home.root:
        skip(what, "needs root")
        continue
    if admin:
        for folder, group in (("cdb/auth", "p-auth"), ("cdb/public", "p-admin")):
            os.chown(home.path(folder), ADMIN, UIDS[group])
            os.chmod(home.path(folder), 0o2755)
        r, hit = traced("fsync", 60, "userdb", "add", "plain")
        check("p-admin adds", r.returncode == 0 and b"plain" in read(
            "etc/users"), r)
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
