# SPDX-License-Identifier: ISC
"""What the benchmarks ask of a mail server, ours or another: a fresh tree, a
hundred mailboxes, and the ports."""
import array
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, ROOT + "/tests/lib")
from home import free_port  # noqa: E402
from instance import Instance  # noqa: E402
from group import Group  # noqa: E402

BOXES = 100
DOMAIN = "example.test"


class Unable(Exception):
    """This server cannot be started here, or not for that; says why."""


def spread(path):
    """Has ext4 put each folder of this one into a group of its own, as it does
    with those of /: else a run's tree lies where the last one's was freed."""
    get, put, topdir = 0x80086601, 0x40086602, 0x20000
    fd = os.open(path, os.O_RDONLY)
    try:
        flags = array.array("i", [0])
        fcntl.ioctl(fd, get, flags)
        fcntl.ioctl(fd, put, array.array("i", [flags[0] | topdir]))
    except OSError:
        pass  # another file system
    finally:
        os.close(fd)


class Scratch:
    """Where the trees of all runs lie.  They are removed at the very end, or
    when room gets scarce: ext4 searches past inodes that were freed just now,
    and the next run would pay for it."""
    ROOM = 10 << 30  # bytes

    def __init__(self):
        self.top = tempfile.mkdtemp(
            prefix="postern-bench-",
            dir=os.environ.get("BENCH_DIR", "/var/tmp"))
        os.chmod(self.top, 0o755)
        spread(self.top)
        self.old = []

    def fresh(self, name):
        if shutil.disk_usage(self.top).free < self.ROOM:
            self.tidy()
        path = tempfile.mkdtemp(prefix=name + "-", dir=self.top)
        os.chmod(path, 0o755)
        self.old.append(path)
        return path

    def tidy(self):
        for path in self.old:
            shutil.rmtree(path, ignore_errors=True)
        self.old = []

    def close(self):
        shutil.rmtree(self.top, ignore_errors=True)


class Server:
    """A server that runs; close() ends all of it."""
    name, does = "", ()
    listens = ("smtp",)

    def __init__(self, scratch, **options):
        self.dir = scratch.fresh(self.name)
        self.options = options  # relay: the port of a next hop
        self.group = Group()
        self.smtp = self.pop3 = 0
        self.password = "bench-secret-0123456789"
        try:
            self.start()
            for which in self.listens:
                self.wait_port(getattr(self, which))
        except BaseException:
            self.close()
            raise

    def start(self):
        raise NotImplementedError

    def box(self, i):
        return "box%03d" % i

    def folder(self, i):
        """The Maildir of mailbox number i."""
        return "%s/mail/%s" % (self.dir, self.box(i))

    def folders(self):
        return [self.folder(i) for i in range(BOXES)]

    def owner(self):
        """uid and gid of the Maildirs."""
        st = os.stat(self.dir + "/mail")
        return st.st_uid, st.st_gid

    def make_maildirs(self, boxes):
        uid, gid = self.owner()
        for i in boxes:
            for d in ("", "/tmp", "/new", "/cur"):
                path = self.folder(i) + d
                os.makedirs(path, 0o700, exist_ok=True)
                os.chown(path, uid, gid)

    def own_messages(self, boxes):
        """After something was put into the Maildirs."""
        uid, gid = self.owner()
        for i in boxes:
            with os.scandir(self.folder(i) + "/cur") as found:
                for e in found:
                    os.chown(e.path, uid, gid)

    def wait_port(self, port, seconds=20):
        """Until somebody greets there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as s:
                    s.settimeout(5)
                    if s.recv(100):
                        s.sendall(b"QUIT\r\n")
                        while s.recv(1000):
                            pass
                        return
            except OSError:
                time.sleep(0.05)
        raise Unable("%s does not answer on its port: %s" % (
            self.name, self.trouble()))

    def trouble(self):
        """What its log says."""
        return ""

    def forget(self):
        """Ends what it may have cached: a restart."""

    def spawn(self, command, **more):
        proc = subprocess.Popen(
            command, preexec_fn=self.group.enter, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
        self.group.first = self.group.first or proc.pid
        return proc

    def close(self):
        self.group.close()


class Postern(Server):
    name = "postern"
    does = ("smtp", "relay", "pop3")
    listens = ("smtp", "pop3")

    def start(self):
        self.dir += "/run"
        self.inst = Instance(  # as "make run", without a make that stays
            run=self.dir, DOMAIN=DOMAIN, start=False,
            command=["sh", "service/postern-run", "."])
        self.inst.own = False  # the scratch folder is ours to remove
        self.inst.before = self.group.enter
        if "relay" in self.options:
            self.inst.vars["SMARTHOST"] = "127.0.0.1:%d" % (
                self.options["relay"])
        self.inst.start()
        self.group.first = self.inst.proc.pid
        self.smtp, self.pop3 = self.inst.port("SMTP"), self.inst.port("POP3")
        self.configure()

    def configure(self):
        i = self.inst
        for limit in ("ip", "net"):
            i.write("etc/connections-" + limit, "2000\n")
        if "relay" in self.options:
            i.append("etc/nets", "127.0.0.0/8 allow\n")
            i.write("etc/budget", "1000000\n")
        self.password = i.tool("userdb", "add", self.box(0)).stdout.strip()
        with open(i.path("etc/users")) as f:
            line = [x for x in f if x.startswith(self.box(0) + ":")][0]
        i.append("etc/users", "".join(
            line.replace(self.box(0), self.box(k), 1)
            for k in range(1, BOXES)))
        i.append("etc/aliases", "".join(
            "%s@%s: %s\n" % (self.box(k), DOMAIN, self.box(k))
            for k in range(BOXES)))
        made = i.make_etc()
        if made.returncode:
            raise Unable("make -C etc: " + made.stdout + made.stderr)
        time.sleep(1.1)  # limits are read again after a second

    def trouble(self):
        return self.inst.log()[-2000:]

    def forget(self):
        self.inst.stop()
        self.inst.start()

    def close(self):
        if getattr(self, "inst", None):
            self.inst.close()
        super().close()
