# SPDX-License-Identifier: ISC
"""What the tests of tlsd share: certificates, handing sockets over."""
import os
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../lib"))
from home import (Home, UIDS, anonymous, check, children,  # noqa: F401,E402
                  done, memory, msg, skip, wait_for)

IN, OUT = "run/tlsd/in", "run/tlsd/out"
RSA = ["-newkey", "rsa:2048"]
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


def openssl(*args, **kw):
    return subprocess.run(["openssl", *args], capture_output=True, check=True,
                          timeout=60, **kw).stdout


def make_cert(home, name, kind=EC, cn="mx.example.test", san=None, days=3650,
              folder="tls", extra=()):
    """tls/NAME/cert.pem and key.pem, self-signed, the way an admin would."""
    base = home.path(folder, name)
    os.makedirs(base, exist_ok=True)
    openssl("req", "-x509", *kind, "-nodes", "-days", str(days), "-subj",
            "/CN=" + cn, "-addext", "subjectAltName=" + (san or "DNS:" + cn),
            *extra, "-keyout", base + "/key.new", "-out", base + "/cert.new")
    os.rename(base + "/cert.new", base + "/cert.pem")
    os.rename(base + "/key.new", base + "/key.pem")
    own(home)
    return base


def own(home):
    """Owners and modes as postern-uids makes them."""
    for folder, _, files in os.walk(home.path("tls")):
        if home.root:
            os.chown(folder, 0, UIDS["p-tls"])
        os.chmod(folder, 0o750)
        for f in files:
            if home.root:
                os.chown(os.path.join(folder, f), 0, UIDS["p-tls"])
            os.chmod(os.path.join(folder, f), 0o640)


def tcp_pair():
    """(client, server): a connected pair on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname(), 10)
    server, _ = listener.accept()
    listener.close()
    client.settimeout(10)
    return client, server


def hand_in(home, server, service="smtp", ip="192.0.2.7", timeout=40):
    """Gives the server's end to tlsd: (op, fields, plain socket or None)."""
    op, fields, fds = home.ask(IN, msg("I", 1, service, ip), [server.fileno()],
                               account="p-smtp", timeout=timeout)
    server.close()
    plain = socket.socket(fileno=fds[0]) if fds else None
    if plain:
        plain.settimeout(10)
    return op, [f.decode() if isinstance(f, bytes) else f
                for f in fields], plain


class Handed(threading.Thread):
    """hand_in beside the client's handshake: .op, .fields, .plain."""

    def __init__(self, home, server, **kw):
        super().__init__(daemon=True)
        self.args = home, server
        self.kw = kw
        self.start()

    def run(self):
        self.op, self.fields, self.plain = hand_in(*self.args, **self.kw)

    def wait(self):
        self.join(45)
        return self


def client_context(**kw):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    for name, value in kw.items():
        setattr(ctx, name, value)
    return ctx


def session(home, ctx=None, sni=None, **kw):
    """A whole handshake: (TLS client, Handed); the client is None when it
    failed."""
    client, server = tcp_pair()
    handed = Handed(home, server, **kw)
    try:
        tls = (ctx or client_context()).wrap_socket(
            client, server_hostname=sni)
    except (ssl.SSLError, OSError) as e:
        handed.error = e
        client.close()
        tls = None
    return tls, handed.wait()


def fingerprint(der_or_path):
    if isinstance(der_or_path, str):
        with open(der_or_path, encoding="ascii") as f:
            pem = f.read()
        end = "-----END CERTIFICATE-----\n"
        der_or_path = ssl.PEM_cert_to_DER_cert(pem[:pem.index(end) + len(end)])
    return hash(der_or_path)


def shown(home, sni=None):
    """The certificate that a session gets; None: it got none."""
    tls, handed = session(home, sni=sni)
    if not tls:
        return None
    handed.plain.close()
    return fingerprint(tls.getpeercert(True))
