# SPDX-License-Identifier: ISC
"""A UCSPI-TLS server, standing in for ucspi-ssl's sslserver and s6-ucspitlsd
(Debian has neither): a program on descriptors 0 and 1 that may ask for TLS."""
import os
import select
import socket
import ssl
import subprocess
import threading


class Server:
    """Serves port: command, once a connection.  shape: "pipes" (as sslserver),
    "socket" (one for both ways), "one" (control, too).  tell: the answer to 'Y',
    None: what the handshake gave; hang up: b""."""

    def __init__(self, command, cert, stderr, shape="pipes", tell=None,
                 env=None):
        self.command, self.stderr, self.env = command, stderr, env or {}
        self.shape, self.tell = shape, tell
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert + "/cert.pem", cert + "/key.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.commands, self.codes = [], []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(conn,),
                             daemon=True).start()

    def _ends(self):
        """(ours: control, from it, to it; its: control, read, write)"""
        control, its = socket.socketpair()
        if self.shape == "one":
            fd = control.fileno()
            return control, (control, fd, fd), (its.fileno(),) * 3, [its]
        if self.shape == "socket":
            data, its2 = socket.socketpair()
            ours = control, data.fileno(), data.fileno()
            self.keep = data
            return control, ours, (its.fileno(),) + (its2.fileno(),) * 2, [
                its, its2]
        r1, w1 = os.pipe()
        r2, w2 = os.pipe()
        return control, (control, r2, w1), (its.fileno(), r1, w2), [its, r1, w2]

    def _one(self, conn):
        control, (_, out_of, into), its, give = self._ends()
        ip, port = conn.getpeername()
        proc = subprocess.Popen(
            self.command, stdin=conn, stdout=conn, stderr=self.stderr,
            pass_fds=set(its), env=dict(
                os.environ, PROTO="TCP", TCPREMOTEIP=ip,
                TCPREMOTEPORT=str(port), SSLCTLFD=str(its[0]),
                SSLREADFD=str(its[1]), SSLWRITEFD=str(its[2]), **self.env))
        for end in give:
            os.close(end) if isinstance(end, int) else end.close()
        want = control.recv(1)
        self.commands.append(want)
        if want == b"Y":
            self._tls(conn, control, out_of, into)
        conn.close()
        control.close()
        self.codes.append(proc.wait())

    def _tls(self, conn, control, out_of, into):
        if self.tell == b"":
            return
        try:
            tls = self.context.wrap_socket(conn, server_side=True)
        except (ssl.SSLError, OSError):
            return
        control.sendall(self.tell if self.tell is not None else (
            "SSL_PROTOCOL=%s\0SSL_CIPHER=%s\0\0" % (
                tls.version(), tls.cipher()[0])).encode())
        self._carry(tls, out_of, into)
        try:
            tls.unwrap()
        except (ssl.SSLError, OSError):
            pass
        tls.close()

    @staticmethod
    def _carry(tls, out_of, into):
        while True:
            ready = [tls] if tls.pending() else select.select(
                [tls, out_of], [], [])[0]
            try:
                if out_of in ready:
                    data = os.read(out_of, 65536)
                    if not data:
                        return
                    tls.sendall(data)
                if tls in ready:
                    data = tls.recv(65536)
                    if not data:
                        return
                    while data:
                        data = data[os.write(into, data):]
            except OSError:
                return
