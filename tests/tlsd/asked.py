# SPDX-License-Identifier: ISC
"""What a session that was taken over gets of the signer: a few signatures of
handshakes of ours, and of nothing else.  Its channel is taken out of a session
that waits for its client."""
import ctypes
import os
import socket
import time

from _tls import (EC, Handed, Home, check, children, done, make_cert, msg,
                  session, skip, tcp_pair, wait_for)
from wire import parse

PIDFD_OPEN, PIDFD_GETFD = 434, 438
ECDSA_P256, RSA_PSS = 0x0403, 0x0804
SERVER = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + bytes(32)
CLIENT = SERVER.replace(b"server", b"client")
FIRST = 4  # SIGN_REQUESTS_MAX

home = Home()
if not home.root:
    skip("a session's channel", "only root can take it")
    done()
make_cert(home, "default", EC)
proc = home.start("tlsd")
libc = ctypes.CDLL(None, use_errno=True)
kept = []


def channel():
    """The signer's end of it in a fresh session."""
    before = set(children(proc.pid))
    client, server = tcp_pair()
    kept.append((client, Handed(home, server, ip="192.0.2.50")))
    wait_for(lambda: set(children(proc.pid)) - before, 5)
    pid = (set(children(proc.pid)) - before).pop()
    time.sleep(0.2)
    pidfd = libc.syscall(PIDFD_OPEN, pid, 0)
    for n in sorted(map(int, os.listdir("/proc/%d/fd" % pid)), reverse=True):
        fd = libc.syscall(PIDFD_GETFD, pidfd, n, 0)
        if fd == -1 or not os.readlink("/proc/self/fd/%d" % fd).startswith(
                "socket:"):
            continue
        sock = socket.socket(fileno=fd)
        if sock.family == socket.AF_UNIX and \
                sock.type == socket.SOCK_SEQPACKET and \
                sock.getsockname() in ("", b""):
            sock.settimeout(5)
            return sock
    raise OSError("no channel can be taken")


def ask(sock, *fields):
    try:
        sock.send(msg("Q", *fields))
        return parse(sock.recv(9999) or b"-")[0]
    except (BrokenPipeError, ConnectionResetError):
        return "-"


try:
    one = channel()
except OSError as e:
    skip("a session's channel", "this root may not take it: %s" % e)
    done()
got = [ask(one, 1, 1, ECDSA_P256, SERVER) for _ in range(FIRST + 2)]
check("so many signatures, and no more", got == ["Y"] * FIRST + ["-"] * 2, got)
for name, fields in (
        ("a client's handshake", (1, 1, ECDSA_P256, CLIENT)),
        ("a text", (1, 1, ECDSA_P256, b"I owe you a thousand pounds" * 5)),
        ("a hash", (1, 1, ECDSA_P256, bytes(32))),
        ("another key's scheme", (1, 1, RSA_PSS, SERVER)),
        ("a key that is none", (1, 99, ECDSA_P256, SERVER)),
        ("a scheme that is none", (1, 1, 7, SERVER)),
        ("a version", (2, 1, ECDSA_P256, SERVER)),
        ("no fields", ())):
    sock = channel()
    got = ask(sock, *fields)
    after = ask(sock, 1, 1, ECDSA_P256, SERVER)
    check("refused: %s, and all that comes then" % name,
          (got, after) == ("N", "-"), (got, after))
check("it is in the log", "refused to sign what is no handshake of ours"
      in home.log("tlsd"), home.log("tlsd"))
check("others are served", session(home, ip="192.0.2.51")[1].op == "P")
check("nothing died", proc.poll() is None and "killed" not in home.log("tlsd"))
for client, _ in kept:
    client.close()
done()
