#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queued and deliver-remote: what a next host says of one recipient, sender or
message holds up nobody else; what it says of itself does, and costs no attempt."""
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from _queue import Caller, FakeLocal, files, queue_home
from home import Fake, check, done, msg, wait_for
from smtpserver import SmtpServer


def rcpt(addr):
    if addr.startswith("grey"):
        return "451 4.7.1 <%s>: Greylisted" % addr
    return "250 2.1.5 ok"


def mail(argument):
    if "<busy@" in argument:
        return "450 4.7.1 you send too much"
    return "250 2.1.0 ok"


hop = SmtpServer(rcpt=rcpt, mail=mail, dot=lambda _: "250 2.0.0 taken")
home = queue_home(etc={"retry": "1\n", "me": "mx.near.test\n",
                       "smarthosts": "127.0.0.1:%d tls=none\n" % hop.port})
local = FakeLocal(home)
Fake(home, "run/relayd/redeem",
     lambda op, f, fds: msg("Y", "window", "192.0.2.1", "box"))
home.start("resolver")
home.start("deliver-remote")
home.start("queued")
c = Caller(home)


def submit(to, sender="ann@near.test"):
    op, ident = c.submit(sender, to, grant="g")
    assert op == "Y", ident
    return ident


def taken():
    return [addr for m in hop.messages for addr in m[1]]


def resting():
    return home.log("queued").count("resting key=")


def listed(ident):
    for line in home.run("queuectl", "list", "--json").stdout.splitlines():
        if json.loads(line)["id"] == ident:
            return json.loads(line)
    return {}


# one recipient ---------------------------------------------------------------

submit(["good@one.example", "grey@one.example"])
check("in one job: the good one", wait_for(
    lambda: "good@one.example" in taken()))
for i in range(5):
    submit(["grey%d@two.example" % i])
    submit(["good%d@two.example" % i])
check("in several: the good ones", wait_for(
    lambda: all("good%d@two.example" % i in taken() for i in range(5))),
    taken())
check("greylisted ones wait", wait_for(
    lambda: home.log("queued").count("4.7.1") >= 6))
check("... and the way does not rest", resting() == 0, home.log("queued"))
submit(["x@three.example"], "busy@near.test")
submit(["y@three.example"])
check("a sender who is to wait: another is taken", wait_for(
    lambda: "y@three.example" in taken()) and resting() == 0)
hop.replies["dot"] = "451 4.7.0 your message looks odd"
submit(["dot@three.example"])
wait_for(lambda: "looks odd" in home.log("queued"))
hop.replies["dot"] = "250 2.0.0 taken"
submit(["z@three.example"])
check("a message that is to wait: another is taken", wait_for(
    lambda: "z@three.example" in taken()) and resting() == 0)
hop.replies["rcpt"] = "250 2.1.5 ok"
home.run("queuectl", "retry", "--all")
wait_for(lambda: "grey@one.example" in taken())
home.run("queuectl", "drop", "--all")
wait_for(lambda: not files(home))

# the place itself ------------------------------------------------------------

for conn in hop.conns:
    try:
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
hop.replies["greeting"] = "450 4.3.2 in repair"
first = submit(["a@four.example"])
check("no session: the way rests, with its words", home.wait_log(
    "queued", 'resting key=smarthost seconds=60 reason="450 4.3.2 in repair"'),
    home.log("queued")[-600:])
second = submit(["b@four.example"])
check("what comes meanwhile is not tried", home.wait_log(
    "queued", "deferred id=%s" % second))
check("... which is no attempt of its own", wait_for(
    lambda: listed(second).get("next")) and listed(second)["attempts"] == 0
    and listed(first)["attempts"] == 1, (listed(first), listed(second)))
wait = listed(second)["next"] - time.time()
check("... it comes again when the rest is over", 50 < wait < 90, wait)
hop.replies["greeting"] = "220 mx ESMTP"
home.run("queuectl", "retry", "--all")
check("both arrive", wait_for(lambda: {"a@four.example", "b@four.example"} <=
                              set(taken())), taken())
check("spool empty", wait_for(lambda: not files(home)), files(home))

hop.replies["mail"] = "421 4.7.0 too many messages"
submit(["c@four.example"])
check("421 to MAIL: the way rests", home.wait_log(
    "queued", 'reason="421 4.7.0 too many messages"\n')
    and wait_for(lambda: resting() == 2), home.log("queued")[-600:])
done()
