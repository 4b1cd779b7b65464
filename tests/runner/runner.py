# SPDX-License-Identifier: ISC
"""tests/run itself: what it counts, and that nothing that fails passes."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done

# file, what it does, what the last line then is, exit code
ROWS = [
    ("t_good", "echo 7 passed, 0 failed", "7 passed, 0 failed", 0),
    ("t_twice", "echo 7 passed, 0 failed; echo 2 passed, 0 failed",
     "9 passed, 0 failed", 0),
    ("t_bad", "echo 7 passed, 2 failed; exit 1", "7 passed, 2 failed", 1),
    ("t_lies", "echo 7 passed, 1 failed", "7 passed, 1 failed", 1),
    ("t_exit", "echo 7 passed, 0 failed; exit 3", "7 passed, 1 failed", 1),
    ("t_crash", "echo 7 passed, 0 failed; kill -SEGV $$",
     "7 passed, 1 failed", 1),
    ("t_none", "echo fine", "0 passed, 1 failed", 1),
    ("t_zero", "echo 0 passed, 0 failed", "0 passed, 1 failed", 1),
    ("a.sh", "echo ok one; echo ok two", "2 passed, 0 failed", 0),
    ("b.sh", "echo ok one; echo not ok two: why", "1 passed, 1 failed", 1),
    ("c.sh", "echo ok one; sleep 60", "1 passed, 1 failed", 1),
    ("d.sh", "echo skip one: no root", "0 passed, 0 failed", 0),
    ("e.sh", "echo ok one; (trap '' TERM; sleep 60) & sleep 60",
     "1 passed, 1 failed", 1),
]


def run(top, *args):
    proc = subprocess.run([os.path.join(top, "tests/run"), *args],
                          capture_output=True, text=True, timeout=60)
    return proc.stdout.splitlines() or [""], proc.returncode


def make(top):
    for d in "tests/x", "tests/lib", "tests/e2e":
        os.makedirs(os.path.join(top, d))
    shutil.copy(os.path.join(ROOT, "tests/run"), os.path.join(top, "tests"))
    files = [("tests/x/" + r[0], r[1]) for r in ROWS]
    files += [("tests/x/t_good.c", "exit 1"), ("tests/x/t_good.o", "exit 1"),
              ("tests/x/_helper.sh", "exit 1"), ("tests/lib/h.sh", "exit 1"),
              ("tests/e2e/z.sh", "echo ok day")]
    for name, body in files:
        path = os.path.join(top, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n" + body + "\n")
        os.chmod(path, 0o755)


def main():
    with tempfile.TemporaryDirectory() as top:
        make(top)
        for name, _, last, code in ROWS:
            began = time.monotonic()
            lines, rc = run(top, "-t", "1", "tests/x/" + name)
            check(name, (lines[-1], rc) == (last, code), (lines, rc))
            check(name + ": a line", name in lines[0] and
                  lines[0].startswith("not ok" if code else "ok"), lines)
            check(name + ": in time", time.monotonic() - began < 15)
        lines, rc = run(top, "-t", "1", "t_good", "*/[ab].sh", "e2e")
        check("several", (lines[-1], rc) == ("11 passed, 1 failed", 1), lines)
        check("e2e last", "tests/e2e/z.sh" in lines[-2], lines)
        check("output of the failing", "       | not ok two: why" in lines,
              lines)
        lines, rc = run(top, "nothing")
        check("no match fails", (lines[-1], rc) == ("0 passed, 1 failed", 1),
              lines)
    done()


main()
