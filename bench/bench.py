#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Postern beside its peers: bench/bench.py [OPTION]... [ROW...]

  -r ROUNDS     rounds, servers alternating in each; medians count (3)
  -t SECONDS    of load for each figure (3)
  -s SERVERS    which, with commas between (all)
  -m MOST       no state larger than that (messages, aliases, windows)
  -q            the main rows, one round, the fastest peers: under 3 minutes
  -o FOLDER     writes performance.json, .md, .svg and scale.svg there
  -a            with -o: rows that are there and not measured now stay
  -v            CPU by program, too
  -l            lists rows and servers

Every run has a fresh tree below BENCH_DIR (/var/tmp), with 100 mailboxes, and
ends with a check of every message.  CPU is that of all server processes.
Exit: 0; 1: a figure of Postern is missing because work was not done right.
"""
import getopt
import os
import signal
import subprocess
import sys

import peers_pop3
import peers_smtp
import questions
import report
import scale
import server
import tables
import work
from rows import ROWS
from server import ROOT, Scratch, Unable

SERVERS = {s.name: s for s in (
    server.Postern, peers_smtp.Postfix, peers_smtp.OpenSMTPD, peers_smtp.Exim,
    peers_pop3.DovecotTuned, peers_pop3.Dovecot)}
FASTEST = "postern,postfix,dovecot-tuned,machine"  # of -q
SHOWN = (  # measure, format
    ("per_s", "%8.0f/s"), ("cpu_ms", "%7.3f ms CPU"), ("p50_ms", "p50 %.1f ms"),
    ("p99_ms", "p99 %.1f ms"), ("syscalls", "%.0f calls"),
    ("fsync", "%.2f fsync"), ("syncfs", "%.2f syncfs"), ("fork", "%.2f fork"),
    ("exec", "%.2f exec"), ("switches", "%.1f switches"),
    ("each_kib", "%.0f KiB each"), ("fixed_kib", "%.0f KiB fixed"),
    ("s6_kib", "of it s6 %.0f KiB"), ("alone_kib", "%.0f KiB were it alone"),
    ("first_ms", "first %.0f ms"), ("warm_ms", "warm %.0f ms"),
    ("fresh_ms", "fresh %.0f ms"), ("compile_s", "%.3f s"),
    ("peak_mib", "%.0f MiB"), ("lookup_us", "%.2f us a look-up"),
    ("bare_us", "a bare echo %.1f us"), ("check_us", "question %.1f us"),
    ("check_p99_us", "p99 %.1f us"),
    ("bare_busy_us", "beside other work: echo %.1f us"),
    ("check_busy_us", "question %.1f us"),
    ("check_busy_p99_us", "p99 %.1f us"),
    ("open_us", "open %.1f us"), ("redeem_us", "redeem %.1f us"),
    ("window_bytes", "%.0f bytes a window"),
    ("cached_us", "cached login %.1f us"),
    ("cached_cpu_us", "%.1f us CPU"), ("login_ms", "first login %.1f ms"),
    ("again_s", "restart %.2f s"))


class Context:
    """What rows need besides a server."""

    def __init__(self, scratch, options):
        self.scratch = scratch
        self.seconds = float(options.get("-t", 3))
        self.most = int(options.get("-m", 0))
        self.sink = None

    def at_most(self, n):
        return min(n, self.most or n)


def registry(kind):
    """Who can be started for such a row."""
    if kind == "aliases":
        return tables.TOOLS
    if kind == "questions":
        return {"postern": questions.Questions}
    if kind == "machine":
        return {"machine": work.Machine}
    return {n: s for n, s in SERVERS.items() if kind in s.does}


def one(row, name, ctx):
    """One run: {measure: number}."""
    options = {}
    os.sync()
    if row.kind == "relay":
        ctx.sink = work.Sink(ctx.scratch)
        options["relay"] = ctx.sink.port
    try:
        s = registry(row.kind)[name](ctx.scratch, **options)
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


class Found:
    """All results."""

    def __init__(self):
        self.results, self.unable, self.scale = {}, {}, {}
        self.failed = []
        self.bad = False

    def attempt(self, row, name, ctx, verbose):
        """One run; a server that twice cannot be started is left out then."""
        try:
            got = one(row, name, ctx)
        except Unable as e:
            if name in self.failed:
                self.unable[name] = str(e)
            self.failed.append(name)
            print("%-14s %-14s cannot be started: %s" % (row.name, name, e),
                  flush=True)
        except work.NotHere as e:
            print("%-14s %-14s not measured: %s" % (row.name, name, e),
                  flush=True)
        except work.Wrong as e:
            self.bad |= name == "postern"
            print("%-14s %-14s WRONG: %s" % (row.name, name, e), flush=True)
        else:
            show(row, name, got, verbose)
            self.results.setdefault(row.name + " " + name, []).append(got)


def measure(found, rows, servers, rounds, ctx, verbose):
    for row in rows:
        for _ in range(rounds):
            for name in registry(row.kind):
                if (not servers or name in servers) and \
                        name not in found.unable:
                    found.attempt(row, name, ctx, verbose)


def measure_scale(found, scales, ctx):
    for s in scales:
        try:
            for n, got in s.run(ctx, ctx.at_most(s.most)):
                print("%-14s %9d  %s" % (s.name, n, ", ".join(
                    "%s %.3f" % kv for kv in got.items())), flush=True)
                found.scale.setdefault(s.name, []).append((n, got))
        except (Unable, work.Wrong) as e:
            found.bad = True
            print("%-14s WRONG: %s" % (s.name, e), flush=True)


def summary(found):
    """Ratios and goals, a line a row."""
    mid = {tuple(k.split(" ")): report.medians(v)
           for k, v in found.results.items()}
    print("\nmedians, ratios to the best of the others, goals:")
    for row in ROWS:
        servers = [s for n, s in mid if n == row.name]
        if "postern" not in servers:
            continue
        print("%-14s %s\n%15s%s" % (
            row.name, report.cell(mid[row.name, "postern"]), "",
            "; ".join(filter(None, [report.ratio(row, mid, servers)] + [
                words + {True: " met", False: " MISSED", None: " ?"}[met]
                for words, met in report.goals(row, mid)]))))


def arguments():
    options, names = getopt.getopt(sys.argv[1:], "r:t:s:m:o:aqvl")
    options = dict(options)
    known = [r.name for r in ROWS] + [s.name for s in scale.SCALES]
    for name in names:
        if name not in known:
            raise getopt.GetoptError("no row is called " + name)
    if "-q" in options:
        options = {"-r": "1", "-t": "1.5", "-s": FASTEST, **options}
    return options, names


def ended(*_):
    """A second signal must not cut the tidying short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(143)


def main():
    try:
        options, names = arguments()
    except getopt.GetoptError as e:
        print("%s\n%s" % (e, __doc__), file=sys.stderr)
        return 100
    if "-l" in options:
        for row in ROWS + scale.SCALES:
            print("%-14s %s" % (row.name, row.what))
        print("servers: " + " ".join(SERVERS))
        return 0
    signal.signal(signal.SIGTERM, ended)
    subprocess.run(["make", "-s", "-C", ROOT, "programs", "benches"],
                   check=True)
    scratch, found = Scratch(), Found()
    ctx = Context(scratch, options)
    rounds = int(options.get("-r", 3))
    try:
        measure(found, [r for r in ROWS if (
            r.name in names if names else r.quick or "-q" not in options)],
            [s for s in options.get("-s", "").split(",") if s], rounds, ctx,
            "-v" in options)
        measure_scale(found, [s for s in scale.SCALES if (
            s.name in names if names else "-q" not in options)], ctx)
    finally:
        work.Calls.unmount()
        scratch.close()
    summary(found)
    if "-o" in options:
        report.write(options["-o"], {
            "command": " ".join(["bench/bench.py"] + sys.argv[1:]),
            "most": ctx.most, "rounds": rounds, "seconds": ctx.seconds}, {
            "unable": found.unable, "results": found.results,
            "scale": found.scale}, "-a" in options)
    return 1 if found.bad else 0


if __name__ == "__main__":
    sys.exit(main())
