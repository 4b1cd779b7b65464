#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Passwords and states changed in etc/users by an editor: what is compiled next,
by whatever command, ends the windows of who had them."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done

BOXES = "pass1", "dis1", "gone1", "keep1", "quota1"
home = Home()


def userdb(*args, **kw):
    return home.run("userdb", *args, **kw)


def windows():
    out = home.run("relayctl", "list").stdout
    return sorted(line.split()[1] for line in out.splitlines())


def open_all(*boxes):
    for n, box in enumerate(boxes):
        home.run("relayctl", "open", "192.0.2.%d" % (n + 1), box)


def edit(change):
    with open(home.path("etc/users"), encoding="utf-8") as f:
        lines = f.read().splitlines()
    home.write("etc/users", "".join(
        line + "\n" for line in map(change, lines) if line is not None), 0o600)


for b in BOXES:
    userdb("add", b)
r = userdb("build")
check("nothing changed, nothing is said", r.returncode == 0 and not r.stderr, r)
home.start("relayd")
open_all(*BOXES)
other = "{SHA512-CRYPT}$6$aaaaaaaa$" + "b" * 86


def by_hand(line):
    if line.startswith("pass1:"):
        return "pass1:" + other + "::::::"
    if line.startswith("dis1:"):
        return line + "nologin"
    if line.startswith("gone1:"):
        return None
    return line + "userdb_quota_rule=*:storage=5M" if line.startswith(
        "quota1:") else line


edit(by_hand)
check("an edit alone is nothing yet", windows() == sorted(BOXES), windows())
r = userdb("build")
check("build says how many", r.returncode == 0 and "3 mailboxes have another "
      "password, are disabled or gone" in r.stderr, r)
check("their windows are closed, and no other", windows() == ["keep1", "quota1"],
      windows())
r = userdb("build")
check("once", r.returncode == 0 and not r.stderr, r)
check("enabling ends nothing", userdb("enable", "dis1").stderr == "")

open_all("keep1", "dis1")
edit(lambda x: "keep1:" + other + "::::::" if x.startswith("keep1:") else x)
r = userdb("add", "new1")
check("another command compiles the edit too", r.returncode == 0 and
      "1 mailbox has another password" in r.stderr and
      windows() == ["dis1", "quota1"], (r, windows()))
r = userdb("passwd", "dis1")
check("a command's own change is told by itself", r.returncode == 0 and
      not r.stderr and windows() == ["quota1"], (r, windows()))

edit(lambda x: x + " nologin" if x.startswith("quota1:") else x)
home.stop("relayd")
r = userdb("build")
check("relayd down: what to say once it is there", r.returncode == 0 and
      "relayd is not running" in r.stderr and "'relayctl close'" in r.stderr and
      r.stderr.endswith(": quota1\n"), r)

for n in range(20):
    userdb("add", "many%d" % n)
edit(lambda x: None if x.startswith("many") else x)
r = userdb("build")
check("many: some names", "20 mailboxes" in r.stderr and
      r.stderr.endswith(" and more\n"), r)
shutil.copy(home.path("etc/users"), home.path("cdb/public/mailboxes.cdb"))
r = userdb("build")
check("a damaged table is told and replaced", r.returncode == 0 and
      "whose password was changed by hand" in r.stderr and
      userdb("build").stderr == "", r)
os.rename(home.path("etc/users"), home.path("users.away"))
r = home.run("userdb", "build")
check("etc/users is gone: refused, with what to do", r.returncode == 100 and
      "make an empty file if you mean it" in r.stderr, r)
os.rename(home.path("users.away"), home.path("etc/users"))
check("... back again", home.run("userdb", "build").returncode == 0)
done()
