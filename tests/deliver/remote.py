#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""deliver-remote between a queued of ours, resolver, and servers that do all
kinds of things."""
import os
import select
import socket
import ssl
import subprocess
import sys
import threading
import time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from dnsserver import DnsServer  # noqa: E402
from home import (Fake, Home, UIDS, check, done, free_port,  # noqa: E402
                  msg, parse, recv, send, wait_for)
from smtpserver import DROP, SmtpServer, unstuffed  # noqa: E402

PATH = "run/deliver/remote"
TEXT = b"Subject: hello\n\nline\n.\n..dots\n.end\n\xc3\xa9\nlast"

mx_port = free_port()
dns = DnsServer({
    "far.example": {"MX": [(10, "mx1.far.example"), (20, "mx2.far.example")]},
    "mx1.far.example": {"A": ["127.0.0.2"]},
    "mx2.far.example": {"A": ["127.0.0.3"]},
    "loop.example": {"MX": [(10, "mx.example.test"), (20, "mx1.far.example")]},
    "second.example": {"MX": [(10, "mx1.far.example"),
                              (20, "mx.example.test"),
                              (30, "mx2.far.example")]},
    "mx.example.test": {"A": ["127.0.0.4"]},
    "nullmx.example": {"MX": [(0, ".")]},
    "empty.example": {"TXT": ["x"]},
    "dead.example": "SERVFAIL",
    "direct.example": {"A": ["127.0.0.2"]},
    "smart.example": {"A": ["127.0.0.1"]},
})
PATIENCE = 5  # seconds; a busy machine takes some for a handshake
home = Home(etc={"me": "mx.example.test", "mx-port": "%d\n" % mx_port,
                 "remote-timeout": "%d\n" % PATIENCE,
                 "dns": "127.0.0.1@%d\n" % dns.port})
home.start("resolver")
home.start("deliver-remote")


def memfd(data):
    fd = os.memfd_create("message", os.MFD_CLOEXEC)
    os.write(fd, data)
    return fd


class Queued:
    """A connection of queued's; refused: [(place, account, text)] of 'A'."""
    jobs, refused = 0, []

    def __init__(self):
        self.sock = home.connect(PATH, "p-queue", timeout=60)

    def where(self, domain):
        send(self.sock, msg("W", 1, domain))
        op, fields = parse(recv(self.sock)[0])
        return fields[0].decode() if op == "Y" else op

    def job(self, domain, rcpts, text=TEXT, sender="ann@example.test",
            flags="", size=None, in_file=False, head=""):
        """([(class, status, host, text)] a recipient, slow seconds)"""
        Queued.jobs += 1
        packed = b"".join(r.encode() + b"\0" for r in rcpts)
        fds = [memfd(b"XX" + text)]
        if in_file:
            fds.append(memfd(packed))
            packed = b""
        send(self.sock, msg("D", 1, Queued.jobs, "id%d" % Queued.jobs, domain,
                            sender, packed, flags, 2,
                            len(text) if size is None else size, head), fds)
        for fd in fds:
            os.close(fd)
        out = {}
        while True:
            packet = recv(self.sock)[0]
            if not packet:
                return None, None
            op, fields = parse(packet)
            fields = [f.decode() for f in fields]
            assert int(fields[0]) == Queued.jobs
            if op == "A":
                Queued.refused.append(tuple(fields[1:]))
                continue
            if op == "E":
                return [out.get(i) for i in range(len(rcpts))], int(fields[1])
            assert op == "P" and int(fields[1]) not in out, fields
            out[int(fields[1])] = tuple(fields[2:])

    def close(self):
        self.sock.close()


def once(domain, rcpts, **kwargs):
    q = Queued()
    try:
        return q.job(domain, rcpts, **kwargs)
    finally:
        q.close()


def classes(results):
    return "".join(r[0] if r else "-" for r in results or [])


def smarthosts(*servers, options=""):
    home.write("etc/smarthosts", "".join(
        "127.0.0.1:%d %s\n" % (s.port, options) for s in servers))


def routes(text):
    home.write("etc/routes", text)


# the whole way, by MX ----------------------------------------------------------

mx1 = SmtpServer("127.0.0.2", mx_port)
mx2 = SmtpServer("127.0.0.3", mx_port)
q = Queued()
check("key without routes", q.where("far.example") == "far.example")
results, slow = q.job("far.example", ["bob@far.example", "eve@far.example"],
                      flags="8")
check("MX: taken", classes(results) == "KK" and slow == 0, results)
check("by the best", len(mx1.messages) == 1 and not mx2.messages)
check("host named", results[0][2] == "mx1.far.example[127.0.0.2]", results)
check("envelope", mx1.messages[0][:2] == (
    "FROM:<ann@example.test> SIZE=%d BODY=8BITMIME" % len(TEXT),
    ["bob@far.example", "eve@far.example"]), mx1.messages[0])
check("every byte", unstuffed(mx1.messages[0][2]) == TEXT + b"\n",
      mx1.messages[0][2])
check("EHLO says who we are", mx1.commands[0] == "EHLO mx.example.test")
results, _ = q.job("far.example", ["bob@far.example"], sender="")
check("null sender, same connection", classes(results) == "K" and
      mx1.sessions == 1 and mx1.messages[1][0].startswith("FROM:<>"))
results, _ = q.job("direct.example", ["bob@direct.example"])
check("no MX: the address; another connection", classes(results) == "K" and
      mx1.sessions == 2, results)
check("QUIT before it", "QUIT" in mx1.commands)
results, _ = q.job("[127.0.0.3]", ["bob@[127.0.0.3]"])
check("address literal", classes(results) == "K" and len(mx2.messages) == 1,
      results)
many = ["u%d@far.example" % i for i in range(250)]
before = len(mx1.messages)
results, _ = q.job("far.example", many, in_file=True)
check("250 recipients in a file", classes(results) == "K" * 250)
check("in transactions of 100",
      [len(m[1]) for m in mx1.messages[before:]] == [100, 100, 50])
for domain, want, status in (
        ("nullmx.example", "N", "5.1.10"), ("nosuch.example", "N", "5.1.2"),
        ("empty.example", "N", "5.4.4"), ("dead.example", "T", "4.4.3"),
        ("loop.example", "N", "5.4.6"), ("[127.0.0]", "N", "5.1.2")):
    results, _ = q.job(domain, ["bob@" + domain])
    # what is no address at all is told from what leads nowhere
    check("DNS: " + domain, results[0][0] == want and
          results[0][1] in (status, "5.1.3"), results)
results, _ = q.job("far.example", ["bob@far.example", "x y@far.example",
                                   "eve@other.example", "a@b>\r\nRSET"])
check("not an address, not this way", classes(results) == "KNLN", results)
q.close()
mx1.close()
results, slow = once("far.example", ["bob@far.example"])
check("first MX down: the second", classes(results) == "K" and
      results[0][2].startswith("mx2."), results)
results, slow = once("second.example", ["bob@second.example"])
check("nothing below ourselves is tried", classes(results) == "T" and
      len(mx2.messages) == 2 and slow > 0, (results, slow))
mx2.close()
results, slow = once("far.example", ["bob@far.example"])
check("all down", results[0][:2] == ("T", "4.4.1") and slow > 0, results)
home.stop("resolver")
results, slow = once("far.example", ["bob@far.example"])
check("resolver down: a local fault", classes(results) == "L", results)
home.start("resolver")

# one host, each kind of trouble --------------------------------------------------


def trouble(name, want, rcpts=("bob@far.example",), status=None, messages=0,
            check_more=None, limit=9, kwargs=None, **server):
    s = SmtpServer(**server)
    smarthosts(s)
    begin = time.monotonic()
    results, slow = once("far.example", list(rcpts), **(kwargs or {}))
    took = time.monotonic() - begin
    ok = classes(results) == want and len(s.messages) == messages and \
        took < limit and (status is None or results[0][1] == status)
    if ok and check_more:
        ok = check_more(s, results, slow)
    check(name, ok, (results, slow, s.messages, s.commands, took))
    s.close()
    return results


def drip():
    while True:
        yield b"2"
        time.sleep(0.2)


def drip_lines():
    while True:
        yield b"250-more\r\n"
        time.sleep(0.2)


def bad(addr):
    if "bad" in addr:
        return "550 5.1.1 <%s>: unknown" % addr
    if "later" in addr:
        return "450 4.2.1 busy"
    return "250 ok"


three = ("bad@far.example", "good@far.example", "later@far.example")
trouble("some recipients", "NKT", three, messages=1, rcpt=bad, check_more=lambda
        s, r, slow: r[0][1] == "5.1.1" and r[2][1] == "4.2.1" and
        r[0][3] == "550 5.1.1 <bad@far.example>: unknown" and
        s.messages[0][1] == ["good@far.example"])
trouble("the same without PIPELINING", "NKT", three, messages=1, rcpt=bad,
        extensions=("8BITMIME",), check_more=lambda s, r, slow:
        s.messages[0][0] == "FROM:<ann@example.test>")
trouble("all refused", "NN", ("bad@far.example", "bad2@far.example"), rcpt=bad)
trouble("all refused, 354 all the same", "N", ("bad@far.example",), rcpt=bad,
        empty=True, messages=1, check_more=lambda s, r, slow:
        s.messages[0][1:] == ([], b""))
trouble("HELO only", "K", messages=1, ehlo="502 what?",
        kwargs={"flags": "8"})
trouble("greeting 554", "T", greeting="554 no SMTP here",
        check_more=lambda s, r, slow: slow > 0)
trouble("greeting 421", "T", greeting="421 4.3.2 later",
        check_more=lambda s, r, slow: slow > 0)
trouble("greeting dropped", "T", greeting=DROP, status="4.4.2")
trouble("greeting with NUL and noise", "T", greeting=b"\0\xff\r\n",
        status="4.5.0")
trouble("greeting dripping", "T", greeting=lambda _: drip(), status="4.5.0")
trouble("greeting of endless lines", "T", greeting=lambda _: drip_lines(),
        status="4.4.2")
trouble("greeting of 64 KiB", "T", greeting=b"220-" + b"x" * 65536,
        status="4.5.0")
trouble("200 lines", "T", greeting=b"220-x\r\n" * 200 + b"220 x\r\n",
        status="4.5.0")
trouble("silence", "T", stuck=True, status="4.4.2")
trouble("EHLO dropped", "T", ehlo=DROP)
trouble("MAIL dropped", "T", mail=DROP)
trouble("EHLO 4xx", "T", ehlo="450 4.3.2 later", check_more=lambda s, r,
        slow: slow > 0)
trouble("MAIL 4xx: perhaps this sender's", "T", mail="451 4.7.1 slow down",
        check_more=lambda s, r, slow: slow == 0)
trouble("MAIL 421: the place's", "T", mail="421 4.7.0 slow down",
        check_more=lambda s, r, slow: slow > 0)
trouble("RCPT 4.7.1: the recipient's", "TK", ("grey@far.example",
                                              "b@far.example"), messages=1,
        rcpt=lambda a: "451 4.7.1 greylisted" if "grey" in a else "250 ok",
        check_more=lambda s, r, slow: slow == 0)
trouble("... of all", "T", rcpt="451 4.7.1 greylisted",
        check_more=lambda s, r, slow: slow == 0)
trouble("dot 4.7.1: the message's", "T", dot="451 4.7.1 odd",
        check_more=lambda s, r, slow: slow == 0)
trouble("MAIL 5xx", "NN", ("a@far.example", "b@far.example"),
        mail="550 5.7.1 we do not like you")
trouble("MAIL 530", "T", mail="530 5.7.0 log in first")
trouble("MAIL 354", "T", mail="354 what?")
trouble("RCPT dropped", "T", rcpt=DROP)
trouble("RCPT codes differ", "T", rcpt="250-a\r\n550 b", status="4.5.0")
trouble("second RCPT dropped", "NTT", ("bad@far.example", "b@far.example",
                                       "c@far.example"),
        rcpt=["550 5.1.1 no", DROP])
trouble("RCPT 421", "T", rcpt="421 4.3.2 bye")
trouble("DATA dropped", "T", data=DROP)
trouble("DATA 4xx", "T", data="451 4.3.0 no", status="4.3.0")
trouble("DATA 5xx", "N", data="554 5.6.0 no", status="5.6.0")
trouble("DATA 250", "T", data="250 taken?")
trouble("dropped in the message", "T", drop_in_data=100000,
        kwargs={"text": b"x" * 70 + b"\n" + (b"y" * 70 + b"\n") * 100000})
trouble("dot 4xx", "T", dot="451 4.3.0 disk", status="4.3.0")
trouble("dot 5xx", "N", dot="554 5.7.1 spam", status="5.7.1")
trouble("dot dropped", "T", dot=DROP, status="4.4.2")
trouble("dot never answered", "T", dot=lambda _: drip(), status="4.5.0")
trouble("no enhanced status", "N", rcpt="550 no", status="5.0.0")
trouble("larger than SIZE", "N", extensions=("SIZE 10",), status="5.3.4")
trouble("too many recipients", "K" * 7, ["u%d@far.example" % i
                                         for i in range(7)], messages=3,
        rcpt=["250 ok", "250 ok", "250 ok", "452 4.5.3 too many",
              "452 4.5.3 too many", "452 4.5.3 too many", "452 4.5.3 too many",
              "250 ok", "250 ok", "250 ok", "452 4.5.3 too many", "250 ok"])
trouble("message cut short", "L", kwargs={"size": len(TEXT) + 5})
for text in (b"", b".", b".\n", b"a\r\n.\r\nb", b"a\r.\rb", b"\n.\n.\n",
             b"a\n.\nMAIL FROM:<x@y>\n"):
    trouble("text %r" % text, "K", messages=1, kwargs={"text": text},
            check_more=lambda s, r, slow, text=text: unstuffed(
                s.messages[0][2]).rstrip(b"\n") == text.replace(
                    b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n"))

# several smarthosts ---------------------------------------------------------------

down = free_port()
first = SmtpServer(greeting="421 4.3.2 full")
second = SmtpServer(mail="451 4.3.0 not now")
third = SmtpServer(rcpt=bad)
home.write("etc/smarthosts", "# ours\n127.0.0.1:%d\n127.0.0.1:%d tls=none\n"
           "smart.example:%d tls=may\nsmart.example:%d\n" % (
               down, first.port, second.port, third.port))
q = Queued()
check("key of smarthosts", q.where("far.example") == "smarthost" ==
      q.where("other.example"))
results, slow = q.job("far.example", ["a@far.example", "bad@other.example"])
check("in turn until one takes it", classes(results) == "KN" and
      first.sessions == second.sessions == third.sessions == 1 and slow == 0,
      results)
results, _ = q.job("other.example", ["b@other.example"])
check("and its connection is kept", classes(results) == "K" and
      third.sessions == 1 and first.sessions == 1, results)
home.write("etc/smarthosts", "127.0.0.1:%d\n" % third.port)
results, _ = q.job("other.example", ["b@other.example"])
check("not past a change of the file", classes(results) == "K" and
      third.sessions == 2, results)
third.conns[-1].shutdown(socket.SHUT_RDWR)
results, _ = q.job("other.example", ["b@other.example"])
check("a kept connection that the server closed", classes(results) == "K" and
      third.sessions == 3, results)
q.close()
stuck = SmtpServer(stuck=True)
smarthosts(stuck, third)
q = Queued()
begin = time.monotonic()
results = [q.job("far.example", ["b@far.example"])[0]]
third.conns[-1].shutdown(socket.SHUT_RDWR)
time.sleep(0.1)
results.append(q.job("far.example", ["b@far.example"])[0])
check("a dead host holds up one job, not each", "".join(
    map(classes, results)) == "KK" and stuck.sessions == 1 and
      time.monotonic() - begin < 1.8 * PATIENCE, (results, stuck.sessions))
smarthosts(stuck)
results, _ = q.job("far.example", ["b@far.example"])
check("alone it is asked all the same", classes(results) == "T" and
      stuck.sessions == 2, results)
q.close()
lost = SmtpServer(dot=DROP)
smarthosts(lost, third)
count = len(third.messages)
results, _ = once("far.example", ["a@far.example"])
check("lost after the dot: nobody else is asked", classes(results) == "T" and
      len(third.messages) == count, results)
home.write("etc/smarthosts", "nosuch.example\n")
results, _ = once("far.example", ["a@far.example"])
check("a smarthost without address: a local fault", classes(results) == "L" and
      "nosuch.example" in results[0][3], results)
smarthosts(third)
count = len(third.messages)
check("mended", classes(once("far.example", ["a@far.example"])[0]) == "K")
home.write("etc/smarthosts", "127.0.0.1:25x\n")
results, _ = once("far.example", ["a@far.example"])
check("a mistake is named, and mail goes as it went", classes(results) == "K"
      and len(third.messages) == count + 2 and
      "etc/smarthosts:1:1: 25x: is no port" in home.log("deliver-remote"),
      results)
home.stop("deliver-remote")
home.start("deliver-remote")
results, _ = once("far.example", ["a@far.example"])
check("from the start on it defers", classes(results) == "L" and
      "etc/smarthosts:1:1: 25x: is no port" in results[0][3] and
      "?" not in results[0][3], results)

# routes ---------------------------------------------------------------------------

smarthosts(first)
lmtp = SmtpServer(path=home.path("run/lmtp"), lmtp=True,
                  dot=lambda a: "552 5.2.2 full" if "full" in a else "250 ok")
routes("far.example: 127.0.0.1:%d tls=none, 127.0.0.1:%d\n"
       ".far.example: 127.0.0.1:%d\nlocal.example: lmtp:unix:run/lmtp\n"
       "direct.example: mx\n" % (down, third.port, third.port))
q = Queued()
check("keys of routes", [q.where(d) for d in (
    "far.example", "x.y.far.example", "xfar.example", "local.example",
    "direct.example")] == ["route:far.example", "route:.far.example",
                           "smarthost", "route:local.example",
                           "direct.example"])
results, _ = q.job("far.example", ["a@far.example"])
check("a route", classes(results) == "K", results)
results, _ = q.job("local.example", ["a@local.example", "full@local.example",
                                     "c@local.example"])
check("LMTP, a reply for each", classes(results) == "KNK" and
      lmtp.commands[0].startswith("LHLO"), results)
mx1 = SmtpServer("127.0.0.2", mx_port)
results, _ = q.job("direct.example", ["a@direct.example"])
check("mx instead of the smarthost", classes(results) == "K" and
      len(mx1.messages) == 1, results)
q.close()
routes("far.example 127.0.0.1\n*: mx\n*: mx\n")
results, _ = once("far.example", ["a@far.example"])
check("broken routes", classes(results) == "K" and
      "etc/routes:1:1: write domain: host:port" in home.log("deliver-remote"),
      results)
routes("")

# what is gone is no decision for MX -----------------------------------------------

smarthosts(third)
count = len(third.messages)
check("by the smarthost", classes(once("far.example", ["a@far.example"])[0])
      == "K" and len(third.messages) == count + 1)
mxed = len(mx1.messages)
os.unlink(home.path("etc/smarthosts"))
q = Queued()
results, _ = q.job("far.example", ["a@far.example"])
check("etc/smarthosts is gone: as before, and the log says so",
      classes(results) == "K" and len(third.messages) == count + 2 and
      q.where("far.example") == "smarthost" and
      "etc/smarthosts:1:1: the file is gone" in home.log("deliver-remote"),
      results)
q.close()
home.write("etc/smarthosts", "")
results, _ = once("far.example", ["a@far.example"])
check("empty: by MX", classes(results) == "K" and
      len(mx1.messages) == mxed + 1, results)
smarthosts(third)
once("far.example", ["a@far.example"])
count = len(third.messages)
os.rename(home.path("etc"), home.path("etc.away"))
results, _ = once("far.example", ["a@far.example", "b@nosuch.example"])
check("the whole of etc/ is gone: as before", classes(results) == "KK" and
      len(third.messages) == count + 1, results)
os.rename(home.path("etc.away"), home.path("etc"))
home.stop("deliver-remote")
os.rename(home.path("etc/me"), home.path("etc/me.away"))
os.rename(home.path("etc/smarthosts"), home.path("etc/smarthosts.away"))
home.start("deliver-remote")
results, _ = once("nosuch.example", ["b@nosuch.example"])
check("etc/me is not there from the start on: it waits",
      classes(results) == "L" and results[0][1] == "4.3.5" and
      "etc/me" in results[0][3], results)
os.rename(home.path("etc/me.away"), home.path("etc/me"))
os.rename(home.path("etc/smarthosts.away"), home.path("etc/smarthosts"))
check("... until it is", classes(once("far.example", ["a@far.example"])[0])
      == "K")

# TLS and AUTH, with a tlsd of ours --------------------------------------------------

key, cert = home.path("tls/key"), home.path("tls/cert")
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/CN=smart.example", "-days", "2", "-keyout", key, "-out",
                cert], check=True, capture_output=True)
tls_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls_server.load_cert_chain(cert, key)
tls_client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
tls_client.check_hostname, tls_client.verify_mode = False, ssl.CERT_NONE
handshakes = []


def pump(tls, plain):
    """Both ways in one thread: two may not use one TLS session at a time."""
    try:
        while True:
            ready = [tls] if tls.pending() else select.select(
                [tls, plain], [], [])[0]
            for source in ready:
                sink = plain if source is tls else tls
                source.setblocking(False)
                try:
                    data = source.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    continue
                finally:
                    source.setblocking(True)
                if not data:
                    return
                sink.sendall(data)
    except OSError:
        pass
    finally:
        tls.close()
        plain.close()


def fake_tlsd(op, fields, fds):
    handshakes.append([f.decode() for f in fields])
    sock = socket.socket(fileno=fds[0])
    sock.setblocking(True)
    if fields[2] == b"verified":
        sock.close()
        return msg("N", "the certificate is not for that name")
    try:
        tls = tls_client.wrap_socket(sock, server_hostname="smart.example")
    except OSError as e:
        return msg("N", str(e))
    version = tls.version()  # None once the client hung up
    ours, theirs = socket.socketpair()
    threading.Thread(target=pump, args=(tls, ours), daemon=True).start()
    return msg("P", version, "x", "0"), [theirs.detach()]


home.write("etc/smarthost-auth", "# ours\nours  ann   pass word\nshort ann\n",
           0o400)
if home.root:
    os.chown(home.path("etc/smarthost-auth"), UIDS["p-remote"], -1)
users = {"ann": "pass word"}
auth = ("PIPELINING", "AUTH PLAIN LOGIN")
s = SmtpServer(tls=tls_server, extensions=auth, users=users)
home.write("etc/smarthosts", "smart.example:%d auth=ours\n" % s.port)
results, _ = once("far.example", ["a@far.example"])
check("no tlsd, AUTH: a local fault, nothing sent", classes(results) == "L" and
      not s.secrets and not s.messages, results)
smarthosts(s)
results, _ = once("far.example", ["a@far.example"])
check("no tlsd, tls=may: goes in plain", classes(results) == "K", results)
tlsd = Fake(home, "run/tlsd/out", fake_tlsd)
results, _ = once("far.example", ["a@far.example"])
check("tls=may", classes(results) == "K" and len(handshakes) == 1 and
      handshakes[0][1:3] == ["127.0.0.1", "may"], (results, handshakes))
home.write("etc/smarthosts", "smart.example:%d auth=ours\n" % s.port)
results, _ = once("far.example", ["a@far.example"])
check("AUTH PLAIN over TLS", classes(results) == "K" and
      s.secrets == [("ann", "pass word", True)] and
      handshakes[-1][1:3] == ["smart.example", "required"],
      (results, s.secrets, handshakes))
s.extensions = ("AUTH=LOGIN", "AUTH LOGIN")
results, _ = once("far.example", ["a@far.example"])
check("AUTH LOGIN", classes(results) == "K" and len(s.secrets) == 2 and
      s.secrets[1] == s.secrets[0], (results, s.secrets))
s.users = {}
results, slow = once("far.example", ["a@far.example"])
check("refused AUTH defers and warns", results[0][:2] == ("T", "4.7.8") and
      slow > 0 and home.wait_log("deliver-remote", "auth-refused"), results)
PLACE = "smart.example:%d"


def told(server, account="ours"):
    """The reasons of the 'A's of this server; they are forgotten."""
    out = [text for place, who, text in Queued.refused
           if (place, who) == (PLACE % server.port, account)]
    others = len(Queued.refused) - len(out)
    Queued.refused.clear()
    return out if not others else "others"


reasons = told(s)
check("queued is told, with the reply", len(reasons) == 1 and
      "535" in reasons[0], reasons)
check("... not the password", "pass word" not in str(reasons) and
      "cGFzcy" not in str(reasons))
s.replies["auth"] = "454 4.7.0 the directory is away"
results, slow = once("far.example", ["a@far.example"])
check("454: the server's trouble, nobody is told", classes(results) == "T" and
      told(s) == [], results)
del s.replies["auth"]
check("no password in the log", "pass word" not in home.log("deliver-remote")
      and "cGFzcy" not in home.log("deliver-remote"))
good = SmtpServer(tls=tls_server, extensions=auth, users=users)
home.write("etc/smarthosts", "smart.example:%d auth=ours\nsmart.example:%d "
           "auth=ours\n" % (s.port, good.port))
results, slow = once("far.example", ["a@far.example"])
check("and the next smarthost takes it", classes(results) == "K" and
      len(good.messages) == 1, results)
check("queued is told all the same", len(told(s)) == 1)
for name in ("nosuch", "short"):
    home.write("etc/smarthosts", "smart.example:%d auth=%s\n" % (
        good.port, name))
    results, _ = once("far.example", ["a@far.example"])
    check("AUTH account " + name, classes(results) == "L" and
          "etc/smarthost-auth" in results[0][3], results)
    reasons = told(good, name)
    check("queued is told of " + name, len(reasons) == 1 and
          "etc/smarthost-auth" in reasons[0], reasons)
plain = SmtpServer(extensions=auth, users=users)
home.write("etc/smarthosts", "smart.example:%d auth=ours\n" % plain.port)
results, _ = once("far.example", ["a@far.example"])
check("no STARTTLS, no AUTH", classes(results) == "T" and not plain.secrets and
      not plain.messages, results)
check("queued is told of that", "TLS" in "".join(told(plain)))
mute = SmtpServer(tls=tls_server, extensions=("PIPELINING",))
home.write("etc/smarthosts", "smart.example:%d auth=ours\n" % mute.port)
results, _ = once("far.example", ["a@far.example"])
check("AUTH is not offered", classes(results) == "T" and "AUTH" in "".join(
    told(mute)) and not mute.messages, results)
smarthosts(plain, options="tls=required")
results, _ = once("far.example", ["a@far.example"])
check("tls=required, not offered", classes(results) == "T" and
      not plain.messages, results)
smarthosts(good, options="tls=verified")
results, _ = once("far.example", ["a@far.example"])
check("tls=verified, wrong certificate", classes(results) == "T" and
      "certificate" in results[0][3] and told(good) == [], results)
home.write("etc/smarthosts", "smart.example:%d tls=verified auth=ours\n"
           % good.port)
results, _ = once("far.example", ["a@far.example"])
check("... with auth=: queued is told", classes(results) == "T" and
      "certificate" in "".join(told(good)), results)
inject = SmtpServer(tls=tls_server, starttls=b"220 go on\r\n250 injected\r\n")
smarthosts(inject, options="tls=required")
results, _ = once("far.example", ["a@far.example"])
check("bytes behind the 220 to STARTTLS", classes(results) == "T" and
      not inject.messages, results)
broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
half = SmtpServer(tls=broken)
smarthosts(half)
results, _ = once("far.example", ["a@far.example"])
check("handshake fails, tls=may: once more in plain", classes(results) == "K"
      and half.sessions == 2, results)

# queued's side -----------------------------------------------------------------------

for name, packet in (("noise", b"\0\1"), ("no fd", msg(
        "D", 1, 1, "id", "far.example", "", b"a@far.example\0", "", 0, 1, "")),
        ("version", msg("W", 9, "far.example"))):
    check("broken request: " + name,
          home.ask(PATH, packet, account="p-queue")[0] == "")
smarthosts(third)
silent = SmtpServer(dot=lambda _: drip())
results, _ = once("far.example", ["a@far.example"])
check("still there", classes(results) == "K", results)


def children():
    pid = home.procs["deliver-remote"].pid
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
        return f.read().split()


check("workers end with their connection", wait_for(lambda: not children()),
      children())
q = Queued()
q.job("far.example", ["a@far.example"])
for pid in [home.procs["deliver-remote"].pid] + children():
    with open("/proc/%s/smaps_rollup" % pid, encoding="ascii") as f:
        print("# PSS %s KiB" % [x.split()[1] for x in f
                               if x.startswith("Pss:")][0])
workers = children()
home.stop("deliver-remote")
check("no worker outlives its parent", wait_for(lambda: not any(
    os.path.exists("/proc/" + w) for w in workers)))


def slow_yes(said):
    said.set()
    time.sleep(1)
    yield b"250 2.0.0 taken\r\n"


def stopped_at(stage):
    """The job's results when deliver-remote is stopped at that stage."""
    home.start("deliver-remote")
    said = threading.Event()
    smarthosts(SmtpServer(**{stage: lambda _: slow_yes(said)}))
    threading.Thread(target=lambda: said.wait(10) and
                     home.stop("deliver-remote"), daemon=True).start()
    return once("far.example", ["a@far.example"])[0]


check("stopped while the final dot is in doubt: the answer still comes",
      classes(stopped_at("dot")) == "K")
check("stopped before: at once", stopped_at("mail") is None)
done()
