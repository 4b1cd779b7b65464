#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The unit tests under ASan and UBSan: those of build/san (make san)."""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done

TREE = os.path.join(ROOT, "build/san")
ENV = dict(os.environ,
           ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1",
           UBSAN_OPTIONS="print_stacktrace=1")
# what it is about cannot be under a sanitizer's runtime
FILTER = "a filter that the runtime's own system calls break"
NOT = {"t_confine_calls": FILTER, "t_confine_dirs": FILTER,
       "t_confine": "a limit of memory that the runtime's shadow is beyond",
       "t_sa": "a limit of memory that the runtime's shadow is beyond"}


def main():
    tests = sorted(p for p in glob.glob(TREE + "/tests/*/t_*")
                   if os.access(p, os.X_OK) and not p.endswith((".c", ".o")))
    check("there are tests", tests, "run make san")
    for path in tests:
        name = os.path.basename(path)
        if name in NOT:
            print("skip %s: %s" % (name, NOT[name]))
            continue
        try:
            proc = subprocess.run([path], cwd=TREE, env=ENV, timeout=100,
                                  capture_output=True, check=False)
            out = (proc.stdout + proc.stderr)[-6000:].decode(errors="replace")
            good = proc.returncode == 0
        except subprocess.TimeoutExpired:
            good, out = False, "not ended after 100 seconds"
        check(name, good, out)
    done()


main()
