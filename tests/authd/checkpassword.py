#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""auth-checkpassword as its callers know the interface."""
import os
import subprocess
import sys

from _accounts import argon2id, record, users
from home import Home, check, done

home = Home()
home.write("cdb/auth/users.cdb", users({
    "ann": [record("ann", argon2id("secret"))],
    "bob": [record("bob", argon2id("secret"), "disabled")]}))
PROGRAM = home.binary("auth-checkpassword")


def run(data, *command, ip="192.0.2.1", fd3=True):
    rfd, wfd = os.pipe()
    if data is not None:
        os.write(wfd, data)
    os.close(wfd)
    env = dict(os.environ, POSTERN_HOME=home.dir)
    env.pop("TCPREMOTEIP", None)
    if ip:
        env["TCPREMOTEIP"] = ip

    def set_fd():
        if fd3:
            if rfd != 3:
                os.dup2(rfd, 3)
            os.set_inheritable(3, True)
        elif os.path.exists("/proc/self/fd/3"):
            os.close(3)
    r = subprocess.run([PROGRAM] + list(command), env=env, capture_output=True, text=True,
                       preexec_fn=set_fd, close_fds=False, timeout=30)
    os.close(rfd)
    return r


# no pipe: the shell would have one on descriptor 3 for a moment
SHOW = ("sh", "-c", "echo $USER $HOME $SHELL; test -e /proc/$$/fd/3; echo $?")
r = run(b"ann\0secret\0Y1\0", *SHOW)
check("authd down: 111", r.returncode == 111, r)
home.start("relayd")
home.start("authd")
r = run(b"ann\0secret\0Y1\0", *SHOW)
check("right: the program runs", r.returncode == 0, r)
check("USER, HOME, SHELL; descriptor 3 closed",
      r.stdout.split() == ["ann", home.dir + "/mail/ann", "/bin/false", "1"], r)
out = home.run("relayctl", "list").stdout
check("a login like any other: the window", out.startswith("192.0.2.1 ann "), out)
r = run(b"ann\0secret\0Y1\0", "true", ip=None)
check("no address known", r.returncode == 0, r)
check("... opens none for loopback", "127." not in home.run("relayctl", "list").stdout)
check("wrong: 1", run(b"ann\0wrong\0\0", "true").returncode == 1)
check("unknown: 1", run(b"zoe\0wrong\0\0", "true").returncode == 1)
check("disabled: 1", run(b"bob\0secret\0\0", "true").returncode == 1)
check("no program: 2", run(b"ann\0secret\0\0").returncode == 2)
check("no descriptor 3: 2", run(None, "true", fd3=False).returncode == 2)
check("nothing on it: 2", run(b"", "true").returncode == 2)
check("cut: 2", run(b"ann\0secret", "true").returncode == 2)
check("too long: 1", run(b"a" * 600, "true").returncode == 1)
check("no such program: 111", run(b"ann\0secret\0\0", "/nonexistent").returncode == 111)
check("no shell words in the log", "secret" not in home.log("authd"))
done()
