#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Large messages of programs of this machine: queued writes them itself, within
etc/databytes and beside the reserve; nobody but smtpd gets a file of its."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, UIDS, empty, files, memfd, queue_home
from home import check, done, skip, wait_for

MIB = 1 << 20
MOST = 4 * MIB
INJECT = "run/queue/inject"
ROOT = os.geteuid() == 0
WHO = 65534 if ROOT else os.geteuid()
home = queue_home(etc={"databytes": "%d\n" % MOST})
local = FakeLocal(home)


def text(size):
    head = b"Subject: large\n\n"
    line = b"x" * 63 + b"\n"
    rest = size - len(head)
    return head + line * (rest // 64) + b"y" * (rest % 64 - 1) + b"\n"


def sendmail(data, to="b@near.test"):
    r = subprocess.run([home.binary("sendmail"), "-f", "me@near.test", to],
                       input=data, capture_output=True, timeout=60,
                       env=dict(os.environ, POSTERN_HOME=home.dir),
                       **({"user": WHO} if ROOT else {}))
    return r.returncode, r.stderr.decode()


def caller():
    return Caller(home, INJECT, WHO if ROOT else None)


home.start("queued")
c = caller()
packet, _ = c.envelope("F", "me@near.test", ["a@near.test"])
op, why, fds = c.request(packet)
check("a stranger gets no file", op == "N" and not fds, (op, why, fds))
op, ident = c.submit("me@near.test", ["a@near.test"], text(3 * MIB + 5))
check("large, in a memfd: taken", op == "Y", ident)
check("... arrives whole", wait_for(
    lambda: [d[4] for d in local.to("a")] == [text(3 * MIB + 5)]))
check("as large as can be: taken", c.submit(
    "me@near.test", ["a@near.test"], text(MOST))[0] == "Y")
for what, data, seals, want in (
        ("one byte more", text(MOST + 1), 15, "5.3.4 too large"),
        ("not sealed", text(3 * MIB), 0, "5.6.0 the message is not sealed"),
        ("a CR in it", text(2 * MIB) + b"a\rb\n", 15, "5.6.0"),
        ("no last line end", text(3 * MIB)[:-1], 15, "5.6.0")):
    op, why = c.submit("me@near.test", ["a@near.test"], data, seals)
    check(what + ": refused", op == "N" and why.startswith(want), (op, why))
check("... the log says whose it was", home.wait_log(
    "queued", 'uid=%d reason="5.3.4 too large"' % WHO), home.log("queued"))
local.fault = "no room in the mailbox"
op, ident = c.submit("me@near.test", ["a@near.test"], text(2 * MIB))
check("large, through the spool: taken", op == "Y" and files(home) == [ident],
      (op, ident, files(home)))
local.fault = None
check("... arrives whole", wait_for(
    lambda: [d[4] for d in local.to("a")][2:] == [text(2 * MIB)], 20))
check("nothing is left in the spool", empty(home) and
      not os.listdir(home.path("queue/tmp")))
c.close()

check("sendmail, large: taken", sendmail(text(2 * MIB)) == (0, ""))
check("... arrives whole", wait_for(
    lambda: [d[4].endswith(text(2 * MIB)) for d in local.to("b")] == [True]))
code, why = sendmail(text(MOST + 1))
check("sendmail, too large", code != 0 and "too large" in why, (code, why))
check("... with our Received alone, too", sendmail(text(MOST))[0] == code)
check("CRLF does not count", sendmail(text(MOST - 1000).replace(
    b"\n", b"\r\n")) == (0, ""))
home.stop("queued")

small_disk = ROOT and subprocess.run(
    ["mount", "-t", "tmpfs", "-o", "size=12m,nr_inodes=5000,uid=%d,mode=700"
     % UIDS["p-queue"], "tmpfs", home.path("queue")],
    capture_output=True).returncode == 0
if small_disk:
    try:
        home.start("queued")
        local.fault = "no room in the mailbox"
        c = caller()
        ops = [c.submit("me@near.test", ["a@near.test"], text(3 * MIB))[0]
               for _ in range(6)]
        s = os.statvfs(home.path("queue"))
        check("a small disk: taken, then full", ops[0] == "Y"
              and ops[-1] == "F", ops)
        check("... the reserve is kept", s.f_bavail * s.f_frsize > MIB,
              s.f_bavail * s.f_frsize)
        check("... all that was taken is there",
              len(files(home)) == ops.count("Y"), files(home))
        local.fault = None
        c.close()
        check("... and arrives", empty(home, 30))
        home.stop("queued")
    finally:
        subprocess.run(["umount", "-l", home.path("queue")],
                       capture_output=True)
else:
    skip("a small disk", "mounting a tmpfs needs root")
done()
