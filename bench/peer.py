# SPDX-License-Identifier: ISC
"""Other people's servers, from Debian's packages.

They conflict as packages, so each is unpacked, with all that it depends on,
into build/peers/NAME, and runs there: in a mount namespace of its own, with /etc,
/var, /run and /mail of the run's fresh tree, under accounts that only the passwd
file of that root knows.  Nothing is installed, and nothing of it stays mounted.
"""
import glob
import os
import shutil
import subprocess

from server import BOXES, DOMAIN, ROOT, Server, Unable, free_port

UID = 1100000000  # the first of the accounts; Postern's own lie lower
VMAIL = "vmail"


def sh(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as e:
        raise Unable("%s: %s" % (command[0], e.strerror))
    if done.returncode:
        raise Unable("%s: %s" % (" ".join(command)[:200],
                                 (done.stderr or done.stdout).strip()[-500:]))


def fetch(packages, cache):
    """The packages, and what they need, as if nothing were installed."""
    os.makedirs(cache + "/partial")
    empty = cache + "/status"
    with open(empty, "w"):
        pass
    command = ["apt-get", "-qq", "-y", "--no-install-recommends",
               "--download-only", "-o", "Dir::State::status=" + empty,
               "-o", "Dir::Cache::archives=" + cache,
               "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root",
               "install", *packages]
    try:
        sh(*command)
    except Unable:
        sh("apt-get", "-qq", "update")
        sh(*command)


def unpacked(name, packages):
    """The root folder of a peer; made at the first call."""
    root = ROOT + "/build/peers/" + name
    if os.path.exists(root + "/.packages"):
        with open(root + "/.packages") as f:
            if f.read().split() == list(packages):
                return root
    if os.geteuid() != 0:
        raise Unable("peers need root: accounts, and mounts of their own")
    new = root + ".new"
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(new)
    # nobody else gets at what is in there: Exim is setuid root, in its root only
    os.chmod(os.path.dirname(new), 0o700)
    fetch(packages, new + "/.debs")
    for deb in sorted(glob.glob(new + "/.debs/*.deb")):
        sh("dpkg-deb", "-x", deb, new)
    shutil.rmtree(new + "/.debs")
    for d in ("etc", "var", "run", "mail", "dev", "proc", "tmp"):
        shutil.rmtree(new + "/" + d, ignore_errors=True)
        os.mkdir(new + "/" + d)
    with open(new + "/.packages", "w") as f:
        f.write(" ".join(packages))
    os.rename(new, root)
    return root


class Peer(Server):
    packages = ()
    accounts = ()  # names, each a user and a group of its own
    gid = 0        # of the program, at the start
    program = ()   # the command, in the foreground, inside of the root

    def start(self):
        self.root = unpacked(self.name.split("-")[0], self.packages)
        self.prepare_root()
        for which in self.listens:
            setattr(self, which, free_port())
        self.configure()
        self.run()

    def prepare_root(self):
        """Accounts, and the system files of a fresh tree."""
        self.uids = {a: UID + i for i, a in enumerate(
            (VMAIL,) + tuple(self.accounts))}
        for d in ("etc", "var/log", "var/tmp", "run", "mail", "root"):
            os.makedirs(self.dir + "/" + d)
        os.chmod(self.dir + "/var/tmp", 0o1777)
        os.symlink("/run", self.dir + "/var/run")
        self.chown("mail", VMAIL)
        self.system_files()

    def configure(self):
        """Writes its configuration."""
        raise NotImplementedError

    def inside(self, command):
        """The command line that runs this in its root."""
        binds = "".join("mount --bind %s/%s root/%s && " % (self.dir, d, d)
                        for d in ("etc", "var", "run", "mail"))
        script = (
            "cd %s && mount --bind %s root && %s"
            "mount --rbind /dev root/dev && mount -t proc proc root/proc && "
            "exec chroot --userspec=0:%d root \"$@\"" % (
                self.dir, self.root, binds, self.gid))
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                script, "sh", *command]

    def run(self):
        self.log = open(self.dir + "/output", "ab")
        self.proc = subprocess.Popen(
            self.inside(self.program), preexec_fn=self.group.enter,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        self.group.first = self.proc.pid

    def close(self):
        self.group.end()
        if getattr(self, "proc", None):
            self.proc.wait()
            self.log.close()
        super().close()

    def forget(self):
        self.group.end()
        self.proc.wait()
        self.run()
        for which in self.listens:
            self.wait_port(getattr(self, which))

    def trouble(self):
        text = ""
        for path in [self.dir + "/output"] + glob.glob(
                self.dir + "/var/log/**", recursive=True):
            if os.path.isfile(path):
                with open(path, errors="replace") as f:
                    text += f.read()[-1500:]
        return text[-3000:]

    # files ----------------------------------------------------------------------

    def system_files(self):
        users = dict(root=0, nobody=UID + 99, **self.uids)
        homes = {self.box(i): "/mail/" + self.box(i) for i in range(BOXES)}
        self.write("etc/passwd", "".join(
            "%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n" % (n, u, u)
            for n, u in users.items()) + "".join(
            "%s:x:%d:%d::%s:/usr/sbin/nologin\n" % (
                n, self.uids[VMAIL], self.uids[VMAIL], home)
            for n, home in homes.items()))
        self.write("etc/group", "".join(
            "%s:x:%d:\n" % (n, u) for n, u in users.items()))
        self.write("etc/hosts", "127.0.0.1 localhost\n")
        self.write("etc/resolv.conf", "nameserver 127.0.0.1\n"
                   "options timeout:1 attempts:1\n")
        self.write("etc/nsswitch.conf", "passwd: files\ngroup: files\n"
                   "shadow: files\nhosts: files\nservices: files\n"
                   "protocols: files\n")
        self.write("etc/services", "smtp 25/tcp\npop3 110/tcp\n"
                   "smtps 465/tcp\nsubmission 587/tcp\n")
        self.write("etc/shadow", "".join(n + ":*:19000:0:99999:7:::\n"
                                         for n in [*users, *homes]))
        self.write("etc/mailname", "mail." + DOMAIN + "\n")

    def write(self, path, text, mode=0o644):
        path = self.dir + "/" + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)

    def folder_of(self, path, account=None, mode=0o755, group=None):
        """A folder of the fresh tree, with its owner."""
        os.makedirs(self.dir + "/" + path, exist_ok=True)
        os.chmod(self.dir + "/" + path, mode)
        self.chown(path, account, group)
        os.chmod(self.dir + "/" + path, mode)

    def chown(self, path, account=None, group=None):
        os.chown(self.dir + "/" + path, self.uids.get(account, 0),
                 self.uids.get(group or account, 0))
