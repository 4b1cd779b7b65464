#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The dialogues of transaction/, spoken to mailboxd with a fake authd."""
import glob
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _pop import Pop, wait_for  # noqa: E402
import dialogue  # noqa: E402

ONE = b"Subject: one\n\nfirst line\n.a dot\n.\nlast\n"
TWO = b"Subject: two\r\n\r\nbody\r\n"
THREE = b"Subject: three\ncut short"
SIZES = [len(ONE) + ONE.count(b"\n"), len(TWO), len(THREE) + 3]

pop = Pop()
pop.home.start("mailboxd")


def scene(path):
    pop.fill({"1000000001.Pa.h": ONE, "1000000002.Pb.h": TWO,
              "1000000003.Pc.h:2,R": THREE})


def names(*want):
    if not wait_for(lambda: pop.names() == sorted(want), 3):
        raise dialogue.Failed("the mailbox holds %s" % pop.names())


def rename(a, b):
    os.rename(os.path.join(pop.folder(), a), os.path.join(pop.folder(), b))


def remove(name):
    os.unlink(os.path.join(pop.folder(), "cur", name))


def ended():
    """The session has ended: another one gets the mailbox."""
    if not wait_for(pop.is_free, 3):
        raise dialogue.Failed("the session has not ended")


variables = {"TOTAL": sum(SIZES), "SIZE1": SIZES[0], "SIZE2": SIZES[1],
             "SIZE3": SIZES[2], "names": names, "rename": rename,
             "remove": remove, "ended": ended}


def fresh(path):
    """The last session must have let go of the lock."""
    scene(path)


here = os.path.dirname(os.path.abspath(__file__))
failed = dialogue.play_all(
    sorted(glob.glob(os.path.join(here, "transaction", "*.dlg"))),
    pop.session, variables, before=fresh)
sys.exit(1 if failed else 0)
