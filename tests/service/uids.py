#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postern-uids: blocks, clashes, stale homes, owners and modes."""
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, skip  # noqa: E402

TOOL = os.path.join(ROOT, "service/postern-uids")


def new_home(name):
    path = os.path.join(TOP, name)
    os.makedirs(os.path.join(path, "etc"))
    return path


def run(*args, registry=True):
    command = [TOOL] + (["-r", REGISTRY] if registry else []) + list(args)
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def base(home):
    r = run(home)
    check("exit 0 for " + os.path.basename(home), r.returncode == 0, r.stderr)
    return int(r.stdout) if r.returncode == 0 else -1


def lines():
    with open(REGISTRY, encoding="ascii") as f:
        return f.read().splitlines()


def is_(path, uid, gid, mode):
    st = os.lstat(path)
    return (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)) == (uid, gid, mode)


def first_line(path):
    with open(path, encoding="ascii") as f:
        return f.readline().strip()


def blocks():
    a, b = new_home("a"), new_home("b")
    first, second = base(a), base(b)
    check("two homes, two blocks", abs(first - second) >= 32, (first, second))
    check("the same again", base(a) == first and base(b) == second)
    check("registered", sorted(lines()) == sorted(
        ["%d %s" % (first, a), "%d %s" % (second, b)]), lines())
    check("etc/uidbase", first_line(a + "/etc/uidbase") == str(first)
          and is_(a + "/etc/uidbase", 0, 0, 0o644))
    os.unlink(a + "/etc/uidbase")
    check("the registry remembers", base(a) == first)
    run("--release", b)
    check("released", lines() == ["%d %s" % (first, a)], lines())
    c = new_home("c")
    check("a released block is free", base(c) == second)
    check("its old home then gets another", base(b) not in (first, second))
    os.rename(c, c + "2")
    check("a home that moved keeps its block", base(c + "2") == second)
    check("its old name is gone", not [x for x in lines() if x.endswith("/c")])
    shutil.rmtree(a)
    base(new_home("d"))
    check("a home that is gone is dropped",
          not [x for x in lines() if x.endswith("/a")], lines())
    return b


def clashes(home):
    taken = int(first_line(home + "/etc/uidbase"))
    other = new_home("copy")
    with open(other + "/etc/uidbase", "w", encoding="ascii") as f:
        f.write("%d\n" % taken)
    r = run(other)
    check("a copied home gets a block of its own",
          r.returncode == 0 and int(r.stdout) != taken and home in r.stderr,
          r.stderr)
    for text in "x\n", "", "70000 3\n", "1\n":
        with open(other + "/etc/uidbase", "w", encoding="ascii") as f:
            f.write(text)
        check("etc/uidbase %r is replaced" % text,
              first_line(other + "/etc/uidbase") != str(base(other))
              or text == "", first_line(other + "/etc/uidbase"))
    os.chmod(other + "/etc/uidbase", 0o666)
    base(other)
    check("and made root's alone", is_(other + "/etc/uidbase", 0, 0, 0o644))


def refused(home):
    """What a daemon says of a block that is somebody's."""
    echo = os.path.join(ROOT, "tests/service/listen_echo")
    table = [("33\n", "no base"), ("99990\n", subuid()), ("x\n", "uidbase")]
    for text, words in table:
        if words is None:
            continue
        with open(home + "/etc/uidbase", "w", encoding="ascii") as f:
            f.write(text)
        r = subprocess.run([echo, "-C", home, "-l", "127.0.0.1:1"],
                           capture_output=True, text=True, timeout=20)
        check("a daemon refuses %r by name" % text,
              r.returncode == 100 and words in r.stderr, r.stderr)
    os.unlink(home + "/etc/uidbase")
    base(home)


def subuid():
    with open("/etc/subuid", encoding="utf-8") as f:
        for line in f:
            if line.split(":")[1:2] == ["100000"]:
                return line.split(":")[0]
    return None


def owners():
    home = new_home("owned")
    for d in "mail/w/cur", "queue/a", "tls/default", "cdb/auth", "cdb/public":
        os.makedirs(os.path.join(home, d))
    for f in ("mail/w/cur/1", "queue/a/2", "tls/default/key.pem",
              "cdb/auth/users.cdb", "cdb/public/aliases.cdb", "etc/users",
              "etc/smarthost-auth", "etc/aliases"):
        with open(os.path.join(home, f), "w", encoding="ascii"):
            pass
    outside = os.path.join(TOP, "outside")
    with open(outside, "w", encoding="ascii"):
        pass
    os.chmod(outside, 0o600)
    os.symlink(outside, home + "/mail/link")
    os.symlink(outside, home + "/tls/link")
    b = base(home)
    table = [
        (".", 0, 0, 0o755), ("etc", 0, 0, 0o755), ("run", 0, 0, 0o755),
        ("mail", b + 2, b + 2, 0o700), ("mail/w/cur/1", b + 2, b + 2, 0o644),
        ("queue", b + 5, b + 5, 0o700), ("queue/a/2", b + 5, b + 5, 0o644),
        ("tls/default", 0, b + 8, 0o750),
        ("tls/default/key.pem", 0, b + 8, 0o640),
        ("cdb/auth", b + 13, b + 3, 0o2750),
        ("cdb/auth/users.cdb", b + 13, b + 3, 0o640),
        ("cdb/public", b + 13, b + 13, 0o755),
        ("cdb/public/aliases.cdb", b + 13, b + 13, 0o644),
        ("etc/users", b + 13, b + 13, 0o600),
        ("etc/smarthost-auth", b + 6, b + 6, 0o400),
        ("log/lastlogin", b + 3, b + 13, 0o2750),
    ]
    for path, uid, gid, mode in table:
        check("owner and mode of " + path,
              is_(os.path.join(home, path), uid, gid, mode),
              os.lstat(os.path.join(home, path)))
    check("links are not followed", is_(outside, 0, 0, 0o600))
    os.chown(home + "/mail/w/cur/1", 4242, 4242)
    base(home)
    check("a right folder is not walked again",
          is_(home + "/mail/w/cur/1", 4242, 4242, 0o644))
    with open(home + "/etc/uidbase", "w", encoding="ascii") as f:
        f.write("1000000000\n")
    with open(REGISTRY, "w", encoding="ascii"):
        pass
    check("another base", base(home) == 1000000000)
    check("what belonged to the old account goes along",
          is_(home + "/queue/a/2", 1000000005, 1000000005, 0o644))
    check("and a stranger's file does not",
          is_(home + "/mail/w/cur/1", 4242, 4242, 0o644))


def usage():
    r = run()
    check("usage", r.returncode == 100 and "usage" in r.stderr, r.stderr)
    r = run("/nonexistent")
    check("no such home", r.returncode == 111 and "/nonexistent" in r.stderr)
    r = run(TOP)
    check("not a home", r.returncode == 100 and "no etc/" in r.stderr)


def without_root():
    home = new_home("plain")
    os.chmod(TOP, 0o755)
    as_user = []
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
        os.chown(home + "/etc", 65534, 65534)
        shutil.copy(TOOL, TOP + "/tool")
        os.chmod(TOP + "/tool", 0o755)
        as_user = ["setpriv", "--reuid", "65534", "--regid", "65534",
                   "--clear-groups", TOP + "/tool"]
    r = subprocess.run((as_user or [TOOL]) + [home], capture_output=True,
                       text=True, timeout=20)
    check("without root: folders and our own uid", r.returncode == 0 and
          re.fullmatch(r"\d+\n", r.stdout) and
          os.path.isdir(home + "/log/lastlogin"), r.stderr)


TOP = tempfile.mkdtemp(prefix="postern-uids-")
REGISTRY = TOP + "/var/uids"
try:
    usage()
    without_root()
    if os.geteuid() == 0:
        kept = blocks()
        clashes(kept)
        refused(kept)
        owners()
    else:
        skip("blocks and owners", "not root")
finally:
    shutil.rmtree(TOP)
done()
