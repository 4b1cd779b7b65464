# SPDX-License-Identifier: ISC
"""Limits of time, waited out: daemons of Home(hurry=60), whose minute is a
second, and clients that say nothing, or a byte now and then.

    waits = Waits(60)
    waits.ends("a silent client", 300, sock, want=b"421 4.4.2")
    waits.ends("byte by byte", 600, sock2, drip=[b"N", b"O"])
    waits.over()                      # all of them side by side
"""
import itertools
import select
import threading
import time

from home import check

SLACK = 6  # seconds of ours that a busy machine may add


def until_closed(sock, drip=(), every=0.3, patience=90, reads=True):
    """(seconds until the other end closed, what it said): sends a piece of drip,
    over and over, each time that nothing came for so long."""
    began, got, pieces = time.monotonic(), b"", itertools.cycle(drip)
    while time.monotonic() - began < patience:
        ready = select.select([sock] if reads else [], [], [], every)[0]
        try:
            if ready:
                more = sock.recv(65536)
                if not more:
                    break
                got += more
            elif drip:
                sock.sendall(next(pieces))
        except OSError:
            break
    return time.monotonic() - began, got


class Waits:
    def __init__(self, hurry):
        self.hurry, self.threads = hurry, []

    def run(self, function, *args):
        def guarded():
            try:
                function(*args)
            except Exception as e:  # or nobody would hear of it
                check(function.__name__, False, repr(e))
        self.threads.append(threading.Thread(target=guarded))
        self.threads[-1].start()

    def ends(self, name, seconds, sock, want=b"", since=None, **kw):
        """In a thread of its own: the other end closes after these seconds of
        its clock, counted from since (time.monotonic()), no sooner and hardly
        later, with want as its last words."""
        def wait(began=since or time.monotonic()):
            got = until_closed(sock, **kw)[1]
            self.took(name, seconds, time.monotonic() - began)
            check(name + ": its last words",
                  want in got if want else not got, got[-300:])
        self.run(wait)

    def took(self, name, seconds, real):
        """Did what began so long ago (seconds of ours) take its seconds?"""
        least = seconds / self.hurry
        check("%s: ends after %d s" % (name, seconds),
              0.95 * least <= real < least + SLACK,
              "%.2f s of ours, want %.2f" % (real, least))

    def over(self):
        for thread in self.threads:
            thread.join()
        self.threads = []
