# SPDX-License-Identifier: ISC
"""The scenes: what callers, customers and neighbours do while the tracer looks.

play(name, fault) runs one against the real daemons.  What comes of it can be
judged as it is (faults), or its log be replayed cut short (power cuts)."""
import os
import socket
import threading
import time

from _scene import (Caller, Fake, Message, Sink, copies_in, files, judge,
                    make_home, msg, relayd, verdict)
from _trace import Tracer
from home import free_port, handed, wait_for
from wire import recv, send

DAEMONS = {"queued": ("run/queue/inject", None),
           "deliver-local": ("run/deliver/local", "p-queue"),
           "mailboxd": ("run/mailboxd", "p-auth")}
SMTP = ("queued", "deliver-local", "smtpd")
SETTLE_SECONDS = 40
PATIENCE = 30  # s that a client tries again


class Talk:
    """An SMTP client's line."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.sock.makefile("rb")
        try:
            if self.line()[:3] != "220":
                raise EOFError
        except (OSError, EOFError):
            self.close()
            raise ConnectionError

    def line(self):
        """The last line of an answer."""
        while True:
            s = self.file.readline()
            if not s.endswith(b"\r\n"):
                raise EOFError
            if s[3:4] != b"-":
                return s[:-2].decode()

    def say(self, text):
        self.sock.sendall((text.encode() if isinstance(text, str) else text)
                          + b"\r\n")

    def answer(self, text):
        self.say(text)
        return self.line()

    def close(self):
        self.file.close()
        self.sock.close()


class Play:
    def __init__(self, fault=None, etc=None):
        self.home = make_home(etc=etc)
        self.messages, self.acked, self.ids = {}, set(), {}
        self.fetched = {}
        self.refused, self.unsent = [], []
        self.lock = threading.Lock()
        self.sink = Sink(self.home, self._sunk)
        self.relayd = relayd(self.home)
        self.check = Fake(self.home, "run/relayd/check", self._check)
        self.port = free_port()
        self.tracer = Tracer(self.home, fault)
        self.base = None
        self.programs = set()

    def close(self):
        self.tracer.quit()
        self.tracer.remove()
        self.home.close()

    def start(self, *programs):
        for program in programs or DAEMONS:
            self.programs.add(program)
            self.tracer.daemon(program, *(
                ["-l", "127.0.0.1:%d,smtp" % self.port]
                if program == "smtpd" else []))
        for program in programs or DAEMONS:
            if not wait_for(lambda: self._there(program), 30):
                raise RuntimeError(program + " does not start:\n"
                                   + self.tracer.errors()[-3000:])
        if "queued" in self.programs:
            wait_for(lambda: "queued: started" in self.tracer.errors(), 10)

    def _there(self, program):
        try:
            if program == "smtpd":
                Talk(self.port).close()
            else:
                self.home.connect(*DAEMONS[program], 5).close()
            return True
        except OSError:
            return False

    def go(self):
        """From here on it counts."""
        self.base = snapshot(self.home)
        self.tracer.mark("go")

    # neighbours

    def _sunk(self, key):
        self.tracer.mark("sunk %s %s" % key)

    def _check(self, op, fields, fds):
        """relayd: everybody is of a network that may."""
        return msg("N", "none") if op == "W" else msg(
            "Y", "network", "", "0", "500", "grant")

    # callers

    def message(self, to, **kw):
        m = Message(to, **kw)
        self.messages[m.token] = m
        return m

    def _acked(self, m, ident=None):
        with self.lock:
            self.acked.add(m.token)
            if ident:
                m.id = ident
                self.ids[ident] = m.token

    def submit(self, m, large=False, grant="g"):
        """One message, tried again as smtpd's client would, each try a message
        of its own.  The last one."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            op, text = self._try(m, large, grant)
            if op == "Y":
                self._acked(m, text)
                return m
            if op and op in "NR":
                self.refused.append(text)
                return m
            time.sleep(0.05)
            m = self.message(m.to, size=len(m.data), sender=m.sender)
        self.unsent.append(m.token)
        return m

    def _try(self, m, large, grant):
        try:
            c = Caller(self.home)
        except OSError:
            return "", ""
        try:
            if large:
                return c.large(m.sender, m.to, m.data, grant=grant)
            return c.submit(m.sender, m.to, m.data, grant=grant)
        except (OSError, ValueError):
            return "", ""
        finally:
            c.close()

    def smtp(self, *messages):
        """A client of smtpd: the messages in one session, pipelined; tried again
        as long as nobody refuses for good."""
        todo, end = list(messages), time.monotonic() + PATIENCE
        while todo and time.monotonic() < end:
            before = len(todo)
            try:
                self._smtp_session(todo)
            except (OSError, EOFError):
                pass
            if todo and len(todo) == before:
                time.sleep(0.1)
            todo = [self.message(m.to, size=len(m.data), sender=m.sender)
                    for m in todo]
        self.unsent += [m.token for m in todo]

    def _smtp_session(self, todo):
        """Takes those of todo away that were answered for good."""
        talk = Talk(self.port)
        try:
            talk.answer("EHLO client.test")
            for m in list(todo):
                talk.say("".join(["MAIL FROM:<%s>\r\n" % m.sender] + [
                    "RCPT TO:<%s>\r\n" % r for r in m.to] + ["DATA"]))
                got = [talk.line() for _ in range(len(m.to) + 2)]
                if all(g[:1] in "23" for g in got):
                    got.append(talk.answer(m.data.replace(b"\n", b"\r\n")
                                           + b"."))
                elif got[-1][:3] == "354":  # some, not all: not with us
                    return
                if [g for g in got if g[:1] == "5"] and not [
                        g for g in got if g[:1] == "4"]:
                    self.refused.append("; ".join(got))
                elif not got[-1].startswith("250"):
                    return
                else:
                    self._acked(m, got[-1].split()[-1])
                    self.tracer.mark("acked " + m.token)
                todo.remove(m)
            talk.answer("QUIT")
        finally:
            talk.close()

    def inject(self, m):
        """queue-inject, traced; tried again as long as it says so."""
        for i in range(20):
            base = os.path.join(self.tracer.dir, "%s.%d" % (m.token, i))
            with open(base + ".msg", "wb") as f:
                f.write(m.data)
            with open(base + ".env", "wb") as f:
                f.write(b"F" + m.sender.encode() + b"\0" + b"".join(
                    b"T" + r.encode() + b"\0" for r in m.to) + b"\0")
            tag = "inject-%s-%d" % (m.token, i)
            self.tracer.start(tag, "queue-inject", stdin=base + ".msg",
                              stdout=base + ".env")
            code = self.tracer.wait_exit(tag)
            if code == 0:
                self._acked(m)
                self.tracer.mark("acked " + m.token)
                return m
            if code in (11, 31, 100):
                self.refused.append("queue-inject %d" % code)
                return m
            time.sleep(0.2)
            m = self.message(m.to, size=len(m.data), sender=m.sender)
        self.unsent.append(m.token)
        return m

    # customers

    def fetch(self, box, delete=True):
        """A POP3 session straight at mailboxd: what was there is counted as
        taken once QUIT was answered."""
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        got = []
        try:
            with theirs, handed(self.home, box) as conn:
                answer, fds = recv(conn)
                for fd in fds:
                    os.close(fd)
                if answer[:1] == b"E":
                    return True
                if answer[:1] == b"S":
                    send(conn, msg("C", 3, "", b""), [theirs.fileno()])
                    answer = recv(conn)[0]
            if answer != b"Y":
                return False
            return self._session(box, ours, delete, got)
        except (OSError, ValueError, EOFError):
            if delete and got:  # what was sent to be deleted may be
                with self.lock:
                    for data in got:
                        self._taken("maybe", box, data)
            return False
        finally:
            ours.close()

    def _taken(self, what, box, data):
        key = judge(data, self.messages)
        if key:
            key = (what, key[0], box, key[1])
            self.fetched[key] = self.fetched.get(key, 0) + 1

    def _session(self, box, sock, delete, got):
        f = sock.makefile("rb")

        def line():
            s = f.readline()
            if not s.endswith(b"\r\n"):
                raise EOFError
            return s[:-2]

        def say(text):
            sock.sendall(text + b"\r\n")
            return line()
        line()
        n = int(say(b"STAT").split()[1])
        for i in range(1, n + 1):
            say(b"RETR %d" % i)
            text = []
            while True:
                s = line()
                if s == b".":
                    break
                text.append(s[1:] if s.startswith(b".") else s)
            if delete:
                say(b"DELE %d" % i)
            got.append(b"\n".join(text) + b"\n")
        bye = say(b"QUIT")
        if delete:
            what = "gone" if bye.startswith(b"+OK") else "maybe"
            with self.lock:
                for data in got:
                    self._taken(what, box, data)
        return True

    def dovecot(self, box):
        """Moves new/ to cur/ as an IMAP server does; no fsync."""
        folder = self.home.path("mail", box)
        try:
            names = os.listdir(folder + "/new")
        except FileNotFoundError:
            return
        for name in names:
            tag = "mv-%s" % name
            with self.tracer.lock:
                self.tracer._say("start %s /dev/null /dev/null /bin/mv %s/new/"
                                 "%s %s/cur/%s:2,S" % (tag, folder, name,
                                                       folder, name))
            self.tracer.wait_exit(tag, 10)

    # the end

    def empty(self, timeout=SETTLE_SECONDS):
        return wait_for(lambda: not files(self.home), timeout)

    def judge(self):
        """What is wrong, once all is quiet."""
        bad = []
        if not self.empty():
            bad.append("stuck: %s\n%s" % (files(self.home),
                                          self.tracer.errors()[-3000:]))
        seen, torn = copies_in(self.home, self.messages)
        by = {"gone": {}, "maybe": {}}
        for (what, *key), n in self.fetched.items():
            by[what][tuple(key)] = n
        return bad + verdict(self.messages, self.acked, seen, torn,
                             self.sink.got, by["gone"], by["maybe"])


def snapshot(home):
    """{inode: (kind, data or {name: inode})} of queue/ and mail/, and the two
    roots."""
    tree = {}

    def walk(path):
        st = os.lstat(path)
        if os.path.isdir(path):
            tree[st.st_ino] = {n: walk(os.path.join(path, n))
                               for n in os.listdir(path)}
        else:
            with open(path, "rb") as f:
                tree[st.st_ino] = f.read()
        return st.st_ino
    return tree, walk(home.path("queue")), walk(home.path("mail"))


# the scenes ------------------------------------------------------------------

def scene_here(p):
    """Cut-through, one and several mailboxes; a customer and an IMAP server."""
    p.start()
    p.go()
    p.submit(p.message(["ann@near.test"]))
    p.submit(p.message(["ann@near.test", "bob@near.test", "cat@near.test"]))
    p.fetch("ann")
    p.dovecot("bob")
    p.submit(p.message(["ann@near.test", "bob@near.test"]))
    p.fetch("bob")


def scene_mixed(p):
    """Here and elsewhere, through the spool: over the socket, injected."""
    p.start()
    p.go()
    p.submit(p.message(["ann@near.test", "x@far.example"]))
    p.submit(p.message(["bob@near.test", "z@far.example"], size=30000))
    p.inject(p.message(["cat@near.test", "y@far.example"]))
    p.fetch("ann")
    p.empty(5)


def scene_ways(p):
    """Forward, list, alias to elsewhere, bounces of both kinds."""
    p.start()
    p.go()
    p.submit(p.message(["dan@near.test"]))
    p.submit(p.message(["list@near.test"]))
    p.submit(p.message(["out@near.test", "fwd@near.test"]))
    p.submit(p.message(["nobody@near.test", "bob@near.test"],
                       sender="ann@near.test"))
    p.submit(p.message(["bad@far.example"], sender="cat@near.test"))
    p.empty(5)


def scene_slow(p):
    """deliver-local comes late: the spool holds it; elsewhere answers later."""
    p.sink.defer = 1
    p.start("queued")
    p.go()
    late = [threading.Thread(target=p.submit, args=(p.message(to),))
            for to in (["ann@near.test"], ["bob@near.test", "x@far.example"])]
    for t in late:
        t.start()
    time.sleep(0.3)
    p.start("deliver-local", "mailboxd")
    for t in late:
        t.join()
    p.empty(8)
    p.fetch("ann")


def scene_crowd(p):
    """Many at once: batches, one sync for all."""
    p.start()
    p.go()

    def one(i):
        p.submit(p.message(["ann@near.test", "x%d@far.example" % i]))
        p.submit(p.message(["bob@near.test", "cat@near.test"]))
    threads = [threading.Thread(target=one, args=(i,)) for i in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    p.fetch("bob")
    p.empty(5)


def scene_big(p):
    """More than a memfd takes, by queue-inject."""
    p.start()
    p.go()
    p.inject(p.message(["ann@near.test", "x@far.example"], size=1200000))
    p.empty(5)


def scene_smtp(p):
    """By SMTP: one after another in a session; two at a time; one of more than
    1 MiB, which smtpd writes into the spool itself."""
    p.start(*SMTP)
    p.go()
    p.smtp(p.message(["ann@near.test"]),
           p.message(["bob@near.test", "x@far.example"]))
    other = threading.Thread(target=p.smtp, args=(
        p.message(["ann@near.test", "cat@near.test"]),))
    other.start()
    p.smtp(p.message(["cat@near.test", "y@far.example"], size=1100000))
    other.join()
    p.empty(5)


def scene_again(p):
    """queued starts with mail in its spool: killed while deliver-local is away."""
    p.sink.defer = 2
    p.start("queued")
    p.go()
    late = [threading.Thread(target=p.submit, args=(p.message(to),)) for to in (
        ["ann@near.test", "v@far.example"], ["bob@near.test", "w@far.example"],
        ["cat@near.test", "bob@near.test", "x@far.example"],
        ["y@far.example"])]  # with a foreign one: no cut-through
    for t in late:
        t.start()
    for t in late:
        t.join()
    p.tracer.kill("queued")
    p.start("deliver-local", "mailboxd")
    p.empty(8)
    p.fetch("ann")


def scene_away(p):
    """Elsewhere alone: by the spool until that host is known to be quick, then not;
    put off, or refused, by the spool after all."""
    p.start("queued", "deliver-local", "mailboxd")
    p.go()
    for i in range(4):
        p.submit(p.message(["x%d@far.example" % i]))
        p.empty(5)
    p.sink.defer = 1
    p.submit(p.message(["u@far.example"]))
    p.submit(p.message(["w@far.example", "bad@far.example"],
                       sender="cat@near.test"))
    p.submit(p.message(["y@far.example"]))
    p.empty(5)


SCENES = {f.__name__[6:]: f for f in (
    scene_here, scene_mixed, scene_ways, scene_slow, scene_crowd, scene_big,
    scene_smtp, scene_again, scene_away)}


def play(name, fault=None):
    """A Play after its scene; the caller judges and closes it."""
    p = Play(fault)
    try:
        SCENES[name](p)
    except BaseException:
        p.close()
        raise
    return p
