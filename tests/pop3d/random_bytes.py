#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Half-sensible commands, cut anywhere, at pop3d and mailboxd: no process dies
of it, and a sane client is served afterwards.  random_bytes.py [SEED]"""
import os
import random
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import PASSWORD, Pop, VARIABLES, read_until, say  # noqa: E402
from home import check, done, free_port, wait_for  # noqa: E402

SECONDS = 4
WORDS = [w.encode() for w in [
    "RETR", "TOP", "LIST", "UIDL", "DELE", "RSET", "STAT", "NOOP", "QUIT",
    "CAPA", "USER ann", "PASS " + PASSWORD, "AUTH PLAIN", "AUTH", "STLS", "*",
    "=", "XYZ", VARIABLES["B64"]]]
ARGS = [b"", b" 1", b" 2", b" 3", b" 0", b" 1 1", b" 2 0",
        b" 99999999999999", b" x", b" \0", b" " + b"a" * 300,
        b" " + b"9" * 600, b"\xff"]
ENDS = [b"\r\n"] * 8 + [b"\n", b"\r", b"", b"\r\r\n"]
MAILS = {"1.Pa.h": b"S: x\n\nbody\n.\n..\n", "2.Pb.h:2,S": b"x" * 5000,
         "3.Pc.h,S=3,W=4": b"a\r\nb"}

seed = int(sys.argv[1]) if len(sys.argv) > 1 else int(time.time())
print("# seed %d" % seed)
random.seed(seed)
pop = Pop(**{"connections-ip": "1000"})
pop.home.start("mailboxd")
port = free_port()
pop.home.start("pop3d", "-l", "127.0.0.1:%d" % port)
pop.fill(MAILS)


def stream():
    out = bytearray(b"".join(
        random.choice(WORDS) + random.choice(ARGS) + random.choice(ENDS)
        for _ in range(random.randrange(1, 40))))
    if random.random() < .2:
        for _ in range(5):
            out[random.randrange(len(out))] = random.randrange(256)
    return bytes(out)


def connection():
    if random.random() < .5:
        return pop.hand_over(ahead=stream()[:4000])[2]
    sock = socket.create_connection(("127.0.0.1", port), 5)
    if random.random() < .7:
        sock.sendall(b"USER ann\r\nPASS %s\r\n" % PASSWORD.encode())
    return sock


def one():
    sock = connection()
    sock.settimeout(.3)
    try:
        data = stream()
        while data:
            n = random.randrange(1, len(data) + 1)
            sock.sendall(data[:n])
            data = data[n:]
            if random.random() < .3:
                sock.recv(1000)
        if random.random() < .5:
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
    except OSError:
        pass
    sock.close()


end, n = time.monotonic() + SECONDS, 0
while time.monotonic() < end:
    if n % 20 == 0:
        for name, text in MAILS.items():
            with open(os.path.join(pop.folder(), "cur", name), "wb") as f:
                f.write(text)
        pop.own(pop.folder())
    one()
    n += 1
print("# %d connections" % n)
time.sleep(1.1)  # mailboxd looks after its children once a second
log = pop.home.log("pop3d") + pop.home.log("mailboxd")
check("nobody was killed", "signal" not in log and "killed" not in log,
      [line for line in log.split("\n") if "kill" in line or "sig" in line])
check("sessions went both ways", "result=quit" in log
      and "result=broken" in log)


def sane():
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        read_until(sock, b"\r\n")
        sock.sendall(b"USER ann\r\nPASS %s\r\nSTAT\r\nQUIT\r\n"
                     % PASSWORD.encode())
        return say(sock, b"", b"+OK bye\r\n").endswith(b"+OK bye\r\n")


check("a sane client is served", wait_for(sane, 5))
done()
