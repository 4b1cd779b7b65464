#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A daemon whose socket is removed or replaced ends, to be started again."""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import PROGRAMS, Home, check, done
import cdb

home = Home()
home.write("cdb/public/aliases.cdb", cdb.aliases(["near.test"]))
home.write("cdb/public/mailboxes.cdb", cdb.mailboxes(["demo"]))
DAEMONS = ("queued", "deliver-local", "deliver-remote", "mailboxd", "relayd",
           "authd", "resolver", "tlsd-out")


def ends(proc):
    try:
        return proc.wait(5)
    except subprocess.TimeoutExpired:
        return None


def replace(path):
    """As a second instance does."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.bind(path + ".new")
    os.rename(path + ".new", path)


for name in DAEMONS:
    for i, path in enumerate(PROGRAMS[name]["serve"]):
        for what, act in (("removed", os.unlink), ("replaced", replace),
                          ("moved", lambda p: os.rename(p, p + ".x"))):
            proc = home.start(name)
            act(home.path(path))
            check("%s: %s %s: ends" % (name, path, what), ends(proc) == 111,
                  proc.poll())
            if what == "removed":
                check("%s: says so" % name, path + " was removed or replaced"
                      in home.log(name), home.log(name))
            if i:
                break
    proc = home.start(name)
    other = home.path(os.path.dirname(PROGRAMS[name]["serve"][0]), "other")
    with open(other, "w"):
        pass
    os.unlink(other)
    check(name + ": another file goes: stays", proc.poll() is None)
    check(name + ": stopped as ever", home.stop(name) in (0, -15))
done()
