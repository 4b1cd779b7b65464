#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""relayd as its callers see it."""
import ipaddress
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from cdb import cdb
from home import Home, check, done, msg, parse, recv, send, skip, wait_for

ANN, NEAR, FAR = "192.0.2.1", "192.0.2.77", "198.51.100.1"
JOURNAL = "log/relayd/windows"


def nets(*rows):
    """cdb/relay/nets.cdb of ("192.0.2.0/24", "+")."""
    records, lengths = [("v", "1")], set()
    for net, sign in rows:
        n = ipaddress.ip_network(net)
        bits = n.prefixlen + (96 if n.version == 4 else 0)
        raw = n.network_address.packed
        if n.version == 4:
            raw = b"\0" * 10 + b"\xff\xff" + raw
        lengths.add(bits)
        records.append((b"n" + bytes([bits]) + raw, sign))
    records.append(("b", bytes(sorted(lengths, reverse=True))))
    return cdb(records)


home = Home(etc={"window": "1800\n"})
home.start("relayd")


def opens(ip, mailbox):
    return home.ask("run/relayd/open", msg("O", 1, ip, mailbox), account="p-auth")


def ask(ip, sender="", token="", basis=""):
    op, fields, _ = home.ask("run/relayd/check",
                             msg("C", 1, ip, basis, token, sender), account="p-smtp")
    return op, [f.decode() for f in fields]


def redeem(grant, n):
    return home.ask("run/relayd/redeem", msg("R", 1, grant, n), account="p-queue")


def tables():
    op, f = ask(FAR)
    check("closed at first", op == "N", (op, f))
    home.write("cdb/relay/nets.cdb", nets(("198.51.100.0/24", "+"), ("198.51.100.66/32", "-"),
                                          ("2001:db8::/32", "+"), ("0.0.0.0/0", "-")))
    op, f = ask(FAR)
    check("an allowed network", op == "Y" and f[:4] == ["network", "", "0", "500"], (op, f))
    check("IPv6 network", ask("2001:db8::9")[0] == "Y")
    check("the longest match denies", ask("198.51.100.66")[0] == "N")
    opens("198.51.100.66", "ann")
    op, f = ask("198.51.100.66", "ann")
    check("a deny beats a window", op == "N" and "denied" in f[0], (op, f))
    check("a deny beats RELAYCLIENT", ask("198.51.100.66", basis="relayclient")[0] == "N")
    token = home.ask("run/relayd/open", msg("A", 1, "198.51.100.66", "ann"),
                     account="p-auth")[1][0]
    op, f = ask("198.51.100.66", "ann", token)
    check("AUTH passes a deny", op == "Y" and f[0] == "auth", (op, f))
    home.write("cdb/relay/nets.cdb", b"half a cdb")
    op, f = ask(FAR)
    check("a damaged table: cannot tell", op == "T", (op, f))
    check("a damaged table: not by AUTH either", ask("198.51.100.66", "ann", token)[0] == "T")
    check("... and the log says what to do", "netdb build" in home.log("relayd"))
    home.write("cdb/relay/nets.cdb", nets())
    check("mended without a restart", ask(FAR)[0] == "N")
    home.write("cdb/relay/nets.cdb", nets(("198.51.100.66/32", "-")))
    check("a deny", ask("198.51.100.66", "ann")[0] == "N")
    os.unlink(home.path("cdb/relay/nets.cdb"))
    op, f = ask("198.51.100.66", "ann")
    check("a missing table: cannot tell", op == "T" and "netdb build" in f[0], (op, f))
    r = home.run("relayctl", "check", "198.51.100.66")
    check("... nor can relayctl", r.returncode == 111 and "netdb build" in r.stderr, r)
    home.write("cdb/relay/nets.cdb", nets())


def survives():
    opens(ANN, "ann")
    opens("2001:db8:1:2::3", "bob")
    grant = ask(ANN, "ann")[1][4]
    check("spends", redeem(grant, 123)[0] == "Y")
    home.stop("relayd", 9)
    home.start("relayd")
    op, f = ask(ANN, "ann")
    check("a window survives kill -9", op == "Y" and f[:3] == ["window", "ann", "1"], (op, f))
    check("the budget too", f[3] == "377", f)
    check("IPv6 too", ask("2001:db8:1:2:ffff::1", "bob")[0] == "Y")
    check("a grant does not: come again", redeem(grant, 1)[0] == "T")
    token = home.ask("run/relayd/open", msg("A", 1, NEAR, "ann"), account="p-auth")[1][0]
    check("a token holds", ask(NEAR, "ann", token)[1][0] == "auth")
    home.stop("relayd", 9)
    home.start("relayd")
    check("after a restart: log in again", ask(NEAR, "ann", token)[0] == "V")
    left = int(home.run("relayctl", "list").stdout.split()[2])
    check("with what was left of it", 1700 < left <= 1800, left)
    check("closing", home.run("relayctl", "close", "bob").returncode == 0)
    home.stop("relayd", 9)
    home.start("relayd")
    check("a closed one stays closed", ask("2001:db8:1:2::3", "bob")[0] == "N")


def damaged():
    home.stop("relayd", 9)
    with open(home.path(JOURNAL), "ab") as f:
        f.write(b"half a record")
    home.start("relayd")
    check("a cut journal: the windows are there", ask(ANN, "ann")[0] == "Y")
    check("... and a warning", "damaged from byte" in home.log("relayd"))
    home.stop("relayd", 9)
    with open(home.path(JOURNAL), "wb") as f:
        f.write(os.urandom(5000))
    home.start("relayd")
    check("a journal of garbage: relayd serves", ask(ANN, "ann")[0] == "N")
    home.stop("relayd", 9)
    os.unlink(home.path(JOURNAL))
    os.mkdir(home.path(JOURNAL))
    home.start("relayd")
    opens(ANN, "ann")
    check("a journal that cannot be: windows in memory", ask(ANN, "ann")[0] == "Y")
    check("... and a warning", "in memory only" in home.log("relayd"))
    home.stop("relayd")
    os.rmdir(home.path(JOURNAL))
    home.start("relayd")


def callers():
    path = "run/relayd/check"
    with home.connect(path, "p-smtp") as s:
        for i in range(3):
            send(s, msg("C", 1, ANN, "", "", "ann"))
            op, _ = parse(recv(s)[0])
            check("several on a connection", op == "N", op)
        send(s, b"C1:1,9:nonsense")
        check("nonsense closes", recv(s)[0] == b"")
    with home.connect(path, "p-smtp") as s:
        send(s, b"x" * 4000)
        check("too long closes", recv(s)[0] == b"")
    check("... and is logged", home.wait_log("relayd", "malformed request"))
    check("opening needs its own socket",
          home.ask(path, msg("O", 1, ANN, "ann"), account="p-smtp")[0] == "")
    if not home.root:
        skip("peers", "needs root")
        return
    for sock, packet in (("open", msg("O", 1, ANN, "ann")), ("redeem", msg("R", 1, "x", 1)),
                         ("control", msg("L", 1))):
        try:
            op = home.ask("run/relayd/" + sock, packet, account="p-smtp")[0]
        except (PermissionError, ConnectionError):
            op = ""
        check("p-smtp may not call " + sock, op == "", op)


def slow():
    """Callers that ask and never read hold nobody up."""
    stuck = []
    for i in range(10):
        s = home.connect("run/relayd/control")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        stuck.append(s)
        send(s, msg("L", 1))
    opens(ANN, "ann")
    check("slow readers hold nobody up", ask(ANN, "ann")[0] == "Y")
    for s in stuck:
        s.close()
    many = [home.connect("run/relayd/control") for _ in range(40)]
    check("too many of one socket leave the others alone", ask(ANN, "ann")[0] == "Y")
    check("... and it is said", home.wait_log("relayd", "too many connections"))
    for s in many:
        s.close()
    check("room again", wait_for(lambda: home.run("relayctl", "list").returncode == 0))


def big_list():
    with home.connect("run/relayd/open", "p-auth") as s:
        for i in range(5000):
            send(s, msg("O", 1, "10.1.%d.%d" % (i >> 8, i & 255), "m%d" % (i // 2)))
            recv(s)
    out = home.run("relayctl", "list").stdout.splitlines()
    check("a list of all", len(out) == 5000 and len(set(out)) == 5000, len(out))
    home.stop("relayd", 9)
    home.start("relayd")
    check("5000 windows survive", len(home.run("relayctl", "list").stdout.splitlines()) == 5000)


def settings():
    home.write("etc/window", "1\n")
    check("etc/window takes effect", wait_for(
        lambda: opens("192.0.2.200", "zoe")[0] == "Y" and
        "window-opened ip=192.0.2.200 mailbox=zoe seconds=1\n" in home.log("relayd") or
        home.run("relayctl", "close", "zoe") is None))
    check("it ends by itself", home.wait_log("relayd", "ip=192.0.2.200 mailbox=zoe reason=expired"))
    check("over", ask("192.0.2.200", "zoe")[0] == "N")
    home.write("etc/window", "soon\n")
    check("a wrong setting is named", wait_for(
        lambda: ask(NEAR)[0] == "N" and "etc/window" in home.log("relayd")))


tables()
survives()
damaged()
callers()
big_list()
slow()
settings()
done()
