#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every wait has a test that sees it end: tests/arch/limits.table against the
names in the sources that end in a unit of time."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done  # noqa: E402

FOLDERS = ("admin authd cdb-tools deliver filter lib pop3d queue relayd service "
           "smtpd tlsd").split()
NAME = r"^#\s*define\s+([A-Z0-9_]*(?:SECONDS|_MS|_DAYS))\b"


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


os.chdir(ROOT)
known, wrong = {}, []
for line in text("tests/arch/limits.table").splitlines():
    if line and line[0] != "#":
        name, how, *why = line.split(None, 2)
        if name in known:
            wrong.append(name + ": twice")
        if how.startswith("tests/") and not os.path.exists(how):
            wrong.append("%s: no %s" % (name, how))
        if how == "none" and not why or not (
                how in ("rhythm", "none") or how.startswith("tests/")):
            wrong.append("%s: %s" % (name, how))
        known[name] = how
found = {name for folder in FOLDERS for path in glob.glob(folder + "/*.[ch]")
         for name in re.findall(NAME, text(path), re.M)}
check("the names are found", len(found) > 100, len(found))
check("each is in the table", found <= set(known), sorted(found - set(known)))
check("the table has no others", set(known) <= found,
      sorted(set(known) - found))
check("each line names a test, or says why none", not wrong, wrong)
# who waits for a neighbour says how long; docs.py holds the number against it
paged = {name for path in glob.glob("*/*.[1-8]")
         for line in re.findall(r"^\.(?:Pq )?Dv (.*)$", text(path), re.M)
         for name in re.findall(r"[A-Z][A-Z0-9_]+", line)}
patience = {name for folder in FOLDERS for path in glob.glob(folder + "/*.h")
            for name in re.findall(NAME, text(path), re.M)
            if re.search(r"_(TIMEOUT|DEADLINE)_MS$", name)}
check("the callers' patience is found", len(patience) > 8, patience)
check("... and each is in a page", patience <= paged, sorted(patience - paged))
count = [sum(v == "rhythm" for v in known.values()),
         sum(v == "none" for v in known.values())]
print("# %d waits, %d tested, %d rhythm, %d none" % (
    len(known), len(known) - sum(count), *count))
done()
