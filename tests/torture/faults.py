#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The n-th call of queued, deliver-local, mailboxd, queue-inject or smtpd fails,
is cut short, or is a kill -9 before or after it; daemons that end are started
again, as by a supervisor, callers try again as they should.  Afterwards all
acknowledged mail is there once, nothing bounced, nothing stuck.

  faults.py [SEED]             some of them, for TORTURE_SECONDS=20
  faults.py full               each call of all scenes, in each way that fits.
                               What is done stands in build/torture.faults: called
                               again, for the same programs, it goes on there.
                               TORTURE_SECONDS=600: that long at once
  faults.py SCENE FAULT        one, with its log: faults.py here queued:12:EIO
"""
import collections
import hashlib
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _record  # noqa: E402
import _run  # noqa: E402
from _trace import read_log  # noqa: E402
from home import PROGRAMS as HOMES, ROOT, check, done  # noqa: E402

FULL = "full" in sys.argv
SECONDS = float(os.environ.get("TORTURE_SECONDS", "inf" if FULL else "20"))
STATE = os.path.join(ROOT, "build/torture.faults")
AT_ONCE = _run.JOBS * 3  # most of a try is waiting for the next one
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
LONG_STEP = 3  # calls from one that fails for six on end to the next
LASTING = ("EIO", "ENOSPC", "EDQUOT", "EMFILE", "EROFS")


def actions(call):
    for name in (call, call.rstrip("2"), call[:-2] if call.endswith("at")
                 else call):
        if name in ACTIONS:
            return ACTIONS[name]
    return ("kill",)


def calls_of(scene):
    """{program: [(number, call, is it of its start?)]}, of an undisturbed run."""
    play = _record.play(scene, "*:%d:EIO" % NEVER)
    bad = play.judge()
    play.tracer.mark("end")
    out, start = {p: [] for p in PROGRAMS}, True
    for e in read_log(play.tracer.log):
        start = start and not (e.kind == "X" and e.name == "go")
        if e.kind == "C" and e.program in out:
            calls = out[e.program]
            calls.append((len(calls) + 1, e.name, start))
    play.close()
    if bad:
        raise RuntimeError("%s, undisturbed: %s" % (scene, bad))
    return out


def attempt(job):
    """(what was hit, what is wrong, seconds)"""
    scene, fault = job
    began = time.monotonic()
    try:
        play = _record.play(scene, fault)
    except RuntimeError as e:
        return "", ["does not start: %s" % e], time.monotonic() - began
    try:
        bad = play.judge() + ["refused for good: " + r for r in play.refused]
        # each message that a client gave up on was sent anew, and taken
        if play.unsent:
            bad.append("never taken: %s" % play.unsent)
        if bad:
            bad.append(play.tracer.errors()[-4000:])
        hit = " ".join(play.tracer.hits[0]) if play.tracer.hits else ""
        return hit, bad, time.monotonic() - began
    finally:
        play.close()


def every(scenes):
    """{(program, call, action): [(scene, fault)]}.  A daemon starts the same way
    in each scene: that is gone through once."""
    kinds, started = {}, set()
    for scene in scenes:
        for program, calls in calls_of(scene).items():
            for n, call, start in calls:
                if start and program in started:
                    continue
                for action in actions(call):
                    kind = kinds.setdefault((program, call, action), [])
                    kind.append((scene, "%s:%d:%s" % (program, n, action)))
                    if action in LASTING and FULL and not n % LONG_STEP:
                        kind.append((scene, "%s:%d+6:%s" % (
                            program, n, action)))
            if any(start for _, _, start in calls):
                started.add(program)
    return kinds


def choose(kinds, rng):
    """All of them, each kind once first."""
    order = []
    for (program, call, _), kind in kinds.items():
        rng.shuffle(kind)
        first = (program, call) in FOUND
        order += [(i + rng.random() - first, fault)
                  for i, fault in enumerate(kind)]
    return [fault for _, fault in sorted(order)]


def programs_digest():
    """Of what is tried: programs and scenes."""
    h = hashlib.blake2b(digest_size=16)
    for path in [os.path.join(ROOT, HOMES[p]["folder"], p)
                 for p in PROGRAMS] + [_record.__file__, __file__]:
        with open(path, "rb") as f:
            h.update(f.read())
    return h.hexdigest()


class State:
    """The whole list and what came of it so far, in a file."""

    def __init__(self):
        self.done, digest = {}, programs_digest()
        try:
            with open(STATE) as f:
                head = json.loads(f.readline())
                if head["programs"] == digest:
                    self.all = [tuple(j) for j in head["all"]]
                    for line in f:
                        if line.endswith("\n"):
                            n, *result = json.loads(line)
                            self.done[self.all[n]] = result
                    self.file = open(STATE, "a")
                    return
            print("# other programs than last time: from the beginning")
        except OSError:
            pass
        self.all = choose(every(_record.SCENES), random.SystemRandom())
        self.file = open(STATE, "w")
        self.file.write(json.dumps({"programs": digest, "all": self.all})
                        + "\n")
        self.file.flush()

    def todo(self):
        """What went wrong last time comes first, again."""
        wrong = [j for j, r in self.done.items() if r[1]]
        return wrong + [j for j in self.all if j not in self.done]

    def tell(self, job, result):
        show(job, result)
        if result:
            self.done[job] = result
            self.file.write(json.dumps([self.all.index(job), *result]) + "\n")
            self.file.flush()


def show(job, result):
    if result and result[1]:
        print("# %s %s (%s)\n# %s" % (*job, result[0], "\n# ".join(
            "\n".join(result[1]).splitlines()[:60])), flush=True)


def report(results, total, words):
    """results: {job: (hit, bad, seconds)}."""
    hits, wrong, took = (collections.Counter() for _ in range(3))
    for (_, fault), (hit, bad, seconds) in results.items():
        action = fault.split(":")[2]
        hits[action] += bool(hit)
        wrong[action] += bool(bad)
        took[action] += seconds
    print("# %d of %d faults, %d hit" % (len(results), total,
                                         sum(hits.values())))
    for action in sorted(hits):
        check("the n-th call: " + action, not wrong[action],
              "%d of %d" % (wrong[action], hits[action]))
        _run.record("the n-th call: `%s`" % action, hits[action],
                    wrong[action], took[action], "torture/faults.py", *words)
    check("faults were hit", sum(hits.values()) > len(results) / 3)


def full(until):
    state = State()
    todo = state.todo()
    print("# %d of %d faults are to do; state in %s" % (
        len(todo), len(state.all), os.path.relpath(STATE, ROOT)), flush=True)
    _run.spread(attempt, todo, "faults", until, state.tell, AT_ONCE)
    report(state.done, len(state.all), ["full"])
    if len(state.done) < len(state.all):
        print("# not all yet: call it again")


def main():
    words = [a for a in sys.argv[1:] if a != "full"]
    if len(words) == 2:
        print("\n".join(map(str, attempt(tuple(words)))))
        return
    until = time.monotonic() + SECONDS
    if FULL:
        full(until)
    else:
        seed = int(words[0]) if words else random.SystemRandom().randrange(
            1 << 30)
        print("# seed %d" % seed)
        jobs = choose(every(QUICK), random.Random(seed))
        results = {j: r for j, r in _run.spread(
            attempt, jobs, "", until, show, AT_ONCE) if r}
        report(results, len(jobs), [seed])
    done()


if __name__ == "__main__":
    _run.traced("faults", main)
