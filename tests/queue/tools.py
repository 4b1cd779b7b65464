#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""queue-inject, sendmail, queuectl against queued."""
import email
import email.policy
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from _queue import FakeLocal, FakeRemote, empty, files, queue_home
from home import check, done, skip, wait_for

ROOT = os.geteuid() == 0
home = queue_home(etc={"inject-budget": "20\n" if ROOT else "100000\n", "retry": "600\n"})
local, remote = FakeLocal(home), FakeRemote(home)
home.start("queued")


def tool(program, *args, data=b"", uid=None, fds=None):
    """(exit code, stderr)"""
    def be():
        if uid is not None:
            os.setgid(uid)
            os.setuid(uid)
    p = subprocess.run(
        [home.binary(program)] + list(args), input=data, capture_output=True,
        env=dict(os.environ, POSTERN_HOME=home.dir, **({} if not fds else fds)),
        preexec_fn=be, timeout=30, pass_fds=())
    return p.returncode, p.stderr.decode()


def qmail(message, envelope, uid=None):
    """queue-inject with its descriptors 0, 1 and 6: (exit code, text)"""
    r0, w0 = os.pipe()
    r1, w1 = os.pipe()
    r6, w6 = os.pipe()
    pid = os.fork()
    if pid == 0:
        for a, b in ((r0, 20), (r1, 21), (w6, 22)):
            os.dup2(a, b)
        for a, b in ((20, 0), (21, 1), (22, 6)):
            os.dup2(a, b)
        os.closerange(7, 100)
        os.environ["POSTERN_HOME"] = home.dir
        if uid is not None:
            os.setuid(uid)
        os.execv(home.binary("queue-inject"), ["queue-inject"])
    for fd in (r0, r1, w6):
        os.close(fd)
    for fd, data in ((w0, message), (w1, envelope)):
        try:
            at = 0
            while at < len(data):
                at += os.write(fd, data[at:])
        except BrokenPipeError:
            pass
        os.close(fd)
    text = os.read(r6, 1000).decode()
    os.close(r6)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


def last(mailbox):
    """What came last; what went through the spool may come a little later."""
    wait_for(lambda: local.to(mailbox) and not files(home), 5)
    return (local.to(mailbox) or [("", "", "", "", b"")])[-1]


# queue-inject
TEXT = b"Subject: x\r\n\r\nline one\r\nline two"
code, text = qmail(TEXT, b"Fme@Near.test\0Tann@near.test\0Tbob\0\0")
check("qmail: taken", code == 0 and not text, (code, text))
d = last("ann")
check("qmail: line ends", d[4].endswith(
    b"Subject: x\n\nline one\nline two\n"), d[4])
check("qmail: Received", d[4].startswith(
    b"Received: by mx.example.test with local (uid %d);\n\t" % os.geteuid()),
    d[4])
check("qmail: sender", d[3] == "me@near.test", d[3])
check("qmail: a bare name gets etc/me", wait_for(
    lambda: [s[2] for s in remote.sent] == ["bob@mx.example.test"]),
    remote.sent)
big = b"Subject: big\n\n" + b"x" * 70 + b"\n" * 3 + b"0123456789\n" * 300000
code, text = qmail(big, b"F\0Tbig@near.test\0\0")
check("qmail: large", code == 0 and last("big")[4].endswith(big)
      and last("big")[3] == "", (code, text))
for name, message, env, want in (
        ("no envelope", TEXT, b"", 54),
        ("envelope cut", TEXT, b"Fa@b\0Tx@near.test\0", 54),
        ("envelope cut in an address", TEXT, b"Fa@b\0Tx@near", 54),
        ("envelope cut in the sender", TEXT, b"Fa@", 54),
        ("neither T nor the end", TEXT, b"Fa@b\0Tx@near.test\0Yx\0\0", 91),
        ("no recipients", TEXT, b"Fa@b\0\0", 91),
        ("not F", TEXT, b"Xa@b\0Tx@near.test\0\0", 91),
        ("address too long", TEXT, b"Fa@b\0T" + b"x" * 2000 + b"@b\0\0", 11),
        ("NUL", b"a: b\n\n\0\n", b"Fa@b.test\0Tx@near.test\0\0", 31),
        ("bad address", TEXT, b"Fa@b.test\0Tx y@@near.test\0\0", 31)):
    code, text = qmail(message, env)
    check("qmail: %s: %d" % (name, want), code == want and text[:1] ==
          ("Z" if want == 54 else "D"),
          (code, text))
check("bare CR becomes a line end", qmail(
    b"a: b\n\none\rtwo\r\r\nthree\n", b"F\0Tcr@near.test\0\0")[0] == 0
    and last("cr")[4].endswith(b"\n\none\ntwo\n\nthree\n"), local.to("cr"))

# sendmail
code, err = tool("sendmail", "-f", "cron@near.test", "ann@near.test",
                 data=b"just text\n.\nnot this\n")
check("sendmail: text without a header", code == 0, (code, err))
m = email.message_from_bytes(last("ann")[4], policy=email.policy.SMTP)
check("sendmail: completed", m["From"] == "cron@near.test" and m["Date"]
      and m["Message-ID"].endswith("@mx.example.test>")
      and m["To"] == "undisclosed-recipients:;", m.items())
check("sendmail: a dot ends it", m.get_payload() == "just text\n",
      m.get_payload())
code, err = tool(
    "sendmail", "-FCron Daemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root",
    "-B8BITMIME", data=b"From: root (Cron Daemon)\nTo: ann\nCc: \"B, x\" "
    b"<b@near.test>,\n  group: c@near.test, d@near.test (D);\nBcc: "
    b"hidden@near.test\nSubject: Cron <root@x>\n\n.\nafter\r\n")
check("sendmail -t: taken", code == 0, (code, err))
check("sendmail -t: all", all(wait_for(lambda b=b: len(local.to(b)) == 1)
                              for b in ("b", "c", "d", "hidden")),
      local.delivered[-4:])
m = email.message_from_bytes(last("b")[4], policy=email.policy.SMTP)
check("sendmail -t: no Bcc", m["Bcc"] is None and b"hidden" not in last("b")[4])
check("sendmail -t: names completed",
      "From: root@mx.example.test (Cron Daemon)" in last("b")[4].decode()
      and "To: ann@mx.example.test\n" in last("b")[4].decode(), last("b")[4])
check("sendmail -oi: the dot stays", last("b")[4].endswith(b"\n.\nafter\n"))
check("sendmail: sender", last("b")[3] == "root@mx.example.test", last("b")[3])
code, err = tool("sendmail", "-oem", "-oi", "-f", "mutt@near.test", "-N",
                 "failure", "-R", "hdrs", "-O", "x=y", "-v", "--",
                 "ann@near.test", data=b"From: a@b.test\nTo: ann@near.test\n"
                 b"Date: now\nMessage-ID: <1@x>\n\nhi\n")
check("sendmail as mutt calls it", code == 0 and last("ann")[4].count(
    b"From:") == 1 and b"<1@x>" in last("ann")[4], (code, err))
code, err = tool("sendmail", "-t", "-i", "-f<>", data=b"To: e@near.test\n\nx\n")
check("sendmail -f<>: null sender", code == 0 and last("e")[3] == "", err)
code, err = tool("sendmail", "-t", data=b"To: f@near.test\nResent-To: "
                 b"g@near.test\n\nx\n")
check("sendmail -t: resent", code == 0 and len(local.to("g")) == 1
      and not local.to("f"), err)
for name, args, data, want in (
        ("no recipients", [], b"x", 64), ("-t none", ["-t"], b"a: b\n\nx", 65),
        ("-bs", ["-bs"], b"", 69), ("-bp", ["-bp"], b"", 69),
        ("unknown option", ["-Z"], b"", 64), ("-bi", ["-bi"], b"", 0),
        ("bad address", ["a b@@c"], b"x", 65),
        ("NUL", ["a@near.test"], b"a\n\n\0", 65)):
    code, err = tool("sendmail", *args, data=data)
    check("sendmail %s: %d" % (name, want), code == want, (code, err))
code, err = tool("sendmail", "-t", data=b"To: " + b", ".join(
    b"u%d@near.test" % i for i in range(3000)) + b"\n\nx\n")
check("sendmail: 3000 recipients", code == 0 and wait_for(
    lambda: len(local.to("u2999")) == 1, 30), (code, err))

# another uid: its budget, its name in the log
if ROOT:
    code, err = tool("sendmail", "ann@near.test", data=b"hi\n", uid=4711)
    check("another uid", code == 0, (code, err))
    check("uid in the log", home.wait_log("queued", "origin=local uid=4711"))
    check("uid in Received", b"(uid 4711)" in last("ann")[4]
          and last("ann")[3] == "uid4711@mx.example.test", last("ann"))
    codes = [tool("sendmail", "a@near.test", "b@near.test", data=b"x\n",
                  uid=4711)[0] for _ in range(11)]
    check("over its budget: 75", codes[:9] == [0] * 9 and codes[-1] == 75,
          codes)
    code, err = tool("sendmail", *["u%d@near.test" % i for i in range(21)],
                     data=b"x\n", uid=4712)
    check("more than it can ever be: 65", code == 65 and
          "etc/inject-budget" in err, (code, err))
    check("root has none", tool("sendmail", "ann@near.test",
                                data=b"x\n")[0] == 0)
    code, err = tool("queuectl", "list", uid=4711)
    check("queuectl is not for everybody, and without admind nobody knows who "
          "may", code == 111 and "admind" in err, (code, err))
else:
    skip("another uid", "needs root")

# queuectl
remote.answer = lambda domain, rcpt: ("T", "4.3.0", "450 not \"now\" \\")
for i in range(5):
    qmail(b"Subject: %d\n\nx\n" % i,
          b"Fs%d@near.test\0Tx%d@d%d.example\0\0" % (i % 2, i, i % 3))
check("five wait", wait_for(lambda: len(files(home)) == 5))
check("five deferred", wait_for(lambda: home.run(
    "queuectl", "list", "--json").stdout.count('"deferred"') == 5))


def listed(*args):
    out = home.run("queuectl", "list", "--json", *args).stdout
    return [json.loads(line) for line in out.splitlines()]


items = listed()
check("json", len(items) == 5 and all(
    isinstance(x["next"], int) and x["next"] > 0 and x["size"] > 0
    and x["recipients"][0].startswith("x") and x["state"] == "deferred"
    and x["targets"][0]["text"] == '450 not "now" \\' for x in items), items)
check("by sender", len(listed("--sender", "s1@near.test")) == 2)
check("by domain", len(listed("--domain", "d0.example")) == 2)
check("by state", len(listed("--state", "held")) == 0)
check("by age", len(listed("--older", "1h")) == 0)
ident = items[0]["id"]
check("by id", [x["id"] for x in listed(ident)] == [ident])
check("no such id: 1", home.run("queuectl", "show", "nosuch").returncode == 1)
check("no ids, no filter: 100", home.run("queuectl", "drop").returncode == 100)
check("no verb: 100", home.run("queuectl").returncode == 100)
out = home.run("queuectl", "show", ident).stdout
check("show", ident in out and "4.3.0" in out and "mx.d" in out, out)
r = home.run("queuectl", "hold", "--domain", "d0.example")
check("hold", r.stdout == "2 messages\n" and len(listed("--state", "held"))
      == 2, r)
n = len(remote.jobs)
home.run("queuectl", "retry")
check("retry: not the held ones", wait_for(
    lambda: len(remote.jobs) >= n + 3) and len(remote.jobs) == n + 3,
    remote.jobs[n:])
home.stop("queued")
home.start("queued")
check("held ones stay held after a restart", wait_for(
    lambda: len(listed("--state", "held")) == 2), listed())
held = listed("--state", "held")[0]["id"]
check("answers are there after a restart",
      "450 not" in home.run("queuectl", "show", held).stdout)
check("release", home.run("queuectl", "release", held).stdout == "1 message\n")
check("released", wait_for(lambda: len(listed("--state", "held")) == 1))
check("drop", home.run("queuectl", "drop", "--state",
                       "held").stdout == "1 message\n"
      and wait_for(lambda: len(files(home)) == 4))
n = len(local.delivered)
check("bounce", home.run("queuectl", "bounce", "--all").returncode == 0)
check("bounced", wait_for(lambda: len(local.delivered) == n + 4)
      and empty(home), files(home))
check("the text says so", b"returned by the postmaster" in
      local.delivered[-1][4])
stats = json.loads(home.run("queuectl", "--json", "stats").stdout)
check("stats", stats["messages"] == 0 and stats["accepted"] == 0
      and stats["bounced"] == 4, stats)
home.stop("queued")
r = home.run("queuectl", "list")
check("queued down: 111", r.returncode == 111 and "queued" in r.stderr, r)
check("queued down: sendmail says try again", tool(
    "sendmail", "a@near.test", data=b"x\n")[0] == 75)
check("queued down: queue-inject too", qmail(
    TEXT, b"F\0Ta@near.test\0\0")[0] == 71)
done()
