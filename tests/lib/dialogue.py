#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Plays conversations that are written down as data (*.dlg) against a server.

A file is lines; '#' at the start is a comment, blank lines are ignored.

  C: TEXT      the client sends TEXT and CRLF.  C lines that follow one another
               go out in one write (pipelining).
  R: BYTES     sends the bytes as they are, no CRLF; R*500: repeats them
  S: PATTERN   the server's next line is this; '*' stands for anything
  S: ...       any number of lines, until the next S line fits
  X:           the server closes the connection now (no more bytes)
  Q:           the server says nothing (for QUIET_SECONDS)
  H:           the client closes its sending side
  K:           the client closes the connection
  @ NAME       from here on connection NAME, opened at its first use ("main"
               is open at the start)
  ! WHAT ...   calls vars["WHAT"](*words), a function of the test; it fails by
               raising

In TEXT, BYTES and PATTERN: \\r \\n \\t \\0 \\xHH \\\\ are bytes; {NAME} is the
test's variable NAME; {b64 TEXT} is TEXT in base64 (the inner TEXT may use the
escapes).  A server line must end in CRLF.

    import dialogue
    failed = dialogue.play_all(sorted(glob("tests/pop3d/*.dlg")),
                               connect, vars={"PASSWORD": "x"})

connect() gives a connected socket for each connection.  play_all prints
"ok NAME" or "not ok NAME: why" and returns how many failed.
"""
import base64
import re
import socket
import sys

STEP_SECONDS = 10
QUIET_SECONDS = 0.15


class Failed(Exception):
    pass


def expand(text, variables):
    """Escapes, {NAME} and {b64 TEXT}; gives bytes."""
    def inner(m):
        word = m.group(1)
        if word.startswith("b64 "):
            return base64.b64encode(unescape(word[4:])).decode()
        if word not in variables:
            raise Failed("no variable " + word)
        return str(variables[word])
    return unescape(re.sub(r"\{((?:b64 )?[^{}]*)\}", inner, text))


def unescape(text):
    named = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}

    def one(m):
        s = m.group(1).decode()
        return named[s] if s in named else bytes([int(s[1:], 16)])
    return re.sub(rb"\\(r|n|t|0|\\|x[0-9A-Fa-f]{2})", one,
                  text.encode("utf-8", "surrogateescape"))


def pattern(glob):
    parts = [re.escape(p) for p in glob.split(b"*")]
    return re.compile(b".*".join(parts), re.DOTALL)


class Connection:
    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(STEP_SECONDS)
        self.buf = b""

    def line(self):
        while b"\n" not in self.buf:
            try:
                more = self.sock.recv(65536)
            except socket.timeout:
                raise Failed("no line within %d s" % STEP_SECONDS)
            except ConnectionError as e:
                raise Failed("connection broke: %s" % e)
            if not more:
                raise Failed("closed instead of a line; had %r" % self.buf)
            self.buf += more
        line, self.buf = self.buf.split(b"\n", 1)
        if not line.endswith(b"\r"):
            raise Failed("a bare LF ends %r" % line)
        return line[:-1]

    def closed(self):
        try:
            more = self.buf or self.sock.recv(1000)
        except ConnectionResetError:
            return
        except socket.timeout:
            raise Failed("still open")
        if more:
            raise Failed("said %r instead of closing" % more[:200])

    def quiet(self):
        self.sock.settimeout(QUIET_SECONDS)
        try:
            more = self.buf or self.sock.recv(1000)
            raise Failed("said %r instead of nothing" % more[:200])
        except socket.timeout:
            pass
        finally:
            self.sock.settimeout(STEP_SECONDS)


def parse(text):
    steps = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        m = re.match(r"([CSXQHK]):(?: (.*))?$|(R)(?:\*(\d+))?: (.*)$"
                     r"|(@) (\S+)$|(!) (.*)$", line)
        if not m:
            raise Failed("line %d: not a step: %s" % (number, line))
        kind = m.group(1) or m.group(3) or m.group(6) or m.group(8)
        arg = next((m.group(i) for i in (2, 5, 7, 9)
                    if m.group(i) is not None), "")
        steps.append((number, kind, arg, int(m.group(4) or 1)))
    return steps


def play(text, connect, variables=None):
    """Plays one conversation; raises Failed with the line number."""
    variables = variables or {}
    steps = parse(text)
    conns = {"main": Connection(connect())}
    at = "main"
    out = b""
    skipping = False
    number = 0
    try:
        for i, (number, kind, arg, times) in enumerate(steps):
            conn = conns[at]
            if kind == "C":
                out += expand(arg, variables) + b"\r\n"
            elif kind == "R":
                out += expand(arg, variables) * times
            following = steps[i + 1][1] if i + 1 < len(steps) else ""
            if out and following not in ("C", "R"):
                conn.sock.sendall(out)
                out = b""
            if kind == "S" and arg == "...":
                skipping = True
            elif kind == "S":
                want = pattern(expand(arg, variables))
                got = conn.line()
                while skipping and not want.fullmatch(got):
                    got = conn.line()
                skipping = False
                if not want.fullmatch(got):
                    raise Failed("expected %r, got %r" % (arg, got[:300]))
            elif kind == "X":
                conn.closed()
            elif kind == "Q":
                conn.quiet()
            elif kind == "H":
                conn.sock.shutdown(socket.SHUT_WR)
            elif kind == "K":
                conn.sock.close()
            elif kind == "@":
                at = arg
                if at not in conns:
                    conns[at] = Connection(connect())
            elif kind == "!":
                words = [expand(w, variables).decode() for w in arg.split()]
                variables[words[0]](*words[1:])
    except Failed as e:
        raise Failed("line %d: %s" % (number, e))
    except OSError as e:
        raise Failed("line %d: %s" % (number, e))
    finally:
        for c in conns.values():
            c.sock.close()


def play_all(paths, connect, variables=None, before=None):
    """before(path): called first, to put the scene in order."""
    failed = 0
    for path in paths:
        name = path.rsplit("/", 1)[-1]
        try:
            if before:
                before(path)
            with open(path, encoding="utf-8", errors="surrogateescape") as f:
                play(f.read(), connect, dict(variables or {}))
            print("ok", name)
        except Exception as e:  # a test's own function may raise anything
            failed += 1
            print("not ok %s: %s" % (name, e))
        sys.stdout.flush()
    return failed


if __name__ == "__main__":
    host, port = sys.argv[1].rsplit(":", 1)
    given = dict(a.split("=", 1) for a in sys.argv[2:] if "=" in a)
    files = [a for a in sys.argv[2:] if "=" not in a]
    sys.exit(1 if play_all(
        files, lambda: socket.create_connection((host, int(port))),
        given) else 0)
