#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""deliver-remote with the real tlsd-out: policies, certificates, AUTH."""
import os
import ssl
import subprocess
import sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import (Home, PROGRAMS, ROOT, UIDS, check, done, msg,  # noqa: E402
                  parse, recv, send, skip)
from smtpserver import SmtpServer, unstuffed  # noqa: E402

if not os.access(os.path.join(ROOT, PROGRAMS["tlsd-out"]["folder"],
                              "tlsd-out"), os.X_OK):
    skip("remote_tls", "tlsd-out is not built")
    done()

home = Home(etc={"remote-timeout": "5\n"})


def certificate(name):
    key, cert = home.path(name + ".key"), home.path(name + ".pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
                    "-days", "2", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(cert, key)
    with open(cert, encoding="ascii") as f:
        return ctx, f.read()


ours, pem = certificate("localhost")
other, _ = certificate("elsewhere.example")
home.write("etc/tls-ca", pem)
home.write("etc/smarthost-auth", "acc ann secret-word\n", 0o400)
if home.root:
    os.chown(home.path("etc/smarthost-auth"), UIDS["p-remote"], -1)
home.write("etc/dns", "recursion\n")
home.start("resolver")  # knows localhost
home.start("tlsd-out")
home.start("deliver-remote")
text = b"Subject: x\n\n" + b".a line of the message\n" * 40000


def job(server, options):
    home.write("etc/smarthosts", "localhost:%d %s\n" % (server.port, options))
    fd = os.memfd_create("m")
    os.write(fd, text)
    out = []
    with home.connect("run/deliver/remote", "p-queue", timeout=60) as q:
        send(q, msg("D", 1, 1, "id1", "far.example", "a@b.example",
                    b"c@far.example\0", "", 0, len(text), ""), [fd])
        os.close(fd)
        while True:
            op, fields = parse(recv(q)[0])
            if op == "E":
                return out
            out = [f.decode() for f in fields[2:]]


def server(ctx, **more):
    return SmtpServer(tls=ctx, extensions=("PIPELINING", "AUTH PLAIN"),
                      users={"ann": "secret-word"}, **more)


for options, ctx, want in (
        ("tls=may", ours, "K"), ("tls=may", other, "K"),
        ("tls=required", other, "K"), ("tls=verified", ours, "K"),
        ("tls=verified", other, "T"), ("tls=verified auth=acc", ours, "K"),
        ("auth=acc", other, "K"), ("tls=verified auth=acc", other, "T")):
    s = server(ctx)
    out = job(s, options)
    name = options + (", right" if ctx is ours else ", wrong") + " certificate"
    check(name, out[0] == want and len(s.messages) == (want == "K") and
          "STARTTLS" in s.commands, (out, s.commands))
    if want == "K":
        check(name + ": every byte", unstuffed(s.messages[0][2]) == text)
    check(name + ": AUTH", s.secrets == ([("ann", "secret-word", True)]
                                         if want == "K" and "auth" in options
                                         else []), s.secrets)
    s.close()
broken = server(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
out = job(broken, "tls=may")
check("no handshake, tls=may: in plain", out[0] == "K" and
      broken.sessions == 2, out)
out = job(broken, "tls=required")
check("no handshake, tls=required: later", out[0] == "T" and
      len(broken.messages) == 1, out)
home.stop("tlsd-out")
s = server(ours)
out = job(s, "tls=required")
check("tlsd-out down, tls=required: a local fault", out[0] == "L" and
      not s.messages, out)
done()
