#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A whole instance under load, while its processes are killed at random, stopped
for a while, and their sockets removed.  Afterwards, without a hand: no
acknowledged mail is lost, none here is doubled, none is stuck, and all ports
serve.

  supervision.py [full] [SEED]     TORTURE_SECONDS=20 (full: 300)
"""
import collections
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _house  # noqa: E402
import _run  # noqa: E402
from home import PROGRAMS, check, done  # noqa: E402

FULL = "full" in sys.argv
SECONDS = int(os.environ.get("TORTURE_SECONDS", "300" if FULL else "18"))
STOPPED_SECONDS = (0.1, 3)
LONG = 10  # times as long is one stop in ten of the full run
SILENT_SECONDS = 125  # longer than queued waits for deliver-local
DAEMONS = sorted(n for n, row in PROGRAMS.items() if row["account"] != "caller")
LOGGER = "s6-log"


class Chaos:
    def __init__(self, inst, rng):
        self.inst, self.rng, self.did = inst, rng, collections.Counter()
        self.sleeping = {}  # pid: when it goes on

    def processes(self, program):
        """(main ones, others)"""
        pids = _house.processes(self.inst)
        mine = [p for p, comm in pids.items() if comm == program]
        main = [p for p in mine if pids.get(_house.parent_of(p)) == "s6-supervise"]
        return main, [p for p in mine if p not in main]

    def send(self, pid, sig):
        try:
            os.kill(pid, sig)
            return True
        except ProcessLookupError:
            return False

    def kill(self, program):
        main, others = self.processes(program)
        pids = others if others and self.rng.random() < 0.5 else main
        if pids and self.send(self.rng.choice(pids), signal.SIGKILL):
            self.did["kill -9", program] += 1

    def pause(self, program):
        main, others = self.processes(program)
        pids = main + others
        if self.rng.random() < 0.5:
            pids = pids[:1]
        seconds = self.rng.uniform(*STOPPED_SECONDS)
        if FULL and self.rng.random() < 0.1:
            seconds *= LONG
        until = time.monotonic() + seconds
        stopped = [p for p in pids if self.send(p, signal.SIGSTOP)]
        self.sleeping.update({p: until for p in stopped})
        if stopped:
            self.did["SIGSTOP for a while", program] += 1

    def unbind(self, program):
        paths = PROGRAMS[program]["serve"] if program in PROGRAMS else ()
        if paths:
            try:
                os.unlink(self.inst.path(self.rng.choice(paths)))
                self.did["socket removed", program] += 1
            except FileNotFoundError:
                pass

    def wake(self, everybody=False):
        for pid, until in list(self.sleeping.items()):
            if everybody or time.monotonic() > until:
                self.send(pid, signal.SIGCONT)
                del self.sleeping[pid]

    def silence(self, program, seconds):
        main, others = self.processes(program)
        stopped = [p for p in main + others if self.send(p, signal.SIGSTOP)]
        time.sleep(seconds)
        for pid in stopped:
            self.send(pid, signal.SIGCONT)
        self.did["SIGSTOP for %d s" % seconds, program] += 1

    def run(self, seconds):
        end, programs = time.monotonic() + seconds, []
        try:
            while time.monotonic() < end:
                if not programs:  # each in turn, in another order
                    programs = DAEMONS + [LOGGER]
                    self.rng.shuffle(programs)
                self.rng.choice((self.kill, self.kill, self.pause,
                                 self.unbind))(programs.pop())
                time.sleep(self.rng.uniform(0.05, 0.7))
                self.wake()
        finally:
            self.wake(True)


def main():
    seeds = [int(a) for a in sys.argv[1:] if a.isdigit()]
    seed = seeds[0] if seeds else random.SystemRandom().randrange(1 << 30)
    print("# seed %d" % seed)
    inst, passwords, sink, _ = _house.world()
    chaos = Chaos(inst, random.Random(seed))
    load = _house.begin(inst, passwords)
    began = time.monotonic()
    chaos.run(SECONDS)
    if FULL:
        chaos.silence("deliver-local", SILENT_SECONDS)
    bad = _house.end(inst, load, sink)
    check("a load it was", len(load.acked) > SECONDS and
          load.tries["POP3 sessions"] > SECONDS / 10, dict(load.tries))
    took = time.monotonic() - began
    kinds = collections.defaultdict(dict)
    for (what, program), n in sorted(chaos.did.items()):
        kinds[what][program] = n
    for what, programs in kinds.items():
        _run.record("%s, under load: %s" % (what, ", ".join(
            "%s %d" % kv for kv in programs.items())), sum(programs.values()),
            len(bad), took / len(kinds), "torture/supervision.py full", seed)
        print("# %s: %s" % (what, programs))
    done()


if __name__ == "__main__":
    main()
