#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""deliver-remote: 8-bit mail to a server without 8BITMIME arrives in 7 bits, and
Python's email reads the same in it (RFC 6152, 2045)."""
import email
import os
import random
import sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, msg, parse, recv, send  # noqa: E402
from smtpserver import SmtpServer, unstuffed  # noqa: E402

home = Home(etc={"me": "mx.example.test", "remote-timeout": "5\n"})
home.start("deliver-remote")


class Worker:
    jobs = 0

    def __init__(self):
        self.sock = home.connect("run/deliver/remote", "p-queue", timeout=60)

    def send(self, text, head=b"", flags="8"):
        """(class, status, text)"""
        Worker.jobs += 1
        fd = os.memfd_create("m")
        os.write(fd, text)
        send(self.sock, msg("D", 1, self.jobs, "id", "far.example",
                            "a@example.test", b"b@far.example\0", flags, 0,
                            len(text), head), [fd])
        os.close(fd)
        out = None
        while True:
            op, f = parse(recv(self.sock)[0])
            if op == "E":
                return out
            out = (f[2].decode(), f[3].decode(), f[5].decode())


def server(*extensions, **kwargs):
    s = SmtpServer(extensions=extensions, **kwargs)
    home.write("etc/smarthosts", "127.0.0.1:%d tls=none\n" % s.port)
    return s


def tree(part, inside=False):
    """What a reader sees: types, decoded bodies, parts."""
    if part.is_multipart():
        return (part.get_content_type(),
                [tree(p, True) for p in part.get_payload()])
    body = part.get_payload(decode=True).replace(b"\r\n", b"\n")
    return part.get_content_type(), body.rstrip(b"\n")


def body_of(text):
    return text.partition(b"\n\n")[2]


def in_7bit(m, signed=False):
    """Nothing but header fields may have an 8-bit byte; lines are short."""
    if m.is_multipart():
        signed |= m.get_content_type() == "multipart/signed"
        return all(in_7bit(p, signed) for p in m.get_payload())
    raw = m.get_payload()
    cte = (m["Content-Transfer-Encoding"] or "7bit").lower()
    return (all(ord(c) < 128 for c in raw)
            and (signed or cte in ("7bit", "quoted-printable", "base64"))
            and all(len(x) <= 76 for x in raw.split("\n")
                    if cte[1:] != "bit"))


def same(name, text, want=None, **more):
    before = len(s.messages)
    result = q.send(text, **more)
    got = unstuffed(s.messages[-1][2]) if len(s.messages) > before else b""
    m = email.message_from_bytes(got)
    old = email.message_from_bytes(more.get("head", b"") + text)
    ok = result[0] == "K" and tree(m) == tree(old) and in_7bit(m) and not [
        p for p in m.walk() if p.defects]
    ok = ok and "BODY=" not in s.messages[-1][0]
    for k, v in (want or {}).items():
        ok = ok and m[k] == v
    check(name, ok, (result, text[:1500], got[:1500], tree(m), tree(old)))
    return m


s = server("PIPELINING")
q = Worker()
UTF8 = "Größe = 12 µm, naïve café\n.\n..\n \t \nend \n".encode()
RUSSIAN = "Съешь ещё этих мягких французских булок, да выпей чаю\n".encode()
QP = {"Content-Transfer-Encoding": "quoted-printable"}
m = same("8-bit text: quoted-printable", b"MIME-Version: 1.0\nContent-Type: "
         b"text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
         + UTF8, {**QP, "Content-Type": "text/plain; charset=utf-8"})
same("mostly 8-bit: base64", b"Content-Type: text/plain; charset=utf-8\n"
     b"Content-Transfer-Encoding: 8bit\n\n" + RUSSIAN * 30,
     {"Content-Transfer-Encoding": "base64"})
same("no encoding named: one is", b"Subject: x\nContent-Type: text/html; "
     b"charset=iso-8859-1\n\ncaf\xe9\n", {**QP, "MIME-Version": "1.0"})
same("no MIME at all, UTF-8", b"Subject: x\n\n" + UTF8, {
    **QP, "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8"})
same("no MIME at all, not UTF-8", b"Subject: x\n\ncaf\xe9\n", {
    **QP, "Content-Type": "text/plain; charset=unknown-8bit"})
same("lines in front are header", b"Subject: x\n\ncaf\xe9\n",
     {**QP, "Delivered-To": "b@far.example"},
     head=b"Delivered-To: b@far.example\n")
same("no header", b"\ncaf\xe9\n", QP)
same("binary", b"Content-Type: application/x; a=(b\nContent-Transfer-Encoding:"
     b" (c) BINARY (d)\n\n" + bytes(x for x in range(1, 256) if x != 13) * 4
     + b"\n", {"Content-Transfer-Encoding": "base64"})
same("a line of 100,000", b"Subject: x\n\n" + b"ab \xe9" * 25000 + b"\n")
same("blanks at the ends", b"Subject: x\n\n\xe9 \n\t\n  \n" + b"x" * 74
     + b" \xe9\n" + b"y" * 75 + b" \n" + b"z" * 76 + b"\n=\n=3D\n")
same("a field of 9000 bytes", b"X: " + b"y z" * 3000 + b"\n more\nSubject: x\n"
     b"\n\xe9\n", {**QP, "Subject": "x"})
same("encodings that lie: quoted-printable", b"Content-Type: text/plain\n"
     b"Content-Transfer-Encoding: quoted-printable\n\n=E9t\xe9 =\nx\n", QP)
got = unstuffed(s.messages[-1][2])
check("... its own codes stay", got.endswith(b"\n\n=E9t=E9 =\nx\n"), got)
same("encodings that lie: base64", b"Content-Type: text/plain\n"
     b"Content-Transfer-Encoding: base64\n\naGVs\xe9bG8=\n",
     {"Content-Transfer-Encoding": "base64"})
MIXED = b"""MIME-Version: 1.0
Subject: caf\xc3\xa9
Content-Type: multipart/mixed; boundary="=_b (x)y"; x=y
Content-Transfer-Encoding: 8bit

--=_b (x)y
Content-Transfer-Encoding: 8bit
Content-Type: multipart/alternative;
\tBoundary=a/b=c

--a/b=c
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

\xc3\xa9t\xc3\xa9
-- \nsignature
--a/b=cd
--a/b=c
Content-Type: text/html; charset=utf-8

<p>na\xc3\xafve = 1</p>
--a/b=c--

--=_b (x)y \t
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Subject: inner
MIME-Version: 1.0
Content-Type: multipart/digest; boundary=dig

--dig

From: x@y
Subject: digested

\xe9
--dig
Content-Type: text/plain
Content-Transfer-Encoding: 8bit

only ascii
--dig--
--=_b (x)y
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

AAECAw==
--=_b (x)y
Content-Disposition: attachment; filename="\xc3\xa9.txt"
Content-Type: text/plain; charset=koi8-r

\xf0\xf2\xe9\xf7\xe5\xf4
--=_b (x)y--
"""
m = same("parts in parts, a message in one", MIXED,
         {"Content-Transfer-Encoding": "7bit"})
check("... encodings", [p["Content-Transfer-Encoding"] for p in m.walk()] == [
    "7bit", "7bit", "quoted-printable", "quoted-printable", "7bit", None,
    None, "quoted-printable", "7bit", "base64", "quoted-printable"],
    [p["Content-Transfer-Encoding"] for p in m.walk()])
inner = [p for p in m.walk() if p["Subject"] == "digested"][0]
check("... a message without MIME, inside", inner["MIME-Version"] == "1.0"
      and inner["Content-Type"] == "text/plain; charset=unknown-8bit", inner)
check("... 8-bit header fields as they were",
      b"Subject: caf\xc3\xa9\n" in unstuffed(s.messages[-1][2]))
same("around the parts", b"Content-Type: multipart/mixed; boundary=x\n\n"
     b"pr\xe9\n--x\n\n\xe9\n--x--\n\xe9pilogue\n")
check("... question marks", b"pr?\n--x" in s.messages[-1][2].replace(
    b"\r", b"") and b"?pilogue" in s.messages[-1][2])
got = q.send(MIXED.replace(b"\n", b"\r\n"))
check("CRLF inside: sent, in 7 bits", got[0] == "K", got)

# 8-bit header fields alone, and what is 7 bits, go as they are
for name, text in (("8-bit header alone", b"Subject: \xe9\nContent-Transfer-"
                    b"Encoding: 8bit\n\nbody\n"),
                   ("marked 8-bit, and is not", b"Subject: x\n\nbody\n")):
    q.send(text)
    check(name, unstuffed(s.messages[-1][2]) == text, s.messages[-1])

# what must not be changed goes back to its sender
SIGNED = MIXED.replace(b"multipart/alternative;", b"multipart/signed;")
PARTIAL = b"Content-Type: message/partial; id=x\n\n\xe9\n"
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
                % (i, i) for i in range(60)) + b"\n\xe9\n"
for name, text, why in (
        ("signed", SIGNED, "signed"), ("fragment", PARTIAL, "not be encoded"),
        ("no boundary", b"Content-Type: multipart/mixed\n\n\xe9\n", "broken"),
        ("unknown encoding", b"Content-Type: text/plain\nContent-Transfer-"
         b"Encoding: x-uuencode\n\n\xe9\n", "encoding"),
        ("too deep", DEEP, "too deep"),
        ("too many parts", b"Content-Type: multipart/mixed; boundary=x\n\n"
         + b"--x\n\n\xe9\n" * 3000, "too many parts"),
        ("type of 9000 bytes", b"Content-Type: text/plain; x=\""
         + b"y" * 9000 + b"\"\n\n\xe9\n", "too long")):
    before = len(s.messages)
    result = q.send(text)
    check("cannot be converted: " + name, result[:2] == ("N", "5.6.3") and
          why in result[2] and len(s.messages) == before, result)
    result = q.send(b"Subject: next\n\n\xe9\n")
    check("... and the next one can", result[0] == "K", result)
QUIET = SIGNED.replace(b"\xc3\xa9t\xc3\xa9", b"ete").replace(
    b"\xc3\xaf", b"i")
same("signed, its parts in 7 bits, beside 8-bit ones", QUIET)
check("... the signed ones untouched", QUIET[QUIET.index(
    b"--a/b=c\n"):QUIET.index(b"--a/b=c--")] in unstuffed(s.messages[-1][2]))

# sizes: what goes out counts
s = server("PIPELINING", "SIZE 3000")
text = b"Subject: x\n\n" + b"\xe9x" * 500 + b"\n"
q.send(text)
check("SIZE of what is sent", " SIZE=%d" % len(unstuffed(
    s.messages[-1][2]).rstrip(b"\n") + b"\n") in s.messages[-1][0],
    s.messages[-1])
result = q.send(b"Subject: x\n\n" + b"\xe9x" * 1400 + b"\n")
check("too large once it is converted", result[1] == "5.3.4", result)
s = server("PIPELINING", "8BITMIME")
q.send(text)
check("8BITMIME: as it is", unstuffed(s.messages[-1][2]) == text
      and s.messages[-1][0].endswith("BODY=8BITMIME"), s.messages)
s = server(ehlo="502 5.5.1 what?")
check("HELO alone: converted", same("HELO", text)["Content-Transfer-Encoding"]
      in ("quoted-printable", "base64"))
s = server("PIPELINING", lmtp=False, dot="451 4.3.0 later")
result = q.send(text)
check("4xx on the final dot of one", result[0] == "T", result)

# whatever comes: the same for a reader
s = server("PIPELINING")
rnd = random.Random(6152)
WORDS = [b"word", b"caf\xc3\xa9", b"\xe9", b"=", b"=E9", b"--", b"-", b".",
         b"From ", b" ", b"\t", b"\n", b"\n", b"x" * 70, b"\xd0\xb6" * 30]


def random_part(depth, boundary):
    kind = rnd.choice(["leaf", "leaf", "multi", "message"]) if depth < 4 \
        else "leaf"
    encoding = rnd.choice([b"", b"Content-Transfer-Encoding: 8bit\n",
                           b"Content-Transfer-Encoding: binary\n"])
    if kind == "message":
        return (b"Content-Type: message/rfc822\n" + encoding
                + b"\nSubject: y\n" + random_part(depth + 1, boundary))
    if kind == "multi":
        inner = b"%s%d" % (boundary, rnd.randrange(9))
        parts = b"".join(b"--" + inner + b"\n" + random_part(depth + 1, inner)
                         + b"\n" for _ in range(rnd.randrange(1, 4)))
        return (b"Content-Type: multipart/mixed; boundary=" + inner + b"\n"
                + encoding + b"\n" + parts + b"--" + inner + b"--\n")
    return (b"Content-Type: text/%s\n" % rnd.choice([b"plain", b"html"])
            + encoding + b"\n" + b"".join(rnd.choice(WORDS) for _ in range(
                rnd.randrange(60))))


wrong = []
for i in range(300):
    text = b"Subject: %d\nMIME-Version: 1.0\n" % i + random_part(0, b"bb") \
        + b"\n"
    old = email.message_from_bytes(text)
    if any(p.defects for p in old.walk()):
        continue
    result = q.send(text)
    m = email.message_from_bytes(unstuffed(s.messages[-1][2]))
    eight = any(c > 127 for c in text)
    if result[0] != "K" or tree(m) != tree(old) or (eight and not in_7bit(m)):
        wrong.append((result, text, s.messages[-1][2]))
check("300 messages made at random (%d sent)" % len(s.messages), not wrong
      and len(s.messages) > 200, wrong[:1])
done()
