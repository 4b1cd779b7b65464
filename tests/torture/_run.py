# SPDX-License-Identifier: ISC
"""Work for some processes, counted; what the torture tests print."""
import concurrent.futures
import json
import os
import sys
import time

from home import own_accounts, skip

JOBS = int(os.environ.get("TORTURE_JOBS", "2"))


SHOW_SECONDS = 60  # between lines of progress


def spread(function, jobs, progress="", until=None, tell=None, at_once=JOBS):
    """[(job, result)] of function(job) in at_once processes; until: monotonic
    time at which no further one is begun (their result is None); tell(job,
    result) hears of each at once."""
    began, out = time.monotonic(), []
    shown = began if progress else float("inf")
    with concurrent.futures.ProcessPoolExecutor(
            at_once, initializer=own_accounts) as pool:
        todo = {pool.submit(_one, function, job, until): job for job in jobs}
        for n, future in enumerate(concurrent.futures.as_completed(todo), 1):
            if future.exception():
                pool.shutdown(cancel_futures=True)
            out.append((todo[future], future.result()))
            if tell:
                tell(*out[-1])
            if time.monotonic() - shown > SHOW_SECONDS:
                shown = time.monotonic()
                took = shown - began
                print("%s: %d of %d in %.0f s, some %.0f s left" % (
                    progress, n, len(jobs), took,
                    took / n * (len(jobs) - n)), file=sys.stderr, flush=True)
    return out


def _one(function, job, until):
    if until and time.monotonic() > until:
        return None
    return function(job)


def traced(name, main):
    """Runs main where the tracer can work."""
    if os.geteuid() != 0:
        skip("tracing", "needs root: nobody else may look into the daemons")
    elif os.uname().machine not in ("x86_64", "aarch64"):
        skip(name, "the tracer does not know this machine")
    else:
        main()


def record(row, tried, bad, seconds, script, *words):
    """A row for doc/FAULTS.md where TORTURE_TABLE names a file; what the script
    is called with to do the same."""
    path = os.environ.get("TORTURE_TABLE")
    if path:
        with open(path, "a") as f:
            f.write(json.dumps([row, tried, bad, round(seconds), " ".join(
                [script, *map(str, words)])]) + "\n")
