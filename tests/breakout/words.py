#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a program taken over can say over the sockets that are its own.

A compromised smtpd may talk to relayd and queued, a compromised pop3d to authd,
and to mailboxd once authd has handed it on.  Here they lie: forged and altered
grants, more recipients than the budget, a message changed after its 250, a mailbox
without a login.  Each lie must be refused, and the honest request beside it must
be taken.
"""
import fcntl
import mmap
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, skip  # noqa: E402
from wire import msg, parse, recv, send  # noqa: E402
from _house import CLIENT, House  # noqa: E402

LOCAL, FAR = "demo@example.test", "x@far.example"
MAIL = b"Received: x\nFrom: demo@example.test\nSubject: y\n\nhello\n"
REFUSED = "R", "T"  # T: a seal of unknown key, such as an earlier relayd's
BUDGET = 5  # recipients an hour
SEALS = {"SEAL": 1, "SHRINK": 2, "GROW": 4, "WRITE": 8, "FUTURE_WRITE": 16}


def memfd(seals="SEAL SHRINK GROW WRITE", data=MAIL, mapped=False):
    fd = os.memfd_create("mail", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    os.write(fd, data)
    view = mmap.mmap(fd, len(data)) if mapped else None
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, sum(SEALS[s] for s in seals.split()))
    return (fd, view) if mapped else fd


def request(op, recipients, grant="", origin="submitted"):
    return msg(op, 1, LOCAL, "".join(r + "\0" for r in recipients), origin,
               CLIENT, "client.test", "demo", "7", grant)


def hand_in(house, recipients, grant="", account="p-smtp",
            path="run/queue/smtp", fd=None, origin="submitted"):
    """One small message: queued's answer, (operation, fields)."""
    mine = memfd() if fd is None else fd
    try:
        return house.ask(path, account, request("M", recipients, grant,
                                                origin), [mine], 20)[:2]
    finally:
        if fd is None:
            os.close(mine)


def flipped(text, at):
    """Another byte there; an A would be an a where it is hexadecimal."""
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:]


# relaying ---------------------------------------------------------------------

def relaying(house):
    grant = house.grant()
    op, fields, _ = house.ask("run/authd/smtp", "p-smtp", msg(
        "V", 1, "demo", house.password, CLIENT))
    check("authd gives smtpd a token", op == "Y", (op, fields))
    token = fields[1]
    forged = {"no grant": "", "a made-up one": "A" * len(grant),
              "half of one": grant[:len(grant) // 2],
              "one and more": grant + "A", "a session's token": token,
              "a path": "../" * 20}
    step = max(1, len(grant) // 12)
    forged.update({"one changed at byte %d" % i: flipped(grant, i)
                   for i in range(0, len(grant), step)})
    for name, lie in forged.items():
        got = hand_in(house, [FAR], lie)
        check("smtpd, far recipient: " + name, got[0] in REFUSED, got)
    got = hand_in(house, [LOCAL, FAR], "")
    check("smtpd, one far recipient among local ones", got[0] == "R", got)
    got = hand_in(house, [FAR], grant, origin="local")
    check("smtpd claims a local origin", got[0] == "N", got)
    got = hand_in(house, [LOCAL])
    check("honest: a local recipient needs no grant", got[0] == "Y", got)
    got = hand_in(house, [FAR], grant)
    check("honest: a grant serves", got[0] == "Y", got)
    op, fields, _ = house.ask("run/relayd/check", "p-smtp", msg(
        "C", 1, "198.51.100.9", "", grant, ""))
    check("a grant is no token", op in ("N", "V", "T"), (op, fields))
    op, fields, _ = house.ask("run/relayd/check", "p-smtp", msg(
        "C", 1, "198.51.100.9", "", token, ""))
    check("a token is of its address", op == "N", (op, fields))
    for who in "p-smtp", "p-pop3", "p-auth", "p-remote":
        got = hand_in(house, [FAR], account=who, path="run/queue/inject")
        check("%s goes round the grant by run/queue/inject" % who,
              got[0] in REFUSED, got)
    got = hand_in(house, [LOCAL], account="p-mail", path="run/queue/inject")
    check("honest: a daemon's account mails to here", got[0] == "Y", got)
    got = hand_in(house, [FAR], account=65534, path="run/queue/inject")
    check("honest: a local user injects", got[0] == "Y", got)


def budget(house):
    """One of BUDGET is spent."""
    house.write("etc/budget", "%d\n" % BUDGET)
    time.sleep(1.1)  # relayd looks once a second
    grant = house.grant()
    got = hand_in(house, ["%d@far.example" % i for i in range(BUDGET)], grant)
    check("more recipients than the budget has left", got[0] == "B", got)
    got = hand_in(house, ["%d@far.example" % i for i in range(BUDGET - 1)],
                  grant)
    check("honest: what is left of it", got[0] == "Y", got)
    for name, g in (("the same grant", grant), ("a new grant", None)):
        if not g:
            answer = house.ask("run/relayd/check", "p-smtp", msg(
                "C", 1, CLIENT, "", "", "demo"))
            g = answer[1][4] if answer[0] == "Y" else ""
        got = hand_in(house, [FAR], g)
        check("budget spent: " + name, got[0] in ("B", "R"), got)
    taken = 0
    for i in range(BUDGET * 3):
        op, fields, _ = house.ask("run/relayd/check", "p-smtp", msg(
            "C", 1, "198.51.100.%d" % (i + 20), "relayclient", "", ""))
        if op == "Y":
            taken += hand_in(house, [FAR], fields[4])[0] == "Y"
    check("RELAYCLIENT claimed for many addresses: one budget",
          0 < taken <= BUDGET, taken)


# a message after its 250 -------------------------------------------------------

def small_messages(house):
    for seals in ("", "SEAL SHRINK GROW", "SHRINK GROW WRITE",
                  "SEAL GROW WRITE", "SEAL SHRINK WRITE", "SEAL"):
        fd = memfd(seals)
        got = hand_in(house, [LOCAL], fd=fd)
        check("a memfd sealed with: " + (seals or "nothing"), got[0] == "N",
              got)
        os.close(fd)
    fd, view = memfd("SEAL SHRINK GROW FUTURE_WRITE", mapped=True)
    got = hand_in(house, [LOCAL], fd=fd)
    check("a memfd that is mapped, no future writes", got[0] == "N", got)
    view.close()
    for name, fd in (("a file", os.open(house.path("etc/me"), os.O_RDONLY)),
                     ("a folder", os.open("/", os.O_RDONLY)),
                     ("a pipe", os.pipe()[0]),
                     ("/dev/zero", os.open("/dev/zero", os.O_RDONLY))):
        got = hand_in(house, [LOCAL], fd=fd)
        check("for a memfd, " + name, got[0] in ("N", ""), got)
        os.close(fd)
    fd = memfd()
    got = hand_in(house, [LOCAL], fd=fd)
    check("honest: a sealed memfd", got[0] == "Y", got)
    for name, act in (("written", lambda: os.pwrite(fd, b"X", 0)),
                      ("cut", lambda: os.ftruncate(fd, 1)),
                      ("mapped to write", lambda: mmap.mmap(fd, len(MAIL))),
                      ("unsealed", lambda: fcntl.fcntl(
                          fd, fcntl.F_ADD_SEALS, 16))):
        try:
            act()
            why = "done"
        except OSError as e:
            why = ""
            del e
        check("after its 250 it cannot be " + name, not why, why)
    os.close(fd)
    fd = memfd("", mapped=False)
    check("... as a memfd without seals can", os.pwrite(fd, b"X", 0) == 1)
    os.close(fd)


def begin_file(house):
    sock = house.connect("run/queue/smtp", "p-smtp", 20)
    send(sock, request("F", [LOCAL]))
    answer, fds = recv(sock)
    if parse(answer)[0] != "Y":
        raise RuntimeError(repr(answer))
    os.write(fds[0], MAIL)
    os.fsync(fds[0])
    return sock, fds[0]


def commit(sock, fd):
    os.close(fd)
    send(sock, msg("C", 1, len(MAIL)))
    answer = recv(sock)[0]
    return parse(answer)[0] if answer else ""


def large_messages(house):
    sock, fd = begin_file(house)
    check("honest: a file that is let go", commit(sock, fd) == "Y")
    sock, fd = begin_file(house)
    kept = os.dup(fd)
    check("a file with a writer kept", commit(sock, fd) != "Y")
    os.close(kept)
    sock, fd = begin_file(house)
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    send(a, b"x", [fd])
    check("a file with a writer in flight", commit(sock, fd) != "Y")
    a.close()
    b.close()
    sock, fd = begin_file(house)
    check("its descriptor does not read", not readable(fd))
    check("another account cannot open it again",
          not opens_again(fd, house.uid("p-smtp")))
    check("... as its own can", opens_again(fd, house.uid("p-queue")))
    commit(sock, fd)


def readable(fd):
    try:
        os.pread(fd, 1, 0)
        return True
    except OSError:
        return False


def opens_again(fd, uid):
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            os.open("/proc/self/fd/%d" % fd, os.O_WRONLY)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


# mailboxes ---------------------------------------------------------------------

def brings(house, account):
    """What mailboxd answers to a login that this account brings."""
    until = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) + 9000
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            house.ask("run/mailboxd", account, msg(
                "L", until, "widget02", CLIENT, "widget02"), [theirs.fileno()], 2)
        return recv(ours)[0]


def another(house, name, packet):
    """A login of demo's, and then not the client but that."""
    conn, said = house.login()
    client, server = socket.socketpair()
    with conn, client, server:
        op, fields, _ = house.talk(conn, packet, [server.fileno()])
        check("pop3d says " + name, said == "S" and op in ("M", ""),
              (said, op, fields))


def mailboxes(house):
    boot = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) + 5000
    conn, said = house.login("wrong")
    check("no mailbox for a wrong password", said == "N", said)
    conn.close()
    for account in "p-pop3", "p-mail", "p-smtp", "p-queue":
        got = brings(house, account)
        check("no login from " + account, got == b"", got)
    another(house, "whose mailbox it would rather have",
            msg("L", boot, "widget02", CLIENT, "widget02"))
    another(house, "the same of the old protocol",
            msg("S", 2, CLIENT, "", ""))
    conn, said = house.login()
    ours, theirs = socket.socketpair()
    with conn, ours, theirs:
        op, fields, _ = house.talk(conn, msg("C", 3, "", ""),
                                   [theirs.fileno()])
        check("honest: a login opens the mailbox", (said, op) == ("S", "Y"),
              (said, op, fields))
        check("... one, and the connection is over",
              house.talk(conn, msg("C", 3, "", ""), [theirs.fileno()])[0] == "")
        theirs.close()
        ours.settimeout(5)
        check("... demo's", ours.recv(100).startswith(b"+OK logged in"))
        ours.sendall(b"QUIT\r\n")
        ours.recv(100)


def main():
    if os.geteuid() != 0:
        skip("words", "separate accounts need root")
        return
    with House(SMARTHOST="127.0.0.1:1") as house:
        house.ask("run/relayd/open", "p-auth", msg("O", 1, CLIENT, "demo"))
        relaying(house)
        budget(house)
        small_messages(house)
        large_messages(house)
        mailboxes(house)


main()
done()
