#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued: when the notice of a delay comes, and of what it tells."""
import email
import email.policy
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, queue_home
from home import Fake, check, done, msg, wait_for

NOTICE = 4  # seconds; tries after 0, 2, 12, 42
home = queue_home(etc={"retry": "2\n", "delay-notice": "%d\n" % NOTICE})
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
remote.answer = lambda domain, rcpt: ("T", "4.2.0", "451 later")
home.start("queued")
c = Caller(home)


def submit(to, sender="ann@near.test", origin="submitted"):
    op, ident = c.submit(sender, to, grant="g", origin=origin)
    assert op == "Y", ident
    return ident


def told(mailbox):
    """The addresses that its notices name."""
    found = []
    for d in local.to(mailbox):
        m = email.message_from_bytes(d[4], policy=email.policy.SMTP)
        for part in m.walk():
            if part.get_content_type() == "message/delivery-status":
                found += [p["Final-Recipient"].partition("; ")[2]
                          for p in part.get_payload()[1:]]
    return found


# when --------------------------------------------------------------------------

began = time.monotonic()
ident = submit(["late@far.example"])
check("a notice", wait_for(lambda: local.to("ann"), 20))
took = time.monotonic() - began
check("... at its time, not with the next try of the schedule: %.1f s" % took,
      NOTICE - 0.5 < took < NOTICE + 3)
x = json.loads(home.run("queuectl", "list", "--json", ident).stdout)
check("the schedule goes on from there", x["next"] > time.time() + 5
      and told("ann") == ["late@far.example"], x)
home.run("queuectl", "drop", "--all")

# of what: as a refusal would be told, so never of somebody's private address ------

local.expand = {
    "alias@near.test": ("remote", None, "", ["a@secret.example"]),
    "f@near.test": ("forward", None, "fbox", ["f@secret.example"]),
    "k@near.test": ("forward", None, "kbox", ["k@secret.example", "kbox"]),
    "ff@near.test": ("forward", None, "ffbox", ["alias@near.test"])}
ours = submit(["alias@near.test", "f@near.test", "plain@far.example"],
              "ben@near.test")
for to in local.expand:
    submit([to], "out@far.example", "outside")
check("our own sender hears of what would bounce", wait_for(
    lambda: local.to("ben"), 10)
    and told("ben") == ["plain@far.example", "a@secret.example"], told("ben"))
time.sleep(NOTICE)
check("a sender outside hears nothing of what was passed on",
      not [s for s in remote.sent + remote.jobs if "out@far.example" in s[2]]
      and home.log("queued").count("result=delayed") == 2,
      home.log("queued")[-3000:])
home.run("queuectl", "drop", "--all")
done()
