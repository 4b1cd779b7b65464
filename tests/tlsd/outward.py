# SPDX-License-Identifier: ISC
"""tlsd-out: policies, names, authorities, bytes, servers that misbehave."""
import hashlib
import os
import socket
import ssl
import threading
import time

from _tls import (EC, Home, OUT, RSA, anonymous, check, done, make_cert, msg,
                  openssl, skip, tcp_pair)

home = Home()
root = make_cert(home, "root", EC, cn="A root", folder="srv")
openssl("req", "-x509", "-key", root + "/key.pem", "-days", "3650", "-subj",
        "/CN=A root", "-addext", "basicConstraints=critical,CA:TRUE",
        "-out", root + "/cert.pem")


def signed(name, san, days="365", kind=EC):
    """A certificate of the root's, with that subjectAltName."""
    base = make_cert(home, name, kind, folder="srv")
    openssl("req", "-new", "-key", base + "/key.pem", "-subj", "/CN=" + name,
            "-out", base + "/csr")
    home.write("srv/ext", "subjectAltName=" + san)
    openssl("x509", "-req", "-in", base + "/csr", "-CA", root + "/cert.pem",
            "-CAkey", root + "/key.pem", "-CAcreateserial", "-days", days,
            "-extfile", home.path("srv/ext"), "-out", base + "/cert.pem")
    return base


good = signed("good", "DNS:mx.example.net,DNS:*.wild.example.net,IP:192.0.2.9",
              kind=RSA)
old = signed("old", "DNS:mx.example.net", "-1")
self_signed = make_cert(home, "self", EC, cn="mx.example.net", folder="srv")


class Server(threading.Thread):
    def __init__(self, sock, base, body=None, **settings):
        super().__init__(daemon=True)
        self.sock, self.body, self.sni, self.error = sock, body, None, None
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.load_cert_chain(base + "/cert.pem", base + "/key.pem")
        self.ctx.sni_callback = self.note
        for name, value in settings.items():
            setattr(self.ctx, name, value)
        self.start()

    def note(self, sock, name, ctx):
        self.sni = name

    def run(self):
        try:
            self.sock.settimeout(30)
            tls = self.ctx.wrap_socket(self.sock, server_side=True)
            (self.body or self.hello)(tls)
            tls.close()
        except OSError as e:
            self.error = e

    def hello(self, tls):
        tls.sendall(b"220 hello\r\n")
        self.got = tls.recv(99)


def ask(policy, host, client, ip="192.0.2.9"):
    op, fields, fds = home.ask(OUT, msg("O", 1, host, policy, ip),
                               [client.fileno()], account="p-remote",
                               timeout=40)
    client.close()
    plain = socket.socket(fileno=fds[0]) if fds else None
    if plain:
        plain.settimeout(30)
    return op, [f.decode() if isinstance(f, bytes) else f
                for f in fields], plain


def talk(policy, host, base, **settings):
    client, far = tcp_pair()
    server = Server(far, base, **settings)
    op, fields, plain = ask(policy, host, client)
    if plain:
        plain.sendall(b"EHLO me\r\n")
        server.line = plain.recv(99)
        plain.close()
    server.join(10)
    return op, fields, server


home.write("etc/me", "mx.example.test\n")
daemon = home.start("tlsd-out")
idle = anonymous(daemon.pid)

client, far = tcp_pair()
far.close()
op, fields, _ = ask("verified", "mx.example.net", client)
check("no bundle of our own yet: the system's counts or it cannot",
      op in "NT", (op, fields))
home.write("etc/tls-ca", open(root + "/cert.pem", encoding="ascii").read())
time.sleep(1.05)

A, B, C = "mx.example.net", "other.example.net", "a.wild.example.net"
for policy, host, base, want, flag in (
        ("may", A, good, "P", "0"), ("may", B, self_signed, "P", "0"),
        ("may", "", self_signed, "P", "0"), ("may", A, old, "P", "0"),
        ("required", A, self_signed, "P", "0"),
        ("required", B, good, "P", "0"), ("required", A, old, "P", "0"),
        ("verified", A, good, "P", "1"), ("verified", A.upper(), good, "P",
                                          "1"),
        ("verified", C, good, "P", "1"),
        ("verified", "192.0.2.9", good, "P", "1"),
        ("verified", B, good, "N", "hostname mismatch"),
        ("verified", "a.b.wild.example.net", good, "N", "hostname mismatch"),
        ("verified", "192.0.2.10", good, "N", "IP address mismatch"),
        ("verified", A, self_signed, "N", "self-signed certificate"),
        ("verified", A, old, "N", "expired"),
        ("verified", "", good, "N", "no host name")):
    op, fields, server = talk(policy, host, base)
    label = "%s %s %s" % (policy, host, os.path.basename(base))
    check(label, op == want, (op, fields))
    if want == "P" and op == "P":
        check("flag " + label, fields[2] == flag, fields)
        check("bytes " + label, server.line == b"220 hello\r\n"
              and server.got == b"EHLO me\r\n")
        check("SNI " + label, server.sni == (
            None if not host or host[0].isdigit() else host), server.sni)
    elif op == "N":
        check("why " + label, flag in fields[0], fields)

if idle is None:
    skip("OpenSSL starts at the first session", "needs root")
else:
    check("OpenSSL starts at the first session", anonymous(daemon.pid) > idle + 100,
          (idle, anonymous(daemon.pid)))

for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    op, fields, _ = talk("may", A, good, minimum_version=version,
                         maximum_version=version)
    check(version.name, op == "P" and fields[0].replace(".", "_")
          == version.name, fields)

# much, both ways
blob = os.urandom(5 << 20)
want = hashlib.sha256(blob).digest()
result = {}


def echo(tls):
    got = b""
    while len(got) < len(blob):
        part = tls.recv(65536)
        if not part:
            break
        got += part
    result["in"] = hashlib.sha256(got).digest()
    tls.sendall(got)


client, far = tcp_pair()
server = Server(far, good, echo)
op, fields, plain = ask("may", A, client)
threading.Thread(target=plain.sendall, args=(blob,), daemon=True).start()
got = b""
while part := plain.recv(65536):
    got += part
check("5 MB to the server", result.get("in") == want)
check("5 MB back, then the end", hashlib.sha256(got).digest() == want)
plain.close()

# servers that are none
for name, data in (("plain text", b"500 what?\r\n"), ("noise", bytes(range(250, 1, -1)))):
    client, far = tcp_pair()
    far.sendall(data)
    op, fields, _ = ask("may", A, client)
    check(name, op == "N" and fields[0], (op, fields))
    far.close()
client, far = tcp_pair()
far.close()
op, fields, _ = ask("may", A, client)
check("a server that hung up", op == "N", (op, fields))

# its bundle broken, then mended
home.write("etc/tls-ca", "not a certificate\n")
time.sleep(1.05)
op, fields, _ = talk("verified", A, good)
check("a broken bundle", op in "NT", (op, fields))
check("is named", "etc/tls-ca" in home.log("tlsd-out"), home.log("tlsd-out"))
op, fields, _ = talk("may", A, good)
check("may goes on without", op == "P", (op, fields))
home.write("etc/tls-ca", open(root + "/cert.pem", encoding="ascii").read())
time.sleep(1.05)
op, fields, _ = talk("verified", A, good)
check("mended", op == "P", (op, fields))

if home.root:
    try:
        home.connect(OUT, "p-smtp")
        refused = False
    except PermissionError:
        refused = True
    check("p-smtp may not call", refused)
check("no crash", "killed" not in home.log("tlsd-out"))
check("it stops", home.stop("tlsd-out") == 0)
done()
