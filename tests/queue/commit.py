#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued: commits that come together share their syncs; order of a batch."""
import os
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, FakeRemote, empty, files, queue_home
from home import Fake, check, done, msg, skip, wait_for

N = 200
home = queue_home()
local, remote = FakeLocal(home), FakeRemote(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
remote.answer = lambda domain, rcpt: ("T", "4.2.0", "later")
remote.slow = 600
daemon = home.start("queued")
can_trace = shutil.which("strace") and os.geteuid() == 0


def traced(args, work):
    """strace's output while work runs."""
    out = home.path("trace")
    tracer = subprocess.Popen(["strace", "-f", "-p", str(daemon.pid), "-o", out]
                              + args, stderr=subprocess.PIPE)
    tracer.stderr.readline()  # attached
    work()
    tracer.terminate()
    tracer.wait()
    with open(out) as f:
        return f.read()


def together():
    got, gate = [], threading.Barrier(N)

    def one(i):
        c = Caller(home)
        gate.wait()
        got.append(c.submit("s@far.example", ["x%d@far.example" % i],
                            grant="g")[0])
        c.close()

    threads = [threading.Thread(target=one, args=(i,)) for i in range(N)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("%d together: all taken" % N, got == ["Y"] * N, set(got))


if can_trace:
    text = traced(["-c"], together)
    calls = {m[1]: int(m[0]) for m in re.findall(
        r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", text, re.M)}
    syncs = sum(calls.get(c, 0) for c in ("fsync", "fdatasync", "syncfs"))
    print("# %d messages: %d syncs, %d linkat" % (N, syncs,
                                                  calls.get("linkat", 0)))
    check("group commit: fewer syncs than messages", 0 < syncs < N * 0.75,
          calls)
    check("a link each", calls.get("linkat") == N, calls)
else:
    together()
    skip("group commit", "counting calls needs root and strace")
check("all there", len(files(home)) == N, len(files(home)))

# one message: its data, then its name, then the folder, then the answer
home.run("queuectl", "drop", "--all")
check("dropped", empty(home))
if can_trace:
    c = Caller(home)
    text = traced(["-e", "trace=openat,pwrite64,fdatasync,fsync,syncfs,linkat,"
                   "sendmsg,unlinkat"],
                  lambda: c.submit("s@far.example", ["y@other.example"],
                                   grant="g"))
    names = re.findall(r"^\d+\s+(\w+)\(", text, re.M)
    order = [n for n in names if n != "openat"]
    want = ["pwrite64", "fdatasync", "linkat", "fsync", "sendmsg"]
    at, rest = 0, list(order)
    for n in want:
        rest = rest[rest.index(n) + 1:] if n in rest else None
        if rest is None:
            break
    check("the order of a commit", rest is not None, order)
    check("without a name first", "O_TMPFILE" in text, text[:500])
else:
    skip("the order of a commit", "needs root and strace")
done()
