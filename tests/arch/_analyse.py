#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""make analyse: gcc -fanalyzer, clang-tidy and cppcheck over the programs'
sources.  Every finding is mended or explained in analyse.known (and checks that
are off, in .clang-tidy); anything else fails."""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-I.", "-Ibuild/cdb/include"]
FOLDERS = "admin authd cdb-tools deliver filter lib pop3d queue relayd service smtpd tlsd"
KNOWN = "tests/arch/analyse.known"


def output(*command):
    return subprocess.run(["nice", *command], capture_output=True, text=True,
                          check=False)


def gcc(path):
    text = output("gcc", *FLAGS, "-O1", "-fanalyzer", "-c", "-o", "/dev/null",
                  path).stderr
    return re.findall(r"^(\S+?):(\d+):\d+: warning: (.*) \[.*?(-Wanalyzer\S+?)\]",
                      text, re.M)


def tidy(path):
    text = output("clang-tidy-14", "--quiet", path, "--", *FLAGS).stdout
    return [(os.path.relpath(f), line, what, check.split(",")[0])
            for f, line, what, check in re.findall(
                r"^(\S+?):(\d+):\d+: (?:warning|error): (.*) \[(\S+)\]$",
                text, re.M)]


def cppcheck(folders):
    text = output("cppcheck", "-j2", "--quiet", "--std=c11", "-I.",
                  "-D_GNU_SOURCE", "--enable=warning,performance,portability",
                  "--suppress=missingIncludeSystem",
                  "--template={file}:{line}: {message} [{id}]",
                  *folders).stderr
    return re.findall(r"^(\S+?):(\d+): (.*) \[(\w+)\]$", text, re.M)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    folders = [f for f in FOLDERS.split() if os.path.isdir(f)]
    paths = sorted(p for f in folders for p in glob.glob(f + "/*.c"))
    with open(KNOWN, encoding="utf-8") as f:
        known = {tuple(line.split()[:2]) for line in f
                 if line.strip() and not line.startswith("#")}
    found = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found["gcc -fanalyzer"] = sum(pool.map(gcc, paths), [])
        found["clang-tidy"] = sum(pool.map(tidy, paths), [])
    found["cppcheck"] = cppcheck(folders)
    bad, seen = 0, set()
    for tool, all_ in found.items():
        fresh = [x for x in sorted(set(all_)) if (x[0], x[3]) not in known]
        seen |= {(x[0], x[3]) for x in all_}
        bad += len(fresh)
        print("%s: %d files, %d findings unexplained" % (
            tool, len(paths), len(fresh)))
        for path, line, what, check in fresh:
            print("  %s:%s: %s [%s]" % (path, line, what, check))
    for path, check in sorted(known - seen):
        print("%s: %s %s is not found any more" % (KNOWN, path, check))
    return 1 if bad else 0


sys.exit(main())
