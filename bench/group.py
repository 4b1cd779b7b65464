# SPDX-License-Identifier: ISC
"""A server and all processes that come of it: their CPU, memory, system calls.

As root with a cgroup v2 file system: a cgroup, so that no process is missed, be
it a daemon that went its own way or a child that nobody waited for.  Otherwise
the tree of processes below the first, by /proc, with what they waited for.
"""
import json
import os
import signal
import subprocess
import time

TRACING = "/sys/kernel/tracing"
TICK = os.sysconf("SC_CLK_TCK")


def mounted(kind):
    with open("/proc/mounts", encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if words[2] == kind:
                return words[1]
    return None


def stat(pid):
    """(name, seconds of CPU with its waited-for children) or None."""
    try:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as f:
            name, fields = f.read().split("(", 1)[1].rsplit(")", 1)
    except OSError:
        return None
    return name, sum(map(int, fields.split()[11:15])) / TICK


def is_zombie(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as f:
            return f.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def below(pid):
    pids = [pid]
    for p in pids:
        try:
            for task in os.listdir("/proc/%d/task" % p):
                with open("/proc/%d/task/%s/children" % (p, task)) as f:
                    pids += map(int, f.read().split())
        except OSError:
            pass
    return pids


class Group:
    made = 0

    def __init__(self):
        top = mounted("cgroup2") if os.geteuid() == 0 else None
        self.path, self.first = None, None
        if top:
            Group.made += 1
            path = "%s/postern-bench-%d-%d" % (top, os.getpid(), Group.made)
            try:
                os.mkdir(path)
                self.path = path
            except OSError:
                pass

    def enter(self):
        """For preexec_fn: this process and all that come of it."""
        if self.path:
            with open(self.path + "/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))

    def pids(self):
        if self.path:
            with open(self.path + "/cgroup.procs") as f:
                return [int(p) for p in f.read().split()]
        return below(self.first) if self.first else []

    def cpu(self):
        """Seconds used so far, by the living and the dead."""
        if self.path:
            with open(self.path + "/cpu.stat") as f:
                return int(f.read().split()[1]) / 1e6
        return sum(s[1] for s in map(stat, self.pids()) if s)

    def by_name(self):
        """{program: seconds}, of the living and whom they waited for."""
        used = {}
        for s in map(stat, self.pids()):
            if s:
                used[s[0]] = used.get(s[0], 0) + s[1]
        return used

    def idle(self, seconds=10):
        """Waits until nothing goes on any more."""
        end = time.monotonic() + seconds
        quiet, last = 0, self.cpu()
        while quiet < 4 and time.monotonic() < end:
            time.sleep(0.1)
            now = self.cpu()
            quiet = quiet + 1 if now - last < 0.002 else 0
            last = now

    def pss(self):
        """{program: KiB of all its processes}"""
        found = {}
        for pid in self.pids():
            try:
                with open("/proc/%d/smaps_rollup" % pid) as f:
                    kib = [int(x.split()[1]) for x in f
                           if x.startswith("Pss:")]
                name = stat(pid)[0]
            except (OSError, TypeError):
                continue
            found[name] = found.get(name, 0) + sum(kib)
        return found

    def end(self):
        """Ends what is left, each by its number."""
        for sig, wait in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            end = time.monotonic() + wait
            for pid in self.pids():
                try:
                    os.kill(pid, sig)
                except ProcessLookupError:
                    pass
            while self.alive() and time.monotonic() < end:
                time.sleep(0.02)

    def alive(self):
        """Those that run still: not a child of ours that ended."""
        return [p for p in self.pids() if not is_zombie(p)]

    def close(self):
        self.end()
        for _ in range(50 if self.path else 0):
            try:
                os.rmdir(self.path)
                break
            except OSError:
                time.sleep(0.1)
        self.path = self.first = None


class Calls:
    """Counts system calls of a group; as root with a cgroup only."""
    tracefs, mounted = None, False

    def __init__(self, program, group):
        self.proc = None
        if not group.path:
            return
        if not Calls.tracefs:
            Calls.tracefs = mounted("tracefs") or self.mount()
        self.proc = subprocess.Popen(
            [program, group.path, Calls.tracefs], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        if self.proc.stdout.readline() != "ready\n":
            self.proc.wait()
            self.proc = None

    @staticmethod
    def mount():
        subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING],
                       check=False)
        Calls.mounted = True
        return TRACING

    @staticmethod
    def unmount():
        """If nobody had it mounted before."""
        if Calls.mounted:
            subprocess.run(["umount", TRACING], check=False)

    def end(self):
        if not self.proc:
            return None
        out = self.proc.communicate()[0]
        return json.loads(out) if self.proc.returncode == 0 else None
