#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Power cuts: the calls of queued, deliver-local, mailboxd and queue-inject are
recorded (trace.c); then the real daemons start on every disk that a cut at any
point may leave (_disk.py), and the promise is checked: acknowledged mail is in
each mailbox once, also when it was fetched, deleted or moved before queued is
back, and elsewhere at least once; no torn file; nothing stuck.

  crash.py [full] [SEED]      TORTURE_SCENES="here ways": only those
"""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _record  # noqa: E402
import _replay  # noqa: E402
import _run  # noqa: E402
from _trace import read_log  # noqa: E402
from home import check, done  # noqa: E402

FULL = "full" in sys.argv
SECONDS = 16  # of the bounded run, all scenes together
RANDOM = 60 if FULL else 6  # subsets at each point
SHOW = 5
NAMED = "*:1+999999999:named"
SCENES = list(_record.SCENES) + [
    name + ", without O_TMPFILE"
    for name in (("here", "mixed", "smtp") if FULL else ("here",))]


def log_of(name):
    """A scene as it went: (play, events)."""
    scene, _, where = name.partition(", ")
    play = _record.play(scene, NAMED if where else None)
    bad = play.judge()
    for what, token, box, bounce in play.fetched:
        if what == "maybe":
            bad.append("a session broke: %s of %s" % (token, box))
    play.tracer.mark("end")
    events = read_log(play.tracer.log)
    play.close()
    check("%s, undisturbed" % name, not bad and play.acked
          == set(play.messages), bad)
    return play, events


class Part:
    """A share of the states of a scene, for one process."""

    def __init__(self, name, messages, states, until):
        self.name, self.messages = name, messages
        self.states, self.until = states, until


def run_part(part):
    """(tried, [(label, way, what is wrong)])"""
    world, tried, bad = _replay.World(), 0, []
    try:
        for state, key, label, ways in part.states:
            for way in ways:
                if tried and part.until and time.monotonic() > part.until:
                    return tried, bad
                wrong = world.run(state, key, part.messages, way)
                tried += 1
                if wrong:
                    bad.append((label, way, wrong))
    finally:
        world.close()
    return tried, bad


def torture(name, seed, seconds):
    play, events = log_of(name)
    rng = random.Random(seed)
    states = []
    for state, key, label in _replay.cuts(play, events, seed, RANDOM):
        ways = _replay.WAYS if FULL else (rng.choice(_replay.WAYS),)
        states.append((state, key, label, ways))
    if not FULL:
        rng.shuffle(states)
    began = time.monotonic()
    until = None if FULL else began + seconds
    step = 200 if FULL else max(1, -(-len(states) // _run.JOBS))
    parts = [Part(name, play.messages, states[i:i + step], until)
             for i in range(0, len(states), step)]
    tried, bad = 0, []
    for _, (n, wrong) in _run.spread(run_part, parts, name):
        tried += n
        bad += wrong
    took = time.monotonic() - began
    print("# %s: %d events, %d disks, %d starts on them, %.0f s, seed %d" % (
        name, len(events), len(states), tried, took, seed))
    for label, way, wrong in bad[:SHOW]:
        print("# %s, mailboxes %s:\n# %s" % (
            label, way, "\n# ".join("\n".join(wrong).splitlines())))
    check("%s: whatever a power cut leaves" % name, not bad and tried,
          "%d of %d" % (len(bad), tried))
    _run.record("power cut in scene `%s`" % name, tried, len(bad), took,
                "torture/crash.py full", seed)


def main():
    seeds = [int(a) for a in sys.argv[1:] if a.isdigit()]
    seed = seeds[0] if seeds else random.SystemRandom().randrange(1 << 30)
    wanted = os.environ.get("TORTURE_SCENES", "").split()
    names = [s for s in SCENES if not wanted or s.split(",")[0] in wanted]
    for name in names:
        torture(name, seed, SECONDS / len(names))
    done()


if __name__ == "__main__":
    _run.traced("crash", main)
