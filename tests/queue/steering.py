#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queuectl and what becomes of the messages it steers."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
from home import Fake, check, done, msg, wait_for

home = queue_home(etc={"retry": "60\n"})
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
remote.answer = lambda domain, rcpt: ("T", "4.2.0", "450 later")
home.start("queued")
c = Caller(home)


def submit(to, sender="ann@near.test", origin="submitted", tries=1):
    """Taken, and tried once."""
    op, ident = c.submit(sender, to, grant="g", origin=origin)
    check("taken", op == "Y" and wait_for(lambda: home.log("queued").count(
        "deferred id=" + ident) >= tries), ident)
    return ident


def listed(ident):
    out = home.run("queuectl", "list", "--json", ident).stdout
    return json.loads(out) if out else {}


# bounce: as after a refusal, passed-on mail goes to the mailbox ----------------------

local.expand = {
    "f@near.test": ("forward", None, "fbox", ["f@far.example"]),
    "k@near.test": ("forward", None, "kbox", ["k@far.example", "kbox"]),
    "alias@near.test": ("remote", None, "", ["a@far.example"])}
submit(["f@near.test"], "out@far.example", "outside")
submit(["k@near.test"], "out@far.example", "outside")
held = submit(["alias@near.test"], "out@far.example", "outside")
r = home.run("queuectl", "bounce", "--all")
check("bounce: all three", r.returncode == 0 and r.stdout == "3 messages\n", r)
check("... a forward's into its mailbox, once", wait_for(
    lambda: len(local.to("fbox")) == 1), home.log("queued")[-1500:])
check("... with a copy kept: nothing more", len(local.to("kbox")) == 1)
check("... an alias's is held, and listed so", wait_for(
    lambda: files(home) == [held] and listed(held).get("state") == "held"),
    (files(home), listed(held)))
check("... nothing goes outside", not [
    j for j in remote.jobs if "out@far.example" in j[2]], remote.jobs)
home.run("queuectl", "drop", "--all")
check("empty", empty(home), files(home))

# retry: the schedule stays what it is ------------------------------------------------

ident = submit(["x@far.example"])
time.sleep(3)
before = listed(ident)
for i in range(6):
    n = home.log("queued").count("deferred id=" + ident)
    r = home.run("queuectl", "retry", ident)
    wait_for(lambda: home.log("queued").count("deferred id=" + ident) > n
             and listed(ident)["state"] != "active")
check("tried six times by hand", len([
    j for j in remote.jobs if j[0] == ident]) == 7, remote.jobs)
wait_for(lambda: listed(ident).get("state") == "deferred")
after = listed(ident)
check("... and the next try comes no later", after["attempts"] == 1
      and -20 < after["next"] - before["next"] < 2, (before, after))
home.run("queuectl", "drop", "--all")
check("empty again", empty(home), files(home))

# what is held is not tried, and what is not is not released ------------------------

a, b = submit(["a@far.example"]), submit(["b@far.example"])
home.run("queuectl", "hold", a)
n = len(remote.jobs)
r = home.run("queuectl", "retry", a)
check("retry of a held one: it says so", r.returncode == 1
      and r.stdout == "0 messages\n" and "1 held and not tried" in r.stderr, r)
r = home.run("queuectl", "retry", "--all")
check("retry of all: the other one", r.returncode == 0
      and r.stdout == "1 message\n" and "1 held" in r.stderr
      and wait_for(lambda: len(remote.jobs) > n)
      and remote.jobs[n][0] == b, (r, remote.jobs[n:]))
r = home.run("queuectl", "release", b)
check("release of one that is not held", r.returncode == 1
      and r.stdout == "0 messages\n" and "not held" in r.stderr, r)
r = home.run("queuectl", "release", "--all")
check("release of all: those that were held", r.returncode == 0
      and r.stdout == "1 message\n" and not r.stderr, r)
home.run("queuectl", "drop", "--all")
check("empty at the end", empty(home), files(home))
done()
