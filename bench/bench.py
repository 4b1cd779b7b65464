#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Postern beside its peers: bench/bench.py [OPTION]... [ROW...]

  -r ROUNDS     rounds, servers alternating in each; medians count (3)
  -t SECONDS    of load for each figure (3)
  -s SERVERS    which, with commas between (all)
  -q            the main rows only
  -v            CPU by program, too
  -l            lists rows and servers

Every run has a fresh tree below BENCH_DIR (/var/tmp), with 100 mailboxes, and
ends with a check of every message.  CPU is that of all server processes.
"""
import getopt
import os
import subprocess
import sys
import time

import server
import work
from rows import ROWS
from server import ROOT, Scratch, Unable

SERVERS = {s.name: s for s in (server.Postern,)}
SHOWN = (  # measure, format
    ("per_s", "%8.0f/s"), ("cpu_ms", "%7.3f ms CPU"), ("p50_ms", "p50 %.1f ms"),
    ("p99_ms", "p99 %.1f ms"), ("syscalls", "%.0f calls"),
    ("fsync", "%.2f fsync"), ("syncfs", "%.2f syncfs"), ("fork", "%.2f fork"),
    ("exec", "%.2f exec"), ("switches", "%.1f switches"),
    ("each_kib", "%.0f KiB each"), ("fixed_kib", "%.0f KiB fixed"),
    ("first_ms", "first %.0f ms"), ("warm_ms", "warm %.0f ms"),
    ("fresh_ms", "fresh %.0f ms"))


class Context:
    """What rows need besides a server."""

    def __init__(self, scratch, options):
        self.scratch = scratch
        self.seconds = float(options.get("-t", 3))
        self.messages = 100000
        self.sink = None


def one(row, name, ctx):
    """One run: {measure: number}."""
    options = {}
    os.sync()
    if row.kind == "relay":
        ctx.sink = work.Sink(ctx.scratch)
        options["relay"] = ctx.sink.port
    try:
        s = SERVERS[name](ctx.scratch, **options)
        try:
            return row.run(s, ctx)
        finally:
            s.close()
    finally:
        if ctx.sink:
            ctx.sink.close()
            ctx.sink = None


def show(row, name, got, verbose):
    text = ", ".join(form % got[k] for k, form in SHOWN if k in got)
    print("%-14s %-14s %s" % (row.name, name, text), flush=True)
    if verbose and "by_name" in got:
        print(" " * 30 + ", ".join("%s %.3f" % kv for kv in sorted(
            got["by_name"].items(), key=lambda kv: -kv[1]) if kv[1] > 0.002),
            flush=True)


def measure(rows, names, rounds, ctx, verbose):
    """{(row, server): [result]}, {server: why not}"""
    results, unable = {}, {}
    for row in rows:
        for k in range(rounds):
            for name in names:
                if row.kind not in SERVERS[name].does or name in unable:
                    continue
                try:
                    got = one(row, name, ctx)
                except Unable as e:
                    unable[name] = str(e)
                    print("%s: %s" % (name, e), flush=True)
                    continue
                except work.Wrong as e:
                    print("%-14s %-14s WRONG: %s" % (row.name, name, e),
                          flush=True)
                    results.setdefault((row.name, name), [])
                    continue
                show(row, name, got, verbose)
                results.setdefault((row.name, name), []).append(got)
    return results, unable


def main():
    try:
        options, names = getopt.getopt(sys.argv[1:], "r:t:s:qvl")
    except getopt.GetoptError as e:
        print("%s\n%s" % (e, __doc__), file=sys.stderr)
        return 100
    options = dict(options)
    if "-l" in options:
        for row in ROWS:
            print("%-14s %s" % (row.name, row.what))
        print("servers: " + " ".join(SERVERS))
        return 0
    rows = [r for r in ROWS if (r.name in names if names else
                                r.quick or "-q" not in options)]
    servers = options.get("-s", ",".join(SERVERS)).split(",")
    subprocess.run(["make", "-s", "-C", ROOT, "programs", "benches"], check=True)
    scratch = Scratch()
    try:
        measure(rows, servers, int(options.get("-r", 3)),
                Context(scratch, options), "-v" in options)
    finally:
        scratch.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
