# SPDX-License-Identifier: ISC
"""The tracer (trace.c) and its log."""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading

from _scene import HERE


class Tracer:
    """Runs programs of a home under trace; log and stderr in a scratch folder.

    fault: PROGRAM:N[+COUNT]:ACTION."""

    def __init__(self, home, fault=None):
        self.home = home
        self.dir = tempfile.mkdtemp(prefix="postern-trace-")
        self.log = os.path.join(self.dir, "log")
        self.lock, self.told = threading.Lock(), threading.Condition()
        self.exits, self.hits, self.oks, self.ended = {}, [], 0, False
        self.proc = subprocess.Popen(
            [os.path.join(HERE, "trace"), home.dir, self.log]
            + ([fault] if fault else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=dict(os.environ, POSTERN_HOME=home.dir))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.proc.stdout:
            words = line.decode().split()
            with self.told:
                if words[0] == "exit":
                    self.exits.setdefault(words[1], []).append(int(words[2]))
                elif words[0] == "hit":
                    self.hits.append(words[1:])
                else:
                    self.oks += 1
                self.told.notify_all()
        with self.told:
            self.ended = True
            self.told.notify_all()

    def _say(self, line):
        try:
            self.proc.stdin.write(line.encode() + b"\n")
            self.proc.stdin.flush()
        except OSError:
            raise RuntimeError("the tracer ended: " + self.errors()[-2000:])

    def mark(self, text):
        with self.lock, self.told:
            want = self.oks + 1
            self._say("mark " + text)
            self.told.wait_for(lambda: self.oks >= want or self.ended, 30)

    def start(self, tag, program, *args, stdin="/dev/null",
              stdout="/dev/null"):
        with self.lock:
            self._say(" ".join(["start", tag, stdin, stdout,
                                self.home.binary(program), *args]))

    def daemon(self, program, *args):
        self.start("+" + program, program, "-C", self.home.dir, *args)

    def kill(self, program):
        """One that runs under it."""
        with open("/proc/%d/task/%d/children" % (self.proc.pid,
                                                 self.proc.pid)) as f:
            pids = map(int, f.read().split())
        for pid in pids:
            # a fault may have been first
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open("/proc/%d/comm" % pid) as name:
                    if name.read().strip() == program:
                        os.kill(pid, signal.SIGKILL)

    def wait_exit(self, tag, timeout=30):
        """Its exit code, None: not ended."""
        with self.told:
            self.told.wait_for(lambda: tag in self.exits or self.ended,
                               timeout)
            return self.exits.get(tag, [None])[0]

    def errors(self):
        try:
            with open(self.log + ".err", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def quit(self):
        try:
            self._say("quit")
        except RuntimeError:
            pass
        try:
            self.proc.wait(20)
        except subprocess.TimeoutExpired:
            self.proc.kill()
        self.proc.stdin.close()

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class Event:
    __slots__ = ("kind", "program", "a", "b", "c", "name", "data")

    def __init__(self, kind, program="", a=0, b=0, c=0, name="", data=b""):
        self.kind, self.program, self.name = kind, program, name
        self.a, self.b, self.c, self.data = a, b, c, data

    def __repr__(self):
        return "%s %s %d %d %d %s %r" % (
            self.kind, self.program, self.a, self.b, self.c, self.name,
            bytes(self.data[:60]))


def read_log(path):
    """[Event], see trace.h."""
    out = []
    with open(path, "rb") as f:
        while True:
            line = f.readline()
            if not line.endswith(b"\n"):
                return out
            kind, _, rest = line[:-1].decode(errors="replace").partition(" ")
            if kind == "X":
                out.append(Event("X", name=rest))
                continue
            words = rest.split(" ")
            program = words[1]
            if kind == "W":
                data = f.read(int(words[4]))
                f.read(1)
                out.append(Event("W", program, int(words[2]), int(words[3]),
                                 data=data))
            elif kind == "P":
                data = f.read(int(words[2]))
                f.read(1)
                out.append(Event("P", program, data=data))
            elif kind in "LMU":
                out.append(Event(kind, program, int(words[2]), int(words[3]),
                                 name=" ".join(words[4:])))
            elif kind == "R":
                out.append(Event("R", program, int(words[2]), int(words[3]),
                                 int(words[4]), " ".join(words[5:])))
            elif kind == "T":
                out.append(Event("T", program, int(words[2]), int(words[3])))
            elif kind in "SFE":
                out.append(Event(kind, program,
                                 int(words[2]) if kind != "F" else 0))
            elif kind == "C":
                out.append(Event("C", program, name=words[2]))
