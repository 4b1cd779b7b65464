# SPDX-License-Identifier: ISC
"""Compiling a million aliases and looking them up: aliasdb beside the tools of
others, on the same addresses.

A hundred aliases a domain, ten a mailbox; one in ten leads to an address.  The
others' tools know nothing of that and check less: they copy keys and values.
"""
import os
import subprocess
import tempfile
import time

import peer
from server import ROOT, Unable

ASKED = 100000  # look-ups


def alias(k):
    return "user%07d@domain%05d.example" % (k, k // 100)


def target(k):
    return alias(k - 1) if k % 10 == 7 else "customer%06d" % (k // 10)


def write_postern(home, n):
    """etc/ of a home with n aliases."""
    os.makedirs(home + "/etc", exist_ok=True)
    with open(home + "/etc/domains", "w") as f:
        f.writelines("domain%05d.example\n" % i for i in range(-(-n // 100)))
    with open(home + "/etc/users", "w") as f:
        f.write("demo:{CRYPT}*::::::\n")
        f.writelines("customer%06d:{CRYPT}*::::::\n" % i
                     for i in range(-(-n // 10)))
    with open(home + "/etc/aliases", "w") as f:
        f.writelines("%s: %s\n" % (alias(k), target(k)) for k in range(n))


def peak(pid):
    """The most memory it ever had, MiB; 0: it is gone."""
    try:
        with open("/proc/%d/status" % pid) as f:
            return [int(x.split()[1]) for x in f
                    if x.startswith("VmHWM:")][0] / 1024
    except (OSError, IndexError):
        return 0


def timed(command, **more):
    """(seconds, peak MiB, output) of a command that must succeed."""
    began, most = time.monotonic(), 0
    with tempfile.TemporaryFile() as out:
        proc = subprocess.Popen(command, stdout=out, stderr=out, **more)
        while True:
            try:
                proc.wait(0.004)
                break
            except subprocess.TimeoutExpired:
                most = max(most, peak(proc.pid))
        took = time.monotonic() - began
        out.seek(0)
        text = out.read().decode(errors="replace")
    if proc.returncode:
        raise Unable("%s: exit %d: %s" % (
            " ".join(command)[-200:], proc.returncode, text[-500:]))
    return took, most, text


class Aliases:
    """A tool that compiles; ours."""
    name = "postern"
    does = ("aliases",)

    def __init__(self, scratch):
        self.dir = scratch.fresh("aliases-" + self.name)

    def close(self):
        pass

    def prepare(self, n):
        write_postern(self.dir, n)

    def compile(self):
        return timed([ROOT + "/cdb-tools/aliasdb", "-C", self.dir, "build"])

    def lookup(self, n):
        """Microseconds each."""
        out = timed([ROOT + "/bench/resolve", self.dir, str(n)])[2]
        return int(out.split()[1]) / 1000


class Peers(Aliases, peer.Peer):
    """A tool of another package, in its root."""
    of, packages = "postfix", ("postfix", "postfix-lmdb", "postfix-cdb")
    accounts = ("postfix", "postdrop")
    source = "mail/aliases"
    line = "%s %s\n"
    tool, query = (), ()

    def __init__(self, scratch):
        self.dir = scratch.fresh(self.name)
        self.root = peer.unpacked("tables-" + self.of, self.packages)
        self.prepare_root()
        self.write("etc/postfix/main.cf", "compatibility_level = 3.6\n"
                   "shlib_directory = /usr/lib/postfix\n"
                   "daemon_directory = /usr/lib/postfix/sbin\n"
                   "meta_directory = /etc/postfix\n"
                   "lmdb_map_size = 1000000000\n")
        self.write("etc/postfix/dynamicmaps.cf",
                   "lmdb postfix-lmdb.so dict_lmdb_open mkmap_lmdb_open\n"
                   "cdb postfix-cdb.so dict_cdb_open mkmap_cdb_open\n")

    def prepare(self, n):
        with open(self.dir + "/" + self.source, "w") as f:
            f.writelines(self.line % (alias(k), target(k)) for k in range(n))

    def compile(self):
        return timed(self.inside(self.tool))

    def lookup(self, n):
        if not self.query:
            return None
        with open(self.dir + "/mail/asked", "w") as f:
            f.writelines(alias(k * 7919 * 13 % n) + "\n"
                         for k in range(ASKED))
        took, again = (self.ask(k) for k in (ASKED, 1))
        return (took - again) / (ASKED - 1) * 1e6

    def ask(self, k):
        with open(self.dir + "/mail/asked") as f:
            lines = "".join(f.readline() for _ in range(k))
        with open(self.dir + "/mail/some", "w") as f:
            f.write(lines)
        with open(self.dir + "/mail/some") as f:
            return timed(self.inside(self.query), stdin=f)[0]


class PostmapHash(Peers):
    name = "postmap-hash"
    tool = ("/usr/sbin/postmap", "hash:/mail/aliases")


class PostmapCdb(Peers):
    name = "postmap-cdb"
    tool = ("/usr/sbin/postmap", "cdb:/mail/aliases")
    query = ("/usr/sbin/postmap", "-q", "-", "cdb:/mail/aliases")


class PostmapLmdb(Peers):
    name = "postmap-lmdb"
    tool = ("/usr/sbin/postmap", "lmdb:/mail/aliases")
    query = ("/usr/sbin/postmap", "-q", "-", "lmdb:/mail/aliases")


class Makemap(Peers):
    name = "opensmtpd"
    of, packages = "opensmtpd", ("opensmtpd", "dash")
    accounts = ("opensmtpd", "opensmtpq")
    line = "%s: %s\n"
    tool = ("/usr/sbin/makemap", "-t", "aliases", "/mail/aliases")

    def prepare(self, n):
        self.gid = self.uids["opensmtpq"]  # it is setgid, as a package
        self.write("etc/smtpd.conf", "listen on localhost\n")
        super().prepare(n)


class Dbmbuild(Peers):
    name = "exim"
    of, packages = "exim", ("exim4-daemon-light",)
    accounts = ("Debian-exim",)
    line = "%s: %s\n"
    tool = ("/usr/sbin/exim_dbmbuild", "/mail/aliases", "/mail/aliases.db")


class Tinycdb(Peers):
    name = "tinycdb"
    of, packages = "tinycdb", ("tinycdb",)
    accounts = ()
    line = "%s %s\n"
    tool = ("/usr/bin/cdb", "-c", "-m", "/mail/aliases.cdb", "/mail/aliases")


TOOLS = {t.name: t for t in (Aliases, Tinycdb, PostmapCdb, PostmapLmdb,
                             PostmapHash, Makemap, Dbmbuild)}


def measure(t, n):
    t.prepare(n)
    os.sync()
    result = {}
    result["compile_s"], result["peak_mib"], _ = t.compile()
    look = t.lookup(n)
    if look is not None:
        result["lookup_us"] = look
    return result
