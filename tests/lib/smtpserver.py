# SPDX-License-Identifier: ISC
"""An SMTP (or LMTP) server for tests that misbehaves as it is told.

    server = SmtpServer(rcpt=lambda addr: "550 5.1.1 no" if "bad" in addr
                        else "250 ok")
    server.port, server.messages  # [(sender, [recipients], bytes as received)]

Each of greeting, ehlo, helo, mail, rcpt, data, dot, starttls, rset is a reply
line (or several, with "\\r\\n" between), or a function of the command's argument
that gives one.  DROP: close instead.  A list is one entry a session or call, its
last entry for good.  A generator of bytes is sent piece by piece.
extensions: what EHLO offers.  sessions, commands: what happened."""
import os
import socket
import ssl
import threading
import types

DROP = object()


class SmtpServer:
    def __init__(self, host="127.0.0.1", port=0, extensions=(
            "PIPELINING", "8BITMIME", "SIZE 10000000", "ENHANCEDSTATUSCODES"),
            lmtp=False, path=None, tls=None, drop_in_data=None, users=None,
            stuck=False, **replies):
        self.replies = {
            "greeting": "220 mx.far.example ESMTP", "ehlo": None,
            "helo": "250 mx.far.example", "mail": "250 2.1.0 ok",
            "rcpt": "250 2.1.5 ok", "data": "354 go on",
            "dot": "250 2.0.0 taken", "rset": "250 2.0.0 ok",
            "starttls": "220 2.0.0 go on", "quit": "221 2.0.0 bye"}
        self.replies.update(replies)
        self.extensions, self.lmtp, self.tls = extensions, lmtp, tls
        self.drop_in_data, self.users, self.stuck = drop_in_data, users, stuck
        self.messages, self.sessions, self.commands = [], 0, []
        self.secrets, self.conns, self.path = [], [], path
        if path:
            if os.path.exists(path):
                os.unlink(path)
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(path)
            os.chmod(path, 0o666)
            self.port = 0
        else:
            self.sock = socket.socket(
                socket.AF_INET6 if ":" in host else socket.AF_INET)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((host, port))
            self.port = self.sock.getsockname()[1]
        self.sock.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def _accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            if not self.path:
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sessions += 1
            self.conns.append(conn)
            if self.stuck:
                continue
            threading.Thread(target=self._session, args=(conn,),
                             daemon=True).start()

    def _session(self, conn):
        try:
            Session(self, conn).run()
        except (OSError, EOFError, ssl.SSLError):
            pass
        finally:
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            conn.close()

    def reply_of(self, stage, argument):
        reply = self.replies[stage]
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if isinstance(reply, types.FunctionType):
            reply = reply(argument)
        return reply


class Session:
    def __init__(self, server, conn):
        self.server, self.conn, self.file = server, conn, conn.makefile("rb")
        self.sender, self.rcpts = None, []

    def say(self, stage, argument="", before=None):
        """The code said; before is called ahead of a 250."""
        reply = self.server.reply_of(stage, argument)
        if before and isinstance(reply, str) and reply.startswith("250"):
            before()
        if reply is DROP:
            raise EOFError
        if isinstance(reply, types.GeneratorType):
            for piece in reply:
                self.conn.sendall(piece)
            return 0
        if isinstance(reply, str):
            reply = reply.encode() + b"\r\n"
        self.conn.sendall(reply)
        last = ([x for x in reply.split(b"\r\n") if x] or [b""])[-1][:3]
        return int(last) if last.isdigit() else 0

    def run(self):
        self.say("greeting")
        while True:
            line = self.file.readline()
            if not line:
                return
            line = line.rstrip(b"\r\n").decode("latin-1")
            self.server.commands.append(line)
            verb, _, argument = line.partition(" ")
            if self.command(verb.upper(), argument) is False:
                return

    def command(self, verb, argument):
        if verb in ("EHLO", "LHLO"):
            self.hello(argument)
        elif verb == "HELO":
            self.say("helo", argument)
        elif verb == "STARTTLS":
            if self.say("starttls") == 220:
                self.conn = self.server.tls.wrap_socket(
                    self.conn, server_side=True)
                self.file = self.conn.makefile("rb")
        elif verb == "AUTH":
            self.auth(argument)
        elif verb == "MAIL":
            if self.say("mail", argument) == 250:
                self.sender, self.rcpts = argument, []
        elif verb == "RCPT":
            addr = argument.partition("<")[2].partition(">")[0]
            if self.sender is None:
                self.conn.sendall(b"503 5.5.1 MAIL first\r\n")
            elif self.say("rcpt", addr) == 250:
                self.rcpts.append(addr)
        elif verb == "DATA":
            self.data()
        elif verb == "RSET":
            self.sender, self.rcpts = None, []
            self.say("rset")
        elif verb == "QUIT":
            self.say("quit")
            return False
        else:
            self.conn.sendall(b"500 5.5.1 what?\r\n")
        return True

    def hello(self, argument):
        if self.server.replies["ehlo"] is not None:
            self.say("ehlo", argument)
            return
        lines = ["mx.far.example"] + list(self.server.extensions)
        if self.server.tls and not isinstance(self.conn, ssl.SSLSocket):
            lines = [x for x in lines if not x.startswith("AUTH")] + ["STARTTLS"]
        self.conn.sendall("".join(
            "250%s%s\r\n" % (" " if i == len(lines) - 1 else "-", x)
            for i, x in enumerate(lines)).encode())

    def auth(self, argument):
        import base64
        tls = isinstance(self.conn, ssl.SSLSocket)
        if argument.upper() == "LOGIN":
            self.conn.sendall(b"334 VXNlcm5hbWU6\r\n")
            user = base64.b64decode(self.file.readline()).decode()
            self.conn.sendall(b"334 UGFzc3dvcmQ6\r\n")
            password = base64.b64decode(self.file.readline()).decode()
        else:
            _, user, password = base64.b64decode(
                argument.split()[1]).decode().split("\0")
        self.server.secrets.append((user, password, tls))
        good = (self.server.users or {}).get(user) == password
        self.conn.sendall((
            "235 2.7.0 in" if good else
            self.server.replies.get("auth", "535 5.7.8 wrong")).encode() +
            b"\r\n")

    def data(self):
        if not self.rcpts and "empty" not in self.server.replies:
            self.conn.sendall(b"554 5.5.1 no recipients\r\n")
            return
        if self.say("data") != 354:
            self.sender = None
            return
        body, limit = b"", self.server.drop_in_data
        while not (body == b".\r\n" or body.endswith(b"\r\n.\r\n")):
            line = self.file.readline()
            if not line:
                raise EOFError
            body += line
            if limit is not None and len(body) > limit:
                raise EOFError
        body = body[:-3]
        for addr in self.rcpts if self.server.lmtp else [""]:
            entry = (self.sender, [addr] if addr else self.rcpts, body)
            self.say("dot", addr,
                     lambda entry=entry: self.server.messages.append(entry))
        self.sender, self.rcpts = None, []


def unstuffed(body):
    """What a server makes of it: leading dots gone, LF line ends."""
    return b"\n".join(line[1:] if line.startswith(b".") else line
                      for line in body.split(b"\r\n"))
