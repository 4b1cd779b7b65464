# SPDX-License-Identifier: ISC
"""smtpd and pop3d under a UCSPI-TLS server: STARTTLS and STLS without tlsd."""
import os
import poplib
import smtplib
import socket
import ssl
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../smtpd"), os.path.join(HERE, "../pop3d"),
                HERE]
from _scene import Client, Scene  # noqa: E402
from _pop import PASSWORD, Pop  # noqa: E402
from home import check, done, wait_for  # noqa: E402
from _tls import make_cert  # noqa: E402
from _ucspi_tls import Server  # noqa: E402

SHAPES = "pipes", "socket", "one"
FAR = {"plaintext": "192.0.2.0/24\n"}  # not us
MAIL = "From: a@far.example\r\nSubject: x\r\n\r\n" + "body\r\n" * 50000
BIG = b"Subject: big\n\n" + (b"y" * 76 + b"\n") * 20000
scene, pop = Scene(etc=FAR), Pop(**FAR)
cert = make_cert(scene.home, "default")
trusting = ssl._create_unverified_context()
log = open(scene.home.path("stderr.ucspi"), "ab")


def smtpd(*args, **kw):
    return Server([scene.home.binary("smtpd"), "-C", scene.home.dir, *args],
                  cert, log, **kw)


def pop3d(**kw):
    return Server([pop.home.binary("pop3d"), "-C", pop.home.dir], cert, log,
                  **kw)


def rest(sock):
    got = b""
    sock.settimeout(10)
    try:
        while part := sock.recv(9999):
            got += part
    except OSError:
        pass
    return got


def talk(port, *lines):
    """Sends each when something has come; all that is said to it."""
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        got = sock.recv(999)
        for line in lines[:-1]:
            sock.sendall(line)
            got += sock.recv(9999)
        sock.sendall(lines[-1])
        return got + rest(sock)


# SMTP
for shape in SHAPES:
    server = smtpd(shape=shape)
    s = smtplib.SMTP("127.0.0.1", server.port, timeout=20)
    s.ehlo()
    check(shape + ": STARTTLS is offered", s.has_extn("starttls"))
    check(shape + ": AUTH is not", not s.has_extn("auth"))
    s.starttls(context=trusting)
    s.ehlo()
    check(shape + ": STARTTLS no more, AUTH now",
          not s.has_extn("starttls") and s.has_extn("auth"))
    before = len(scene.messages)
    s.sendmail("a@far.example", ["fred@example.test"], MAIL)
    check(shape + ": a message of 300 kB", len(scene.messages) == before + 1
          and scene.messages[-1][1].count(b"body") == 50000)
    check(shape + ": Received says so", b"TLSv1.3 TLS_AES" in
          scene.messages[-1][1][:600], scene.messages[-1][1][:600])
    check(shape + ": QUIT is answered", s.quit()[0] == 221)
    check(shape + ": smtpd ends well", wait_for(lambda: server.codes == [0]),
          server.codes)
    server.close()

server = smtpd("-c", "submissions")
s = smtplib.SMTP_SSL("127.0.0.1", server.port, timeout=20, context=trusting)
s.login("widget01", "right")
check("465: TLS at once, AUTH under it", s.quit()[0] == 221)
server.close()

server = smtpd()
got = talk(server.port, b"EHLO a.example\r\n", b"STARTTLS\r\nRSET\r\n")
check("SMTP injection in one packet", b"501 5.5.1" in got and b"220 2" not in
      got, got)
check("... and the server is not asked", wait_for(
    lambda: server.commands == [b""]), server.commands)
got = talk(server.port, b"EHLO a.example\r\n", b"STARTTLS\r\n", b"RSET\r\n")
check("SMTP plain text behind the 220", got.endswith(b"go ahead\r\n"), got)
check("... is logged", wait_for(lambda: "tls ip=127.0.0.1 result=failed"
                                in scene.log()))
got = talk(server.port, b"EHLO a.example\r\n", b"AUTH PLAIN AGEAYg==\r\n",
           b"QUIT\r\n")
check("no AUTH without TLS", b"538 5.7.11" in got, got)
server.close()

# POP3
for shape in SHAPES:
    pop.fill({"1.Pa.h": b"Subject: x\n\nbody\n", "2.Pb.h": BIG})
    if shape == "pipes":
        pop.home.start("mailboxd")
    server = pop3d(shape=shape)
    p = poplib.POP3("127.0.0.1", server.port, timeout=20)
    capa = p.capa()
    check(shape + ": STLS is offered, USER is not",
          "STLS" in capa and "USER" not in capa, capa)
    p.stls(context=trusting)
    check(shape + ": USER now, STLS no more",
          "USER" in p.capa() and "STLS" not in p.capa())
    p.user("ann")
    p.pass_(PASSWORD)
    check(shape + ": a message", p.retr(1)[1] == [b"Subject: x", b"", b"body"])
    check(shape + ": a big one", b"".join(
        x + b"\n" for x in p.retr(2)[1]) == BIG)
    check(shape + ": QUIT", p.quit().startswith(b"+OK"))
    check(shape + ": pop3d ends well", wait_for(lambda: server.codes == [0]),
          server.codes)
    server.close()

server = pop3d()
got = talk(server.port, b"CAPA\r\n", b"STLS\r\nUSER ann\r\n")
check("POP3 injection in one packet", b"nothing may follow STLS" in got
      and b"begin TLS" not in got, got)
got = talk(server.port, b"CAPA\r\n", b"STLS\r\n", b"USER ann\r\n")
check("POP3 plain text behind the +OK", got.endswith(b"begin TLS\r\n"), got)
server.close()

# servers that fail
for name, tell in (("hangs up", b""), ("tells nonsense", b"\0junk\0\0"),
                   ("hangs up half-way", b"SSL_PROT")):
    server = smtpd(tell=tell)
    c = Client(socket.create_connection(("127.0.0.1", server.port)))
    c.hello("good.example")
    c.cmd("STARTTLS")
    if tell:
        try:
            trusting.wrap_socket(c.sock).close()
        except OSError:
            pass
    else:
        check("a server that %s: no plain text" % name, not rest(c.sock))
    check("a server that %s: smtpd ends" % name, wait_for(lambda: server.codes == [0]),
          server.codes)
    server.close()
server = smtpd(tell=b"\0\0")
s = smtplib.SMTP("127.0.0.1", server.port, timeout=20)
s.starttls(context=trusting)
s.sendmail("a@far.example", ["fred@example.test"], "From: a@b\r\n\r\nx")
check("a server that tells nothing", b"ESMTPS" in
      scene.messages[-1][1][:300], scene.messages[-1][1][:300])
s.quit()
server.close()

for program, where in ("smtpd", scene.home), ("pop3d", pop.home):
    run = subprocess.run(
        [where.binary(program), "-C", where.dir], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=20, env=dict(
            os.environ, SSLCTLFD="77", SSLREADFD="0", SSLWRITEFD="1"))
    check(program + ": descriptors that are none", run.returncode == 100
          and "SSLCTLFD" in run.stderr and not run.stdout, run)
done()
