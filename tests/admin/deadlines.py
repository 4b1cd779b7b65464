#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""admind's limit of time, waited out on a clock that runs 60 times as fast: a
member's tool that hangs is killed, and the member hears of it."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, skip  # noqa: E402
from patience import Waits  # noqa: E402

RUN, GROUP, UID = 600, 65531, 65532

if os.geteuid() != 0:
    skip("a tool that hangs", "without root everybody is who runs the suite")
    done()
home, waits = Home(etc={"admin-group": "%d\n" % GROUP}, hurry=60), Waits(60)
home.write("etc/domains", "example.test\n")
home.write("etc/users", "")
home.write("etc/aliases", "")
home.start("admind")
began = time.monotonic()
tool = subprocess.Popen(
    [home.binary("userdb"), "-C", home.dir, "verify", "widget01"],
    user=UID, group=GROUP, extra_groups=[GROUP], stdin=subprocess.PIPE,
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
code = tool.wait(60)  # it waits for a password
waits.took("a tool that hangs", RUN, time.monotonic() - began)
check("... try again later", code == 111, (code, tool.stdout.read()))
check("... the log says so", home.wait_log("admind", "result=111"),
      home.log("admind"))
done()
