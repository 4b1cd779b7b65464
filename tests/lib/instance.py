# SPDX-License-Identifier: ISC
"""A whole instance, started by "make run" as a person would, for tests.

    from instance import Instance
    with Instance(SMARTHOST="127.0.0.1:3025") as inst:
        inst.smtp()             # a smtplib.SMTP, connected
        inst.tool("userdb", "add", "widget01").stdout
        inst.pop3("widget01", password)

Ports are free ones, the instance folder is a scratch folder under /tmp.  It
is stopped by SIGTERM at the end, and removed.
"""
import atexit
import os
import poplib
import select
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time

from home import ROOT, free_port, wait_for

READY_SECONDS = 60  # the first start may have to build

PORTS = ("SMTP_PORT", "SUBMISSION_PORT", "SUBMISSIONS_PORT", "POP3_PORT",
         "POP3S_PORT")


class Instance:
    def __init__(self, run=None, command=None, cwd=ROOT, start=True,
                 before=None, **variables):
        self.run = run or os.path.join(
            tempfile.mkdtemp(prefix="postern-run-"), "run")
        self.own = run is None
        if self.own:
            os.chmod(os.path.dirname(self.run), 0o755)
        self.vars = {"RUN": self.run, "DOMAIN": "example.test",
                     "BIND": "127.0.0.1"}
        self.vars.update({p: str(free_port()) for p in PORTS})
        self.vars.update({k: str(v) for k, v in variables.items()})
        self.command = command or ["make", "-s", "run"]
        self.cwd, self.proc, self.output = cwd, None, ""
        self.before = before
        atexit.register(self.close)
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # life -------------------------------------------------------------------

    def start(self):
        env = dict(os.environ, **self.vars)
        env.pop("MAKEFLAGS", None)
        env.pop("MAKELEVEL", None)
        began = time.monotonic()
        self.proc = subprocess.Popen(
            self.command, cwd=self.cwd, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=self.before)
        self.output = self._until_ready()
        self.seconds_to_ready = time.monotonic() - began
        return self

    def _until_ready(self):
        got, end = b"", time.monotonic() + READY_SECONDS
        fd = self.proc.stdout.fileno()
        while time.monotonic() < end:
            if not select.select([fd], [], [], 0.5)[0]:
                continue
            chunk = os.read(fd, 65536)
            got += chunk
            if b"\nready" in b"\n" + got:
                return got.decode(errors="replace")
            if not chunk:
                break
        raise RuntimeError("no instance:\n" + got.decode(errors="replace")
                           + self.log()[-6000:])

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """The exit code of the command that started it."""
        if not self.proc:
            return None
        if self.proc.poll() is None:
            self.proc.send_signal(sig)
        try:
            code = self.proc.wait(timeout)
        finally:
            self.proc.stdout.close()
            self.proc = None
        return code

    def close(self):
        if self.proc:
            self.stop()
        if self.own and not os.environ.get("KEEP_HOME"):
            shutil.rmtree(os.path.dirname(self.run), ignore_errors=True)

    # looking and steering ----------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.run, *parts)

    def port(self, name):
        return int(self.vars[name + "_PORT"])

    def demo_password(self):
        for line in self.output.splitlines():
            if line.startswith("password of mailbox demo"):
                return line.split()[-1]
        raise RuntimeError("no password in:\n" + self.output)

    def tool(self, name, *args, input=None, ok=(0,)):
        """Runs RUN/bin/NAME; raises unless its exit code is one of ok."""
        done = subprocess.run(
            [self.path("bin", name), *map(str, args)], input=input,
            capture_output=True, text=True, timeout=60)
        if ok is not None and done.returncode not in ok:
            raise RuntimeError("%s %s: exit %d\n%s%s" % (
                name, " ".join(map(str, args)), done.returncode, done.stdout,
                done.stderr))
        return done

    def write(self, name, text):
        """Edits a file of the instance as an editor does."""
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def append(self, name, text):
        with open(self.path(name), "a", encoding="utf-8") as f:
            f.write(text)

    def make_etc(self):
        return subprocess.run(["make", "-C", self.path("etc")],
                              capture_output=True, text=True, timeout=60)

    def log(self):
        try:
            with open(self.path("log/current"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, text, timeout=15):
        return wait_for(lambda: text in self.log(), timeout)

    def pids(self):
        """{pid: program} of everything below service/ of this instance."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                cwd = os.readlink("/proc/%s/cwd" % pid)
                with open("/proc/%s/comm" % pid) as f:
                    comm = f.read().strip()
            except OSError:
                continue
            if cwd == self.run or cwd.startswith(self.run + "/"):
                found[int(pid)] = comm
        return found

    # clients ----------------------------------------------------------------

    def smtp(self, port="SMTP", source=None, host="127.0.0.1"):
        client = smtplib.SMTP(timeout=30, source_address=(
            (source, 0) if source else None), local_hostname="client.test")
        client.connect(host, self.port(port))
        return client

    def pop3(self, user=None, password=None, host="127.0.0.1"):
        client = poplib.POP3(host, self.port("POP3"), timeout=30)
        if user:
            client.user(user)
            client.pass_(password)
        return client

    def mails(self, user, password, delete=False):
        """All messages of a mailbox, as bytes with LF."""
        client = self.pop3(user, password)
        try:
            count = client.stat()[0]
            got = [b"\n".join(client.retr(i + 1)[1]) + b"\n"
                   for i in range(count)]
            if delete:
                for i in range(count):
                    client.dele(i + 1)
        finally:
            client.quit()
        return got

    def wait_mail(self, user, password, count=1, timeout=20):
        """Waits until the mailbox holds that many; the messages."""
        got = []

        def there():
            got[:] = self.mails(user, password)
            return len(got) >= count
        if not wait_for(there, timeout):
            print("# log:\n" + self.log()[-3000:], file=sys.stderr)
        return got
