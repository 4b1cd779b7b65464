# SPDX-License-Identifier: ISC
"""An SMTP server that takes whatever comes and keeps DATA's bytes as they are,
up to the first CRLF.CRLF; what comes behind it must be a command.

    sink = RawSink(); sink.port, sink.messages, sink.strays
strays: lines that are no command, and bytes that came before our reply."""
import select
import socket
import threading

VERBS = (b"EHLO", b"MAIL", b"RCPT", b"DATA", b"QUIT", b"RSET", b"NOOP")


class RawSink:
    def __init__(self):
        self.messages, self.strays = [], []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            conn, _ = self.sock.accept()
            threading.Thread(target=self._session, args=(conn,),
                             daemon=True).start()

    def _session(self, conn):
        conn.sendall(b"220 sink\r\n")
        buf = b""
        while True:
            while b"\r\n" not in buf:
                more = conn.recv(65536)
                if not more:
                    if buf:
                        self.strays.append(buf)
                    return
                buf += more
            line, buf = buf.split(b"\r\n", 1)
            verb = line[:4].upper()
            if verb not in VERBS or b"\n" in line or b"\r" in line:
                self.strays.append(line)
            if verb == b"DATA":
                conn.sendall(b"354 go on\r\n")
                buf = self._data(conn, b"\r\n" + buf)
            conn.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

    def _data(self, conn, buf):
        while b"\r\n.\r\n" not in buf:
            more = conn.recv(65536)
            if not more:
                self.strays.append(b"cut: " + buf[-40:])
                break
            buf += more
        text, _, rest = buf.partition(b"\r\n.\r\n")
        # a client that does not wait here has sent a second end
        if rest or select.select([conn], [], [], 0.02)[0]:
            self.strays.append(b"behind the end: " + rest)
        self.messages.append((text + b"\r\n")[2:])
        return rest
