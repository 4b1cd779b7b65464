#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A sync of queued, deliver-local, queue-inject, smtpd or mailboxd fails once, and
what it was to write is lost, though all syncs after it say that all is well; or
the program is killed before it.  What was begun is tried again; then the power
goes, at any point: acknowledged mail is there once.

  lost.py [full] [SEED]        TORTURE_SECONDS=12 (full: none)
  lost.py SCENE FAULT          one: lost.py here deliver-local:70:lost
"""
import collections
import multiprocessing.util
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _record  # noqa: E402
import _replay  # noqa: E402
import _run  # noqa: E402
from _trace import read_log  # noqa: E402
from faults import NEVER  # noqa: E402
from home import check, done  # noqa: E402

FULL = "full" in sys.argv
SECONDS = float(os.environ.get("TORTURE_SECONDS", "inf" if FULL else "12"))
QUICK = ("here", "ways", "again")
SYNCS = ("fsync", "fdatasync", "syncfs")
DISKS = 60 if FULL else 8  # of each recording
SHOW = 5
world = None  # of this process


def recorded(scene, fault):
    """(play, events, the number of the one that failed or None, what is wrong)"""
    program, n, _ = fault.split(":")
    play = _record.play(scene, fault)
    bad = play.judge() + ["refused for good: " + r for r in play.refused]
    if bad:
        bad.append(play.tracer.errors()[-4000:])
    play.tracer.mark("end")
    events = read_log(play.tracer.log)
    play.close()
    calls = [i for i, e in enumerate(events)
             if e.kind == "C" and e.program == program]
    at = calls[int(n) - 1] if 0 < int(n) <= len(calls) else None
    return play, events, at if play.tracer.hits else None, bad


def attempt(job):
    """(disks tried, [what is wrong])"""
    global world
    scene, fault, seed = job
    rng = random.Random(seed)
    play, events, at, bad = recorded(scene, fault)
    if at is None:
        return 0, bad
    states = list(_replay.cuts(play, events, seed, 0, at, 2))
    last, tried = states[-2:], 0
    chosen = last + rng.sample(states[:-2], min(len(states) - len(last),
                                                DISKS))
    if not world:
        world = _replay.World()
        # a process of the pool runs nothing of atexit
        multiprocessing.util.Finalize(None, world.close, exitpriority=1)
    for state, key, label in chosen:
        way = rng.choice(_replay.WAYS)
        wrong = world.run(state, key, play.messages, way)
        tried += 1
        if wrong:
            bad.append("%s, mailboxes %s" % (label, way))
            bad += wrong
    return tried, bad


def show(job, result):
    if result and result[1]:
        print("# %s %s, seed %d\n# %s" % (*job, "\n# ".join(
            "\n".join(result[1]).splitlines()[:60])), flush=True)


def syncs_of(scene):
    """[(program, number, is it of data?)], of an undisturbed run, starts apart."""
    play, events, _, bad = recorded(scene, "*:%d:lost" % NEVER)
    if bad:
        raise RuntimeError("%s, undisturbed: %s" % (scene, bad))
    count, wrote, going, out = collections.Counter(), set(), False, []
    for e, then in zip(events, events[1:]):
        going = going or (e.kind == "X" and e.name == "go")
        if e.kind == "W":
            wrote.add(e.a)
        elif e.kind == "C":
            count[e.program] += 1
            if e.name in SYNCS and going:
                out.append((e.program, count[e.program], then.kind == "F"
                            or then.kind == "S" and then.a in wrote))
    return out


def choose(rng):
    """Those that would lose data come first."""
    jobs = []
    for scene in _record.SCENES if FULL else QUICK:
        for program, n, data in syncs_of(scene):
            jobs += [(not data, action, rng.random(), (
                scene, "%s:%d:%s" % (program, n, action),
                rng.randrange(1 << 30))) for action in ("lost", "kill")]
    lost = [j for j in jobs if j[1] == "lost"]
    kill = [j for j in jobs if j[1] == "kill"]
    for some in lost, kill:
        some.sort(key=lambda j: (j[0], j[2]))
    return [j[3] for pair in zip(lost, kill) for j in pair]


def main():
    words = [a for a in sys.argv[1:] if a != "full"]
    if len(words) == 2:
        show((*words, 0), attempt((*words, 0)))
        return
    seed = int(words[0]) if words else random.SystemRandom().randrange(1 << 30)
    began = time.monotonic()
    jobs = choose(random.Random(seed))
    results = [(j, r) for j, r in _run.spread(
        attempt, jobs, "syncs" if FULL else "", began + SECONDS, show) if r]
    took = time.monotonic() - began
    print("# %d of %d syncs, %d disks, %.0f s, seed %d" % (
        len(results), len(jobs), sum(r[0] for _, r in results), took, seed))
    for action, words in (
            ("lost", "a sync fails, its data is lost, then a power cut"),
            ("kill", "`kill -9` before a sync, then a power cut")):
        of = [r for j, r in results if j[1].endswith(action)]
        bad = sum(bool(r[1]) for r in of)
        check(words, of and not bad, "%d of %d" % (bad, len(of)))
        _run.record(words, sum(r[0] for r in of), bad, took * len(of)
                    / max(1, len(results)), "torture/lost.py full", seed)
    check("disks were tried", sum(r[0] for _, r in results) > len(results))
    done()


if __name__ == "__main__":
    _run.traced("lost", main)
