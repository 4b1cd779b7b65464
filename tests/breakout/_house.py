# SPDX-License-Identifier: ISC
"""A whole instance to break out of: its accounts, its secrets, its requests.

House is an Instance with two mailboxes (demo, widget02), a message in each,
and calls made under any account, as a program taken over makes them.
"""
import os
import socket
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT  # noqa: E402,F401
from instance import Instance  # noqa: E402
from wire import msg, parse, recv, send  # noqa: E402

ROOT_USER = os.geteuid() == 0  # else accounts collapse into one
CLIENT = "192.0.2.66"  # a client's address, as a program would tell it


def read_rows():
    """conf-services: {program: row}, {account: index}"""
    rows, accounts, row = {}, {}, None
    with open(os.path.join(ROOT, "conf-services"), encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "account":
                accounts[words[1]] = int(words[2])
            elif words[0] == "program":
                row = {"folder": words[2], "account": words[3], "serve": [],
                       "call": [], "read": [], "write": [], "sys": [],
                       "tcp": False, "secret": False, "late": False,
                       "chroot": False}
                rows[words[1]] = row
            elif row and words[0] == "serve":
                row["serve"].append((words[1], words[2:]))
            elif row and words[0] in ("call", "read", "write", "sys"):
                row[words[0]] += words[1:]
            elif row and words[0] in ("tcp", "secret", "late", "chroot"):
                row[words[0]] = True
            elif row and words[0] in ("mem", "files", "procs", "fsize"):
                row[words[0]] = int(words[1])
    return rows, accounts


ROWS, ACCOUNTS = read_rows()
DAEMONS = [p for p in ROWS if ROWS[p]["account"] != "caller"
           and os.access(os.path.join(ROOT, ROWS[p]["folder"], p), os.X_OK)]


class House(Instance):
    def start(self):
        super().start()
        if ROOT_USER:
            with open(self.path("etc/uidbase"), encoding="utf-8") as f:
                self.base = int(f.readline())
        self.password = self.demo_password()
        self.tool("userdb", "add", "widget02")
        self.secret(self.maildir("demo") + "/new/1.own", "p-mail")
        self.secret(self.maildir("widget02") + "/new/1.secret", "p-mail")
        # a socket beside relayd's that nobody misses: a daemon ends when one of
        # its own is replaced
        os.mknod(self.path("run/relayd/spare"), stat.S_IFSOCK | 0o660)
        if ROOT_USER:
            os.chown(self.path("run/relayd/spare"), self.uid("p-relay"), -1)
        return self

    def uid(self, account):
        if not ROOT_USER:
            return os.getuid()
        return 0 if account == "root" else self.base + ACCOUNTS[account]

    def maildir(self, name):
        uid = self.uid("p-mail")
        for d in "", "tmp", "new", "cur":
            path = self.path("mail", name, d)
            os.makedirs(path, 0o700, exist_ok=True)
            os.chown(path, uid, uid if ROOT_USER else -1)
        return self.path("mail", name)

    def secret(self, path, account):
        with open(path, "w", encoding="utf-8") as f:
            f.write("Subject: secret\n\nnot for you\n")
        os.chmod(path, 0o600)
        if ROOT_USER:
            os.chown(path, self.uid(account), self.uid(account))

    # calls under an account ---------------------------------------------------

    def connect(self, path, account, timeout=20):
        uid = self.uid(account) if isinstance(account, str) else account
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.settimeout(timeout)
        groups = os.getgroups()
        here = os.open(".", os.O_RDONLY)
        os.chdir(self.run)
        if ROOT_USER:
            os.setgroups([])
            os.setegid(uid)
            os.seteuid(uid)
        try:
            sock.connect(path)
        except OSError:
            sock.close()
            raise
        finally:
            if ROOT_USER:
                os.seteuid(0)
                os.setegid(0)
                os.setgroups(groups)
            os.fchdir(here)
            os.close(here)
        return sock

    def ask(self, path, account, packet, fds=(), timeout=20):
        """(op, fields as str, fds); op "" when it is refused or closed."""
        try:
            with self.connect(path, account, timeout) as sock:
                return self.talk(sock, packet, fds)
        except (PermissionError, BrokenPipeError, ConnectionError,
                TimeoutError):
            return "", [], []

    @staticmethod
    def talk(sock, packet, fds=()):
        try:
            send(sock, packet, fds)
            answer, got = recv(sock)
        except (BrokenPipeError, ConnectionError):
            return "", [], []
        if not answer:
            return "", [], []
        op, fields = parse(answer)
        return op, [f.decode(errors="replace") for f in fields], got

    def login(self, password=None):
        """pop3d's connection behind demo's right password, and what mailboxd
        said on it first; what came with it is closed."""
        conn = self.connect("run/authd/pop3", "p-pop3")
        send(conn, msg("P", 1, "demo", password or self.password, CLIENT))
        packet, fds = recv(conn)
        for fd in fds:
            os.close(fd)
        return conn, parse(packet)[0] if packet else ""

    def grant(self, ip=CLIENT):
        """What relayd gives smtpd for demo's window on that address."""
        op, fields, _ = self.ask("run/relayd/check", "p-smtp", msg(
            "C", 1, ip, "", "", "demo"))
        if op != "Y":
            raise RuntimeError("no grant: %r %r" % (op, fields))
        return fields[4]
