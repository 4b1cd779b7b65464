# SPDX-License-Identifier: ISC
"""A next hop for tests: an SMTP server on loopback that keeps what it gets.

    sink = Sink(port=3025, auth=("user", "secret"), tls=context)
    sink.mails          # [Mail]: .sender .rcpts .data .tls .user .helo
    sink.replies["RCPT"] = lambda arg: "550 5.1.1 no" or None
    sink.stop(); sink.start()       # away and back again, same port

replies: by verb (also "CONNECT", "DOT"): a function of the argument that gives
a reply line in place of the usual one, or None.
"""
import base64
import socket
import ssl
import threading


class Mail:
    def __init__(self):
        self.sender, self.rcpts, self.data = None, [], b""
        self.tls, self.user, self.helo, self.params = False, None, "", ""


class Sink:
    def __init__(self, host="127.0.0.1", port=0, auth=None, tls=None,
                 extensions=("8BITMIME", "PIPELINING", "SIZE 50000000",
                             "ENHANCEDSTATUSCODES"), start=True):
        self.host, self.port, self.auth, self.tls = host, port, auth, tls
        self.extensions, self.replies = extensions, {}
        self.mails, self.sessions, self.sock = [], 0, None
        self.live = set()
        self.lock = threading.Lock()
        if start:
            self.start()

    def start(self):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.sock = socket.socket(family)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((self.host, self.port))
        self.port = self.sock.getsockname()[1]
        self.sock.listen(128)
        threading.Thread(target=self._accept, args=(self.sock,),
                         daemon=True).start()
        return self

    def stop(self):
        sock, self.sock = self.sock, None
        if sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for conn in list(self.live):
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def to(self, address):
        """The mails for one recipient."""
        return [m for m in self.mails if address in m.rcpts]

    def _accept(self, sock):
        while True:
            try:
                conn, _ = sock.accept()
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def _serve(self, conn):
        self.live.add(conn)
        try:
            conn.settimeout(60)
            _Session(self, conn).run()
        except (OSError, EOFError, ValueError):
            pass
        finally:
            self.live.discard(conn)
            conn.close()


class _Session:
    def __init__(self, sink, conn):
        self.sink, self.conn = sink, conn
        self.file = conn.makefile("rb")
        self.secure, self.user, self.helo = False, None, ""
        self.mail = Mail()

    def say(self, *lines):
        self.conn.sendall("".join(s + "\r\n" for s in lines).encode())

    def line(self):
        got = self.file.readline(100000)
        if not got.endswith(b"\r\n"):
            raise EOFError
        return got[:-2]

    def own(self, verb, arg=""):
        """A reply of the test in place of ours: was there one?"""
        handler = self.sink.replies.get(verb)
        reply = handler(arg) if handler else None
        if reply == "DROP":
            raise EOFError
        if reply:
            self.say(*reply.split("\n"))
        return reply

    def run(self):
        if not self.own("CONNECT"):
            self.say("220 sink.test ESMTP")
        while True:
            text = self.line().decode("latin-1")
            verb, _, arg = text.partition(" ")
            verb = verb.upper()
            method = getattr(self, "do_" + verb.lower(), None)
            if not method:
                self.say("502 5.5.1 what is that")
            elif method(arg) == "end":
                return

    def do_ehlo(self, arg):
        self.helo = arg
        if self.own("EHLO", arg):
            return
        ext = list(self.sink.extensions)
        if self.sink.tls and not self.secure:
            ext.append("STARTTLS")
        if self.sink.auth and (self.secure or not self.sink.tls):
            ext.append("AUTH PLAIN LOGIN")
        lines = ["sink.test"] + ext
        self.say(*["250-" + s for s in lines[:-1]], "250 " + lines[-1])

    def do_helo(self, arg):
        self.helo = arg
        self.say("250 sink.test")

    def do_starttls(self, arg):
        if self.own("STARTTLS", arg):
            return
        self.say("220 go")
        self.conn = self.sink.tls.wrap_socket(self.conn, server_side=True)
        self.file = self.conn.makefile("rb")
        self.secure = True

    def do_auth(self, arg):
        if self.own("AUTH", arg):
            return
        words = arg.split()
        if words[0].upper() == "PLAIN":
            if len(words) < 2:
                self.say("334 ")
                words.append(self.line().decode())
            _, user, password = base64.b64decode(words[1]).decode().split("\0")
        else:
            self.say("334 VXNlcm5hbWU6")
            user = base64.b64decode(self.line()).decode()
            self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self.line()).decode()
        if (user, password) == self.sink.auth:
            self.user = user
            self.say("235 2.7.0 ok")
        else:
            self.say("535 5.7.8 no")

    def do_mail(self, arg):
        if self.own("MAIL", arg):
            return
        if self.sink.auth and not self.user:
            self.say("530 5.7.0 log in first")
            return
        self.mail = Mail()
        path, _, self.mail.params = arg[5:].strip().partition(" ")
        self.mail.sender = path.strip("<>")
        self.say("250 2.1.0 ok")

    def do_rcpt(self, arg):
        if self.own("RCPT", arg):
            return
        self.mail.rcpts.append(arg[3:].strip().split()[0].strip("<>"))
        self.say("250 2.1.5 ok")

    def do_data(self, arg):
        if self.own("DATA", arg):
            return
        if not self.mail.rcpts:
            self.say("554 5.5.1 no recipients")
            return
        self.say("354 go on")
        out = []
        while True:
            got = self.line()
            if got == b".":
                break
            out.append(got[1:] if got.startswith(b".") else got)
        self.mail.data = b"\n".join(out) + b"\n"
        self.mail.tls, self.mail.user = self.secure, self.user
        self.mail.helo = self.helo
        if self.own("DOT"):
            return
        with self.sink.lock:
            self.sink.mails.append(self.mail)
        self.mail = Mail()
        self.say("250 2.0.0 kept")

    def do_rset(self, arg):
        self.mail = Mail()
        self.say("250 2.0.0 ok")

    def do_noop(self, arg):
        self.say("250 2.0.0 ok")

    def do_quit(self, arg):
        self.say("221 2.0.0 bye")
        return "end"
