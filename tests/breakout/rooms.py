#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each daemon, taken over, tries to leave its room.

build/breakout/NAME is the daemon itself with breakout.c linked in: it runs
where the daemon would read its first byte from a peer, with that program's
account, descriptors, folders and filter, and makes every try of attempts_*.c.
What conf-services gives the program is its own; every other try must fail.
The same tries with the confinement left out must succeed, or the table would
prove nothing.  Prints the table.
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, free_port, skip, wait_for  # noqa: E402
from wire import msg, send  # noqa: E402
from _house import CLIENT, DAEMONS, ROOT_USER, ROWS, House  # noqa: E402

SECONDS = 100  # of one program's tries
# Landlock does not know sockets in the file system (as of Linux 6.18): who may
# call our sockets and is not in a chroot can call a stranger's of the same type
# that everybody may call.
KNOWN = {"... of packets", "... of packets, from the home"}
# What only separate accounts hold: etc/ is read by all, sockets tell accounts
# apart.
ACCOUNTS_ONLY = {"read etc/users", "read smarthosts' passwords",
                 "steer relayd", "steer the queue", "open a socket to all"}
# ... and that etc/ is root's, while admind writes two files in it.
ETC_ONLY = {"write etc/nets", "replace etc/aliases", "hard link to the hashes"}
# One queued holds the queue's lock, and an acceptor's count of its sessions is
# not inherited: a process a try would not get ready.
AT_ENTER = "smtpd", "queued"

# Which process of a program, and what of its row that process still has; None:
# all of it.  A session's own mailbox is no try.
ROLES = [
    ("smtpd", "session", ("read", "call", "account")),
    ("smtpd", "daemon", None),
    ("pop3d", "session", ("read", "call", "account")),
    ("mailboxd", "daemon", None),
    ("mailboxd", "session", ()),
    ("authd", "daemon", None),
    ("relayd", "daemon", None),
    ("queued", "daemon", None),
    ("deliver-local", "session", ("read", "write", "call", "account")),
    ("deliver-remote", "session", ("read", "call", "account", "tcp", "lmtp")),
    ("resolver", "daemon", None),
    ("tlsd", "signer", ("read", "account")),
    ("tlsd", "daemon", ("call", "account", "fork")),
    ("tlsd", "session", ()),
    ("admind", "daemon", None),
    ("tlsd-out", "daemon", None),
    ("tlsd-out", "session", ()),
]


def is_known(program, name):
    row = ROWS[program]
    return name in KNOWN and "call" in row["sys"] and not (
        ROOT_USER and row["chroot"])


def callable_by(program):
    """Sockets are for accounts: what one program of an account may call, the
    others can."""
    account = ROWS[program]["account"]
    return {path for row in ROWS.values() if row["account"] == account
            for path in row["call"]}


def entitled(program, kept, right):
    row, (kind, what) = ROWS[program], right.split(" ", 1)
    if what == "base":
        return True
    if kind in ("call", "serve") and what in [s[0] for s in row["serve"]]:
        return True  # its own
    if kept is not None and kind not in kept and what not in kept:
        return False
    if kind == "account":
        return row["account"] == what
    if kind == "call":
        return what in callable_by(program)
    if kind == "serve":
        return False
    held = row.get(kind, []) + (row["write"] if kind == "read" else [])
    return any(what == h or what.startswith(h + "/") for h in held)


# starting one ----------------------------------------------------------------

def supervise(house, name, up):
    """Starts or stops one daemon of the instance, and waits for it."""
    service = house.path("service", name)
    code = subprocess.run(["s6-svc", "-u" if up else "-d",
                           service]).returncode
    code = code or subprocess.run(["s6-svwait", "-U" if up else "-D", "-t", "9000",
                           service], timeout=20).returncode
    if code:
        raise RuntimeError("%s is not %s (%d): %s\n%s" % (
            name, "up" if up else "down", code, subprocess.run(
                ["ls", "-la", house.run, service, service + "/supervise"],
                capture_output=True, text=True), house.log()[-2000:]))


def plan(house, **values):
    values["other"] = house.other
    house.write("etc/breakout", "".join(
        "%s %s\n" % kv for kv in {**house.world, **values}.items()))


def results(text):
    """{name: (right, as, result, detail)} of the lines of breakout.c."""
    found = {}
    for line in text.splitlines():
        if line.startswith("breakout: "):
            name, right, who, result, why = line[10:].split("\t")
            found[name] = (right, who, result, why)
    return found


def run(house, program, trigger=None, **values):
    """Runs the program taken over to its end."""
    house.spare = free_port()
    plan(house, **values)
    row = ROWS[program]
    args = ["-l", "127.0.0.1:%d" % house.spare] if row["tcp"] else []
    with tempfile.TemporaryFile("w+") as out:
        def text():
            out.seek(0)
            return out.read()
        proc = subprocess.Popen(
            [os.path.join(ROOT, "build/breakout", program), "-C", house.run]
            + args, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            if trigger:
                triggered(house, trigger, proc)
            wait_for(lambda: "breakout: end\t" in text()
                     or proc.poll() is not None, SECONDS)
        finally:
            proc.terminate()
            proc.wait(10)
        time.sleep(0.05)
        got = results(text())
        if "end" not in got:
            print("# %s:\n%s" % (program, text()[-3000:]))
        return got


def triggered(house, trigger, proc):
    """Does what makes the daemon start a session; its end is not awaited."""
    end = time.monotonic() + 30
    while time.monotonic() < end and proc.poll() is None:
        try:
            house.held = trigger(house)
            return
        except (ConnectionError, FileNotFoundError, BlockingIOError):
            time.sleep(0.05)
    print("# the trigger found nobody")


def by_tcp(house):
    return socket.create_connection(("127.0.0.1", house.spare), 5)


def by_socket(path, account, packet=None):
    def connect(house):
        sock = house.connect(path, account)
        if packet:
            client, server = socket.socketpair()
            data, fds = packet(house)
            send(sock, data, fds + [server.fileno()])
            server.close()
            for fd in fds:
                os.close(fd)
            return sock, client
        return sock
    return connect


def by_login(house):
    """As authd and pop3d do: a login of demo's, then the client."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client, server = socket.socketpair()
    link = house.connect("run/mailboxd", "p-auth")
    until = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) + 9000
    with theirs, server:
        send(link, msg("L", until, "demo", CLIENT, "demo"), [theirs.fileno()])
        send(ours, msg("C", 3, "", ""), [server.fileno()])
    return link, ours, client


TRIGGERS = {
    "smtpd": by_tcp, "pop3d": by_tcp, "mailboxd": by_login,
    "deliver-local": by_socket("run/deliver/local", "p-queue"),
    "deliver-remote": by_socket("run/deliver/remote", "p-queue"),
    "tlsd": by_socket("run/tlsd/in", "p-smtp", lambda h: (msg(
        "I", 1, "smtp", "192.0.2.66"), [])),
    "tlsd-out": by_socket("run/tlsd/out", "p-remote", lambda h: (msg(
        "O", 1, "mx.example.test", "may", "192.0.2.66"), [])),
}


# the table -------------------------------------------------------------------

# what a container, a chroot or a sysctl may have taken from everybody, root too
MAY_LACK = {"a user namespace", "raw IP", "raw Ethernet", "mount", "keyctl",
            "bpf", "perf_event_open", "io_uring", "userfaultfd", "personality",
            "the kernel's log", "fanotify", "read a file by its handle"}


def free(house):
    """Without confinement: everything must succeed, or the kernel lacks it."""
    got = run(house, "smtpd", free=1, role="none", account="p-smtp",
              grant=house.grant())
    check("without confinement all tries are made", "end" in got)
    missing = set()
    for name, (_, who, result, why) in got.items():
        if result == "n/a" or result != "open" and name in MAY_LACK:
            missing.add(name)
            skip(name, "this system has no such thing: " + why)
        else:
            check("unconfined, as %s: %s" % (who, name), result == "open",
                  "%s %s" % (result, why))
    for account in sorted({r["account"] for r in ROWS.values()}
                          - {"caller", "p-smtp"}):
        got = run(house, "smtpd", free=1, role="none", account=account,
                  only="sibling:")
        wrong = {n: r[2:] for n, r in got.items()
                 if r[2] != "open" and n not in missing}
        check("unconfined siblings of " + account, "end" in got and not wrong,
              wrong)
    return missing


def confined(house, program, role, kept, missing):
    serves = ROWS[program]["serve"]
    values = dict(role=role, account=ROWS[program]["account"],
                  at="enter" if program in AT_ENTER else "ready",
                  own="".join(path + "," for path in [s[0] for s in serves]
                              + sorted(callable_by(program)))
                  if ROOT_USER else "*")
    if serves:
        supervise(house, program, False)
    try:
        if program not in ("authd", "relayd"):
            values.update(grant=house.grant())
        got = run(house, program, TRIGGERS[program] if role == "session"
                  else None, **values)
    finally:
        if serves:
            supervise(house, program, True)
    check("%s %s: all tries are made" % (program, role), "end" in got)
    column, wrong = {}, []
    for name, (right, _, result, why) in got.items():
        if name == "end":
            continue
        own = right and entitled(program, kept, right) or not ROOT_USER and (
            name in ACCOUNTS_ONLY or right.startswith("call ")
            or program == "admind" and name in ETC_ONLY)
        column[name] = {
            "open": "own" if own else
                    "known" if is_known(program, name) else "OPEN",
            "n/a": "-"}.get(
            result, result)
        if name == "work at all":
            check("%s %s: still works" % (program, role), result == "open",
                  result + " " + why)
        if os.environ.get("BREAKOUT_WHY"):
            print("# %s %s: %s: %s %s" % (program, role, name, result, why))
        if name in missing or result == "held" or own or is_known(
                program, name):
            continue
        wrong.append("%s: %s %s" % (name, result, why))
    check("%s %s: every try is held" % (program, role), not wrong,
          "; ".join(wrong))
    return column


def show(columns):
    names = list(max(columns.values(), key=len))
    print("\nheld: it failed.  own: conf-services gives it.  known: SECURITY.md "
          "says so.  -: not here.")
    for i, (program, role) in enumerate(columns):
        print("%-36s %s%s %s" % ("", "|      " * i, program, role))
    for name in names:
        print("%-36s %s" % (name, " ".join(
            "%-6s" % c.get(name, "?") for c in columns.values())))
    print()


def world(house):
    """What there is to reach: listeners, strangers' sockets, secrets."""
    tcp, udp, hidden = (socket.socket(f, t) for f, t in (
        (socket.AF_INET, socket.SOCK_STREAM),
        (socket.AF_INET, socket.SOCK_DGRAM),
        (socket.AF_UNIX, socket.SOCK_STREAM)))
    tcp.bind(("127.0.0.1", 0))
    tcp.listen(200)
    udp.bind(("127.0.0.1", 0))
    name = "postern-stranger-%d" % os.getpid()
    hidden.bind("\0" + name)
    hidden.listen(200)
    strangers, paths = [], {}
    for key, kind in (("stranger", socket.SOCK_STREAM),
                      ("packets", socket.SOCK_SEQPACKET),
                      ("datagrams", socket.SOCK_DGRAM)):
        paths[key] = os.path.join(os.path.dirname(house.run), key)
        sock = socket.socket(socket.AF_UNIX, kind)
        sock.bind(paths[key])
        os.chmod(paths[key], 0o777)
        if key != "datagrams":
            sock.listen(200)
        strangers.append(sock)

    def drain(sock):
        while True:
            sock.accept()[0].close()
    for sock in tcp, hidden, *strangers[:2]:
        threading.Thread(target=drain, args=(sock,), daemon=True).start()
    house.listeners = tcp, udp, hidden, *strangers
    house.world = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1],
                   "abstract": "@" + name, **paths}
    house.other = os.getpid()
    house.secret(house.path("queue/secret"), "p-queue")
    house.append("log/current", "\n")
    house.pop3("demo", house.password).quit()
    house.ask("run/relayd/open", "p-auth", msg("O", 1, CLIENT, "demo"))


def main():
    if not ROOT_USER:
        skip("accounts, and tries without confinement", "they need root")
    with House() as house:
        world(house)
        missing = free(house) if ROOT_USER else set()
        columns = {}
        for program, role, kept in ROLES:
            if program in DAEMONS:
                columns[program, role] = confined(house, program, role, kept,
                                                  missing)
            else:
                skip(program + " " + role, "not built")
        show(columns)


main()
done()
