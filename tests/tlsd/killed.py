# SPDX-License-Identifier: ISC
"""tlsd: a process of it is killed, and the sessions of others live on."""
import os
import shutil
import signal
import subprocess
import sys

from _tls import (IN, Home, children, check, done, make_cert, session, skip,
                  wait_for)

home = Home()
make_cert(home, "default")


def works(pair):
    tls, handed = pair
    tls.sendall(b"ping")
    handed.plain.sendall(b"pong")
    return handed.plain.recv(9) == b"ping" and tls.recv(9) == b"pong"


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def end(pairs):
    for tls, handed in pairs:
        handed.plain.close()
        tls.close()


# a session
tlsd = home.start("tlsd")
pairs = [session(home) for _ in range(3)]
signer, *kids = children(tlsd.pid)
check("three sessions", len(kids) == 3 and all(map(works, pairs)))
os.kill(kids[1], signal.SIGKILL)
check("its client and its caller see the end",
      pairs[1][1].plain.recv(9) == b"")
check("the others go on", works(pairs[0]) and works(pairs[2]))
check("it is logged", home.wait_log("tlsd", "result=killed signal=9"))
check("a new one", works(session(home)))

# the signer
os.kill(signer, signal.SIGKILL)
check("without its signer tlsd ends", tlsd.wait(10) == 111)
check("and says why", "the signer has ended" in home.log("tlsd"))
check("sessions go on", works(pairs[0]) and works(pairs[2]))
tlsd = home.start("tlsd")
check("... beside those of a new tlsd", works(session(home))
      and works(pairs[0]))
end([pairs[0], pairs[2]])
check("they end with their streams",
      wait_for(lambda: not any(is_alive(k) for k in kids)))

# the acceptor
pairs = [session(home) for _ in range(3)]
signer, *kids = children(tlsd.pid)
tlsd.kill()
tlsd.wait()
check("the signer ends with the acceptor",
      wait_for(lambda: not is_alive(signer)))
check("sessions go on without both", all(map(works, pairs)))
pairs[0][0].close()
check("a client that leaves ends its own", pairs[0][1].plain.recv(9) == b"")
end(pairs)
check("nobody is left behind",
      wait_for(lambda: not any(is_alive(k) for k in kids)))

# a handshake that was begun
tlsd = home.start("tlsd")
check("a new one serves", works(session(home)))
home.stop("tlsd")

# under a supervisor, it comes back by itself
if not shutil.which("s6-supervise"):
    skip("under s6", "s6 is not installed")
    done()
os.makedirs(home.path("sv"))
home.write("sv/run", "#!/bin/sh\nexec %s -C %s 2>>%s\n" % (
    home.binary("tlsd"), home.dir, home.path("stderr.sv")), 0o755)
supervisor = subprocess.Popen(["s6-supervise", home.path("sv")],
                              stdin=subprocess.DEVNULL)


def again():
    try:
        home.connect(IN, "p-smtp").close()
        return works(session(home))
    except (OSError, AttributeError, IndexError):
        return False


def pid():
    try:
        return int(subprocess.run(["s6-svstat", "-o", "pid", home.path("sv")],
                                  capture_output=True, text=True).stdout)
    except ValueError:
        return -1


try:
    check("s6 starts it", wait_for(again))
    for name, victim in (("acceptor", pid), ("signer",
                         lambda: children(pid())[0])):
        mine = session(home)
        before = pid()
        os.kill(victim(), signal.SIGKILL)
        wait_for(lambda: pid() not in (-1, before), 15)
        check("killed %s: served again" % name, wait_for(again, 15))
        check("killed %s: a session went on" % name, works(mine))
        end([mine])
finally:
    subprocess.run(["s6-svc", "-dx", home.path("sv")], check=False)
    try:
        supervisor.wait(10)
    except subprocess.TimeoutExpired:
        supervisor.kill()
    sys.stdout.flush()
done()
