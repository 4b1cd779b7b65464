#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The n-th call of queued, deliver-local, mailboxd, queue-inject or smtpd fails,
is cut short, or is a kill -9 before or after it; daemons that end are started
again, as by a supervisor, callers try again as they should.  Afterwards all
acknowledged mail is there once, nothing bounced, nothing stuck.

  faults.py [full] [SEED]      TORTURE_SECONDS=20 (full: 1800)
  faults.py SCENE FAULT        one, with its log: faults.py here queued:12:EIO
"""
import collections
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _record  # noqa: E402
import _run  # noqa: E402
from _trace import read_log  # noqa: E402
from home import check, done, skip  # noqa: E402

FULL = "full" in sys.argv
SECONDS = int(os.environ.get("TORTURE_SECONDS", "1800" if FULL else "20"))
PROGRAMS = ("queued", "deliver-local", "mailboxd", "queue-inject", "smtpd")
NEVER = 1 << 40
QUICK = ("here", "mixed", "smtp", "again")  # the scenes of the bounded run

DATA = ("EIO", "ENOSPC", "EDQUOT", "EINTR", "short", "kill", "late")
NAME = ("EIO", "ENOSPC", "EROFS", "kill", "late")
SYNC = ("EIO", "ENOSPC", "kill", "late")
SEND = ("EINTR", "ENOBUFS", "kill", "late")
RECEIVE = ("EINTR", "ENOMEM", "kill", "late")
TABLE = ("EMFILE", "ENFILE", "ENOMEM", "kill")
ACTIONS = {
    "write": DATA, "pwrite64": DATA, "writev": DATA,
    "open": ("EMFILE", "ENFILE", "ENOSPC", "EIO", "kill", "late"),
    "link": NAME, "rename": NAME, "mkdir": NAME, "unlink": ("EIO", "EROFS",
                                                            "kill", "late"),
    "fsync": SYNC, "fdatasync": SYNC, "syncfs": SYNC,
    "sendmsg": SEND, "sendto": SEND, "recvmsg": RECEIVE, "recvfrom": RECEIVE,
    "read": ("EIO", "EINTR", "short", "kill"),
    "pread64": ("EIO", "EINTR", "short", "kill"),
    "getdents64": ("EIO", "kill"),
    "memfd_create": TABLE, "socket": TABLE, "accept4": TABLE,
    "connect": ("ECONNREFUSED", "EAGAIN", "kill"),
    "epoll_ctl": ("ENOMEM", "ENOSPC"), "clone": ("EAGAIN", "ENOMEM"),
    "fstatfs": ("EIO",), "ftruncate": ("EIO", "ENOSPC"),
}
FOUND = {("queue-inject", "pread64"), ("queued", "sendmsg"),
         ("queued", "getdents64")}  # once went wrong: first of all
LASTING = ("EIO", "ENOSPC", "EDQUOT", "EMFILE", "EROFS")


def actions(call):
    for name in (call, call.rstrip("2"), call[:-2] if call.endswith("at")
                 else call):
        if name in ACTIONS:
            return ACTIONS[name]
    return ("kill",)


def calls_of(scene):
    """{program: [call]}, of an undisturbed run."""
    play = _record.play(scene, "*:%d:EIO" % NEVER)
    bad = play.judge()
    play.tracer.mark("end")
    out = {p: [] for p in PROGRAMS}
    for e in read_log(play.tracer.log):
        if e.kind == "C" and e.program in out:
            out[e.program].append(e.name)
    play.close()
    if bad:
        raise RuntimeError("%s, undisturbed: %s" % (scene, bad))
    return out


def attempt(job):
    """(what was hit, what is wrong)"""
    scene, fault = job
    try:
        play = _record.play(scene, fault)
    except RuntimeError as e:
        return "", ["does not start: %s" % e]
    try:
        bad = play.judge() + ["refused for good: " + r for r in play.refused]
        # each message that a client gave up on was sent anew, and taken
        if play.unsent:
            bad.append("never taken: %s" % play.unsent)
        if bad:
            bad.append(play.tracer.errors()[-4000:])
        return " ".join(play.tracer.hits[0]) if play.tracer.hits else "", bad
    finally:
        play.close()


def choose(rng):
    """All (scene, fault); every kind, which is an action on a call of a program,
    first once, then again, at random calls."""
    kinds = {}
    for scene in _record.SCENES if FULL else QUICK:
        for program, calls in calls_of(scene).items():
            for n, call in enumerate(calls, 1):
                for action in actions(call):
                    kind = kinds.setdefault((program, call, action), [])
                    kind.append((scene, "%s:%d:%s" % (program, n, action)))
                    if action in LASTING and FULL:
                        kind.append((scene, "%s:%d+6:%s" % (
                            program, n, action)))
    order = []
    for (program, call, _), kind in kinds.items():
        rng.shuffle(kind)
        first = (program, call) in FOUND
        order += [(i + rng.random() - first, fault)
                  for i, fault in enumerate(kind)]
    return len(kinds), [fault for _, fault in sorted(order)]


def show(job, result):
    if result and result[1]:
        print("# %s %s (%s)\n# %s" % (*job, result[0], "\n# ".join(
            "\n".join(result[1]).splitlines()[:60])), flush=True)


def main():
    words = [a for a in sys.argv[1:] if a != "full"]
    if len(words) == 2:
        print("\n".join(map(str, attempt(tuple(words)))))
        return
    seed = int(words[0]) if words else random.SystemRandom().randrange(1 << 30)
    began = time.monotonic()
    kinds, jobs = choose(random.Random(seed))
    results = [(j, r) for j, r in _run.spread(
        attempt, jobs, "faults", began + SECONDS, show) if r]
    hits, wrong = collections.Counter(), collections.Counter()
    for (scene, fault), (hit, bad) in results:
        action = fault.split(":")[2]
        hits[action] += bool(hit)
        wrong[action] += bool(bad)
    took, total = time.monotonic() - began, sum(hits.values())
    print("# %d of %d faults of %d kinds, %d hit, %.0f s, seed %d" % (
        len(results), len(jobs), kinds, total, took, seed))
    for action in sorted(hits):
        check("the n-th call: " + action, not wrong[action],
              "%d of %d" % (wrong[action], hits[action]))
        _run.record("the n-th call: `%s`" % action, hits[action],
                    wrong[action], took * hits[action] / max(1, total),
                    "torture/faults.py full", seed)
    check("faults were hit", total > len(results) / 3)
    done()


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("tracing", "needs root: nobody else may look into the daemons")
        sys.exit(0)
    if os.uname().machine not in ("x86_64", "aarch64"):
        skip("faults", "the tracer does not know this machine")
        sys.exit(0)
    main()
