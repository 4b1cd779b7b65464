#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postern-start: when it does not start anything, and what it says then."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, Home, check, done, skip, wait_for  # noqa: E402

home = Home()


def start(where):
    return subprocess.run(
        ["sh", os.path.join(ROOT, "service/postern-start"), where],
        capture_output=True, text=True, check=False, timeout=60)


def script(name, text):
    home.write(name, "#!/bin/sh\n" + text, 0o755)


def supervised():
    """By somebody's own s6: there is nothing to do for us."""
    own = subprocess.Popen(["s6-supervise", home.path("service/relayd")])
    try:
        check("another s6 has it", wait_for(lambda: subprocess.run(
            ["s6-svok", home.path("service/relayd")],
            check=False).returncode == 0))
        r = start(home.dir)
        check("running already", r.returncode == 100 and not r.stdout and
              "running already (another supervisor has service/relayd)"
              in r.stderr, r)
    finally:
        own.terminate()
        own.wait(10)


r = start("/nonexistent")
check("no such home", r.returncode == 100 and not r.stdout and
      r.stderr == "postern: no such folder: /nonexistent\n", r)
script("bin/postern-uids", "")
script("service/relayd/run", "exec sleep 60\n")
home.write("service/relayd/notification-fd", "3\n")
if shutil.which("s6-supervise"):
    supervised()
else:
    skip("another supervisor", "s6 is not installed")
done()
