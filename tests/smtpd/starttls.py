#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""STARTTLS and implicit TLS with a fake tlsd, which hands the stream back as it
is: what counts is who gets which descriptor when, and what is forgotten."""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Fake, Scene, home, msg  # noqa: E402
from home import check, done  # noqa: E402

scene = Scene()
answer = {"op": "P"}


def carry(a, b):
    while True:
        data = a.recv(65536)
        if not data:
            break
        b.sendall(data)
    for sock, end in (b, socket.SHUT_WR), (a, socket.SHUT_RD):
        try:
            sock.shutdown(end)
        except OSError:
            pass


def tlsd(op, fields, fds):
    if op != "I" or len(fds) != 1:
        return None
    client = socket.socket(fileno=fds[0])
    if answer["op"] != "P":
        client.close()
        return msg(answer["op"], "the handshake failed")
    ours, theirs = socket.socketpair()
    client.setblocking(True)
    for a, b in (client, ours), (ours, client):
        threading.Thread(target=carry, args=(a, b), daemon=True).start()
    return msg("P", "TLSv1.3", "TLS_AES_256_GCM_SHA384", ""), [
        theirs.detach()]


fake = Fake(scene.home, "run/tlsd/in", tlsd)
port = scene.listen("smtp")
ports = scene.listen("submissions")


def client(number=None, banner=True):
    return Client(socket.create_connection(("127.0.0.1", number or port)),
                  banner)


scene.home.write("etc/plaintext", "192.0.2.0/24\n")  # not us
c = client()
told = c.hello("before.example")
check("STARTTLS is offered", "STARTTLS" in told, told)
check("AUTH is not", "AUTH" not in told, told)
check("AUTH in clear: 538", c.cmd("AUTH PLAIN AGEAYg==")[:3] == "538")
check("nothing behind it", c.cmd("STARTTLS now")[:3] == "501")
c.cmd("MAIL FROM:<a@b.example>")
check("220", c.cmd("STARTTLS")[:3] == "220")
check("the greeting is forgotten",
      c.cmd("MAIL FROM:<a@b.example>")[:3] == "503")
check("the transaction too", c.cmd("RCPT TO:<fred@example.test>")[:3] == "503")
told = c.hello()
check("not offered again", "STARTTLS" not in told and "AUTH" in told, told)
check("503 when it is on", c.cmd("STARTTLS")[:3] == "503")
r = c.cmd("AUTH PLAIN AHdpZGdldDAxAHJpZ2h0")
check("a login under TLS", r[:3] == "235", r)
c.envelope("fred@example.test", "demo@example.test")
r = c.message("From: fred@example.test\r\n\r\n.\r\n")
check("a message under TLS", r[:3] == "250", r)
check("Received says so",
      b"with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384)" in
      scene.messages[-1][1], scene.messages[-1][1])
c.cmd("QUIT")

c = client()
c.hello()
c.send("STARTTLS\r\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<x@y>\r\n")
r = c.reply()
check("bytes behind STARTTLS are refused", r[:3] == "501", r)
check("and it hangs up", c.reply() == "closed")
check("and says so in the log", scene.home.wait_log(
    "smtpd.smtp", "nothing may follow STARTTLS"))
check("tlsd never saw it", len(fake.requests) == 1, fake.requests)

answer["op"] = "N"
c = client()
c.hello()
check("220 and then no handshake", c.cmd("STARTTLS")[:3] == "220"
      and c.reply() == "closed")
check("logged", scene.home.wait_log("smtpd.smtp", "tls ip=127.0.0.1 "
                                    "result=failed"))
answer["op"] = "P"

c = client(ports)
check("465: the banner comes under TLS", c.banner[:3] == "220", c.banner)
check("tlsd was asked first", len(fake.requests) == 3, fake.requests)
told = c.hello()
check("AUTH and no STARTTLS", "AUTH" in told and "STARTTLS" not in told, told)
check("587's rule holds on 465",
      c.cmd("MAIL FROM:<fred@example.test>")[:3] == "530")

c = Client(scene.ucspi())
told = c.hello()
check("STARTTLS under a UCSPI server", "STARTTLS" in told
      and c.cmd("STARTTLS")[:3] == "220" and "AUTH" in c.hello(), told)

c = client()
c.hello()
busy = client()
busy.hello()
busy.envelope("a@b.example", "fred@example.test")
busy.cmd("DATA")
busy.send("x: y\r\n\r\n")
scene.home.procs["smtpd.smtp"].terminate()
check("421 when it stops", c.reply() ==
      "421 4.3.2 mx.example.test shutting down" and c.reply() == "closed")
busy.send("last\r\n.\r\n")
check("a message on its way is taken first", busy.reply()[:3] == "250")
check("and then 421", busy.reply()[:3] == "421")
check("exit 0", scene.home.stop("smtpd.smtp") == 0)
port = scene.listen("smtp")

fake.close()
c = client(ports, banner=False)
check("465 without tlsd: nothing in clear", c.reply() == "closed")
time.sleep(1.1)  # an acceptor looks once a second
c = client()
told = c.hello()
check("25 without tlsd: not offered", "STARTTLS" not in told, told)
check("454", c.cmd("STARTTLS")[:3] == "454")
home.done()
