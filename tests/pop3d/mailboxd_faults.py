#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mailboxd when things go wrong: locks, kills, disabled mailboxes, nonsense."""
import os
import signal
import socket
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import (Pop, handed, hear, living, read_until, say,  # noqa: E402
                  wait_for)
from home import check, done, msg, send, skip  # noqa: E402

MAIL = b"Subject: x\n\nbody\n"
pop = Pop(["ann", "bob", "cleo", "dora"])
pop.fill({"1.Pa.h": MAIL, "2.Pb.h": MAIL})
pop.fill({"1.Pa.h": MAIL}, "bob")
master = pop.home.start("mailboxd")


def children(pid=None):
    return living(pid or master.pid)


def all_ended(timeout=3):
    return wait_for(lambda: not children(), timeout)


def closed(sock, timeout=3):
    sock.settimeout(timeout)
    try:
        while sock.recv(65536):
            pass
        return True
    except socket.timeout:
        return False
    except ConnectionResetError:
        return True


def in_use():
    a = pop.session()
    read_until(a, b"\r\n")
    op, text, b = pop.hand_over(ip="192.0.2.9")
    check("in use is refused", op == "U" and text.startswith("[IN-USE]"), text)
    check("... since when and from where",
          time.strftime("since %Y-", time.gmtime()) in text
          and "from 127.0.0.1" in text, text)
    op, _, c = pop.hand_over("bob")
    check("... another mailbox is not", op == "Y")
    c.close()
    child = [p for p in children()][0]
    os.kill(child, signal.SIGKILL)
    check("a killed session's client is closed", closed(a))
    op, text, d = pop.hand_over()
    check("... and its lock is gone with it", op == "Y", text)
    d.close()
    check("... the kill is in the log",
          wait_for(lambda: "result=killed" in pop.home.log("mailboxd"), 3))
    check("... nothing was deleted", len(pop.names()) == 2)
    all_ended()


def state_change(name, change):
    a, b = pop.session(), pop.session("bob")
    for s in a, b:
        read_until(s, b"\r\n")
    check(name + ": DELE", say(a, b"DELE 1\r\n") == b"+OK deleted\r\n")
    change()
    pop.write_boxes()
    began = time.monotonic()
    check(name + ": the session ends", closed(a, 3))
    check(name + ": within about a second",
          time.monotonic() - began < 1.8, time.monotonic() - began)
    check(name + ": others go on", say(b, b"NOOP\r\n") == b"+OK\r\n")
    check(name + ": nothing was deleted", len(pop.names()) == 2)
    b.close()


def disabled():
    def off():
        pop.boxes["ann"][2] = "disabled"
    state_change("disabled", off)
    op, text, s = pop.hand_over()
    check("disabled: no new session",
          op == "U" and "[AUTH] this mailbox is disabled" in text, (op, text))
    pop.boxes["ann"][2] = "ok"
    pop.write_boxes()

    def new_password():
        pop.boxes["ann"][3] = "e2"
    state_change("new password", new_password)
    kept = pop.boxes["ann"]

    def away():
        del pop.boxes["ann"]
    state_change("removed", away)
    op, text, s = pop.hand_over()
    check("removed: no new session", op == "U", (op, text))
    pop.boxes["ann"] = kept
    pop.write_boxes()
    pop.home.write("cdb/public/mailboxes.cdb", b"nonsense")
    op, text, s = pop.hand_over()
    check("damaged table: try later", op == "M", (op, text))
    b = None
    os.unlink(pop.home.path("cdb/public/mailboxes.cdb"))
    op, text, s = pop.hand_over()
    check("no table: try later", op == "M", (op, text))
    check("... and the log says what to do",
          "make -C etc" in pop.home.log("mailboxd"))
    pop.write_boxes()
    op, text, s = pop.hand_over()
    check("a new table: served again", op == "Y", (op, text))
    s.close()
    all_ended()


def crowd():
    """One login that stalls is one child; they do not fill the house."""
    held = [handed(pop.home, "bob") for _ in range(9)]
    got = [hear(c)[0] for c in held]
    check("eight children of a mailbox, no ninth", got == ["S"] * 8 + ["M"], got)
    op, _, s = pop.hand_over()
    check("... another mailbox's has room", op == "Y", op)
    s.close()
    for c in held:
        c.close()
    check("... logged", "too many sessions of this mailbox"
          in pop.home.log("mailboxd"))
    all_ended()
    op, _, s = pop.hand_over("bob")
    check("... then bob is served", op == "Y", op)
    s.close()
    all_ended()


def ended_meanwhile():
    """Between the login and the client."""
    kept = pop.boxes["ann"]
    for name, box in ("disabled", ["ann", 0, "disabled", "e2"]), (
            "a new password", ["ann", 0, "ok", "e9"]), ("removed", None):
        conn = handed(pop.home, "ann")
        check(name + " meanwhile: asked for the client", hear(conn)[0] == "S")
        del pop.boxes["ann"]
        if box:
            pop.boxes["ann"] = box
        pop.write_boxes()
        check("... its child ends, it does not wait", all_ended(3))
        ours, theirs = socket.socketpair()
        with ours, theirs, conn:
            try:
                send(conn, msg("C", 3, "", b"DELE 1\r\nQUIT\r\n"),
                     [theirs.fileno()])
            except BrokenPipeError:
                pass
            op = hear(conn)[0]
            check("... and takes no client", op in ("M", ""), op)
        check("... nothing was deleted", len(pop.names()) == 2)
        pop.boxes["ann"] = kept
        pop.write_boxes()


def logins():
    boot = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
    soon = boot + 5000
    tries = [("in time", {}, "S"),
             ("too late", {"until": boot - 1}, "M"),
             ("from the future", {"until": boot + 60000}, "M"),
             ("of something else", {"packet": b"Y3:ann,0:,"}, ""),
             ("not a packet", {"packet": b"\xff\0"}, ""),
             ("of no mailbox's name", {"packet": msg(
                 "L", soon, "../ann", "127.0.0.1", "ann")}, ""),
             ("from no address", {"packet": msg(
                 "L", soon, "ann", "here", "ann")}, ""),
             ("with more", {"packet": msg(
                 "L", soon, "ann", "127.0.0.1", "ann", "x")}, "")]
    for name, how, want in tries:
        with handed(pop.home, "ann", **how) as conn:
            op, _, _ = hear(conn)
            check("a login " + name, op == want, op)
    all_ended()
    with pop.home.connect("run/mailboxd", "p-auth") as link:
        send(link, msg("L", soon, "ann", "127.0.0.1", "ann"))
        check("a login without a connection", hear(link)[0] == "")
    links = [pop.home.connect("run/mailboxd", "p-auth") for _ in range(5)]
    op, _, s = pop.hand_over()
    check("beside authd's other connections, which say nothing", op == "Y", op)
    for sock in links + [s]:
        sock.close()
    several()
    if not pop.home.root:
        skip("who may bring logins", "needs root")
        return
    for who in "p-pop3", "p-smtp", "p-mail":
        try:
            with handed(pop.home, "ann", account=who) as conn:
                check("no login from " + who, hear(conn)[0] == "")
        except (PermissionError, ConnectionError):
            check("no login from " + who, True)
    all_ended()


def several():
    """authd has connected anew, twice, before mailboxd got round to it."""
    os.kill(master.pid, signal.SIGSTOP)
    soon = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) + 9000
    links, conns = [], []
    for box in "ann", "bob", "cleo":
        links.append(pop.home.connect("run/mailboxd", "p-auth"))
        for _ in range(5):
            ours, theirs = socket.socketpair(socket.AF_UNIX,
                                             socket.SOCK_SEQPACKET)
            ours.settimeout(10)
            with theirs:
                send(links[-1], msg("L", soon, box, "127.0.0.1", box),
                     [theirs.fileno()])
            conns.append(ours)
    os.kill(master.pid, signal.SIGCONT)
    got = [hear(c)[0] for c in conns]
    check("no login is lost with the connection it came by",
          got == ["S"] * 15, got)
    for sock in links + conns:
        sock.close()
    all_ended()


def nonsense():
    a, b = socket.socketpair()
    for name, packet, fds in [
            ("not a packet", b"\xff\0\x01", 1),
            ("another operation", msg("V", 3, "", ""), 1),
            ("another version", msg("C", 2, "", ""), 1),
            ("no client", msg("C", 3, "", ""), 0),
            ("three descriptors", msg("C", 3, "", ""), 3),
            ("too much ahead", msg("C", 3, "", b"x" * 4097), 1),
            ("a long packet", msg("C", 3, "", b"x" * 30000), 1)]:
        with handed(pop.home, "ann") as conn:
            check("asked for the client", hear(conn)[0] == "S")
            send(conn, packet, [a.fileno()] * fds)
            op, _, _ = hear(conn)
            check("nonsense: " + name, op in ("M", ""), op)
    silent = handed(pop.home, "bob")
    op, _, s = pop.hand_over()
    check("a silent caller blocks nobody", op == "Y")
    s.close()
    silent.close()
    all_ended()


def ahead():
    op, _, s = pop.hand_over("bob", ahead=b"STAT\r\nUIDL 1\r\nNO")
    got = say(s, b"OP\r\n", b"+OK\r\n")
    check("pipelined behind the login", got.split(b"\r\n")[:3] == [
        b"+OK logged in, 1 message", b"+OK 1 20", b"+OK 1 1.Pa.h"], got)
    s.close()
    r1, w1 = os.pipe()
    r2, w2 = os.pipe()
    op, _, s = pop.hand_over("bob", fds=[r1, w2]) if all_ended() else "", 0, 0
    op, _, s = op
    os.close(r1)
    os.close(w2)
    os.write(w1, b"NOOP\r\nQUIT\r\n")
    os.close(w1)
    got = b""
    while True:
        more = os.read(r2, 1000)
        if not more:
            break
        got += more
    check("two pipes instead of a socket", op == "Y" and got ==
          b"+OK logged in, 1 message\r\n+OK\r\n+OK bye\r\n", (op, got))
    os.close(r2)
    all_ended()


def mailbox_matters():
    op, _, s = pop.hand_over("cleo")
    check("a mailbox without a folder is made", op == "Y" and
          read_until(s, b"\r\n") == b"+OK logged in, 0 messages\r\n")
    check("... with tmp, new, cur", all(
        os.path.isdir(os.path.join(pop.folder("cleo"), d))
        for d in ("tmp", "new", "cur")))
    check("empty lists", say(s, b"LIST\r\nUIDL\r\nSTAT\r\n", b"0 0\r\n") ==
          b"+OK 0 messages, 0 octets\r\n.\r\n+OK\r\n.\r\n+OK 0 0\r\n")
    say(s, b"QUIT\r\n")
    s.close()
    long = "1700000000.M1P1." + "h" * 80
    pop.fill({long: MAIL, "9.Pz.h,S=17,W=20": MAIL,
              "new/8.Py.h,S=17,W=20": MAIL,
              "tmp/old": b"x", "tmp/young": b"x"}, "dora")
    os.symlink("../../bob/cur/1.Pa.h", os.path.join(
        pop.folder("dora"), "cur", "7.Pq.h"))
    os.mkfifo(os.path.join(pop.folder("dora"), "cur", "6.Pq.h"))
    old = time.time() - 40 * 3600
    os.utime(os.path.join(pop.folder("dora"), "tmp/old"), (old, old))
    s = pop.session("dora")
    read_until(s, b"\r\n")
    got = say(s, b"UIDL\r\n", b".\r\n").split(b"\r\n")
    check("uids: bases; no links, no pipes; a long one is a hash",
          got[1:3] == [b"1 8.Py.h", b"2 9.Pz.h"] and
          len(got[3]) == 34 and len(got) == 6, got)
    s.close()
    all_ended()
    check("old files in tmp go, young ones stay",
          pop.names("dora", "tmp") == ["young"], pop.names("dora", "tmp"))
    cur = os.path.join(pop.folder(), "cur")
    s = pop.session()
    say(s, b"DELE 1\r\nDELE 2\r\n", b"+OK deleted\r\n+OK deleted\r\n")
    os.chmod(cur, 0o500)
    if pop.home.root:
        os.chown(cur, 0, 0)
        os.chmod(cur, 0o555)
    got = say(s, b"QUIT\r\n", b"removed\r\n")
    check("what cannot be removed is said", got ==
          b"-ERR [SYS/TEMP] some deleted messages not removed\r\n", got)
    s.close()
    os.chmod(cur, 0)
    if pop.home.root:
        os.chown(cur, 0, 0)
    op, text, s = pop.hand_over()
    check("a mailbox that cannot be opened: try later", op == "M", (op, text))
    os.chmod(cur, 0o700)
    pop.own(cur)
    s.close()
    all_ended()


def odd_names():
    """Names with bytes that a POP3 id may not have, and no log as they are."""
    names = ["1.Pa\x01.h,S=17", "2.Pb\t.h", "3.Pc\x7f.h", "4.Pd\n+OK.h",
             "5.Pe .h", "6.Pf\u00fc.h"]
    pop.fill({n: MAIL for n in names})
    s = pop.session()
    got = read_until(s, b"\r\n")
    check("names with control bytes are counted",
          got == b"+OK logged in, 6 messages\r\n", got)
    ids = [x.split() for x in
           say(s, b"UIDL\r\n", b".\r\n").split(b"\r\n")[1:-2]]
    check("... their ids are hashes", len(ids) == 6 and all(
        len(i) == 2 and len(i[1]) == 32 for i in ids) and
        len({i[1] for i in ids}) == 6, ids)
    check("... they are sent", all(
        say(s, b"RETR %d\r\n" % n, b"\r\n.\r\n").startswith(b"+OK 20 octets")
        for n in range(1, 7)))
    check("... and deleted", say(s, b"DELE 4\r\nQUIT\r\n", b"bye\r\n") ==
          b"+OK deleted\r\n+OK bye\r\n" and len(pop.names()) == 5)
    s.close()
    all_ended()
    path = os.path.join(pop.folder(), "cur", "1.Pa\x01.h,S=17:2,S")
    check("... and seen", os.path.exists(path), pop.names())
    os.chmod(path, 0)
    if pop.home.root:
        os.chown(path, 0, 0)
    s = pop.session()
    read_until(s, b"\r\n")
    say(s, b"RETR 1\r\n")
    s.close()
    check("... in the log they are escaped", pop.home.wait_log(
        "mailboxd", "unable to read mail/ann/cur/1.Pa\\x01.h,S=17:2,S: "))
    all_ended()
    pop.fill({"1.Pa.h": MAIL, "2.Pb.h": MAIL})


def unavailable():
    """What is in the way of a session is in the log: whose, where and why."""
    pop.fill({"1.Pa.h": MAIL})
    new = os.path.join(pop.folder(), "new")
    lock = os.path.join(pop.folder(), "postern.lock")

    def link():
        os.rename(new, new + "er")
        os.symlink("newer", new)

    def unlink():
        os.unlink(new)
        os.rename(new + "er", new)
    cases = [("a folder that is closed", lambda: os.chmod(new, 0),
              lambda: os.chmod(new, 0o700), "new", "open",
              '"Permission denied"'),
             ("a link in a folder's place", link, unlink, "new", "open",
              '"Not a directory"'),
             ("a folder in the lock's place", lambda: os.mkdir(lock),
              lambda: os.rmdir(lock), "postern.lock", "lock",
              '"Is a directory"')]
    if pop.home.root:
        cases.append(("a folder of another owner",
                      lambda: os.chown(new, 0, 0), lambda: pop.own(new),
                      "new", "open", '"Permission denied"'))
    for what, damage, mend, name, verb, why in cases:
        if os.path.exists(lock):
            os.unlink(lock)
        damage()
        op, text, s = pop.hand_over(ip="192.0.2.7")
        s.close()
        mend()
        check(what + ": later", op == "M" and
              text.startswith("mailbox not available now"), (op, text))
        check("... the log says which and why", pop.home.wait_log(
            "mailboxd", 'session account=ann ip=192.0.2.7 result=later '
            'reason="unable to %s the mailbox" file=mail/ann/%s error=%s\n'
            % (verb, name, why)), pop.home.log("mailboxd")[-300:])
    all_ended()


def unreadable():
    """One message that cannot be read costs the customer that one alone."""
    pop.fill({"1.Pa.h": MAIL, "2.Pb.h,S=17": MAIL, "3.Pc.h": MAIL,
              "new/4.Pd.h": MAIL, "5.Pe.h": MAIL})
    for path in "cur/2.Pb.h,S=17", "new/4.Pd.h":
        path = os.path.join(pop.folder(), path)
        os.chmod(path, 0)
        if pop.home.root:
            os.chown(path, 0, 0)
    s = pop.session()
    read_until(s, b"\r\n")
    later = b"-ERR [SYS/TEMP] this message cannot be read\r\n"
    got = say(s, b"STAT\r\n")
    check("unreadable ones: STAT", got == b"+OK 5 77\r\n", got)
    got = say(s, b"LIST\r\n", b".\r\n").split(b"\r\n")[1:-2]
    check("... LIST", got == [b"1 20", b"2 17", b"3 20", b"4 0", b"5 20"], got)
    check("... LIST of one", say(s, b"LIST 4\r\n") == b"+OK 4 0\r\n")
    got = say(s, b"UIDL\r\n", b".\r\n")
    check("... UIDL", got.count(b"\r\n") == 7, got)
    got = say(s, b"RETR 2\r\nTOP 4 0\r\nRETR 2\r\n")
    while got.count(b"\r\n") < 3:
        got += read_until(s, b"\r\n")
    check("... RETR and TOP of these fail", got == 3 * later, got)
    got = say(s, b"RETR 1\r\n", b"\r\n.\r\n")
    check("... of others not", got.startswith(b"+OK 20 octets\r\nSubj"), got)
    log = pop.home.log("mailboxd")
    check("... the log names each, once", all(
        log.count("warning: unable to read mail/ann/%s: Permission denied\n"
                  % n) == 1 for n in ("cur/2.Pb.h,S=17", "new/4.Pd.h")), log)
    pop.own(pop.folder())
    os.chmod(os.path.join(pop.folder(), "new/4.Pd.h"), 0o600)
    got = say(s, b"RETR 4\r\n", b"\r\n.\r\n")
    check("... mended: it is sent", got.startswith(b"+OK 20 octets\r\nSubj"),
          got)
    check("... and can be deleted", say(s, b"DELE 2\r\nSTAT\r\n", b"80\r\n")
          == b"+OK deleted\r\n+OK 4 80\r\n")
    check("... and QUIT", say(s, b"QUIT\r\n") == b"+OK bye\r\n")
    s.close()
    all_ended()
    check("... is gone", len(pop.names()) == 4, pop.names())
    pop.fill({"%d.Pa.h" % i: MAIL for i in range(1, 31)})
    for n in pop.names():
        os.chmod(os.path.join(pop.folder(), "cur", n), 0)
        if pop.home.root:
            os.chown(os.path.join(pop.folder(), "cur", n), 0, 0)
    before = pop.home.log("mailboxd").count("unable to read mail/ann/cur")
    s = pop.session()
    read_until(s, b"\r\n")
    check("many: STAT", say(s, b"STAT\r\n") == b"+OK 30 0\r\n")
    s.close()
    log = pop.home.log("mailboxd")
    check("... the log names some, and counts",
          log.count("unable to read mail/ann/cur") - before == 10 and
          "warning: unable to read 30 messages of ann\n" in log, log)
    all_ended()
    pop.fill({"1.Pa.h": MAIL, "2.Pb.h": MAIL})


def big_and_slow():
    big = b"Subject: big\n\n" + b"0123456789" * 7 + b"\n"
    big += big[14:] * 100000
    pop.fill({"1.Pa.h": big}, "bob")
    s = pop.session("bob")
    read_until(s, b"\r\n")
    s.sendall(b"RETR 1\r\nQUIT\r\n")
    t = pop.session()  # while the other does not read
    check("a client that does not read holds up nobody",
          read_until(t, b"\r\n").startswith(b"+OK"))
    t.close()
    got = b""
    while True:
        more = s.recv(1 << 20)
        if not more:
            break
        got += more
    head, rest = got.split(b"\r\n", 1)
    body = rest[:-len(b".\r\n+OK bye\r\n")]
    check("a big message, byte for byte", body == big.replace(b"\n", b"\r\n")
          and head == b"+OK %d octets" % len(body), head)
    all_ended()


def confined():
    s = pop.session("bob")
    read_until(s, b"\r\n")
    pid = children()[0]
    with open("/proc/%d/status" % pid) as f:
        status = dict(line.split(":", 1) for line in f if ":" in line)
    check("a session has a filter", status["Seccomp"].strip() == "2")
    check("... and no new privileges", status["NoNewPrivs"].strip() == "1")
    try:
        fds = os.listdir("/proc/%d/fd" % pid)
        # 0-2, the client, mailbox, new, cur, lock, signals
        check("... and few descriptors",
              pop.home.root and len(fds) <= 9, fds)
    except PermissionError:
        check("... and its own account cannot look into it",
              not pop.home.root)
    s.close()
    all_ended()


def limits():
    pop.home.stop("mailboxd")
    pop.home.write("etc/pop3-sessions", "2\n")
    global master
    master = pop.home.start("mailboxd")
    a, b = pop.session(), pop.session("bob")
    op, text, c = pop.hand_over("cleo")
    check("past etc/pop3-sessions: try later", op == "M", (op, text))
    a.close()
    wait_for(lambda: len(children()) < 2, 3)
    op, text, c = pop.hand_over("cleo")  # the master counts before it refuses
    check("... until one has ended", op == "Y", (op, text))
    for s in b, c:
        s.close()
    all_ended()
    os.unlink(pop.home.path("etc/pop3-sessions"))


def unheard():
    """pop3d is gone before it could hear 'Y': the client is not touched."""
    ours, theirs = socket.socketpair()
    conn = handed(pop.home, "ann")
    check("asked for the client", hear(conn)[0] == "S")
    send(conn, msg("C", 3, "", ""), [theirs.fileno()])
    conn.shutdown(socket.SHUT_RD)  # from now on nobody listens
    conn.close()
    theirs.close()
    ours.settimeout(2)
    got = b""
    try:
        got = ours.recv(100)
    except (socket.timeout, ConnectionResetError):
        pass
    check("nobody hears the answer: the client is not greeted", got == b"",
          got)
    all_ended()


def ends():
    global master
    pop.fill({"1.Pa.h": MAIL, "2.Pb.h": MAIL})
    s = pop.session()
    say(s, b"DELE 1\r\n", b"deleted\r\n")
    began = time.monotonic()
    code = pop.home.stop("mailboxd")
    check("SIGTERM: exit 0, soon", code == 0 and
          time.monotonic() - began < 3, code)
    check("... the session has ended", closed(s))
    check("... it said so", "result=ended" in pop.home.log("mailboxd"))
    check("... nothing was deleted", len(pop.names()) == 2)
    master = pop.home.start("mailboxd")
    s = pop.session()
    say(s, b"DELE 1\r\n", b"deleted\r\n")
    pop.home.stop("mailboxd", signal.SIGKILL)
    check("kill -9 of the master ends its sessions", closed(s))
    check("... nothing was deleted", len(pop.names()) == 2)
    master = pop.home.start("mailboxd")
    op, text, s = pop.hand_over()
    check("... a new one serves at once", op == "Y", (op, text))


for test in (in_use, disabled, ended_meanwhile, logins, crowd, nonsense, ahead,
             mailbox_matters, odd_names, unavailable, unreadable,
             big_and_slow, confined, unheard, limits, ends):
    try:
        test()
    except Exception as e:
        check(test.__name__, False, repr(e))
done()
