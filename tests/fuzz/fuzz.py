#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs the harnesses of tests/fuzz.

Without arguments, as tests/run does it: those of build/san (make san), each
over its seeds, the inputs that once broke something, and mutations of them for
FUZZ_MS milliseconds (default 700), with the same seed every time.

fuzz.py --free [NAME...]: those of build/clang, by libFuzzer, FUZZ_SECONDS each
(default 20), their corpus kept in build/fuzz/NAME; then the corpus once through
build/gcov, and a table: executions, and the lines covered of each parser.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done

HERE = "tests/fuzz"
FOUND = os.path.join(ROOT, "build/fuzz/found")
ENV = dict(os.environ, ASAN_OPTIONS="handle_abort=0:allocator_may_return_null=1",
           UBSAN_OPTIONS="print_stacktrace=1")


def names():
    return sorted(os.path.basename(p)[2:-2]
                  for p in glob.glob(os.path.join(ROOT, HERE, "f_*.c")))


def inputs(name):
    return [p for p in (os.path.join(ROOT, HERE, kind, name)
                        for kind in ("seeds", "crashers"))
            if os.path.isdir(p)]


def run(tree, name, args, limit):
    """Exit code, stdout, the last of stderr."""
    with tempfile.TemporaryFile() as err:
        proc = subprocess.run(
            [os.path.join(ROOT, "build", tree, HERE, "f_" + name), *args],
            env=ENV, stdout=subprocess.PIPE, stderr=err, timeout=limit,
            check=False)
        size = err.seek(0, 2)
        err.seek(max(0, size - 6000))
        tail = err.read().decode(errors="replace")
    return proc.returncode, proc.stdout.decode(), tail


def bounded():
    os.makedirs(FOUND, exist_ok=True)
    ms = os.environ.get("FUZZ_MS", "700")
    for name in names():
        crash = os.path.join(FOUND, name)
        try:
            code, out, err = run("san", name, [
                "-t", ms, "-c", crash, *inputs(name)], 60)
        except (OSError, subprocess.TimeoutExpired) as e:
            code, out, err = 1, "", str(e)
        check("%s: %s" % (name, out.strip()), code == 0,
              "the input is %s\n%s" % (crash, err))
    done()


def covered(name):
    """Lines of its parsers, and those that its corpus runs."""
    with open(os.path.join(ROOT, HERE, "f_%s.c" % name)) as f:
        text = f.read()
    files = re.search(r"Covers:(.*?)\*/", text, re.S).group(1)
    tree, hit, lines = os.path.join(ROOT, "build/gcov"), 0, 0
    for gcda in glob.glob(tree + "/**/*.gcda", recursive=True):
        os.unlink(gcda)
    run("gcov", name, ["-n", "0", *inputs(name),
                       os.path.join(ROOT, "build/fuzz", name)], 600)
    files = files.replace("*", " ").split()
    for path in files:
        out = subprocess.run(
            ["gcov", "-n", "-o", os.path.dirname(path), path], cwd=tree,
            capture_output=True, text=True, check=False).stdout
        got = re.search(r"File '%s'\nLines executed:([\d.]+)%% of (\d+)"
                        % re.escape(path), out)
        if got:
            lines += int(got.group(2))
            hit += round(float(got.group(1)) * int(got.group(2)) / 100)
    return files, hit, lines


def free(wanted):
    seconds = os.environ.get("FUZZ_SECONDS", "20")
    failed = 0
    print("| harness | executions | edges | lines of the parsers run | parsers |")
    print("|---|---|---|---|---|")
    for name in wanted or names():
        corpus = os.path.join(ROOT, "build/fuzz", name)
        os.makedirs(corpus, exist_ok=True)
        code, _, err = run("clang", name, [
            "-max_total_time=" + seconds, "-timeout=20", "-rss_limit_mb=3000",
            "-artifact_prefix=%s-crash-" % corpus, "-print_final_stats=1",
            "-close_fd_mask=2", corpus, *inputs(name)], int(seconds) + 600)
        execs = re.search(r"number_of_executed_units: (\d+)", err)
        edges = re.findall(r"cov: (\d+)", err)
        files, hit, lines = covered(name)
        print("| %s | %s | %s | %d of %d, %d %% | %s |" % (
            name, execs.group(1) if execs else "-",
            edges[-1] if edges else "-", hit, lines,
            100 * hit // lines if lines else 0, ", ".join(files)), flush=True)
        if code:
            failed = 1
            print(err, file=sys.stderr)
    return failed


if __name__ == "__main__":
    if sys.argv[1:2] == ["--free"]:
        sys.exit(free(sys.argv[2:]))
    bounded()
