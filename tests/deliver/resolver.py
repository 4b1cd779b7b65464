#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""resolver against a DNS server of our own."""
import os
import resource
import sys
import time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from dnsserver import DnsServer  # noqa: E402
from home import (Home, anonymous, check, done, msg, parse, recv, send,  # noqa: E402
                  set_limit, wait_for)

PATH = "run/deliver/resolver"
MANY = 40

zones = {
    "far.example.test": {"MX": [(20, "b.example.test"), (10, "a.example.test")]},
    "a.example.test": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
    "b.example.test": {"A": ["192.0.2.2", "192.0.2.3"]},
    "equal.example.test": {"MX": [(5, "m%d.example.test" % i)
                                  for i in range(8)]},
    "many.example.test": {"MX": [(i, "m%d.example.test" % i)
                                 for i in range(MANY)]},
    "onlya.example.test": {"A": ["192.0.2.9"]},
    "only6.example.test": {"AAAA": ["2001:db8::9"]},
    "alias.example.test": {"CNAME": "far.example.test"},
    "nullmx.example.test": {"MX": [(0, ".")], "A": ["192.0.2.9"]},
    "local.example.test": {"MX": [(0, "localhost")]},
    "empty.example.test": {"TXT": ["nothing here"]},
    "servfail.example.test": "SERVFAIL",
    "halfdead.example.test": {"MX": [(1, "servfail.example.test"),
                                     (2, "a.example.test")]},
    "alldead.example.test": {"MX": [(1, "servfail.example.test")]},
    "dangling.example.test": {"MX": [(1, "nosuch.example.test")]},
    "mxfail.example.test": {"MX": "SERVFAIL", "A": ["192.0.2.9"]},
    "afail.example.test": {"A": "SERVFAIL"},
    "slow.example.test": "TIMEOUT",
    "7.2.0.192.in-addr.arpa": {"PTR": ["liar.example.test",
                                       "right.example.test"]},
    "right.example.test": {"A": ["192.0.2.7"]},
    "liar.example.test": {"A": ["192.0.2.8"]},
    "8.2.0.192.in-addr.arpa": {"PTR": ["right.example.test"]},
    "_25._tcp.a.example.test": {"TLSA": ["3 1 1 " + "ab" * 32]},
}
for i in range(MANY):
    zones["m%d.example.test" % i] = {"A": ["192.0.2.%d" % (i + 10)]}


def hosts(answer):
    """(status, secure, [(preference, name, [ips])])"""
    op, fields, _ = answer
    if op != "Y":
        return op, None, []
    fields = [f.decode() for f in fields]
    status, secure, rest, out = fields[0], fields[1], fields[2:], []
    while rest:
        count = int(rest[2])
        out.append((int(rest[0]), rest[1], rest[3:3 + count]))
        rest = rest[3 + count:]
    return status, secure, out


dns = DnsServer(zones)
home = Home(etc={"dns": "# ours\nforward 127.0.0.1@%d\n" % dns.port})
daemon = home.start("resolver")
idle = anonymous(daemon.pid)


def ask(op, *args, timeout=30):
    return home.ask(PATH, msg(op, 1, *args), account="p-remote",
                    timeout=timeout)


def ask_hosts(op, name, timeout=30):
    return hosts(ask(op, name, timeout=timeout))


status, secure, found = ask_hosts("M", "far.example.test")
check("libunbound starts at the first question",
      idle is None or anonymous(daemon.pid) > idle + 100, idle)
check("MX, best first", status == "found" and found == [
    (10, "a.example.test", ["2001:db8::1", "192.0.2.1"]),
    (20, "b.example.test", found[1][2] if len(found) > 1 else [])], found)
check("all addresses", sorted(found[1][2]) == ["192.0.2.2", "192.0.2.3"], found)
check("not secure", secure == "0", secure)
check("case and last dot", ask_hosts("M", "FAR.example.TEST.")[2] and
      ask_hosts("M", "FAR.example.TEST.")[0] == "found")
orders = {tuple(h[1] for h in ask_hosts("M", "equal.example.test")[2])
          for _ in range(12)}
check("random order among equals", len(orders) > 3, orders)
many = ask_hosts("M", "many.example.test")[2]
check("at most 32 hosts, the best ones",
      [h[0] for h in many] == list(range(32)), many)
check("no MX: its own address", ask_hosts("M", "onlya.example.test") ==
      ("found", "0", [(0, "onlya.example.test", ["192.0.2.9"])]))
check("no MX: its own IPv6 address", ask_hosts("M", "only6.example.test")[2] ==
      [(0, "only6.example.test", ["2001:db8::9"])])
check("CNAME", len(ask_hosts("M", "alias.example.test")[2]) == 2)
for name, want in (("nullmx", "nullmx"), ("local", "nodata"),
                   ("empty", "nodata"), ("nosuch", "nxdomain"),
                   ("servfail", "temp"), ("alldead", "temp"),
                   ("dangling", "nodata"), ("mxfail", "temp"),
                   ("afail", "temp"), ("bad name", "nxdomain"),
                   ("a..b", "nxdomain"), ("x" * 64, "nxdomain")):
    got = ask_hosts("M", name + ".example.test")[0]
    check("MX of %.20s" % name, got == want, got)
got = ask_hosts("M", "halfdead.example.test")
check("one host's addresses cannot be had", got[0] == "found" and
      [len(h[2]) for h in got[2]] == [0, 2], got)
check("A", ask_hosts("A", "a.example.test") == (
    "found", "0", [(0, "a.example.test", ["2001:db8::1", "192.0.2.1"])]))
check("A of nothing", ask_hosts("A", "nosuch.example.test")[0] == "nxdomain")
check("A of no address", ask_hosts("A", "empty.example.test")[0] == "nodata")
check("A of localhost", "127.0.0.1" in ask_hosts("A", "localhost")[2][0][2])

op, fields, _ = ask("P", "192.0.2.7")
check("PTR, only the confirmed name",
      fields == [b"found", b"0", b"right.example.test"], fields)
check("PTR not confirmed", ask("P", "192.0.2.8")[1][0] == b"nodata")
check("PTR of nothing", ask("P", "192.0.2.99")[1][0] in
      (b"nxdomain", b"nodata"))
op, fields, _ = ask("L", 25, "a.example.test")
check("TLSA", fields[2:] == [b"3 1 1 " + b"ab" * 32], fields)

# several requests a connection, and the impatient
conn = home.connect(PATH, "p-smtp")
for name in ("a", "b"):
    send(conn, msg("A", 1, name + ".example.test"))
first, second = parse(recv(conn)[0]), parse(recv(conn)[0])
check("in order on one connection", first[1][3] == b"a.example.test" and
      second[1][3] == b"b.example.test", (first, second))
conn.close()

slow = home.connect(PATH, "p-remote", timeout=40)
send(slow, msg("M", 1, "slow.example.test"))
begin = time.monotonic()
check("others do not wait for a dead server",
      ask_hosts("A", "m3.example.test")[0] == "found" and
      time.monotonic() - begin < 2)
gone = home.connect(PATH, "p-remote")
send(gone, msg("M", 1, "slow2.example.test"))
gone.close()
conns = [home.connect(PATH, "p-remote") for _ in range(100)]
for i, conn in enumerate(conns):
    send(conn, msg("A", 1, "m%d.example.test" % (i % MANY)))
got = [hosts((*parse(recv(conn)[0]), []))[0] for conn in conns]
check("a hundred at once", got == ["found"] * 100, got)
for conn in conns:
    conn.close()
for name, packet in (("no version", b"M"), ("version 2", msg("M", 2, "a")),
                     ("no operation", msg("Z", 1, "a")),
                     ("no address", msg("P", 1, "a")), ("noise", b"\0\xff9:")):
    check("broken: " + name, home.ask(PATH, packet, account="p-remote")[0]
          == "")
check("still there", ask_hosts("A", "a.example.test")[0] == "found")
packet, _ = recv(slow)
took = time.monotonic() - begin
check("dead server: temp, in time", parse(packet)[1][0] == b"temp" and
      took < 29, (packet, took))
dns.zones["slow.example.test"] = {"A": ["192.0.2.1"]}
check("a server that came back is believed",
      ask_hosts("M", "slow.example.test")[0] in ("found", "temp"))



def without_descriptors(name):
    """What a question gets while resolver can open nothing."""
    pid = home.procs["resolver"].pid
    zones[name] = {"A": ["192.0.2.1"]}
    with home.connect(PATH, "p-remote", 40) as conn:
        send(conn, msg("A", 1, "a.example.test"))
        recv(conn)
        used = {int(n) for n in os.listdir("/proc/%d/fd" % pid)}
        free = min(set(range(len(used) + 1)) - used)
        check("limited", set_limit(pid, resource.RLIMIT_NOFILE, free))
        try:
            send(conn, msg("A", 1, name))
            answer, _ = recv(conn)
        finally:
            set_limit(pid, resource.RLIMIT_NOFILE, None)
    return answer


check("no descriptors: no answer, for that is no fault of the DNS",
      not without_descriptors("short.example.test"))
check("and then at once", wait_for(lambda: ask_hosts(
    "A", "short.example.test")[0] == "found", 10))
check("a long answer came by TCP", dns.by_tcp > 0)
dns.close()
begin = time.monotonic()
check("no DNS server: temp", ask("P", "192.0.2.20")[1][0] == b"temp" and
      time.monotonic() - begin < 7)
dns = DnsServer(zones, port=dns.port)
zones["new2.example.test"] = {"A": ["192.0.2.1"]}
check("it came back: at once", wait_for(lambda: ask_hosts(
    "A", "new2.example.test")[0] == "found", 10))

pid = home.procs["resolver"].pid
with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
    pss = [line.split()[1] for line in f if line.startswith("Pss:")][0]
print("# PSS %s KiB" % pss)
check("memory", int(pss) < 8192, pss)

other = DnsServer({"a.example.test": {"A": ["192.0.2.77"]}})
waiting = home.connect(PATH, "p-remote")
zones["stuck.example.test"] = "TIMEOUT"
send(waiting, msg("A", 1, "stuck.example.test"))
time.sleep(0.1)
home.write("etc/dns", "127.0.0.1@%d\n" % other.port)
check("a changed etc/dns counts at once",
      ask_hosts("A", "a.example.test")[2][0][2] == ["192.0.2.77"])
check("what was under way: no answer", not recv(waiting)[0])
home.write("etc/dns", "recursion\n127.0.0.1@%d\n" % dns.port)
check("recursion and a server", ask_hosts("A", "a.example.test")[2][0][2] ==
      ["192.0.2.77"] and "stands alone" in home.log("resolver"))
home.write("etc/dns", "nonsense\n")
check("a mistake changes nothing", ask_hosts("A", "a.example.test")[2][0][2] ==
      ["192.0.2.77"] and "etc/dns:1" in home.log("resolver"))
home.write("etc/dns", "127.0.0.1@%d\n" % dns.port)
check("and once more", ask_hosts("A", "m5.example.test")[0] == "found")

ROOT = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC6834571" \
       "04237C7F8EC8D"
home.stop("resolver")
home.write("etc/dnssec", "yes\n")
home.write("etc/dnssec-root.key", "; the root's\n" + ROOT + "\n")
home.start("resolver")
check("DNSSEC: unsigned answers do not hold",
      ask_hosts("A", "a.example.test")[0] in ("bogus", "temp"),
      ask_hosts("A", "a.example.test"))
home.stop("resolver")
home.write("etc/dnssec-root.key", "nonsense\n")
try:
    home.start("resolver")
    check("a broken key", False, "started")
except RuntimeError as e:
    check("a broken key is named", "etc/dnssec-root.key" in str(e), e)
home.write("etc/dnssec-root.key", "; none\n")
home.start("resolver")
check("DNSSEC without a key: said, not secure",
      ask_hosts("A", "a.example.test")[:2] == ("found", "0") and
      "not validated" in home.log("resolver"), home.log("resolver"))
home.stop("resolver")
home.write("etc/dnssec", "perhaps\n")
try:
    home.start("resolver")
    check("a broken etc/dnssec", False, "started")
except RuntimeError as e:
    check("a broken etc/dnssec is named", "etc/dnssec" in str(e), e)
home.write("etc/dnssec", "no\n")
home.write("etc/dns", "recursion\n")
home.start("resolver")
conn = home.connect(PATH, "p-smtp")
send(conn, msg("A", 1, "a.example.test"))
home.stop("resolver")
try:
    rest = recv(conn)[0]
except ConnectionResetError:
    rest = b""
check("stopped in the middle of a question", rest == b"", rest)
home.write("etc/dns", "127.0.0.1\nlocalhost:53x\n")
try:
    home.start("resolver")
    check("a broken etc/dns", False, "started")
except RuntimeError as e:
    check("a broken etc/dns is named with its line", "etc/dns:2" in str(e), e)
done()
