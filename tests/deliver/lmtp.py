#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Routes by LMTP (RFC 2033) to Debian's Dovecot, over a UNIX socket and TCP: a
reply for each recipient after the final dot."""
import glob
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import dovecotserver  # noqa: E402
from home import (Home, check, done, msg, parse, recv,  # noqa: E402
                  send, skip, wait_for)

if not dovecotserver.BINARY or not os.path.exists("/usr/lib/dovecot/lmtp"):
    skip("LMTP to Dovecot", "needs dovecot-lmtpd")
    done()
CONF = """
protocols = lmtp
mail_location = maildir:~/Maildir
lmtp_save_to_detail_mailbox = no
mail_plugins = quota
protocol lmtp {{
  mail_plugins = quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
}}
service lmtp {{
  user = {root}
  chroot =
  unix_listener {dir}/lmtp {{
    mode = 0666
  }}
  inet_listener lmtp {{
    port = {port}
  }}
}}
passdb {{
  driver = passwd-file
  args = {dir}/users
}}
userdb {{
  driver = passwd-file
  args = {dir}/users
}}
"""


class Dovecot(dovecotserver.Dovecot):
    def __init__(self):
        super().__init__(CONF)
        os.makedirs(self.dir + "/home")
        uid, gid = ((65534, 65534) if os.geteuid() == 0
                    else (os.getuid(), os.getgid()))
        with open(self.dir + "/users", "w", encoding="ascii") as f:
            for name, extra in (("ann", ""), ("bob", ""), ("eve", ""), (
                    "full", "userdb_quota_rule=*:storage=1B")):
                os.mkdir("%s/home/%s" % (self.dir, name))
                os.chown("%s/home/%s" % (self.dir, name), uid, gid)
                f.write("%s@box.example:{PLAIN}x:%d:%d::%s/home/%s::%s\n" % (
                    name, uid, gid, self.dir, name, extra))
        self.start()

    def start(self):
        super().start()
        wait_for(self.answers, 20)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                return s.recv(3) == b"220"
        except OSError:
            return False

    def mail(self, user):
        """What lies in a mailbox, without the lines that Dovecot puts there."""
        out = []
        for path in glob.glob("%s/home/%s/Maildir/new/*" % (self.dir, user)):
            with open(path, "rb") as f:
                out.append(f.read().replace(b"\r\n", b"\n"))
        return out


dovecot = Dovecot()
home = Home(etc={"me": "mx.example.test", "remote-timeout": "10\n"})
home.start("deliver-remote")


class Worker:
    def __init__(self):
        self.sock = home.connect("run/deliver/remote", "p-queue", timeout=60)
        self.jobs = 0

    def job(self, names, text, flags=""):
        """[(class, status, host, text)]"""
        self.jobs += 1
        fd = os.memfd_create("m")
        os.write(fd, text)
        send(self.sock, msg("D", 1, self.jobs, "id", "box.example",
                            "a@example.test", b"".join(
                                b"%s@box.example\0" % n.encode()
                                for n in names), flags, 0, len(text), ""), [fd])
        os.close(fd)
        out = [None] * len(names)
        while True:
            op, f = parse(recv(self.sock)[0])
            if op == "E":
                return out
            out[int(f[1])] = tuple(x.decode() for x in f[2:])


def classes(results):
    return "".join(r[0] if r else "-" for r in results)


for way, route in (("UNIX socket", "lmtp:unix:%s/lmtp" % dovecot.dir),
                   ("TCP", "lmtp:127.0.0.1:%d" % dovecot.port)):
    home.write("etc/routes", "box.example: %s\n" % route)
    for user in ("ann", "bob", "eve"):
        for path in glob.glob("%s/home/%s/Maildir/new/*" % (
                dovecot.dir, user)):
            os.unlink(path)
    q = Worker()
    text = b"Subject: " + way.encode() + b"\n\ncaf\xc3\xa9\n.\n..\nlast\n"
    out = q.job(["ann", "nosuch", "bob", "full", "eve"], text, "8")
    check(way + ": a state for each", classes(out[:3]) + classes(out[4:])
          == "KNKK" and out[1][1].startswith("5.1.1")
          and out[3][0] in "TN" and ".2.2" in out[3][1],
          (out, dovecot.log()))
    for user in ("ann", "bob", "eve"):
        there = dovecot.mail(user)
        check("%s: %s has it once, every byte" % (way, user),
              len(there) == 1 and there[0].endswith(text), there)
    check(way + ": full has none", not dovecot.mail("full"))
    out = q.job(["ann"], text)
    check(way + ": the next one over the same connection", classes(out) == "K"
          and wait_for(lambda: len(dovecot.mail("ann")) == 2), out)
    out = q.job(["nosuch", "nosuch2"], text)
    check(way + ": nobody there", classes(out) == "NN", out)
    dovecot.stop()
    out = q.job(["ann", "bob"], text)
    check(way + ": Dovecot is down: later", classes(out) == "TT", out)
    dovecot.start()
    began, out = time.monotonic(), None
    while time.monotonic() - began < 20 and classes(out or []) != "K":
        out = q.job(["ann"], text)
    check(way + ": and up again", classes(out) == "K", (out, dovecot.log()))
    q.sock.close()
done()
