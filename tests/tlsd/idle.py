# SPDX-License-Identifier: ISC
"""tlsd starts OpenSSL in its acceptor at the first session; certificates are
tried before that all the same.  With many of them it starts at once."""
import os
import resource
import shutil
import time

from _tls import (EC, Home, IN, RSA, anonymous, check, children, done, fingerprint,
                  make_cert, own, shown, skip, wait_for)

STARTED_KIB = 150  # OpenSSL, with a certificate, takes 400

home = Home()
base = make_cert(home, "default", EC)
os.makedirs(home.path("tls/broken.example"))
for name in "cert.pem", "key.pem":
    shutil.copy(base + "/" + name, home.path("tls/broken.example", name))
home.write("tls/broken.example/cert.pem", b"-----BEGIN CERTIFICATE-----\n")
own(home)


def grown(pid, was):
    """True, too, where that is not ours to see."""
    return was is None or anonymous(pid) > was + STARTED_KIB


acceptor = home.start("tlsd").pid
wait_for(lambda: "result=loaded" in home.log("tlsd"), 10)
check("what is wrong is told at the start", home.wait_log(
    "tlsd", "name=broken.example result=refused reason=", 10),
    home.log("tlsd"))
before = anonymous(acceptor)
check("no process is left that tried", len(children(acceptor)) == 1)
make_cert(home, "late.example", RSA, cn="late.example")
time.sleep(1.05)  # the files are looked at once a second
check("the first session has its certificate",
      shown(home) == fingerprint(base + "/cert.pem"))
check("OpenSSL was started for it", grown(acceptor, before),
      (before, anonymous(acceptor)))
check("and knows them all", shown(home, "late.example") == fingerprint(
    home.path("tls/late.example/cert.pem")))
home.stop("tlsd")

for i in range(12):
    shutil.copytree(base, home.path("tls/n%d.example" % i))
own(home)
acceptor = home.start("tlsd").pid
wait_for(lambda: home.log("tlsd").count("name=n11.example result=loaded") > 0, 10)
check("with many names it starts at once", grown(acceptor, before),
      (before, anonymous(acceptor)))
check("and serves", shown(home, "n11.example") == fingerprint(base + "/cert.pem"))
home.stop("tlsd")

# no process can be made for the trial: it is in the acceptor then.  Last: the
# limit stays
if home.root:
    for i in range(12):
        shutil.rmtree(home.path("tls/n%d.example" % i))
    resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
    acceptor = home.start("tlsd").pid
    with home.connect(IN, "p-smtp"):
        check("a certificate is not lost for that", True)
    check("OpenSSL was started all the same", grown(acceptor, before),
          (before, anonymous(acceptor)))
    check("and nothing can be forked", shown(home) is None)
else:
    skip("no process for the trial", "root's daemons alone have accounts that "
         "nobody else is at work in")
done()
