#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postern-import on a disk that is full at any point: all is as it was."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, skip  # noqa: E402

BOXES = 40
HASH = ("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu"
        "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1")
home = Home(etc={"domains": "here.test\n", "postmaster": "admin\n"})
source = Home()
for i in range(BOXES):
    source.write("big.test/u%d/Maildir/new/1.x" % i, "a" * 5000)
source.write("big.test/vpasswd", "".join(
    "u%d:%s:1:0:U:/x/u%d:NOQUOTA\n" % (i, HASH, i) for i in range(BOXES)))


def state():
    got = {}
    for d, folders, files in os.walk(home.dir):
        for f in files:
            p = os.path.join(d, f)
            st = os.stat(p)
            if f not in ("fill", "lock") and "/log/" not in p:
                with open(p, "rb") as data:
                    got[p] = st.st_mode, st.st_uid, st.st_nlink, data.read()
        for f in folders:
            got[os.path.join(d, f)] = ""
    return got


def fill(kib):
    """All but this many KiB are taken."""
    s = os.statvfs(home.dir)
    with open(home.path("fill"), "wb") as f:
        f.write(bytes(s.f_bavail * s.f_frsize - kib * 1024))


def imported():
    r = home.run("postern-import", "--apply", "vpopmail", source.dir)
    os.unlink(home.path("fill"))
    return r


def fresh():
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=755",
                       "tmpfs", home.dir], capture_output=True).returncode:
        return False
    for f in "cdb", "mail", "log", "run", "queue":
        os.mkdir(home.path(f))
    home.write("etc/domains", "here.test\n")
    home.write("etc/postmaster", "admin\n")
    home.write("etc/users", "# ours\n", 0o600)
    check("a mailbox", home.run("userdb", "add", "admin").returncode == 0)
    check("tables", home.run("aliasdb", "build").returncode == 0)
    return True


def gone():
    subprocess.run(["umount", "-l", home.dir], check=True)


def sizes(first, step):
    """With more and more room, until it works: with how much it did."""
    before, kib = state(), first
    while kib < 2000:
        fill(kib)
        r = imported()
        for what in said:
            said[what] += what in r.stderr
        if r.returncode == 0:
            return kib
        now = state()
        if r.returncode != 111 or now != before:
            check("%d KiB free: nothing has changed" % kib, False,
                  (r, [p for p in set(now) | set(before)
                       if now.get(p) != before.get(p)]))
            break
        kib += step
    return 0


said = dict.fromkeys(("unable to copy", "unable to write etc/",
                      "unable to write cdb/", "unable to put back"), 0)
if os.geteuid() == 0 and fresh():
    try:
        most = sizes(0, 40)
        check("with some room it works", most > 100, most)
        gone()
        fresh()
        check("once more, step by step", sizes(most - 80, 4), most)
        check("compiling failed, too, and more", said["unable to write cdb/"]
              > 1 and said["unable to copy"] and
              not said["unable to put back"], said)
        check("what was copied is there", len(
            [n for n in os.listdir(home.path("mail"))
             if os.listdir(home.path("mail", n, "new"))]) == BOXES)
        check("no second names are left", not [
            p for p in state() if p.endswith(".import")])
    finally:
        gone()
else:
    skip("a small disk", "needs root, and mount")
done()
