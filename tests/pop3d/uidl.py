#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The rules for unique ids, on Maildirs as other servers leave them."""
import os
import sys

from _pop import Pop, read_until, say
from home import check, done

pop = Pop(boxes=("ann",))
MAILS = {"1000000000.M1P1.h,S=5:2,S": b"a: b\n", "1100000000.M2P2.h": b"c\n",
         "new/1999999999.M9P9.h,S=2": b"d\n"}


def write(name, data, mode=0o600):
    with open(os.path.join(pop.folder(), name), "wb") as f:
        f.write(data)
    os.chmod(os.path.join(pop.folder(), name), mode)
    pop.own(pop.folder())


def uids(rule=None):
    if rule:
        pop.home.write("etc/uidl", rule + "\n")
    sock = pop.session()
    read_until(sock, b"\r\n")
    got = say(sock, b"UIDL\r\n", b".\r\n") if not say(
        sock, b"NOOP\r\n").startswith(b"-") else b""
    one = say(sock, b"UIDL 1\r\n")
    say(sock, b"QUIT\r\n")
    sock.close()
    lines = [x.split()[1].decode() for x in got.split(b"\r\n")[1:-2]]
    check("UIDL 1 is the first line", lines == [] or
          one.split()[2].decode() == lines[0], (one, lines))
    return lines


OWN = ["1000000000.M1P1.h", "1100000000.M2P2.h", "1999999999.M9P9.h"]
pop.fill(MAILS)
pop.home.start("mailboxd")
check("own", uids() == OWN, uids())
check("qmail", uids("qmail") == ["1000000000.M1P1.h,S=5", "1100000000.M2P2.h",
                                 "1999999999.M9P9.h,S=2"], uids())
check("dovecot, without its file", uids("dovecot") == OWN, uids())
write("dovecot-uidlist", b"3 V1276528487 N5 Gab\n1 :1000000000.M1P1.h,S=5\n"
      b"2 W3 :1100000000.M2P2.h:2,S\n")
check("dovecot", uids() == ["000000014c164767", "000000024c164767", OWN[2]],
      uids())
check("dovecot, cPanel's format", uids("dovecot UID%u-%v") == [
    "UID1-1276528487", "UID2-1276528487", OWN[2]], uids())
check("dovecot, until a day", uids("dovecot until=2002-01-01") == [
    "000000014c164767", OWN[1], OWN[2]], uids())
write("courierpop3dsizelist", b"/3 9 1186411567\n1100000000.M2P2.h:2,S 3 "
      b"7:1186411567:0\n")
check("courier", uids("courier") == [OWN[0], "UID7-1186411567", OWN[2]],
      uids())

# a rule that is none: as it was; and where there was nothing, nobody gets in,
# since with another rule all mail would be fetched again

check("no rule: the last good one goes on", uids("qmial") == uids() == [
    OWN[0], "UID7-1186411567", OWN[2]], uids())
WRONG = "etc/uidl:1:1: no rule for unique ids; write own, qmail, dovecot or "
check("told once", pop.home.log("mailboxd").count(WRONG) == 1,
      pop.home.log("mailboxd"))
pop.home.stop("mailboxd")
pop.home.start("mailboxd")
op, why, sock = pop.hand_over()
check("from the start on: nobody", op == "M" and
      why.startswith("mailbox not available now"), (op, why))
sock.close()
check("told what to write", pop.home.log("mailboxd").count(WRONG) == 2)
check("mended", uids("courier") == [OWN[0], "UID7-1186411567", OWN[2]], uids())

# the files are a stranger's

path = os.path.join(pop.folder(), "courierpop3dsizelist")
os.unlink(path)
os.symlink("/etc/passwd", path)
sock = pop.session()
read_until(sock, b"\r\n")
got = say(sock, b"UIDL\r\n")
check("a link in its place: later", got.startswith(b"-ERR [SYS/TEMP] the unique"
                                                   b" ids"), got)
check("STAT goes on", say(sock, b"STAT\r\n").startswith(b"+OK 3 "))
sock.close()
check("and the log says whose", pop.home.wait_log(
    "mailboxd", "unable to read the unique ids of ann"))
os.unlink(path)
os.mkfifo(path)
pop.own(pop.folder())
sock = pop.session()
read_until(sock, b"\r\n")
got = say(sock, b"UIDL\r\n")
check("a pipe in its place holds nobody up", got.startswith(b"-ERR "), got)
sock.close()
os.unlink(path)
for first in b"", b"/4 9 1\n", b"/3 9", b"1000000000.M1P1.h 3 1:2\n":
    write("courierpop3dsizelist", first)
    sock = pop.session()
    read_until(sock, b"\r\n")
    got = say(sock, b"UIDL 1\r\n") + say(sock, b"UIDL\r\n")
    check("a first line that is not understood, %r: no other ids" % first,
          got.count(b"-ERR [SYS/TEMP] the unique ids") == 2, got)
    sock.close()
check("... the log names the file", pop.home.wait_log(
    "mailboxd", "unable to read the unique ids of ann: the first line of "
    "courierpop3dsizelist is not understood"))
os.unlink(path)
write("courierpop3dsizelist", b"/3 9 1\n" + os.urandom(1 << 20))
check("random bytes", uids() == OWN)
with open(path, "wb") as f:
    f.truncate(200 << 20)
sock = pop.session()
read_until(sock, b"\r\n")
got = say(sock, b"UIDL\r\n")
check("larger than it can be: later", got.startswith(b"-ERR [SYS/TEMP]"), got)
sock.close()
os.unlink(path)
many = ["%d.M1P1.h" % (1000000000 + i) for i in range(20000)]
pop.fill({m + ":2,S": b"x\n" for m in many})
write("dovecot-uidlist", b"3 V255 N99999\n" + b"".join(
    b"%d :%s\n" % (i + 1, m.encode()) for i, m in enumerate(many)))
got = uids("dovecot")
check("20000 of them", got == ["%08x000000ff" % (i + 1) for i in range(20000)],
      got[:3])
done()
