#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postern-services: what it makes of etc/listen, and what it refuses there."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, Home, check, done  # noqa: E402

home = Home()


def services(listen):
    home.write("etc/listen", listen)
    return subprocess.run(
        ["sh", os.path.join(ROOT, "service/postern-services"), home.dir],
        capture_output=True, text=True, check=False)


r = services("# ours\n\nsmtp *:25\nsubmission 192.0.2.1:587\n"
             "submission [::1]:587\npop3 *:110\n")
check("good", r.returncode == 0 and not r.stderr, r)
with open(home.path("service/smtpd/run"), encoding="ascii") as f:
    check("all places", "-l '*:25,smtp' -l '192.0.2.1:587,submission' "
          "-l '[::1]:587,submission'" in f.read())
for listen, line, first in (
        ("smtp *:25\nsmtp *:25\n", 2, 1), ("smtp *:25\n\npop3 *:25\n", 3, 1),
        ("# x\nsmtp 192.0.2.1:25\nsubmission *:25", 3, 2),
        ("smtp *:25\nsmtp *:26\nsmtps *:25\n", 3, None)):
    r = services(listen)
    check("refused: %r" % listen, r.returncode == 100 and
          "/etc/listen:%d: " % line in r.stderr and (
              not first or "taken already, in line %d;" % first in r.stderr), r)
done()
