#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""lib/session.ld: what a session's process runs lies together, in few of the 64
KiB that the kernel maps at once, and the constants that it uses.  Without it (another linker, a sanitizer's
build) the programs are the same, and sessions dearer."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, skip  # noqa: E402

AROUND = 64 << 10
MOST = {"pop3d/pop3d": 4, "pop3d/mailboxd": 4, "smtpd/smtpd": 5}
LIBC = ("_Fork", "_exit", "poll", "read", "write", "close", "openat",
        "sendmsg", "recvmsg", "malloc", "free")
OURS = {"pop3d/pop3d": ("authorization_run", "lines_take", "sock_call"),
        "pop3d/mailboxd": ("session_open", "transaction_run", "maildir_scan"),
        "smtpd/smtpd": ("session_run", "envelope_rcpt", "data_command")}


def symbols(program):
    out = subprocess.run(["nm", os.path.join(ROOT, program)], text=True,
                         capture_output=True).stdout
    lines = [line.split() for line in out.splitlines()]
    return {w[2]: int(w[0], 16) for w in lines if len(w) == 3 and w[1] in "tTWi"}


def section(program, name):
    """(flags, bytes); A alone: neither to write to nor to execute.  The linker
    puts constants before .rodata into the segment of the code."""
    out = subprocess.run(
        ["readelf", "-SW", os.path.join(ROOT, program)], text=True,
        capture_output=True).stdout
    order = [line.split("]", 1)[1].split() for line in out.splitlines()
             if "] ." in line]
    names = [w[0] for w in order]
    found = {w[0]: w for w in order}
    if name not in found or names.index(name) < names.index(".rodata"):
        return "", 0
    return found[name][6], int(found[name][4], 16)


for program, most in MOST.items():
    if not os.path.exists(os.path.join(ROOT, program)):
        skip(program, "not built here")
        continue
    at = symbols(program)
    if "_Fork" not in at:
        skip(program, "not linked statically here")
        continue
    there = [at[n] for n in LIBC + OURS[program] if n in at]
    windows = {a // AROUND for a in there}
    check("%s: %d names are in few places" % (program, len(there)),
          len(there) > 8 and len(windows) <= most, sorted(windows))
    flags, size = section(program, ".rodata.session")
    check("%s: its constants are together, and no code" % program,
          0 < size < AROUND and flags == "A", (flags, size))
done()
