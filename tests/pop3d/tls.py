#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pop3d with the real tlsd: pop3s and STLS, and what ends such sessions."""
import os
import poplib
import socket
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../tlsd")]
from _pop import PASSWORD, Pop, wait_for  # noqa: E402
from home import ROOT, check, done, free_port, skip  # noqa: E402

if not os.path.exists(os.path.join(ROOT, "tlsd/tlsd")):
    skip("pop3d with tlsd", "tlsd is not built")
    done()
from _tls import make_cert  # noqa: E402

BIG = b"Subject: big\n\n" + (b"y" * 76 + b"\n") * 20000
pop = Pop()
make_cert(pop.home, "default")
pop.home.write("etc/plaintext", "192.0.2.0/24\n")
for program in "tlsd", "mailboxd":
    pop.home.start(program)
port, port_s = free_port(), free_port()
pop.home.start("pop3d", "-l", "127.0.0.1:%d" % port,
               "-l", "127.0.0.1:%d,pop3s" % port_s)
trusting = ssl._create_unverified_context()


def scene():
    wait_for(pop.is_free, 3)
    pop.fill({"1.Pa.h": b"Subject: x\n\nbody\n", "2.Pb.h": BIG})


def session(how):
    if how == "pop3s":
        p = poplib.POP3_SSL("127.0.0.1", port_s, timeout=10, context=trusting)
    else:
        p = poplib.POP3("127.0.0.1", port, timeout=10)
        p.stls(context=trusting)
    p.user("ann")
    p.pass_(PASSWORD)
    return p


def a_session(how):
    p = session(how)
    check(how + ": CAPA behind TLS", "STLS" not in p.capa())
    check(how + ": a message", p.retr(1)[1] == [b"Subject: x", b"", b"body"])
    check(how + ": a big one", b"".join(
        x + b"\n" for x in p.retr(2)[1]) == BIG)
    p.dele(1)
    check(how + ": QUIT", p.quit() == b"+OK bye")
    check(how + ": deleted", wait_for(lambda: len(pop.names()) == 1, 3))
    check(how + ": the log knows", wait_for(
        lambda: "dele=1" in pop.home.log("mailboxd")
        and "tls=TLSv1.3" in pop.home.log("mailboxd"), 3))


def ended(how):
    p = session(how)
    p.dele(1)
    pop.boxes["ann"][2] = "disabled"
    pop.write_boxes()
    try:
        time.sleep(1.3)
        p.noop()
        check(how + ": disabling ends it", False)
    except (OSError, poplib.error_proto, EOFError):
        check(how + ": disabling ends it", True)
    pop.boxes["ann"][2] = "ok"
    pop.write_boxes()
    check(how + ": nothing is deleted", len(pop.names()) == 2)
    p.close()


def with_curl():
    for how, url in (("pop3s", "pop3s://127.0.0.1:%d/1" % port_s),
                     ("STLS", "pop3://127.0.0.1:%d/1" % port)):
        got = subprocess.run(
            ["curl", "-sSk", "--ssl-reqd", "-u", "ann:" + PASSWORD, url],
            capture_output=True, timeout=20)
        check("curl: " + how, got.stdout == b"Subject: x\r\n\r\nbody\r\n",
              got.stderr)
        wait_for(pop.is_free, 3)


def injection():
    """Commands that somebody in between puts in front of the client's own
    (CVE-2011-0411 and its kin); none of them may be heard by pop3d, neither at
    once nor behind the handshake."""
    evil = b"USER mallory\r\nPASS wrong\r\nCAPA\r\n"
    for name, first, rest in (
            ("in one packet", b"STLS\r\n" + evil, b""),
            ("a word of it", b"STLS\r\nUS", b""),
            ("a line's end", b"STLS\r\n\r\n", b""),
            ("TLS at once", b"STLS\r\n\x16\x03\x01\x02\x00", b""),
            ("a packet behind", b"STLS\r\n", evil)):
        logins = pop.logins
        sock = socket.create_connection(("127.0.0.1", port), 10)
        got = sock.recv(99)
        sock.sendall(first)
        if rest:
            got = sock.recv(99)
            sock.sendall(rest)
        got = b""
        try:
            while part := sock.recv(9999):
                got += part
        except OSError:
            pass
        sock.close()
        # refused outright, or read by TLS as no handshake
        check("injection, " + name, pop.logins == logins and (
            got.startswith(b"-ERR nothing may follow") if not rest
            else b"+OK" not in got and b"-ERR" not in got), got)
    client = socket.create_connection(("127.0.0.1", port), 10)
    client.recv(99)
    client.sendall(b"USER mallory\r\n")
    client.recv(99)
    client.sendall(b"STLS\r\n")
    client.recv(99)
    tls = trusting.wrap_socket(client)
    tls.sendall(b"PASS x\r\n")
    got = tls.recv(99)
    check("a name told before TLS is forgotten",
          got.startswith(b"-ERR USER comes first"), got)
    tls.close()


for test in a_session, ended:
    for how in "pop3s", "STLS":
        try:
            scene()
            test(how)
        except Exception as e:
            check("%s: %s" % (how, test.__name__), False, repr(e))
try:
    injection()
except Exception as e:
    check("injection", False, repr(e))
try:
    scene()
    with_curl()
except Exception as e:
    check("curl", False, repr(e))
done()
