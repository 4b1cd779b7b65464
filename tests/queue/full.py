#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued on a small disk: 452 in time, a reserve for bounces, recovery."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, UIDS, empty, files, queue_home
from home import Fake, check, done, msg, skip, wait_for

home = queue_home(etc={"queue-max": "400\n"})
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
local.fault = "no room in the mailbox"
BODY = b"Subject: x\n\n" + b"0123456789abcdef" * 4 * 2048 + b"\n"


def mounted(size, inodes):
    uid = UIDS["p-queue"]
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=%s,nr_inodes=%d,uid=%d,mode=700"
         % (size, inodes, uid), "tmpfs", home.path("queue")],
        capture_output=True).returncode == 0


def unmount():
    subprocess.run(["umount", "-l", home.path("queue")], capture_output=True)


def fill(c, n, body):
    """What n messages get: [op]"""
    return [c.submit("me@near.test", ["a@near.test"], body)[0]
            for _ in range(n)]


def administration(n):
    """queuectl on a full disk: all of it; one message fewer afterwards."""
    def ctl(*words):
        r = home.run("queuectl", *words)
        check("full: queuectl " + words[0], r.returncode == 0, r.stderr)
        return r.stdout
    listed = ctl("list", "--json").splitlines()
    check("full: all are listed", len(listed) == n, len(listed))
    first, second = (json.loads(x)["id"] for x in listed[:2])
    ctl("show", first)
    ctl("hold", first)
    check("full: it is held", json.loads(ctl("list", "--json", first))[
        "state"] == "held")
    ctl("release", first)
    ctl("retry", first)
    ctl("drop", second)
    check("full: dropped", wait_for(lambda: len(files(home)) == n - 1),
          len(files(home)))
    ctl("stats")


if os.geteuid() == 0 and mounted("24m", 5000):
    try:
        home.start("queued")
        c = Caller(home)
        ops = fill(c, 190, BODY)
        check("taken, then full", ops[0] == "Y" and ops[-1] == "F"
              and set(ops) == {"Y", "F"}, "".join(ops))
        check("full: once full, always full", "".join(ops).lstrip("Y").strip(
            "F") == "", "".join(ops))
        s = os.statvfs(home.path("queue"))
        check("a reserve is kept", s.f_bavail * s.f_frsize > 2 << 20,
              s.f_bavail * s.f_frsize)
        check("all that was taken is there", len(files(home))
              == ops.count("Y"), len(files(home)))
        check("large: refused", c.large("me@near.test", ["a@near.test"],
                                        BODY * 20)[0] == "F")
        administration(ops.count("Y"))
        local.refuse["a@near.test"] = ("5.1.1", "gone")
        local.fault = None
        check("bounces have room", wait_for(
            lambda: len(local.to("me")) == ops.count("Y") - 1, 60),
            len(local.to("me")))
        check("all gone", empty(home, 30), len(files(home)))
        check("it takes mail again", wait_for(
            lambda: fill(c, 1, BODY) == ["Y"], 5))
        empty(home)
        c.close()
        home.stop("queued")
    finally:
        unmount()
    if mounted("64m", 330):
        try:
            local.refuse.clear()
            local.fault = "no room"
            home.start("queued")
            c = Caller(home)
            ops = fill(c, 300, b"Subject: x\n\nx\n")
            check("inodes: full in time", "F" in ops and ops[0] == "Y",
                  "".join(ops))
            local.fault = None
            check("inodes: recovers", empty(home, 30))
            c.close()
            home.stop("queued")
        finally:
            unmount()
else:
    skip("a small disk", "mounting a tmpfs needs root")

# too many messages
local.refuse.clear()
local.fault = "no room"
home.start("queued")
c = Caller(home)
ops = fill(c, 420, b"Subject: x\n\nx\n")
check("etc/queue-max", ops[:400] == ["Y"] * 400 and ops[400:] == ["F"] * 20,
      "".join(ops)[390:])
local.fault = None
check("... and then again", empty(home, 30) and fill(c, 1, BODY) == ["Y"])

before = len(local.to("me"))
# a half-written table of addresses: not now, and nothing is lost
good = open(home.path("cdb/public/aliases.cdb"), "rb").read()
home.write("cdb/public/aliases.cdb", good[:len(good) // 2])
check("damaged table: 451", fill(c, 1, BODY) == ["T"])
os.unlink(home.path("cdb/public/aliases.cdb"))
check("no table: 451", fill(c, 1, BODY) == ["T"])
home.write("cdb/public/aliases.cdb", good)
check("there again: 250", fill(c, 1, BODY) == ["Y"])
check("nothing bounced", len(local.to("me")) == before)
done()
