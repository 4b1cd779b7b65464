#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""ADMIN_SESSIONS_MAX: who comes when so many are served waits for one to end."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, skip  # noqa: E402

SESSIONS, GROUP, UID = 32, 65531, 65532

if os.geteuid() != 0:
    skip("a member's tool", "without root everybody is who runs the suite")
    done()
home = Home(etc={"admin-group": "%d\n" % GROUP})
for name in "users", "aliases":
    home.write("etc/" + name, "")
home.write("etc/domains", "example.test\n")


def tool():
    return subprocess.Popen(
        [home.binary("userdb"), "-C", home.dir, "list"], user=UID, group=GROUP,
        extra_groups=[GROUP], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


home.start("admind")
held = [home.connect("run/admind") for _ in range(SESSIONS - 1)]
last = tool()
check("the last place is served", last.wait(20) == 0, last.stdout.read())
held.append(home.connect("run/admind"))
last = tool()
time.sleep(0.5)
check("one too many waits", last.poll() is None, home.log("admind"))
held.pop().close()
check("... until one ends", last.wait(20) == 0, last.stdout.read())
for sock in held:
    sock.close()
done()
