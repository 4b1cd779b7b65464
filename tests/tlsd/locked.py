# SPDX-License-Identifier: ISC
"""tlsd: the private key is in the signer's memory and nowhere else, and no
process of the account can look into another."""
import os
import re
import socket
import subprocess
import sys

from _tls import (EC, Home, RSA, UIDS, check, children, done, make_cert, memory,
                  openssl, session, skip, wait_for)

home = Home()


def secrets(base):
    """The private numbers of a key, as OpenSSL keeps them (words, least
    significant first) and as files do."""
    text = openssl("pkey", "-in", base + "/key.pem", "-noout",
                   "-text").decode()
    found = []
    for part in re.findall(
            r"^(?:priv|privateExponent|prime1|prime2|exponent1|coefficient):"
            r"\n((?:    [0-9a-f:]+\n)+)", text, re.M):
        raw = bytes.fromhex(re.sub(r"[\s:]", "", part)).lstrip(b"\0")
        found += [raw, raw[::-1]]
    with open(base + "/key.pem", "rb") as f:
        found.append(f.read().split(b"\n")[1])
    return [s[:24] for s in found if len(s) >= 24]


def is_alive(pid):
    try:
        return status(pid, "State")[0] != "Z"
    except (OSError, IndexError):
        return False


def status(pid, key):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        for line in f:
            if line.startswith(key + ":"):
                return line.split()[1:]
    return []


PROBE = """
import os, sys, ctypes
os.setgroups([]); os.setresgid(*[int(sys.argv[1])] * 3)
os.setresuid(*[int(sys.argv[1])] * 3)
libc = ctypes.CDLL(None, use_errno=True)
for pid in sys.argv[2:]:
    for what in "mem", "maps", "environ", "fd/0", "root":
        try:
            path = "/proc/%s/%s" % (pid, what)
            os.readlink(path) if what in ("fd/0", "root") else open(path).read()
            print(pid, what)
        except OSError:
            pass
    if libc.ptrace(16, int(pid), 0, 0) == 0:
        print(pid, "ptrace")
"""

for kind, label in (EC, "EC"), (RSA, "RSA"):
    base = make_cert(home, "default", kind)
    tlsd = home.start("tlsd")
    sessions = [session(home) for _ in range(3)]
    check("sessions " + label, all(h.op == "P" for _, h in sessions))
    kids = children(tlsd.pid)
    signer, sessions_pids = kids[0], kids[1:]
    check("a signer and three sessions " + label, len(kids) == 4, kids)
    for pid in [tlsd.pid] + kids:
        if home.root:
            check("its account %s %d" % (label, pid),
                  status(pid, "Uid") == [str(UIDS["p-tls"])] * 4
                  and status(pid, "Groups") == [])
        check("no_new_privs, filter %s %d" % (label, pid),
              status(pid, "NoNewPrivs") == ["1"]
              and status(pid, "Seccomp") == ["2"])
    if not home.root:
        skip("memory", "only root may look")
        home.stop("tlsd")
        continue
    wanted = secrets(base)
    check("there are numbers to look for " + label, len(wanted) >= 3)
    # such a search finds the key where it is: else the test tests nothing
    there = memory(signer)
    check("the signer has the key " + label,
          any(s in there for s in wanted))
    check("not the file's text " + label, wanted[-1] not in there)
    for pid, who in [(tlsd.pid, "acceptor")] + [
            (p, "session") for p in sessions_pids]:
        got = memory(pid)
        check("no key in %s %s %d" % (who, label, pid),
              len(got) > 100000 and not any(s in got for s in wanted))
    got = subprocess.run(
        [sys.executable, "-c", PROBE, str(UIDS["p-tls"]), str(tlsd.pid)]
        + [str(k) for k in kids], capture_output=True, text=True, check=True)
    check("the account sees nothing of them " + label, got.stdout == "",
          got.stdout + got.stderr)
    for pid in sessions_pids:
        fds = {os.readlink("/proc/%d/fd/%s" % (pid, f))
               for f in os.listdir("/proc/%d/fd" % pid)}
        check("client, plain end and log %s %d" % (label, pid),
              sum(f.startswith("socket:") for f in fds) == 2
              and not any("/tls/" in f or "[eventpoll]" in f for f in fds), fds)
    # the session's own words pass through it alone
    tls, handed = sessions[0]
    tls.sendall(b"PASS fRn0-only-mine-xyz")
    handed.plain.recv(99)
    check("no sibling holds another's bytes " + label, sum(
        b"fRn0-only-mine" in memory(p)
        for p in [tlsd.pid] + kids) == 1)
    home.stop("tlsd")
    check("SIGTERM ends them all " + label, wait_for(
        lambda: not any(is_alive(k) for k in kids), 5))
    for tls, handed in sessions:
        handed.plain.close()
done()
