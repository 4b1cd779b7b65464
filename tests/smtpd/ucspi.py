#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""smtpd under tcpserver of ucspi-tcp-ipv6, and with a QMAILQUEUE program."""
import os
import shutil
import smtplib
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import Client, Scene, free_port, home, wait_for  # noqa: E402
from home import UIDS, check, done, skip  # noqa: E402

scene = Scene()
scene.home.write("seen.sh", """#!/bin/sh
cat > "$OUT/message"
cat <&1 > "$OUT/envelope"
exit `cat "$OUT/exit"`
""", 0o755)
out = scene.home.path("out")
os.mkdir(out)
os.chmod(out, 0o777)


def run_filter(code):
    """As another account: smtpd runs no program as root."""
    with open(out + "/exit", "w") as f:
        f.write(str(code))
    for name in "message", "envelope":
        if os.path.exists(out + "/" + name):
            os.unlink(out + "/" + name)
    c = Client(scene.ucspi(env={
        "QMAILQUEUE": scene.home.path("seen.sh"), "OUT": out}))
    c.hello()
    c.envelope("a@b.example", "fred@example.test", "demo@example.test")
    return c.message("Subject: x\r\n\r\n..y\r\n.\r\n")


def as_account(run, *args):
    """Runs it in a child that is p-smtp; its text."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(UIDS["p-smtp"])
            os.setuid(UIDS["p-smtp"])
        os.write(w, run(*args).encode())
        os._exit(0)
    os.close(w)
    text = os.read(r, 4096).decode()
    os.close(r)
    os.waitpid(pid, 0)
    return text


os.chmod(scene.home.dir, 0o777)
open(scene.home.path("stderr.ucspi"), "a").close()
os.chmod(scene.home.path("stderr.ucspi"), 0o666)
for code, want in (0, "250 2.0.0"), (31, "554 5.6.0"), (53, "452 4.3.1"), \
        (81, "451 4.3.0"), (120, "451 4.3.0"):
    r = as_account(run_filter, code)
    check("a filter that ends with %d" % code, r.startswith(want), r)
    if code == 0:
        check("no id is no blank either", r == "250 2.0.0 ok", r)
        envelope = open(out + "/envelope", "rb").read()
        message = open(out + "/message", "rb").read()
        check("its envelope", envelope == b"Fa@b.example\0Tfred@example.test\0"
              b"Tdemo@example.test\0\0", envelope)
        check("its message", message.endswith(b"Subject: x\n\n.y\n")
              and message.startswith(b"Received: "), message)
check("nothing went to queued", not scene.messages)
with open(scene.home.path("stderr.ucspi")) as f:
    log = f.read()
check("no id in the log", "smtpd: mail ip=" in log and "id=" not in log, log)

scene.home.write("lazy.sh", "#!/bin/sh\nexit 31\n", 0o755)
c = as_account(lambda: (lambda c: (c.hello(), c.envelope(
    "a@b.example", "fred@example.test"), c.message(
        "x: y\r\n\r\n" + "z" * 70 + "\r\n" + "line\r\n" * 99999 + ".\r\n")
    )[2])(Client(scene.ucspi(env={"QMAILQUEUE": scene.home.path("lazy.sh")}))))
check("a filter that reads nothing", c[:3] == "554", c)
if os.geteuid() == 0:
    c = Client(scene.ucspi(env={"QMAILQUEUE": "/bin/true"}), banner=False)
    check("no filter as root", c.reply() == "closed")

if not shutil.which("tcpserver"):
    skip("tcpserver", "not installed")
    done()
port = free_port()
log = open(scene.home.path("stderr.tcpserver"), "w")
server = subprocess.Popen(
    ["tcpserver", "-HRl", "0", "127.0.0.1", str(port),
     scene.home.binary("smtpd"), "-C", scene.home.dir],
    stderr=log, env=dict(os.environ, RELAYCLIENT=""))
try:
    def up():
        try:
            smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
            return True
        except OSError:
            return False
    check("tcpserver", wait_for(up))
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as s:
        s.ehlo("client.example")
        s.sendmail("a@b.example", ["x@far.example"], "From: x@y\r\n\r\nhi")
    check("RELAYCLIENT relays", scene.messages[-1][0]["grant"] ==
          "grant-for-nobody", scene.messages)
    check("and the address is the client's",
          scene.messages[-1][0]["ip"] == "127.0.0.1")
finally:
    server.terminate()
    server.wait()

# the listener's children have no such thing
port = free_port()
scene.home.start("smtpd", "-l", "127.0.0.1:%d" % port,
                 env={"RELAYCLIENT": "", "QMAILQUEUE": "/bin/false"})
c = Client(home.socket.create_connection(("127.0.0.1", port)))
c.hello()
r = c.envelope("a@b.example", "x@far.example", "fred@example.test")
check("RELAYCLIENT is not for the listener", r[1][:9] == "550 5.7.1", r)
check("nor QMAILQUEUE", c.message("x: y\r\n\r\n.\r\n")[:3] == "250")
done()
