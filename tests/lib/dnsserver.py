# SPDX-License-Identifier: ISC
"""A DNS server for tests: zones as a dict, UDP and TCP on loopback.

    dns = DnsServer({
        "far.example": {"MX": [(10, "mx.far.example")], "TXT": ["hello"]},
        "mx.far.example": {"A": ["127.0.0.2"], "AAAA": ["::1"]},
        "alias.example": {"CNAME": "far.example"},
        "2.0.0.127.in-addr.arpa": {"PTR": ["mx.far.example"]},
        "broken.example": "SERVFAIL", "gone.example": "NXDOMAIN",
        "slow.example": "TIMEOUT", "nomail.example": {"MX": [(0, ".")]},
    })
    home.write("etc/dns", "127.0.0.1@%d\n" % dns.port)

Names that are not in the dict do not exist.  dns.zones may be changed at any
time; dns.queries is what was asked, as (name, type).  A list of strings as TLSA
is "usage selector type hexdata".  By hand: dnsserver.py PORT FILE.json."""
import ipaddress
import json
import socket
import struct
import sys
import threading
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16,
         "AAAA": 28, "TLSA": 52}
NAMES = {number: name for name, number in TYPES.items()}
RCODES = {"SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
TTL = 1  # second: libunbound keeps nothing for long
UDP_MAX = 1200  # bytes of an answer; longer ones go by TCP
CNAMES_MAX = 8


def wire_name(name):
    out = b""
    for label in name.strip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def read_name(packet, at):
    labels = []
    while packet[at]:
        length = packet[at]
        labels.append(packet[at + 1:at + 1 + length].decode("latin-1"))
        at += 1 + length
    return ".".join(labels).lower(), at + 1


def rdata(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "MX":
        return struct.pack(">H", value[0]) + wire_name(value[1])
    if kind == "TXT":
        return bytes([len(value)]) + value.encode()
    if kind == "TLSA":
        usage, selector, match, data = value.split()
        return bytes([int(usage), int(selector), int(match)]) + \
            bytes.fromhex(data)
    return wire_name(value)


class DnsServer:
    def __init__(self, zones, host="127.0.0.1", port=0):
        self.zones, self.queries, self.host = zones, [], host
        self.by_tcp = 0
        self.udp, self.tcp = self._bind(host, port)
        self.port = self.udp.getsockname()[1]
        self.tcp.listen(16)
        self.stopped = False
        for loop in (self._udp_loop, self._tcp_loop):
            threading.Thread(target=loop, daemon=True).start()

    @staticmethod
    def _bind(host, port):
        for _ in range(50):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                udp.bind((host, port))
                tcp.bind(udp.getsockname())
                return udp, tcp
            except OSError:
                udp.close()
                tcp.close()
                if port:
                    raise
        raise OSError("no free port")

    def close(self):
        self.stopped = True
        for sock in (self.udp, self.tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _records(self, name, kind):
        """(rcode, [(name, type, value)]), None: say nothing."""
        out = []
        for _ in range(CNAMES_MAX):
            zone = self.zones.get(name, "NXDOMAIN")
            if zone == "TIMEOUT":
                return None
            if isinstance(zone, str):
                # a name above one that exists, exists
                below = any(n.endswith("." + name) for n in self.zones)
                if zone == "NXDOMAIN" and below:
                    return 0, out
                return RCODES[zone], out
            if "CNAME" in zone and kind != "CNAME":
                out.append((name, "CNAME", zone["CNAME"]))
                name = zone["CNAME"].lower()
                continue
            values = zone.get(kind, [])
            if values == "TIMEOUT":
                return None
            if isinstance(values, str) and values in RCODES:
                return RCODES[values], out
            out += [(name, kind, value) for value in values]
            return 0, out
        return RCODES["SERVFAIL"], []

    def answer(self, query, limit):
        ident, flags, count = struct.unpack(">HHH", query[:6])
        if count != 1 or flags & 0x8000:
            return None
        name, at = read_name(query, 12)
        number = struct.unpack(">H", query[at:at + 2])[0]
        self.queries.append((name, NAMES.get(number, str(number))))
        found = self._records(name, NAMES.get(number, ""))
        if found is None:
            return None
        rcode, records = found
        body, authority = b"", b""
        for owner, kind, value in records:
            data = rdata(kind, value)
            body += wire_name(owner) + struct.pack(
                ">HHIH", TYPES[kind], 1, TTL, len(data)) + data
        if not records or records[-1][1] == "CNAME":
            soa = wire_name("ns.invalid") + wire_name("root.invalid") + \
                struct.pack(">IIIII", 1, 60, 60, 60, TTL)
            authority = wire_name("") + struct.pack(
                ">HHIH", TYPES["SOA"], 1, TTL, len(soa)) + soa
        head = 0x8180 | (flags & 0x0100) | rcode
        question = query[12:at + 4]
        if limit and 12 + len(question) + len(body) > limit:
            return struct.pack(">HHHHHH", ident, head | 0x0200, 1, 0, 0, 0) + \
                question
        return struct.pack(">HHHHHH", ident, head, 1, len(records),
                           1 if authority else 0, 0) + \
            question + body + authority

    def _udp_loop(self):
        while not self.stopped:
            try:
                query, peer = self.udp.recvfrom(4096)
                answer = self.answer(query, UDP_MAX)
                if answer:
                    self.udp.sendto(answer, peer)
            except OSError:
                if self.stopped:
                    return
            except (IndexError, struct.error) as e:
                if self.stopped:
                    return
                print("# dnsserver: %s" % e, file=sys.stderr)

    def _tcp_loop(self):
        while True:
            try:
                conn, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._tcp_one, args=(conn,),
                             daemon=True).start()

    def _tcp_one(self, conn):
        with conn, conn.makefile("rb") as f:
            conn.settimeout(10)
            try:
                head = f.read(2)
                while len(head) == 2:
                    query = f.read(struct.unpack(">H", head)[0])
                    self.by_tcp += 1
                    answer = self.answer(query, 0)
                    if answer:
                        conn.sendall(struct.pack(">H", len(answer)) + answer)
                    head = f.read(2)
            except OSError:
                pass


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as text:
        server = DnsServer(json.load(text), port=int(sys.argv[1]))
    print("ready", server.port, flush=True)
    while True:
        time.sleep(3600)
