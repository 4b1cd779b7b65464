#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""relayctl: its words, its exit codes."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done

home = Home()
r = home.run("relayctl", "list")
check("relayd down: 111", r.returncode == 111 and "relayd" in r.stderr, r)
home.start("relayd")


def run(code, *args):
    r = home.run("relayctl", *args)
    check(" ".join(args) + ": exit %d" % code, r.returncode == code, r)
    return r.stdout if code < 100 else r.stderr


check("nothing to list", run(0, "list") == "")
run(1, "check", "192.0.2.1")
run(0, "open", "192.0.2.1", "Ann")
run(0, "open", "2001:db8::1", "bob", "60")
out = run(0, "list").splitlines()
check("a window a line", [l.split()[:2] for l in sorted(out)] ==
      [["192.0.2.1", "ann"], ["2001:db8::", "bob"]], out)
check("seconds", 55 < int([l for l in out if "bob" in l][0].split()[2]) <= 60, out)
rows = [json.loads(l) for l in run(0, "list", "--json").splitlines()]
check("list --json", sorted(r["mailbox"] for r in rows) == ["ann", "bob"] and
      all(isinstance(r["left"], int) and r["address"] for r in rows), rows)
check("yes", run(0, "check", "192.0.2.1").startswith("yes: window of ann"))
check("yes, of hers", run(0, "check", "192.0.2.1", "ann").startswith("yes"))
check("not of his", run(1, "check", "192.0.2.1", "bob").startswith("no: "))
check("check --json", json.loads(run(0, "--json", "check", "192.0.2.1")) ==
      {"relay": True, "kind": "window", "mailbox": "ann", "left": 500})
check("no --json", json.loads(run(1, "check", "192.0.2.2", "--json"))["relay"] is False)
home.write("etc/budget", "0\n")
check("no budget", run(0, "check", "192.0.2.1") ==
      "yes: window of ann, any number of recipients\n")
check("no budget --json", json.loads(run(0, "--json", "check", "192.0.2.1")) ==
      {"relay": True, "kind": "window", "mailbox": "ann", "left": None})
os.unlink(home.path("etc/budget"))
run(0, "close", "192.0.2.1")
run(1, "close", "192.0.2.1")
check("close --json", json.loads(run(0, "close", "bob", "--json")) == {"closed": 1})
check("usage", "usage: relayctl" in run(100))
run(100, "frobnicate")
run(100, "open", "192.0.2.1")
run(100, "list", "more")
check("says what is wrong", "not an IP address: mars" in run(100, "open", "mars", "ann"))
check("mailbox, not address", "mailbox" in run(100, "close", "ann@example.test"))
check("seconds, not words", "seconds" in run(100, "open", "192.0.2.1", "ann", "soon"))
run(100, "open", "192.0.2.1", "ann", "0")
r = home.run("relayctl", "open", "192.0.2.1", "ann")
check("no table of mailboxes: says so, and opens", r.returncode == 0 and
      "unable to look for ann in cdb/public/mailboxes.cdb" in r.stderr, r)
home.write("etc/users", "ann:{CRYPT}x::::::\nbob:{CRYPT}x::::::nologin\n", 0o600)
r = home.run("userdb", "build")
check("a table", r.returncode == 0, r)
run(0, "close", "ann")
for name, said in (("nosuchmailbox", "no mailbox nosuchmailbox; userdb list"),
                   ("bob", "mailbox bob is disabled; userdb enable bob")):
    r = home.run("relayctl", "open", "192.0.2.1", name, "60")
    check("no window for " + name, r.returncode == 1 and said in r.stderr, r)
    r = home.run("relayctl", "--json", "open", "192.0.2.1", name)
    check("... in JSON", r.returncode == 1 and said in r.stdout, r)
check("none is open", run(0, "list") == "")
r = home.run("relayctl", "open", "192.0.2.1", "ANN")
check("one for who is there", r.returncode == 0 and not r.stderr and
      run(0, "list").split()[:2] == ["192.0.2.1", "ann"], r)
run(100, "open", "192.0.2.1", "ann", "999999999")
done()
