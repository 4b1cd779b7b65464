# SPDX-License-Identifier: ISC
"""What relayd and authd take to answer, as smtpd, authd, queued and pop3d ask
them: one question at a time over one connection, windows open meanwhile.  Then
logins of different customers, whose passwords are hashed."""
import contextlib
import json
import os
import subprocess
import sys
import threading
import time

from server import ROOT, Unable

sys.path.insert(0, os.path.join(ROOT, "tests/authd"))
from _accounts import argon2id, record, users  # noqa: E402
from home import UIDS, Home, msg, parse, recv, send  # noqa: E402

HASHED = 200


def pss(home, program):
    """KiB; only root sees that of processes that are not dumpable."""
    if not home.root:
        return 0
    with open("/proc/%d/smaps_rollup" % home.procs[program].pid) as f:
        return [int(x.split()[1]) for x in f if x.startswith("Pss:")][0]


def cpu(home, program):
    """Seconds, of all threads."""
    total, task = 0, "/proc/%d/task" % home.procs[program].pid
    for thread in os.listdir(task):
        with open("%s/%s/schedstat" % (task, thread)) as f:
            total += int(f.read().split()[0])
    return total / 1e9


def ask(home, account, what, n, windows, *args):
    """What bench/questions prints, and the CPU of the server each, in us."""
    def become():
        if home.root:
            os.setgid(UIDS[account])
            os.setuid(UIDS[account])
    server = "authd" if what == "login" else "relayd"
    before = cpu(home, server)
    r = subprocess.run(
        [os.path.join(ROOT, "bench/questions"), what, str(n), str(windows),
         *args], cwd=home.dir, preexec_fn=become, capture_output=True,
        text=True)
    if r.returncode:
        raise Unable("questions %s: %s" % (what, r.stderr))
    got = json.loads(r.stdout)
    got["cpu_us"] = (cpu(home, server) - before) / n * 1e6
    return got


@contextlib.contextmanager
def others_at_work():
    """Processes of the lowest priority, and one processor left.  Where all
    sleep, a virtual machine takes tens of us to wake one, whoever asks whom."""
    procs = [subprocess.Popen(
        [sys.executable, "-c", "import os\nos.nice(19)\nwhile True: pass"])
        for _ in range(max(1, os.cpu_count() - 1))]
    try:
        time.sleep(0.2)  # Python has started
        yield
    finally:
        for p in procs:
            p.kill()
            p.wait()


class Questions:
    """relayd and authd alone: what can be started for this."""
    name, does = "postern", ("questions",)

    def __init__(self, scratch):
        pass

    def close(self):
        pass


class Asked:
    """A home with relayd and authd, and windows open."""

    def __init__(self, windows):
        self.windows, self.home = windows, Home()
        home = self.home
        home.write("cdb/auth/users.cdb", users(dict(
            {"u%d" % i: [record("u%d" % i, argon2id("pw%d" % i))]
             for i in range(HASHED)},
            ann=[record("ann", argon2id("secret"))])))
        home.start("relayd")
        home.start("authd")
        before = pss(home, "relayd")
        with home.connect("run/relayd/open", "p-auth") as s:
            for i in range(windows):
                send(s, msg("O", 1, "10.%d.%d.%d" % (
                    i >> 16, i >> 8 & 255, i & 255), "m%d" % (i // 2)))
                recv(s)
        self.bytes = (pss(home, "relayd") - before) * 1024 / windows

    def ask(self, account, what, n, *args):
        return ask(self.home, account, what, n, self.windows, *args)

    def close(self):
        for name in list(self.home.procs):
            self.home.stop(name)

    def uncached(self):
        """Seconds for HASHED first logins, ten at a time."""
        def login(i):
            with self.home.connect("run/authd/pop3", "p-pop3") as s:
                send(s, msg("V", 1, "u%d" % i, "pw%d" % i,
                            "198.51.%d.%d" % (i >> 8, i & 255)))
                good.append(parse(recv(s)[0])[0] == "Y")

        def some(k):
            for i in range(k, HASHED, 10):
                login(i)
        good = []
        before, began = cpu(self.home, "authd"), time.monotonic()
        threads = [threading.Thread(target=some, args=(k,)) for k in range(10)]
        for x in threads:
            x.start()
        for x in threads:
            x.join()
        if good != [True] * HASHED:
            raise Unable("logins failed")
        return time.monotonic() - began, cpu(self.home, "authd") - before


def measure(windows):
    n = min(50000, windows * 50)
    a = Asked(windows)
    try:
        bare, check, opened = (a.ask(who, what, n) for who, what in (
            ("p-smtp", "echo"), ("p-smtp", "check"), ("p-auth", "open")))
        with others_at_work():
            bare_busy, busy = (a.ask("p-smtp", what, n)
                               for what in ("echo", "check"))
        grant = a.home.ask("run/relayd/check", msg(
            "C", 1, "10.0.0.1", "", "", ""), account="p-smtp")[1][4].decode()
        redeem = a.ask("p-queue", "redeem", n, grant)
        login = a.ask("p-pop3", "login", n)
        took, _ = a.uncached()
        began = time.monotonic()
        a.home.stop("relayd", 9)
        a.home.start("relayd")
        again = time.monotonic() - began
    finally:
        a.close()
    result = {"again_s": again, "login_ms": took * 1000 / HASHED,
              "bare_us": bare["p50_us"],
              "bare_busy_us": bare_busy["p50_us"]}
    if a.bytes:
        result["window_bytes"] = a.bytes
    for name, got in (("check", check), ("check_busy", busy), ("open", opened),
                      ("redeem", redeem), ("cached", login)):
        result.update({name + "_us": got["p50_us"],
                       name + "_p99_us": got["p99_us"],
                       name + "_cpu_us": got["cpu_us"]})
    return result
