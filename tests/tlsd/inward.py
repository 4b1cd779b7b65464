# SPDX-License-Identifier: ISC
"""tlsd: handshakes, versions, names, bytes both ways, ends, bad clients."""
import hashlib
import os
import signal
import ssl
import warnings

from _tls import (EC, Handed, Home, IN, RSA, check, children, client_context, done,
                  fingerprint, make_cert, msg, own, session, socket,
                  subprocess, tcp_pair, threading, wait_for)

warnings.simplefilter("ignore", DeprecationWarning)
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
MB = 1 << 20

home = Home()
ec = make_cert(home, "default", EC)
rsa = make_cert(home, "rsa.example", RSA, cn="rsa.example")
big = make_cert(home, "big.example", ["-newkey", "rsa:4096"], cn="big.example")
p384 = make_cert(home, "p384.example", ["-newkey", "ec", "-pkeyopt",
                                        "ec_paramgen_curve:secp384r1"])
own(home)
home.start("tlsd")


def only(version):
    return client_context(minimum_version=version, maximum_version=version)


def read_all(sock):
    got = b""
    while True:
        part = sock.recv(65536)
        if not part:
            return got
        got += part


def hand_in_ok(ip):
    return session(home, ip=ip)[1].op == "P"


def ignore(function):
    try:
        return function()
    except OSError:
        return None


for name, base in (("nobody.example", ec), ("rsa.example", rsa),
                   ("RSA.Example", rsa), ("big.example", big),
                   ("p384.example", p384), (None, ec)):
    for version in V12, V13:
        label = "%s %s" % (name, version.name)
        tls, handed = session(home, only(version), name)
        if not check("handshake " + label, tls and handed.op == "P",
                     (handed.op, handed.fields)):
            continue
        check("certificate " + label, fingerprint(tls.getpeercert(True))
              == fingerprint(base + "/cert.pem"))
        check("told " + label, handed.fields == [
            tls.version(), tls.cipher()[0], name or ""], handed.fields)
        check("suite " + label, "GCM" in tls.cipher()[0]
              or "CHACHA" in tls.cipher()[0], tls.cipher())
        tls.sendall(b"EHLO x\r\n")
        check("in " + label, handed.plain.recv(99) == b"EHLO x\r\n")
        handed.plain.sendall(b"250 y\r\n")
        check("out " + label, tls.recv(99) == b"250 y\r\n")
        check("no ticket " + label, not tls.session
              or not tls.session.has_ticket)
        handed.plain.close()
        check("close_notify " + label, tls.recv(9) == b"")

# every scheme a client may insist on
for scheme in ("RSA-PSS+SHA256 RSA-PSS+SHA384 RSA-PSS+SHA512 RSA+SHA256 "
               "RSA+SHA384 RSA+SHA512 ECDSA+SHA256").split():
    client, server = tcp_pair()
    handed = Handed(home, server)
    version = "-tls1_2" if scheme.startswith("RSA+") else "-tls1_3"
    fd = client.detach()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    # openssl s_client connects itself: a relay in between
    proc = subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-quiet",
         version, "-sigalgs", scheme, "-servername",
         "x.example" if scheme.startswith("EC") else "rsa.example"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    near, _ = listener.accept()
    far = socket.socket(fileno=fd)
    far.settimeout(None)

    def relay(a, b):
        try:
            while part := a.recv(65536):
                b.sendall(part)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    for ends in (near, far), (far, near):
        threading.Thread(target=relay, args=ends, daemon=True).start()
    handed.wait()
    if check("scheme " + scheme, handed.op == "P",
             (handed.op, handed.fields)):
        handed.plain.sendall(b"hello\n")
        check("s_client reads " + scheme, proc.stdout.readline() == b"hello\n")
        handed.plain.close()
    proc.stdin.close()
    proc.kill()
    proc.wait()

# old versions, old suites, nothing in common
old = client_context()
old.set_ciphers("ALL:@SECLEVEL=0")
old.minimum_version = ssl.TLSVersion.TLSv1
old.maximum_version = ssl.TLSVersion.TLSv1_1
tls, handed = session(home, old)
check("TLS 1.1 is refused", tls is None and handed.op == "N", handed.fields)
check("why is told", handed.op == "N" and "protocol" in handed.fields[0],
      handed.fields)
cbc = only(V12)
cbc.set_ciphers("ECDHE-ECDSA-AES128-SHA256:AES128-SHA:AES256-SHA256")
tls, handed = session(home, cbc)
check("CBC and RSA key exchange are refused",
      tls is None and handed.op == "N", handed.fields)

# bytes: 10 MB each way at once
blob = os.urandom(10 * MB)
for version in V12, V13:
    tls, handed = session(home, only(version))
    tls.settimeout(60)
    handed.plain.settimeout(60)
    got = {}

    def pour(sock, name):
        sock.sendall(blob)

    def drain(sock, name):
        n, h = 0, hashlib.sha256()
        while n < len(blob):
            part = sock.recv(65536)
            if not part:
                break
            n += len(part)
            h.update(part)
        got[name] = n, h.digest()
    # one thread a socket and direction; Python's TLS object is not for two
    # threads at once, so the ways follow each other there
    back = threading.Thread(target=drain, args=(handed.plain, "in"))
    back.start()
    pour(tls, "in")
    back.join(60)
    back = threading.Thread(target=pour, args=(handed.plain, "out"))
    back.start()
    drain(tls, "out")
    back.join(60)
    want = len(blob), hashlib.sha256(blob).digest()
    check("10 MB in " + version.name, got.get("in") == want)
    check("10 MB out " + version.name, got.get("out") == want)
    handed.plain.close()
    tls.close()

# ends
tls, handed = session(home)
tls.sendall(b"last words")
tls.shutdown(socket.SHUT_RDWR)  # vanishes without close_notify
check("a client that vanishes: its words, then the end",
      read_all(handed.plain) == b"last words")
handed.plain.close()

tls, handed = session(home)
tls.sendall(b"QUIT\r\n")
threading.Thread(target=ignore, args=(tls.unwrap,), daemon=True).start()
check("close_notify is an end of file",
      read_all(handed.plain) == b"QUIT\r\n")
handed.plain.sendall(b"221 bye\r\n")
handed.plain.close()

tls, handed = session(home)
handed.plain.sendall(b"x" * 300000)
handed.plain.shutdown(socket.SHUT_WR)
check("all of it before close_notify", len(read_all(tls)) == 300000)
check("and the client is closed", wait_for(
    lambda: handed.plain.recv(1) == b"", 5))

# a client that does not read, a daemon that does not either: others go on
tls, handed = session(home)
handed.plain.setblocking(False)
try:
    while True:
        handed.plain.send(b"y" * 65536)
except BlockingIOError:
    pass
other, handed2 = session(home)
other.sendall(b"a")
check("a stuck session hinders nobody", handed2.plain.recv(1) == b"a")
other.close()
handed2.plain.close()
tls.close()
handed.plain.close()

# garbage
for name, data in (("plain SMTP", b"EHLO me\r\n"), ("zeros", bytes(500)),
                   ("noise", bytes(range(255, 0, -1)) * 9),
                   ("HTTP", b"GET / HTTP/1.0\r\n\r\n"),
                   ("a huge record", b"\x16\x03\x01\xff\xff" + bytes(70000)),
                   ("half a hello", b"\x16\x03\x01\x02\x00\x01\x00\x01")):
    client, server = tcp_pair()
    handed = Handed(home, server, ip="192.0.2.13")
    try:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    handed.wait()
    check("garbage: " + name, handed.op == "N" and handed.fields[0],
          (handed.op, handed.fields))
    client.close()

# requests that are none
client, server = tcp_pair()
fd = [server.fileno()]
for name, packet, fds in (
        ("no descriptor", msg("I", 1, "smtp", "192.0.2.1"), []),
        ("two descriptors", msg("I", 1, "smtp", "192.0.2.1"), fd * 2),
        ("outward", msg("O", 1, "x.example", "may", "192.0.2.1"), fd),
        ("no address", msg("I", 1, "smtp", "elsewhere"), fd),
        ("version 2", msg("I", 2, "smtp", "192.0.2.1"), fd),
        ("nothing", b"\0", fd)):
    op, fields, _ = home.ask(IN, packet, fds, account="p-smtp")
    check("request: " + name, op == "", (op, fields))
if home.root:
    op, fields, _ = home.ask(IN, msg("I", 1, "smtp", "192.0.2.1"), fd,
                             account="p-remote")
    check("p-remote may not call", op == "", op)
op, fields, _ = home.ask(IN, msg("I", 1, "pop3", "2001:db8::1"),
                         [os.open("/dev/null", os.O_RDWR)], account="p-pop3")
check("a descriptor that is no socket", op == "N", (op, fields))
client.close()
server.close()

# a caller that goes while the handshake runs
client, server = tcp_pair()
conn = home.connect(IN, "p-smtp")
socket.send_fds(conn, [msg("I", 1, "smtp", "192.0.2.1")], [server.fileno()])
server.close()
conn.close()
try:
    tls = client_context().wrap_socket(client)
    gone = tls.recv(1) == b""
except (ssl.SSLError, OSError):
    gone = True
check("a caller that left: the client is closed", gone)

# many from one address
held, last = [], None
for _ in range(302):
    client, server = tcp_pair()
    conn = home.connect(IN, "p-smtp")
    socket.send_fds(conn, [msg("I", 1, "smtp", "198.51.100.1")],
                    [server.fileno()])
    server.close()
    held.append((client, conn))
answer = held[-1][1].recv(999)
check("past the limit of an address", answer[:1] == b"T", answer)
check("it is logged", "ip=198.51.100.1 result=refused" in home.log("tlsd"))
tls, handed = session(home, ip="198.51.101.1")
check("others are served", handed.op == "P", handed.fields)
for client, conn in held:
    client.close()
    conn.close()
check("they end", wait_for(lambda: hand_in_ok("198.51.100.1"), 10))


# a session that crashes: its address waits, others do not
before = children(home.procs["tlsd"].pid)
tls, handed = session(home, ip="203.0.113.5")
os.kill(next(c for c in children(home.procs["tlsd"].pid) if c not in before),
        signal.SIGSEGV)
check("a crash is logged", home.wait_log(
    "tlsd", "ip=203.0.113.5 result=killed signal=11"), home.log("tlsd"))
check("its client is closed", ignore(lambda: tls.recv(1)) in (b"", None))
check("its address is refused for a while",
      session(home, ip="203.0.113.5")[1].op == "T")
check("others are not", session(home, ip="203.0.114.5")[1].op == "P")

check("nothing else crashed", home.log("tlsd").count("killed") == 1,
      home.log("tlsd"))
check("it stops", home.stop("tlsd") == 0)
done()
