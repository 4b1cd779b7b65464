# SPDX-License-Identifier: ISC
"""What tests of daemons share: a scratch home, the wire format, fakes, checks.

    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
    from home import Home, Fake, msg, parse, check, done

    home = Home(etc={"me": "mx.example.test"})
    relayd = Fake(home, "run/relayd/open", lambda op, fields, fds: msg("Y"))
    home.start("authd")                 # returns when the daemon is ready
    op, fields, fds = home.ask("run/authd/pop3", msg("V", 1, "ann", "pw"),
                               account="p-pop3")
    check("right password", op == "Y", fields)
    done()

Everything is stopped and removed when the script ends.  As root, daemons run
under the accounts of conf-services, and ask() calls as the account named.
"""
import atexit
import contextlib
import ctypes
import os
import platform
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from cdb import cdb
from wire import Fake, msg, parse, recv, send, to_bytes  # noqa: F401

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
READY_SECONDS = 15
NO_NETS = cdb([("v", "1"), ("b", "")])  # as netdb makes it of nothing
DIRS = ("bin etc etc/replies etc/lists.d cdb cdb/public cdb/auth cdb/relay "
        "mail queue run run/authd run/relayd run/queue run/deliver run/tlsd "
        "log log/lastlogin log/relayd log/audit tls").split()


# conf-services ---------------------------------------------------------------

def read_services():
    """({program: {"folder", "account", "serve": [path], "write": [dir]}},
    {account: uid})"""
    programs, accounts, base, row = {}, {}, 0, None
    with open(os.path.join(ROOT, "conf-services"), encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "uidbase":
                base = int(words[1])
            elif words[0] == "account":
                accounts[words[1]] = int(words[2])
            elif words[0] == "program":
                row = programs[words[1]] = {
                    "folder": words[2], "account": words[3],
                    "serve": [], "write": []}
            elif words[0] in ("serve", "write") and row:
                row[words[0]].append(words[1])
    if os.geteuid() == 0:  # not the block of an instance that runs meanwhile
        base = 1000000000 + os.getpid() * 32
    return programs, {a: base + i for a, i in accounts.items()}


PROGRAMS, UIDS = read_services()


def own_accounts():
    """For a process that a test forked: the kernel counts processes by uid."""
    UIDS.update(read_services()[1])


def reachable(path):
    """May every account search all the folders down to path?"""
    while path != "/":
        if not os.stat(path).st_mode & 0o001:
            return False
        path = os.path.dirname(path)
    return True


REACHABLE = reachable(ROOT)
homes = []


class Home:
    """A scratch home; etc: {name: text} of settings and tables to write.

    hurry: how many times as fast the daemons' clocks run (tests/lib/hurry.c)."""

    def __init__(self, etc=None, keep=bool(os.environ.get("KEEP_HOME")),
                 hurry=1):
        self.hurry = hurry
        self.dir = tempfile.mkdtemp(prefix="postern-")
        self.root = os.geteuid() == 0
        self.procs, self.fakes, self.reported = {}, [], set()
        homes.append(self)
        os.chmod(self.dir, 0o755)
        for d in DIRS:
            os.mkdir(self.path(d), 0o755)
        os.chmod(self.path("tls"), 0o700)
        if self.root:
            self.write("etc/uidbase", "%d\n" % UIDS["p-smtp"])
            self._chown()
        self.write("cdb/relay/nets.cdb", NO_NETS)
        self.write("etc/me", "mx.example.test\n")
        for name, text in (etc or {}).items():
            self.write("etc/" + name, text)
        atexit.register(self.close, keep)

    def _chown(self):
        for row in PROGRAMS.values():
            for d in row["write"]:
                if d == "etc":  # root's, whoever may write to a file in it
                    continue
                os.chown(self.path(d), UIDS[row["account"]],
                         UIDS[row["account"]])

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, data, mode=0o644):
        """Replaces a file of the home whole."""
        tmp = self.path(name + ".new")
        os.makedirs(os.path.dirname(tmp), exist_ok=True)
        with open(tmp, "wb") as f:
            f.write(data.encode() if isinstance(data, str) else data)
        os.chmod(tmp, mode)
        os.rename(tmp, self.path(name))

    def binary(self, program):
        """The built program; a copy in the home where other accounts cannot
        reach the tree."""
        row = PROGRAMS.get(program)
        folder = row["folder"] if row else os.path.dirname(program)
        if self.hurry != 1 and row and row["account"] != "caller":
            folder = "build/hurry%d" % self.hurry
        path = os.path.join(ROOT, folder, os.path.basename(program))
        if not self.root or REACHABLE:
            return path
        copy = self.path("tested", os.path.basename(program))
        if not os.path.exists(copy):
            os.makedirs(self.path("tested"), exist_ok=True)
            shutil.copy2(path, copy)
        return copy

    def start(self, program, *args, env=None, ready=True, name=None,
              piped=False):
        """Starts a daemon of the build tree; its Popen once it is ready.

        stderr goes to log(name), piped: as to a logger, through a pipe.
        ready=False does not wait."""
        name = name or program
        out = open(self.path("stderr." + name), "ab")
        if piped:
            logger = subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                                      stdout=out)
            out.close()
            out = logger.stdin
        rfd, wfd = os.pipe()
        command = [self.binary(program), "-C", self.dir]
        if ready:
            command += ["-d", str(wfd)]
        proc = subprocess.Popen(
            command + list(args), stdin=subprocess.DEVNULL, stdout=out,
            stderr=out, pass_fds=[wfd] if ready else [],
            env=dict(os.environ, **(env or {})))
        out.close()
        os.close(wfd)
        self.procs[name] = proc
        try:
            if ready:
                self._wait_ready(name, proc, rfd)
        finally:
            os.close(rfd)
        return proc

    def _wait_ready(self, name, proc, rfd):
        got = b""
        poll = select.poll()  # select takes no descriptor beyond 1023
        poll.register(rfd, select.POLLIN)
        if poll.poll(READY_SECONDS * 1000):
            got = os.read(rfd, 1)
        if got == b"\n":
            return
        if not got:  # closed: dead, or about to be
            try:
                proc.wait(2)
            except subprocess.TimeoutExpired:
                pass
        raise RuntimeError("%s did not get ready (exit %s):\n%s" % (
            name, proc.poll(), self.log(name)))

    def run(self, program, *args, input=None, env=None, timeout=30):
        """Runs a tool to its end, with this home; CompletedProcess, text."""
        return subprocess.run(
            [self.binary(program)] + list(args), input=input, timeout=timeout,
            capture_output=True, text=True, cwd=self.dir,
            env=dict(os.environ, POSTERN_HOME=self.dir, **(env or {})))

    def stop(self, name, sig=signal.SIGTERM, timeout=10):
        """Ends one daemon; its exit code (negative: the signal)."""
        proc = self.procs.pop(name)
        if proc.poll() is None:
            proc.send_signal(sig)
        try:
            return proc.wait(timeout)
        except subprocess.TimeoutExpired:
            proc.kill()
            return proc.wait()

    def log(self, name):
        try:
            with open(self.path("stderr." + name), encoding="utf-8",
                      errors="backslashreplace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, name, text, timeout=10):
        """Did text appear in a daemon's log before the timeout?"""
        return wait_for(lambda: text in self.log(name), timeout)

    def connect(self, path, account=None, timeout=10):
        """A connected SEQPACKET socket, as root from the account's uid."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.settimeout(timeout)
        with acting_as(account):
            sock.connect(self.path(path))
        return sock

    def ask(self, path, packet, fds=(), account=None, timeout=10):
        """One request on a connection of its own: (op, fields, fds).

        op is "" when the connection ended without an answer."""
        with self.connect(path, account, timeout) as sock:
            try:
                send(sock, packet, fds)
                answer, got = recv(sock)
            except (BrokenPipeError, ConnectionResetError):
                return "", [], []
        return (*parse(answer), got) if answer else ("", [], [])

    def look_for_reports(self):
        """A sanitizer's, where the daemons are of build/san."""
        for name in os.listdir(self.dir) if os.path.exists(self.dir) else ():
            text = self.log(name[7:]) if name.startswith("stderr.") else ""
            found = re.search(r"(?s)(Sanitizer|runtime error: ).{0,4000}", text)
            if found and name not in self.reported:
                self.reported.add(name)
                check("no sanitizer's report of " + name[7:], False,
                      found.group())

    def close(self, keep=False):
        for name in list(self.procs):
            self.stop(name)
        self.look_for_reports()
        for fake in self.fakes:
            fake.close()
        if keep:
            print("# kept: " + self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


# small things ----------------------------------------------------------------

def anonymous(pid):
    """KiB of memory of a process's own; None: not ours to see."""
    try:
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
            return sum(int(line.split()[1]) for line in f
                       if line.startswith("Anonymous:"))
    except OSError:
        return None


def set_limit(pid, number, soft):
    """As its own account: root itself may lack the right.  None: all that it may
    have.  Was it done?"""
    with open("/proc/%d/status" % pid) as f:
        uid = next(int(x.split()[1]) for x in f if x.startswith("Uid:"))
    program = ("import os, resource as r; n = %d; "
               "os.geteuid() or (os.setgroups([]), os.setresgid(*[%d] * 3), "
               "os.setresuid(*[%d] * 3)); b = r.prlimit(%d, n); "
               "r.prlimit(%d, n, (%s, b[1]))" % (
                   number, uid, uid, pid, pid,
                   "b[1]" if soft is None else soft))
    return subprocess.run([sys.executable, "-S", "-c", program],
                          capture_output=True).returncode == 0


def set_effective(name, number):
    """Of this thread alone: os.seteuid is for all, and aborts where they differ."""
    calls = {"uid": (117, 147), "gid": (119, 149)}[name]  # setresuid, setresgid
    call = calls[platform.machine() != "x86_64"]
    if ctypes.CDLL(None, use_errno=True).syscall(call, -1, number, -1):
        raise OSError(ctypes.get_errno(), "set%s %d" % (name, number))


@contextlib.contextmanager
def acting_as(account):
    """As root, with the effective uid and gid of the account, or this uid."""
    if not account or os.getuid():
        yield
        return
    uid = account if isinstance(account, int) else UIDS.get(account, 0)
    set_effective("gid", uid)
    set_effective("uid", uid)
    try:
        yield
    finally:
        set_effective("uid", 0)
        set_effective("gid", 0)


def hand_on(home, conn, box, ip="127.0.0.1", user=None, until=None,
            account="p-auth", packet=None):
    """Gives mailboxd a login's connection, as authd does after a right
    password."""
    now = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
    until = until or now * home.hurry + 9000
    with home.connect("run/mailboxd", account) as link:
        send(link, packet or msg("L", until, box, ip, user or box),
             [conn.fileno()])


def handed(home, *args, **kwargs):
    """The end that pop3d has then."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(10)
    with theirs:
        hand_on(home, theirs, *args, **kwargs)
    return ours


held = []


def reserve(port):
    """Held until this process ends: no test beside this one gets it, and this
    one does not get it twice.  An abstract name belongs to the same network
    namespace as the port does."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.bind("\0postern-test-port-%d" % port)
    except OSError:
        sock.close()
        return False
    held.append(sock)
    return True


def free_port(host="127.0.0.1"):
    """A port nobody listens on, outside the range that the kernel gives to
    outgoing connections: it stays free until the daemon binds it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        port = random.SystemRandom().randrange(10240, 32000)
        with socket.socket(family) as sock:
            try:
                sock.bind((host, port))
            except OSError:
                continue
        if reserve(port):
            return port


def wait_for(cond, timeout=10):
    """Calls cond until it is true: True, or False after timeout seconds."""
    end = time.monotonic() + timeout
    while not cond():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def hung_up(sock, timeout=5):
    """Has the other end gone, without another byte?"""
    sock.settimeout(timeout)
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def children(pid):
    """The oldest first: numbers of processes begin anew some day."""
    found = []
    for d in os.listdir("/proc"):
        if not d.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % d, encoding="latin-1") as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append((int(fields[19]), int(d)))
    return [child for _, child in sorted(found)]


def memory(pid):
    """Every readable byte of a process, as root."""
    got = []
    with open("/proc/%d/maps" % pid, encoding="utf-8") as maps, \
            open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            if "w" not in mode or "[v" in line:
                continue
            a, b = (int(x, 16) for x in span.split("-"))
            try:
                mem.seek(a)
                got.append(mem.read(b - a))
            except OSError:
                pass
    return b"".join(got)


passed = failed = 0


def check(name, cond, why=""):
    global passed, failed
    if cond:
        passed += 1
        print("ok " + name, flush=True)
    else:
        failed += 1
        print("not ok %s: %s" % (name, why), flush=True)
    return bool(cond)


def skip(name, why):
    print("skip %s: %s" % (name, why), flush=True)


def done():
    """Call last: ends the script."""
    for home in homes:
        home.look_for_reports()
    sys.exit(1 if failed else 0)
