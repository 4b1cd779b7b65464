#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The daemons under ASan and UBSan: those of build/san (make san), put through
tests of theirs.  tests/fuzz/unconfined.c says what of their confinement is left
out there; a report in a daemon's log is a failure (tests/lib/home.py)."""
import concurrent.futures
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done

TREE = os.path.join(ROOT, "build/san")
SECONDS = 100  # for one of them
TESTS = """smtpd/dialogues smtpd/garbage smtpd/ucspi pop3d/pop3d
    pop3d/mailboxd_dialogues pop3d/random_bytes queue/accept queue/bounce
    deliver/local deliver/seven authd/authd relayd/relayd tlsd/starttls
    tlsd/ucspi_tls pop3d/tls""".split()
# run_path, and not the script by its name: that would be its link's target, in
# the tree of unsanitized programs
RUN = ("import runpy, sys; sys.path[0] = sys.argv[2]; "
       "sys.argv = sys.argv[1:2]; runpy.run_path(sys.argv[0], "
       "run_name='__main__')")


def run(test):
    script = os.path.join(TREE, "tests", test + ".py")
    try:
        proc = subprocess.run(
            [sys.executable, "-c", RUN, script, os.path.dirname(script)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as e:
        return False, "not ended after %d seconds\n%s" % (
            SECONDS, (e.stdout or b"")[-3000:])
    bad = re.findall(r"^not ok .*", proc.stdout, re.M)
    good = re.findall(r"^ok ", proc.stdout, re.M)
    return (proc.returncode == 0 and good and not bad,
            "exit %d; %s\n%s" % (proc.returncode, "\n".join(bad)[:6000],
                                 proc.stderr[-3000:]))


def is_sanitized():
    """Else this would test nothing."""
    smtpd = os.path.join(TREE, "smtpd/smtpd")
    got = subprocess.run(["ldd", smtpd], capture_output=True, text=True)
    return "libasan" in got.stdout and "libubsan" in got.stdout


def main():
    if check("the programs are sanitized", is_sanitized(), "run make san"):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for test, (good, why) in zip(TESTS, pool.map(run, TESTS)):
                check(test, good, why)
    done()


main()
