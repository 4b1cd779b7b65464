#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A full spool: 452 4.3.1 in place of 354, before a byte of the message."""
import atexit
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene  # noqa: E402
from home import check, done, skip  # noqa: E402

scene = Scene()
queue = scene.home.path("queue")


def data(size=""):
    c = Client(scene.ucspi())
    c.hello()
    c.cmd("MAIL FROM:<a@b.example>" + size)
    c.cmd("RCPT TO:<fred@example.test>")
    return c.cmd("DATA")


r = data()
check("room", r.startswith("354"), r)
if os.geteuid() != 0:
    skip("a small file system", "needs root to mount it")
    done()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", queue],
               check=True)
atexit.register(subprocess.run, ["umount", "-l", queue])
r = data()
check("room on a small one", r.startswith("354"), r)
r = data(" SIZE=1900000")
check("not for one that large", r.startswith("452 4.3.1"), r)
with open(queue + "/filler", "wb") as f:
    f.write(b"x" * 1900000)
r = data()
check("full: before DATA", r.startswith("452 4.3.1"), r)
os.unlink(queue + "/filler")
r = data()
check("room again, without help", r.startswith("354"), r)
done()
