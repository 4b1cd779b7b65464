#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued tells the postmaster of hosts that give no login: once a day and host, in
bounds, and never so that more mail follows."""
import email
import email.policy
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
import cdb
from home import Fake, check, done, msg, wait_for

LETTERS_MAX = 64  # WARN_MAX of queue/warn.h

home = queue_home()
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
home.start("queued")


def out(*refused):
    """Sends a message, on whose way these refuse; it is delivered then."""
    remote.refused = list(refused)
    c = Caller(home)
    op, ident = c.submit("me@near.test", ["x@far.example"], grant="g",
                         origin="submitted")
    c.close()
    return op == "Y" and wait_for(
        lambda: "done id=" + ident in home.log("queued"))


def letters():
    return [email.message_from_bytes(d[4], policy=email.policy.SMTP)
            for d in local.to("pm")]


OURS = ("smart.example:587", "ours", "AUTH as ours was refused: 535 5.7.8 no")

# nobody to tell: etc/postmaster leads elsewhere, or nowhere
home.write("cdb/public/aliases.cdb", cdb.aliases(
    ["near.test"], {}, postmaster="boss@far.example"))
check("postmaster is elsewhere: mail goes on",
      out(("away.example:25", "ours", "535 no")), home.log("queued"))
check("... and only the log tells", home.wait_log(
    "queued", "no login as ours: etc/postmaster leads to no mailbox")
    and not files(home) and not any("boss" in s[2] for s in remote.sent),
    remote.sent)
before = len(home.log("queued").split("cannot be told"))
check("... once for a while", out(("away.example:25", "ours", "535 no")) and
      len(home.log("queued").split("cannot be told")) == before)
home.write("cdb/public/aliases.cdb", cdb.aliases(
    ["near.test"], {}, postmaster="pm"))

check("a login is refused, another host takes it", out(OURS))
check("the postmaster is told", wait_for(lambda: len(letters()) == 1) and
      empty(home), local.delivered)
m, text = letters()[0], letters()[0].get_content()
check("from the null sender", local.to("pm")[0][3] == "")
check("to the mailbox itself, past its forwards",
      local.to("pm")[0][2] == "pm", local.to("pm")[0])
check("Auto-Submitted", m["Auto-Submitted"] == "auto-generated", m.items())
check("From, To, Date, Message-ID", m["From"].endswith(
    "<postmaster@mx.example.test>") and "postmaster@" in m["To"] and
    m["Date"].datetime and m["Message-ID"], m.items())
check("no defects", not m.defects, m.defects)
check("says which host, which login, what it said, and where to mend it",
      all(s in text for s in OURS + ("etc/smarthost-auth",)) and
      OURS[0] in m["Subject"], text)
check("logged", home.wait_log(
    "queued", "to=pm host=smart.example:587 account=ours"))
for _ in range(3):
    out(OURS, OURS)
check("once a day", len(letters()) == 1, len(letters()))
check("another login of that host, another host, an odd reply", out(
    (OURS[0], "other", "535 no"), ("b.example:25", "ours",
                                  "a\nBcc: x@y\n\x80")) and
    wait_for(lambda: len(letters()) == 3))
check("the reply adds no line", not any("\nBcc" in m.as_string()
                                        for m in letters()))

# the mailbox is gone
local.refuse["pm"] = ("5.1.1", "no such mailbox")
told = len(local.jobs)
check("undeliverable", out(("c.example:25", "ours", "535 no")) and wait_for(
    lambda: len(local.jobs) > told) and empty(home), files(home))
check("... no bounce of it", "bounced id" not in home.log("queued"))
local.refuse.clear()

# bounds
out(*[("h%d.example:25" % i, "ours", "535 no") for i in range(200)])
check("so many letters a day", wait_for(
    lambda: len(letters()) >= LETTERS_MAX - 2) and empty(home) and
    len(letters()) <= LETTERS_MAX, len(letters()))

# a restart forgets
home.stop("queued")
home.start("queued")
n = len(letters())
check("after a restart: once more", out(OURS, OURS) and out(OURS) and wait_for(
    lambda: len(letters()) == n + 1) and empty(home), len(letters()))
done()
