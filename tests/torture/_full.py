#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""make torture: all faults in full, then the table of doc/FAULTS.md.

  _full.py [NAME...]     crash lost faults everything supervision restart exactly_once"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = os.environ.get("ROUNDS", "300")
KILLS = "`kill -9` of %s at random, %s"
SCRIPTS = (  # script, words, a row of its own where it writes none
    ("torture/crash.py", ["full"], None),
    ("torture/lost.py", ["full"], None),
    ("torture/faults.py", ["full"], None),
    ("torture/everything.py", ["full"], None),
    ("torture/supervision.py", ["full"], None),
    ("queue/restart.py", [], KILLS % ("queued", "between fakes")),
    ("queue/exactly_once.py", [], KILLS % (
        "queued and deliver-local", "customers deleting meanwhile")),
)


def run(script, words, row, table):
    """Did it pass?"""
    began = time.monotonic()
    env = dict(os.environ, TORTURE_TABLE=table, ROUNDS=ROUNDS)
    env.setdefault("TORTURE_JOBS", str(2 * os.cpu_count()))  # most only wait
    p = subprocess.Popen([sys.executable, os.path.join(HERE, "..", script)]
                         + words, stdout=subprocess.PIPE, env=env, text=True,
                         errors="replace")
    bad, seed = 0, ""
    for line in p.stdout:
        if not line.startswith("ok "):
            print(line, end="", flush=True)
        bad += line.startswith("not ok ")
        seed = seed or re.match(r"# SEED=(\d+)", line)
    code = p.wait()
    if row:
        with open(table, "a") as f:
            f.write(json.dumps([row, int(ROUNDS), bad, round(
                time.monotonic() - began), "SEED=%s ROUNDS=%s %s" % (
                    seed.group(1) if seed else "", ROUNDS, script)]) + "\n")
    return not bad and code == 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        table, ok = os.path.join(folder, "table"), True
        for script, words, row in SCRIPTS:
            name = os.path.basename(script)[:-3]
            if not sys.argv[1:] or name in sys.argv[1:]:
                print("== " + " ".join([script, *words]), flush=True)
                ok &= run(script, words, row, table)
        rows = []
        if os.path.exists(table):
            with open(table) as f:
                rows = [json.loads(line) for line in f]
    print("\n| fault | times | went wrong | seconds | again, in tests/ |\n"
          "|---|---:|---:|---:|---|")
    for fault, times, bad, seconds, command in rows:
        print("| %s | %d | %d | %d | `%s` |" % (fault, times, bad, seconds,
                                                command))
    print("\n%d faults, %d went wrong" % (sum(r[1] for r in rows),
                                          sum(r[2] for r in rows)))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
