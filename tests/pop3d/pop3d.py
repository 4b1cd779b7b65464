#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pop3d and mailboxd together, with a fake authd (and a fake tlsd): the
dialogues of authorization/ and needs-tls/, and what no dialogue can say."""
import glob
import os
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import (PASSWORD, Pop, VARIABLES, read_until, say,  # noqa: E402
                  wait_for)
from home import (Fake, ROOT, check, done, free_port,  # noqa: E402
                  hung_up, msg, skip)
import dialogue  # noqa: E402

MAIL = b"Subject: x\n\nbody\n"
HERE = os.path.dirname(os.path.abspath(__file__))
LOGIN = ("USER ann\r\nPASS %s\r\n" % PASSWORD).encode()

pop = Pop(["ann", "bob"])
pop.fill({"1.Pa.h": MAIL})
pop.home.start("mailboxd")
port, port_s = free_port(), free_port()
pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port,
               "-l", "[::1]:%d" % port, "-l", "127.0.0.1:%d,pop3s" % port_s)


def connect(to=None):
    return socket.create_connection(("127.0.0.1", to or port), 10)


def greeted(to=None):
    s = connect(to)
    read_until(s, b"\r\n")
    return s


def play(folder, how=connect):
    for path in sorted(glob.glob(os.path.join(HERE, folder, "*.dlg"))):
        try:
            with open(path) as f:
                dialogue.play(f.read(), how, VARIABLES)
            check(folder + "/" + os.path.basename(path), True)
        except dialogue.Failed as e:
            check(folder + "/" + os.path.basename(path), False, e)
        wait_for(pop.is_free, 3)


def dialogues():
    play("authorization")
    six = socket.create_connection(("::1", port), 10)
    check("IPv6", read_until(six, b"\r\n").startswith(b"+OK"))
    check("... loopback too needs no TLS",
          say(six, b"USER ann\r\n") == b"+OK\r\n")
    six.close()
    pop.home.write("etc/plaintext", "# nobody near\n192.0.2.0/24\n")
    play("needs-tls")
    pop.home.write("etc/plaintext", "127.0.0.0/8\n192.0.2.1/24\n")
    s = greeted()
    check("a broken etc/plaintext counts as empty", say(
        s, b"USER ann\r\n").startswith(b"-ERR [SYS/PERM]"))
    check("... and the log names the line",
          "etc/plaintext:2:" in pop.home.log("pop3d"), pop.home.log("pop3d"))
    pop.home.write("etc/plaintext", "127.0.0.0/8\n")
    check("it is read at the next connection",
          say(greeted(), b"USER ann\r\n") == b"+OK\r\n")
    os.unlink(pop.home.path("etc/plaintext"))


def verdicts():
    for verdict, want in [
            (("D", "by the administrator"), b"-ERR [AUTH] this mailbox is "),
            (("T", "relayd is down"), b"-ERR [SYS/TEMP] "),
            (("X", "what"), b"-ERR [SYS/TEMP] "),
            (("T",), b"-ERR [SYS/TEMP] "),
            (("Y", "ann", ""), b"-ERR [SYS/TEMP] "),
            (("N",), b"-ERR [AUTH] wrong user name or password")]:
        pop.verdict = verdict
        s = greeted()
        got = say(s, LOGIN, b"\r\n").split(b"\r\n")
        if len(got) < 3:
            got += read_until(s, b"\r\n").split(b"\r\n")
        check("authd says %s" % verdict[0],
              any(g.startswith(want) for g in got), got)
        s.close()
    pop.verdict = None
    check("what authd did not judge is logged with name and address", wait_for(
        lambda: "login service=pop3 user=ann ip=127.0.0.1 result=later "
        'reason="authd or mailboxd: ' in pop.home.log("pop3d"), 3),
        pop.home.log("pop3d"))
    s = greeted()
    say(s, b"AUTH PLAIN Ym9iAGFubgB4\r\n")  # bob NUL ann NUL x
    say(s, b"AUTH PLAIN eA==\r\n")
    s.close()
    for words in ('user=ann ip=127.0.0.1 result=refused reason="acts for ano',
                  "pop3 ip=127.0.0.1 result=refused reason=malformed"):
        check("logged: " + words, wait_for(
            lambda w=words: w in pop.home.log("pop3d"), 3))
    check("no password in any log", PASSWORD not in
          pop.home.log("pop3d") + pop.home.log("mailboxd"))


def login(sock):
    """The reply to PASS."""
    user, password = LOGIN.splitlines(keepends=True)
    say(sock, user)
    return say(sock, password)


def in_use():
    a = greeted()
    check("first", say(a, LOGIN, b"1 message\r\n").endswith(b"1 message\r\n"))
    b = greeted()
    got = say(b, LOGIN, b"127.0.0.1\r\n")
    check("in use: since when, from where", b"-ERR [IN-USE] this mailbox is "
          b"in use since 2" in got and got.endswith(b"from 127.0.0.1\r\n"),
          got)
    say(a, b"QUIT\r\n")
    check("... and the client may try again", b"logged in" in login(b))
    late = 0
    for _ in range(100):
        say(b, b"QUIT\r\n")
        b = greeted()
        late += b"IN-USE" in login(b)
    check("right behind +OK to QUIT the mailbox is free", late == 0, late)
    b.close()
    wait_for(pop.is_free, 3)


def neighbours_down():
    pop.home.stop("mailboxd")
    s = greeted()
    got = say(s, LOGIN, b"later\r\n")
    check("mailboxd down", b"-ERR [SYS/TEMP] mailboxes are not" in got, got)
    pop.home.start("mailboxd")
    got = say(s, LOGIN, b"1 message\r\n")
    check("... and up again: the same client gets in", b"logged in" in got)
    s.close()
    wait_for(pop.is_free, 3)


def killed():
    s = greeted()
    say(s, LOGIN, b"1 message\r\n")
    say(s, b"DELE 1\r\n")
    proc = pop.home.procs["pop3d"]
    proc.send_signal(signal.SIGKILL)
    pop.home.stop("pop3d")
    check("pop3d killed: a session goes on",
          say(s, b"NOOP\r\n") == b"+OK\r\n")
    s.close()  # without QUIT
    wait_for(pop.is_free, 3)
    check("client gone in the middle: nothing is deleted",
          pop.names() == ["1.Pa.h:2,S"], pop.names())
    pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port,
                   "-l", "127.0.0.1:%d,pop3s" % port_s)
    check("pop3d again", say(greeted(), b"QUIT\r\n") == b"+OK bye\r\n")


class FakeTls:
    """tlsd that speaks no TLS: it passes the bytes on, so that what pop3d
    does around a hand-over shows."""

    def __init__(self):
        self.verdict, self.keeps = None, False
        self.seen = []
        self.fake = Fake(pop.home, "run/tlsd/in", self.serve)

    def serve(self, op, fields, fds):
        self.seen.append((op, fields[1:], len(fds)))
        if self.verdict:
            if not self.keeps:
                os.close(fds[0])
            return msg(*self.verdict)
        client = socket.socket(fileno=fds[0])
        inner, theirs = socket.socketpair()
        client.settimeout(None)
        for a, b in ((client, inner), (inner, client)):
            threading.Thread(target=self.carry, args=(a, b),
                             daemon=True).start()
        return msg("P", "TLSv1.3", "none", ""), [theirs.detach()]

    def carry(self, a, b):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def tls():
    s = greeted(port)
    check("no tlsd: no STLS", b"STLS" not in say(s, b"CAPA\r\n", b".\r\n"))
    check("no tlsd: pop3s is closed", hung_up(connect(port_s)))
    fake = FakeTls()
    pop.home.write("etc/plaintext", "192.0.2.0/24\n")
    s = greeted()
    capa = say(s, b"CAPA\r\n", b".\r\n")
    check("STLS is offered, USER is not", b"\r\nSTLS\r\n" in capa
          and b"USER" not in capa, capa)
    check("STLS", say(s, b"STLS\r\n") == b"+OK begin TLS\r\n")
    capa = say(s, b"CAPA\r\n", b".\r\n")
    check("... then USER is, STLS is not", b"STLS" not in capa
          and b"\r\nUSER\r\nSASL PLAIN\r\n" in capa, capa)
    check("STLS twice", say(s, b"STLS\r\n") == b"-ERR TLS is on already\r\n")
    got = say(s, LOGIN, b"1 message\r\n")
    check("a login through it", b"logged in" in got, got)
    say(s, b"QUIT\r\n")
    check("... ends as it should", hung_up(s))
    check("tlsd heard what it must", fake.seen[-1] ==
          ("I", [b"pop3", b"127.0.0.1"], 1), fake.seen)
    check("... the session's log has the version", wait_for(
        lambda: "tls=TLSv1.3" in pop.home.log("mailboxd"), 3))
    wait_for(pop.is_free, 3)
    s = greeted(port_s)
    check("pop3s", b"logged in" in say(s, LOGIN, b"1 message\r\n"))
    s.close()
    wait_for(pop.is_free, 3)
    n = len(fake.seen)
    s = greeted()
    got = say(s, b"STLS\r\nUSER ann\r\n")
    check("commands behind STLS are refused", got.startswith(b"-ERR nothing "),
          got)
    check("... and it hangs up", hung_up(s))
    check("... tlsd has not seen it", len(fake.seen) == n)
    check("... it is in the log", wait_for(
        lambda: "commands behind STLS" in pop.home.log("pop3d"), 3))
    fake.verdict = ("N", "handshake failed")
    s = greeted()
    check("a failed handshake", say(s, b"STLS\r\n") == b"+OK begin TLS\r\n"
          and hung_up(s))
    fake.verdict = ("T", "no certificate")
    check("pop3s without a certificate", hung_up(connect(port_s)))
    fake.verdict, fake.keeps = ("?",), True
    check("tlsd answers nonsense and keeps the client's descriptor: closed",
          hung_up(connect(port_s)))
    s = greeted()
    check("... and with STLS", say(s, b"STLS\r\n") == b"+OK begin TLS\r\n"
          and hung_up(s))
    fake.fake.close()
    os.unlink(pop.home.path("etc/plaintext"))


def ucspi():
    program = os.path.join(ROOT, "pop3d/pop3d")
    if not os.path.exists("/usr/bin/tcpserver"):
        return skip("under tcpserver", "not installed")
    where = free_port()
    server = subprocess.Popen(
        ["tcpserver", "-HRl0", "127.0.0.1", str(where), program, "-C",
         pop.home.dir], stderr=subprocess.PIPE)
    try:
        wait_for(lambda: not socket.socket().connect_ex(
            ("127.0.0.1", where)), 5)
        s = greeted(where)
        got = say(s, LOGIN + b"QUIT\r\n", b"bye\r\n")
        check("under tcpserver", b"logged in, 1 message" in got
              and got.endswith(b"+OK bye\r\n"), got)
    finally:
        server.terminate()
        check("... tcpserver says nothing", server.communicate()[1] == b"")
    wait_for(pop.is_free, 3)
    a, b = socket.socketpair()
    env = dict(os.environ, TCPREMOTEIP="192.0.2.7", PROTO="TCP")
    proc = subprocess.Popen([program, "-C", pop.home.dir], stdin=b, stdout=b,
                            stderr=subprocess.DEVNULL, env=env)
    a.settimeout(5)
    read_until(a, b"\r\n")
    check("TCPREMOTEIP counts", say(a, b"USER ann\r\n").startswith(
        b"-ERR [SYS/PERM]"))
    b.close()
    a.close()
    proc.wait(5)
    env["SSL_PROTOCOL"] = "TLSv1.3"
    r1, w1 = os.pipe()
    r2, w2 = os.pipe()
    proc = subprocess.Popen([program, "-C", pop.home.dir], stdin=r1,
                            stdout=w2, stderr=subprocess.DEVNULL, env=env)
    os.close(r1)
    os.close(w2)
    os.write(w1, LOGIN + b"CAPA\r\nQUIT\r\n")
    got = b""
    while True:
        more = os.read(r2, 65536)
        if not more:
            break
        got += more
    proc.wait(5)
    check("under a TLS server with pipes", b"logged in, 1 message" in got
          and got.endswith(b"+OK bye\r\n"), got)


for test in dialogues, verdicts, in_use, neighbours_down, tls, ucspi, killed:
    try:
        test()
    except Exception as e:
        check(test.__name__, False, repr(e))
if os.environ.get("SHOW_LOG"):
    print(pop.home.log("pop3d"), pop.home.log("mailboxd"))
done()
