#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""lib/services.awk refuses what conf-services cannot mean, by line."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done  # noqa: E402

GOOD = """uidbase 70000 32
account p-a 0
dir etc root root 0755
file etc/x p-a root 0600
program d f p-a
\tserve run/d p-a root
\tsys unix
\tmem 1
"""
BAD = [
    ("an unknown word", "\tservs run/x p-a", "no such word: servs"),
    ("an unknown caller", "\tserve run/x p-b", "no caller p-b"),
    ("no caller", "\tserve run/x", "1 to 4 callers"),
    ("too many callers", "\tserve run/x p-a p-a p-a p-a p-a", "1 to 4"),
    ("an unknown account", "program e f p-b", "no account p-b"),
    ("an unknown owner", "dir x p-b root 0755", "no account p-b"),
    ("a folder without mode", "dir x root root", "MODE"),
]


def awk(text):
    return subprocess.run(
        ["awk", "-v", "home=/h", "-f", "lib/services.awk", "-"], input=text,
        capture_output=True, text=True, cwd=ROOT)


r = awk(GOOD + "\tchroot\n")
check("a chroot", ".chroot = true" in r.stdout, r.stderr)
r = awk(GOOD)
check("none", ".chroot = false" in r.stdout, r.stderr)
check("a good table", r.returncode == 0 and '"run/d"' in r.stdout
      and 'service_conf_home[] = "/h"' in r.stdout, r.stderr)
for name, line, words in BAD:
    r = awk(GOOD + line + "\n")
    check(name, r.returncode != 0 and words in r.stderr
          and "conf-services:9:" in r.stderr, r.stderr)
six = "".join("\tserve run/%d p-a\n" % i for i in range(6))
r = awk(GOOD + six)
check("too many sockets", r.returncode != 0 and "6 sockets" in r.stderr,
      r.stderr)
done()
