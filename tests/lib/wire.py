# SPDX-License-Identifier: ISC
"""The wire format of lib/msg.h and lib/sock.h, and servers that speak it."""
import array
import os
import socket
import threading

MSG_MAX = 65536  # bytes of a packet, lib/msg.h
FDS_MAX = 33


def to_bytes(field):
    if isinstance(field, int):
        return b"%d" % field
    return field.encode() if isinstance(field, str) else bytes(field)


def msg(op, *fields):
    """A packet: operation and netstrings (str, bytes or int each)."""
    packet = to_bytes(op)
    for field in map(to_bytes, fields):
        packet += b"%d:%s," % (len(field), field)
    return packet


def parse(packet):
    """(operation as str, [fields as bytes]); ValueError when malformed."""
    if not packet:
        raise ValueError("empty packet")
    fields, at = [], 1
    while at < len(packet):
        colon = packet.index(b":", at)
        number = packet[at:colon]
        if not number.isdigit() or (number[:1] == b"0" and number != b"0"):
            raise ValueError("bad length %r" % number)
        end = colon + 1 + int(number)
        if packet[end:end + 1] != b",":
            raise ValueError("no comma at %d in %r" % (end, packet))
        fields.append(packet[colon + 1:end])
        at = end + 1
    return chr(packet[0]), fields


def send(sock, packet, fds=()):
    control = []
    if fds:
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                    array.array("i", fds))]
    sock.sendmsg([packet], control)


def recv(sock):
    """(packet, [fds]); an empty packet is the end of the connection."""
    packet, control, _, _ = sock.recvmsg(
        MSG_MAX, socket.CMSG_SPACE(FDS_MAX * 4))
    fds = array.array("i")
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
    return packet, list(fds)


class Fake:
    """Serves a SEQPACKET socket of the home in threads.

    handler(op, fields, fds) returns a packet, or (packet, fds), or None: close
    without an answer.  The fds it returns are closed once sent; those it was
    given are its own.  requests: what came, as (op, fields)."""

    def __init__(self, home, path, handler):
        self.handler, self.requests = handler, []
        self.connections = 0
        self.conns = set()
        self.path = home.path(path) if hasattr(home, "fakes") else path
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o666)
        self.sock.listen(64)
        if hasattr(home, "fakes"):
            home.fakes.append(self)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def _serve(self, conn):
        self.connections += 1
        self.conns.add(conn)
        with conn:
            try:
                while self._one(conn):
                    pass
            except OSError:
                pass
            self.conns.discard(conn)

    def _one(self, conn):
        packet, fds = recv(conn)
        if not packet:
            return False
        op, fields = parse(packet)
        self.requests.append((op, fields))
        answer = self.handler(op, fields, fds)
        if answer is None:
            return False
        answer, back = answer if isinstance(answer, tuple) else (answer, ())
        send(conn, answer, back)
        for fd in back:
            os.close(fd)
        return True

    def close(self):
        """Stops serving and removes the socket: the daemon is down."""
        for sock in [self.sock, *self.conns]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.sock.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
