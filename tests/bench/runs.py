#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""bench/ runs, counts right, and notices mail that is lost, changed or doubled.

Tiny, Postern alone: that the peers start is for "make bench" to say.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done  # noqa: E402

TMP = tempfile.mkdtemp(prefix="postern-bench-test-")
os.chmod(TMP, 0o755)


def tool(name, *args):
    r = subprocess.run([ROOT + "/bench/" + name, *map(str, args)],
                       capture_output=True, text=True, timeout=60)
    return r.returncode, r.stdout and json.loads(r.stdout)


def whole_runs():
    r = subprocess.run(
        [sys.executable, ROOT + "/bench/bench.py", "-r", "1", "-t", "0.2",
         "-m", "100", "-s", "postern", "-o", TMP, "in", "pop3-10", "aliases",
         "questions", "scale-windows"],
        env=dict(os.environ, BENCH_DIR=TMP), capture_output=True, text=True)
    check("all rows are measured", r.returncode == 0, r.stdout + r.stderr)
    with open(TMP + "/performance.json") as f:
        data = json.load(f)
    rows = data["results"]
    for row, measure in (
            ("in", "per_s"), ("in", "cpu_ms"), ("pop3-10", "per_s"),
            ("pop3-10", "p99_ms"), ("aliases", "compile_s"),
            ("questions", "check_us"), ("questions", "cached_us")):
        runs = rows.get(row + " postern") or [{}]
        check("%s: %s" % (row, measure), runs[0].get(measure, 0) > 0, runs)
    if os.geteuid() == 0 and "syscalls" in rows["in postern"][0]:
        got = rows["in postern"][0]
        check("calls are counted", got["syscalls"] > 20 and
              0.5 < got["fork"] < 5 and got["fsync"] + got["syncfs"] > 0, got)
    check("a point for 10 and one for 100", [
        n for n, _ in data["scale"]["scale-windows"]] == [10, 100])
    with open(TMP + "/performance.md") as f:
        text = f.read()
    check("the report has them", "| `in`:" in text and "scale-windows" in text, text)
    with open(TMP + "/scale.svg") as f:
        check("a plot", f.read().count("<polyline") >= 2)
    r = subprocess.run(
        [sys.executable, ROOT + "/bench/bench.py", "-r", "1", "-t", "0.2",
         "-m", "10", "-a", "-o", TMP, "scale-windows"],
        env=dict(os.environ, BENCH_DIR=TMP), capture_output=True, text=True)
    with open(TMP + "/performance.json") as f:
        again = json.load(f)
    check("-a: one row anew, the others stay", r.returncode == 0 and
          again["results"] == rows and
          len(again["scale"]["scale-windows"]) == 1 and
          again["made"]["in"] == data["made"]["in"] and
          "scale-windows" in again["made"]["scale-windows"]["command"],
          again["made"])
    left = sorted(os.listdir(TMP))
    check("nothing is left", left == [
        "performance.json", "performance.md", "scale.svg"], left)


def changed_mail():
    box = TMP + "/box"
    os.makedirs(box + "/cur")
    tool_ok = subprocess.run([ROOT + "/bench/maildir", "fill", "5", "1000",
                              box]).returncode == 0
    os.rename(box + "/cur", box + "/new")
    code, got = tool("maildir", "check", box)
    check("five whole messages", tool_ok and code == 0 and (
        got["count"], got["distinct"], got["wrong"]) == (5, 5, 0), got)
    names = sorted(os.listdir(box + "/new"))
    check("of the size asked for", all(
        os.path.getsize(box + "/new/" + n) == 1000 for n in names))
    with open(box + "/new/" + names[0], "rb+") as f:
        f.seek(900)
        f.write(b"#")
    shutil.copy(box + "/new/" + names[1], box + "/new/twice")
    os.unlink(box + "/new/" + names[2])
    _, got = tool("maildir", "check", box)
    check("one changed, one twice, one lost", (
        got["count"], got["distinct"], got["wrong"]) == (5, 3, 1), got)
    shutil.rmtree(box)


def refusing(listener):
    conn, _ = listener.accept()
    conn.sendall(b"220 hello\r\n")
    conn.recv(100)
    conn.sendall(b"250 me\r\n")
    conn.recv(100)
    conn.sendall(b"550 5.7.1 no\r\n")
    conn.recv(100)
    conn.close()
    listener.close()


def refused_mail():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=refusing, args=(listener,), daemon=True).start()
    code, got = tool("smtp_load", "-c", 1, "-n", 1,
                     listener.getsockname()[1])
    check("a refused message does not count", code != 0 and
          got["messages"] == 0 and got["failed"] > 0, (code, got))


try:
    changed_mail()
    refused_mail()
    whole_runs()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
done()
