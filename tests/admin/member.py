#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A member of the admin group: what admind does, and what is said without it."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, skip  # noqa: E402

GROUP, UID = 65531, 65532
LOOKS = (["userdb", "list"], ["userdb", "report"], ["userdb", "check"],
         ["relayctl", "list"], ["relayctl", "check", "192.0.2.1"],
         ["queuectl", "list"], ["queuectl", "stats"])

if os.geteuid() != 0:
    skip("a member's tool", "without root everybody is who runs the suite")
    done()
home = Home(etc={"admin-group": "%d\n" % GROUP, "aliases": "", "nets": "",
                 "domains": "example.test\n"})
home.write("etc/users", "demo:{CRYPT}x::::::\n", 0o600)


def tool(words, member=True, stdout=subprocess.PIPE, **kw):
    return subprocess.run(
        [home.binary(words[0]), "-C", home.dir, *words[1:]], user=UID,
        group=UID, extra_groups=[GROUP] if member else [], text=True,
        stdout=stdout, stderr=subprocess.PIPE, check=False, **kw)


def looks(daemon_is, code, text, member=True):
    for words in LOOKS:
        r = tool(words, member)
        check("%s: %s" % (daemon_is, " ".join(words)),
              r.returncode in code and text in r.stderr, r)


shutil.rmtree(home.path("cdb"))  # as root makes it, with its groups
for table in "userdb", "aliasdb", "netdb":
    home.run(table, "build")
for daemon in "admind", "relayd", "queued":
    home.start(daemon)
looks("admind is there", (0, 1), "")
looks("... and no member", (100,), "", False)
r = tool(["userdb", "add", "quiet"])
check("a mailbox", r.returncode == 0, (r, home.log("admind")))
with open(home.path("etc/users"), encoding="utf-8") as f:
    before = f.read()
with open("/dev/full", "w", encoding="ascii") as full:
    r = tool(["userdb", "passwd", "quiet"], stdout=full)
with open(home.path("etc/users"), encoding="utf-8") as f:
    check("a password that nobody hears", r.returncode == 111 and
          "nothing has changed" in r.stderr and f.read() == before, r)
for words in ["netdb", "query", "192.0.2.1"], ["userdb", "verify", "quiet"]:
    r = tool(words, False, input="x\n")
    check("%s: no member" % words[0], r.returncode == 100 and
          "Permission denied" in r.stderr and "makes it" not in r.stderr, r)
for words in (["aliasdb", "who", "nosuch"], ["aliasdb", "who", "quiet"],
              ["queuectl", "show", "nosuch"], ["queuectl", "list", "nosuch"],
              ["userdb", "report", "zzz"]):
    r = tool([words[0], "--json", *words[1:]])
    told = json.loads(r.stdout or "{}")
    check("--json: nothing there: %s" % words, r.returncode == 1 and
          told.get("ok") is False and told["code"] == 1 and
          told["error"] in r.stderr, r)
home.stop("admind")
looks("admind is down", (111,), "unable to reach admind")
for words in ["userdb", "add"], ["queuectl", "retry"], ["relayctl", "close"]:
    r = tool([words[0], "--json", words[1], "more"])
    check("... in JSON: %s" % words, r.returncode == 111 and "admind" in
          json.loads(r.stdout)["error"], r)
r = tool(["userdb", "add", "more"])
check("... add", r.returncode == 111 and "unable to reach admind" in r.stderr,
      r)
done()
