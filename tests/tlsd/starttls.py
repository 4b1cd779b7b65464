# SPDX-License-Identifier: ISC
"""smtpd with the real tlsd: STARTTLS and implicit TLS by smtplib, injection,
and what clients are offered while tlsd is away."""
import os
import smtplib
import socket
import ssl
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../smtpd"), HERE]
from _scene import Client, Scene, home  # noqa: E402
from home import check, done, wait_for  # noqa: E402
from _tls import EC, RSA, fingerprint, make_cert  # noqa: E402

scene = Scene(etc={"plaintext": "192.0.2.0/24\n"})  # not us
base = make_cert(scene.home, "default", EC)
scene.home.start("tlsd")
port, ports = scene.listen("smtp"), scene.listen("submissions")
trusting = ssl._create_unverified_context()

MAIL = "From: a@far.example\r\nSubject: x\r\n\r\n" + "body\r\n" * 50000

for kind in EC, RSA:
    base = make_cert(scene.home, "default", kind)
    home.time.sleep(1.05)
    s = smtplib.SMTP("127.0.0.1", port, timeout=20)
    s.ehlo()
    check("STARTTLS is offered", s.has_extn("starttls"))
    check("AUTH is not", not s.has_extn("auth"))
    s.starttls(context=trusting)
    check("the certificate", fingerprint(s.sock.getpeercert(True))
          == fingerprint(base + "/cert.pem"))
    s.ehlo()
    check("STARTTLS is offered no more", not s.has_extn("starttls"))
    check("AUTH is now", s.has_extn("auth"))
    before = len(scene.messages)
    s.sendmail("a@far.example", ["fred@example.test"], MAIL)
    check("a message of 300 kB", len(scene.messages) == before + 1
          and scene.messages[-1][1].count(b"body") == 50000, (
              len(scene.messages), before, scene.log()[-300:]))
    check("Received says so", b"TLSv1.3" in scene.messages[-1][1][:600],
          scene.messages[-1][1][:600])
    check("QUIT is answered", s.quit()[0] == 221)

s = smtplib.SMTP_SSL("127.0.0.1", ports, timeout=20, context=trusting)
s.login("widget01", "right")
check("465: AUTH under TLS", True)
s.quit()

# commands put in front of the client's own (CVE-2011-0411 and its kin)
for name, first, rest in (
        ("in one packet", b"STARTTLS\r\nRSET\r\nEHLO evil\r\n", b""),
        ("right behind", b"STARTTLS\r\n", b"MAIL FROM:<evil@far.example>\r\n")):
    c = Client(socket.create_connection(("127.0.0.1", port)))
    c.hello("good.example")
    c.sock.sendall(first)
    if rest:
        c.sock.sendall(rest)
    c.sock.settimeout(10)
    got = b""
    try:
        while part := c.sock.recv(9999):
            got += part
            if got.startswith(b"220") and not rest:
                break
    except OSError:
        pass
    # refused outright, or read by TLS as no handshake: never as a command
    check("injection " + name, b"250" not in got and
          (got.startswith(b"501") or got[:3] == b"220"), got)
    c.sock.close()

# a plain-text answer to STARTTLS: refused, and only this session ends
c = Client(socket.create_connection(("127.0.0.1", port)))
c.hello("good.example")
c.cmd("STARTTLS")
c.sock.sendall(b"EHLO still.plain.example\r\n")
c.sock.settimeout(10)
got = b""
try:
    while part := c.sock.recv(9999):
        got += part
except OSError:
    pass
check("no plain text behind the 220", b"250" not in got, got)
check("smtpd logs why", wait_for(
    lambda: "tls ip=127.0.0.1 result=failed" in scene.log(), 5))

# tlsd away
scene.home.stop("tlsd")
time.sleep(1.1)  # an acceptor looks once a second
s = smtplib.SMTP("127.0.0.1", port, timeout=20)
s.ehlo()
check("without tlsd STARTTLS is not offered", not s.has_extn("starttls"))
check("and refused for now", s.docmd("STARTTLS")[0] == 454)
s.quit()
try:
    smtplib.SMTP_SSL("127.0.0.1", ports, timeout=20, context=trusting)
    refused = False
except OSError:
    refused = True
check("465 closes", refused)
scene.home.start("tlsd")
s = smtplib.SMTP("127.0.0.1", port, timeout=20)
s.starttls(context=trusting)
check("back again", s.ehlo()[0] == 250)
done()
