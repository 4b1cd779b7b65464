#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every socket of conf-services against every account: who is no caller of it
is refused, by the file's mode or by the server; who is one, is served."""
import os
import select
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import check, done, skip  # noqa: E402
from _house import ACCOUNTS, DAEMONS, ROWS, House  # noqa: E402

STRANGER = 65534  # an ordinary local user
CLOSE_SECONDS = 15  # till a stranger's connection is closed, at the latest
OPEN_SECONDS = 0.3  # that a caller's stays open after that


def may(callers, who):
    if "any" in callers:
        return True
    if {"admin", "members"} & set(callers) and who in ("root", "p-admin"):
        return True
    return who in callers


def refused(house, path, everybody, strangers):
    """Who is refused; all knock at once.  Waits until the strangers are."""
    socks, out = {}, set()
    for who in everybody:
        try:
            socks[who] = house.connect(
                path, STRANGER if who == "a stranger" else who)
        except PermissionError:
            out.add(who)
    late = time.monotonic() + CLOSE_SECONDS
    end = 0
    while time.monotonic() < (end or late):
        if not end and not strangers - out:
            end = time.monotonic() + OPEN_SECONDS
        ready = select.select(list(socks.values()), [], [], 0.05)[0]
        for who, sock in list(socks.items()):
            if sock in ready:
                out.add(who)
                socks.pop(who).close()
    for sock in socks.values():
        sock.close()
    return out


def main():
    if os.geteuid() != 0:
        skip("callers", "separate accounts need root")
        return
    everybody = list(ACCOUNTS) + ["root", "a stranger"]
    with House() as house:
        house.login()[0].close()  # authd and relayd are awake
        for program in DAEMONS:
            for path, callers in ROWS[program]["serve"]:
                out = refused(house, path, everybody, {
                    who for who in everybody if not may(callers, who)})
                for who in everybody:
                    want = may(callers, who)
                    check("%s: %s %s" % (path, who, "served" if want
                                         else "refused"),
                          (who not in out) == want,
                          "refused" if who in out else "served")


main()
done()
