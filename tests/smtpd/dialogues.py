#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Plays *.dlg against smtpd on a socket pair, as under a UCSPI server, with
fakes of all its neighbours.

Comment lines at a file's start set the scene:
  # class: submission      # ip: 192.0.2.9      # env: NAME=VALUE
"""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _scene import HERE, Scene, wait_for  # noqa: E402
import dialogue  # noqa: E402

scene = Scene()
how = {}


def before(path):
    scene.reset()
    scene.up()
    scene.tables()
    for name in ("databytes", "plaintext", "sender-policy", "hide-client",
                 "over-quota"):
        if os.path.exists(scene.home.path("etc", name)):
            os.unlink(scene.home.path("etc", name))
    how.clear()
    how["env"] = {}
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        for kind, value in re.findall(r"^# (class|ip|env|etc): (.*)$",
                                      f.read(), re.M):
            if kind == "env":
                name, value = value.split("=", 1)
                how["env"][name] = value
            elif kind == "etc":
                name, value = value.split("=", 1)
                scene.home.write("etc/" + name, value + "\n")
            else:
                how[kind] = value


def connect():
    return scene.ucspi(how.get("class", "smtp"), how.get("ip", "192.0.2.7"),
                       how["env"])


def fail_unless(good, why):
    if not good:
        raise dialogue.Failed(why)


def took(count, sender=None, *rcpts):
    """So many messages went to the queue; the last one's envelope."""
    fail_unless(len(scene.messages) == int(count),
                "%d messages were taken" % len(scene.messages))
    if sender is not None:
        env = scene.messages[-1][0]
        sender = "" if sender == "<>" else sender
        fail_unless(env["sender"] == sender, "sender %(sender)s" % env)
        fail_unless(not rcpts or env["recipients"] == list(rcpts),
                    "recipients %(recipients)s" % env)


def envelope(name, value=""):
    env = scene.messages[-1][0]
    fail_unless(env[name] == value, "%s is %r" % (name, env[name]))


def text(*words):
    """The last message holds this line (blanks one)."""
    want = " ".join(words)
    data = scene.messages[-1][1].decode("latin-1")
    have = [" ".join(x.split()) for x in data.split("\n")]
    fail_unless(want in have, "the message is %r" % data)


def added(name):
    head = scene.messages[-1][1].decode("latin-1").split("\n\n", 1)[0]
    fail_unless(re.search("^%s: .+" % name, head, re.M),
                "the header is %r" % head)


def lacks(*words):
    data = scene.messages[-1][1].decode("latin-1")
    fail_unless(" ".join(words) not in data, "the message is %r" % data)


def logged(*words):
    want = " ".join(words)
    fail_unless(wait_for(lambda: want in scene.log(), 3),
                "no %r in the log" % want)


def etc(name, *value):
    scene.home.write("etc/" + name, " ".join(value) + "\n")


variables = {
    "took": took, "envelope": envelope, "text": text, "lacks": lacks, "added": added,
    "logged": logged, "etc": etc, "down": scene.down,
    "up": lambda: scene.up(),
    "mode": lambda name, mode: scene.mode.__setitem__(name, mode),
    "window": lambda ip, *m: scene.windows.__setitem__(ip, list(m)),
    "network": lambda ip: scene.networks.add(ip),
    "left": lambda n: setattr(scene, "left", int(n)),
    "revoke": lambda: scene.tokens.clear(),
    "token": lambda t, m: scene.tokens.__setitem__(t, m),
    "queue": lambda op, *t: setattr(scene, "queue_answer",
                                    (op, " ".join(t))),
    "notable": lambda name: scene.tables(name != "aliases",
                                         name != "mailboxes"),
    "disable": lambda name: scene.tables(disabled=("off", name)),
    "damage": lambda name: scene.home.write("cdb/public/%s.cdb" % name,
                                            b"x" * 100),
}
patterns = sys.argv[1:]
paths = [p for p in sorted(glob.glob(os.path.join(HERE, "*.dlg")))
         if not patterns or any(x in p for x in patterns)]
failed = dialogue.play_all(paths, connect, variables, before)
if failed:
    print(scene.log())
sys.exit(1 if failed or not paths else 0)
