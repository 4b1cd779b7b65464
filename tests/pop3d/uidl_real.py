#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""etc/uidl against the servers that customers come from: the same Maildir, served
by them and by us, has the same unique ids.

Dovecot's own pop3 serves it here, and writes dovecot-uidlist.  Courier cannot be
installed beside it: what Debian 12's courierpop3d (1.0.16) wrote and said for these
messages is recorded below, word for word.  qmail-pop3d says the file's name."""
import os
import shutil
import subprocess
import sys
import tempfile

from _pop import Pop, read_until, say
from home import check, done, skip

MAILS = {"cur/1000000000.M1P1.h,S=5:2,S": b"a: b\n",
         "cur/1100000000.M2P2.h:2,": b"c\n",
         "cur/1200000000.V801I5M7P1.mail:2,S": b"Subject: x\n\nhello\n",
         "cur/1250000000.a+b'c.h:2,": b"e\n",
         "new/1300000000.M3P3.h,S=2": b"d\n"}
# its first visit; then with the list of an older version
COURIER = [
    (b"/3 6 1795890729\n1000000000.M1P1.h,S=5:2,S 6 1:1795890729:0\n"
     b"1100000000.M2P2.h:2, 3 2:1795890729:0\n"
     b"1200000000.V801I5M7P1.mail:2,S 21 3:1795890729:0\n"
     b"1250000000.a+b'c.h:2, 3 4:1795890729:0\n"
     b"1300000000.M3P3.h,S=2:2, 3 5:1795890729:0\n",
     "UID1-1795890729 UID2-1795890729 UID3-1795890729 UID4-1795890729 "
     "UID5-1795890729"),
    (b"/3 9 1795890729\n1000000000.M1P1.h,S=5:2,S 6 0:0:0\n"
     b"1100000000.M2P2.h:2, 3 2:0:0\n"
     b"1200000000.V801I5M7P1.mail:2,S 21 7:1795890729:0\n"
     b"1250000000.a+b'c.h:2, 3 0:0:0\n"
     b"1300000000.M3P3.h,S=2:2, 3 8:1795890729:0\n",
     "1000000000.M1P1.h,S=5 UID2 UID7-1795890729 1250000000.a+2Bb+27c.h "
     "UID8-1795890729")]
DOVECOT = "/usr/lib/dovecot/pop3"

pop = Pop(boxes=("ann",))
pop.home.start("mailboxd")


def ours(rule, **files):
    """Our ids for the messages, with the other server's files beside them."""
    pop.fill(MAILS)
    for name, text in files.items():
        with open(os.path.join(pop.folder(), name.replace("_", "-")), "wb") as f:
            f.write(text)
    pop.own(pop.folder())
    pop.home.write("etc/uidl", rule + "\n")
    sock = pop.session()
    read_until(sock, b"\r\n")
    got = say(sock, b"UIDL\r\n", b".\r\n")
    say(sock, b"QUIT\r\n")
    sock.close()
    return [x.split()[1].decode() for x in got.split(b"\r\n")[1:-2]]


def dovecot(top, form, save):
    """(Dovecot's ids, its dovecot-uidlist)"""
    shutil.rmtree(top + "/Maildir", ignore_errors=True)
    for d in "tmp", "new", "cur":
        os.makedirs(top + "/Maildir/" + d)
    for name, text in MAILS.items():
        with open(top + "/Maildir/" + name, "wb") as f:
            f.write(text)
    with open(top + "/conf", "w", encoding="ascii") as f:
        f.write("log_path = %s/log\nmail_location = maildir:%s/Maildir\n"
                "pop3_uidl_format = %s\nssl = no\nfirst_valid_uid = 1\n"
                "protocol pop3 {\n  pop3_save_uidl = %s\n}\n" % (
                    top, top, form, save))
    for d, dirs, files in os.walk(top):
        for p in [d] + [os.path.join(d, f) for f in files]:
            os.chown(p, WHO, -1)

    def drop():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(WHO)
            os.setuid(WHO)
    got = subprocess.run(
        [DOVECOT, "-c", top + "/conf"], input=b"UIDL\r\nQUIT\r\n",
        capture_output=True, timeout=30, preexec_fn=drop, cwd=top,
        env={"USER": "ann", "HOME": top, "PATH": os.environ["PATH"]})
    lines = got.stdout.split(b"\r\n")
    check("Dovecot serves it", len(lines) > 6, got)
    with open(top + "/Maildir/dovecot-uidlist", "rb") as f:
        return [x.split()[1].decode() for x in lines[1:6]], f.read()


for n, (text, want) in enumerate(COURIER):
    got = ours("courier", courierpop3dsizelist=text)
    check("courier, %d" % n, got == want.split(), (got, want))
check("qmail", ours("qmail") == [
    name.split("/")[1].split(":")[0] for name in MAILS], ours("qmail"))

WHO = 65534 if os.geteuid() == 0 else os.geteuid()
if not os.access(DOVECOT, os.X_OK):
    skip("Dovecot's pop3", "it is not installed (tests/deps.sh test)")
else:
    top = tempfile.mkdtemp(prefix="postern-uidl-")
    try:
        for form in ("%08Xu%08Xv", "%v.%u", "UID%u-%v", "%Xu%08v"):
            for save in "no", "yes":
                want, text = dovecot(top, form, save)
                got = ours("dovecot " + form, dovecot_uidlist=text)
                check("dovecot %s, saved: %s" % (form, save), got == want,
                      (got, want, text))
                if save == "yes":
                    got = ours("dovecot %v-%u", dovecot_uidlist=text)
                    check("... a saved one wins", got == want, (got, want))
    finally:
        shutil.rmtree(top, ignore_errors=True)
done()
