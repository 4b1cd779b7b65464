#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Real mail programs fetch from pop3d and mailboxd: poplib, curl, fetchmail,
mpop, getmail."""
import os
import poplib
import pwd
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import PASSWORD, Pop, wait_for  # noqa: E402
from home import check, done, free_port, skip  # noqa: E402

MAILS = {"1000000001.Pa.h": b"Message-ID: <1@x>\nFrom: a@example.test\n"
                            b"Subject: one\n\n.dots\n..\nend\n",
         # no line end at the end: POP3 adds one, and W= counts it
         "1000000002.Pb.h,S=9,W=13": b"X: y\n\nabc",
         "1000000003.Pc.h": b"Message-ID: <3@x>\nFrom: b@example.test\n"
                            b"Subject: three\n\n" + (b"x" * 990 + b"\n") * 80}
TEXTS = [MAILS[n].replace(b"\n", b"\r\n") for n in sorted(MAILS)]
TEXTS[1] += b"\r\n"

pop = Pop()
pop.home.start("mailboxd")
port = free_port()
pop.home.start("pop3d", "-l", "127.0.0.1:%d,pop3" % port)
work = tempfile.mkdtemp(prefix="postern-clients-")
os.chmod(work, 0o700)


def scene():
    wait_for(pop.is_free, 3)
    pop.fill(MAILS)


def with_poplib():
    p = poplib.POP3("127.0.0.1", port, timeout=10)
    check("poplib: CAPA", p.capa()["SASL"] == ["PLAIN"])
    p.user("ann")
    p.pass_(PASSWORD)
    check("poplib: STAT", p.stat() == (3, sum(map(len, TEXTS))), p.stat())
    check("poplib: LIST", p.list()[1] == [
        b"%d %d" % (i + 1, len(t)) for i, t in enumerate(TEXTS)])
    check("poplib: UIDL", p.uidl()[1] == [
        b"%d %s" % (i + 1, n.split(",")[0].encode())
        for i, n in enumerate(sorted(MAILS))])
    for i, text in enumerate(TEXTS):
        got = b"".join(x + b"\r\n" for x in p.retr(i + 1)[1])
        check("poplib: RETR %d" % (i + 1), got == text, got[:100])
    top = p.top(1, 1)[1]
    check("poplib: TOP", top[-1] == b".dots", top)
    p.dele(2)
    p.rset()
    p.dele(3)
    check("poplib: QUIT", p.quit() == b"+OK bye")
    check("poplib: the third is gone", wait_for(
        lambda: len(pop.names()) == 2, 3), pop.names())


def run(*command, **kw):
    return subprocess.run(command, capture_output=True, timeout=60, cwd=work,
                          env=dict(os.environ, HOME=work), **kw)


def have(program):
    if shutil.which(program):
        return True
    skip(program, "not installed")
    return False


def with_curl():
    if not have("curl"):
        return
    url = "pop3://127.0.0.1:%d/" % port
    user = "ann:" + PASSWORD
    for i, text in enumerate(TEXTS):
        got = run("curl", "-sS", "-u", user, url + str(i + 1))
        check("curl: message %d" % (i + 1), got.stdout == text,
              got.stderr[:200])
        wait_for(pop.is_free, 3)
    got = run("curl", "-sS", "-u", user, "--login-options", "AUTH=PLAIN",
              url, "-X", "UIDL")
    check("curl: AUTH PLAIN, UIDL", got.stdout.startswith(
        b"1 1000000001.Pa.h\r\n"), got.stdout + got.stderr)
    wait_for(pop.is_free, 3)
    got = run("curl", "-sS", "-u", user, url + "1", "-X", "DELE", "-I")
    check("curl: DELE", got.returncode == 0 and wait_for(
        lambda: len(pop.names()) == 2, 3), got.stderr)
    got = run("curl", "-sS", "-u", "ann:wrong", url)
    check("curl: wrong password is login denied", got.returncode == 67,
          got.returncode)


def with_fetchmail():
    if not have("fetchmail"):
        return
    rc = os.path.join(work, "fetchmailrc")
    with open(rc, "w") as f:
        f.write('set no bouncemail\npoll 127.0.0.1 service %d protocol pop3 '
                'uidl user "ann" password "%s" sslproto "" keep\n'
                'mda "cat >>%s/got; echo =END= >>%s/got"\n' % (
                    port, PASSWORD, work, work))
    os.chmod(rc, 0o600)
    args = ["fetchmail", "-f", rc, "--pidfile", work + "/pid", "-i",
            work + "/ids", "--nosyslog"]
    got = run(*args)
    with open(work + "/got", "rb") as f:
        texts = f.read().split(b"=END=\n")
    check("fetchmail: fetches all", got.returncode == 0 and len(texts) == 4,
          got.stderr[-300:])
    check("fetchmail: dots as they were", b"\n.dots\n..\nend\n" in texts[0],
          texts[0][-100:])
    check("fetchmail: the large one", texts[2].count(b"x" * 990) == 80)
    wait_for(pop.is_free, 3)
    got = run(*args)
    check("fetchmail: nothing new by UIDL", got.returncode == 1,
          got.stdout[-300:])
    wait_for(pop.is_free, 3)
    got = run(*args, "--all", "--nokeep")
    check("fetchmail: deletes", wait_for(lambda: pop.names() == [], 3),
          got.stderr[-300:])


def with_mpop():
    if not have("mpop"):
        return
    for d in "md", "md/tmp", "md/new", "md/cur":
        os.mkdir(os.path.join(work, d))
    rc = os.path.join(work, "mpoprc")
    with open(rc, "w") as f:
        f.write("account default\nhost 127.0.0.1\nport %d\nuser ann\n"
                "password %s\nauth plain\ntls off\ndelivery maildir %s/md\n"
                "uidls_file %s/uidls\nkeep off\n" % (
                    port, PASSWORD.replace(" ", r" "), work, work))
    os.chmod(rc, 0o600)
    got = run("mpop", "-C", rc, "-a")
    n = len(os.listdir(work + "/md/new"))
    check("mpop: pipelined, AUTH PLAIN", got.returncode == 0 and n == 3,
          (got.stdout + got.stderr)[-300:])
    check("mpop: deletes", wait_for(lambda: pop.names() == [], 3),
          pop.names())


def with_getmail():
    if not have("getmail"):
        return
    rc = os.path.join(work, "getmailrc")
    with open(rc, "w") as f:
        f.write("[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\n"
                "port = %d\nusername = ann\npassword = %s\n"
                "[destination]\ntype = Mboxrd\npath = %s/mbox\n"
                "[options]\ndelete = true\n" % (port, PASSWORD, work))
    open(work + "/mbox", "w").close()
    extra = {}
    if os.geteuid() == 0:  # getmail does not run as root
        nobody = pwd.getpwnam("nobody")
        for d, dirs, files in os.walk(work):
            for p in [d] + [os.path.join(d, f) for f in files]:
                os.chown(p, nobody.pw_uid, nobody.pw_gid)
        extra = {"user": "nobody", "group": nobody.pw_gid,
                 "extra_groups": []}
    got = run("getmail", "-g", work, "-r", rc, **extra)
    check("getmail: fetches and deletes", got.returncode == 0 and wait_for(
        lambda: pop.names() == [], 3), (got.stdout + got.stderr)[-300:])


for test in (with_poplib, with_curl, with_fetchmail, with_mpop,
             with_getmail):
    try:
        scene()
        test()
    except Exception as e:
        check(test.__name__, False, repr(e))
shutil.rmtree(work, ignore_errors=True)
done()
