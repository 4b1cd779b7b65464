# SPDX-License-Identifier: ISC
"""Whether what a request costs stays the same while the state grows: Postern
with ten, a hundred, ... queued messages, aliases, windows, messages in a
mailbox.  Each yields (how many, {measure: number})."""
import collections

import questions
import tables
import work
from server import DOMAIN, Postern, free_port

SMALL = 512  # bytes of a queued message
ASKED = 20000
PARTS = 2  # of the queued messages


def decades(most):
    n = 10
    while n <= most:
        yield n
        n *= 10


def some(got, *names):
    return {k: got[k] for k in names}


def queue(ctx, most):
    """Local mail, while so much waits for a next hop that is away."""
    s = Postern(ctx.scratch, relay=free_port())
    try:
        waiting = 0
        s.inst.write("etc/queue-max", "%d\n" % (2 * most))
        local = work.Local(s)
        m = work.Mail(s, local, 1, "-c", 10, "-m", 1)
        m.send(*work.WARM)
        for n in decades(most):
            before = s.group.cpu()
            for part in range(PARTS):  # an address each: its budget
                work.tool("smtp_load", "-c", 20, "-m", 0, "-s", SMALL, "-d",
                          "far.example", "-h", 2 + part, "-n",
                          (n - waiting) // PARTS, s.smtp)
            s.group.idle()
            took = (s.group.cpu() - before) * 1000 / (n - waiting)
            waiting = n
            cpu = s.group.cpu()
            got = m.send("-t", ctx.seconds)
            yield n, {
                "cpu_ms": (s.group.cpu() - cpu) * 1000 / got["messages"],
                "p50_ms": got["p50_ms"], "queueing_ms": took}
        m.verify()
    finally:
        s.close()


def aliases(ctx, most):
    """Mail for an address among so many."""
    for n in decades(most):
        t = tables.Aliases(ctx.scratch)
        t.prepare(n)
        t.compile()
        s = Postern(ctx.scratch)
        try:
            s.inst.append("etc/aliases", "".join(
                "user%07d@%s: box000\n" % (k, DOMAIN) for k in range(n)))
            s.inst.tool("aliasdb", "build")
            got = work.mail(s, work.Local(s), ctx.seconds)
        finally:
            s.close()
        yield n, dict(some(got, "cpu_ms", "p50_ms"), lookup_us=t.lookup(n))


def windows(ctx, most):
    """May this address relay? A window opened or renewed."""
    for n in decades(most):
        a = questions.Asked(n)
        try:
            check, opened = (a.ask(who, what, ASKED) for who, what in (
                ("p-smtp", "check"), ("p-auth", "open")))
        finally:
            a.close()
        yield n, {"check_us": check["p50_us"], "open_us": opened["p50_us"],
                  "check_cpu_us": check["cpu_us"]}


def mailbox(ctx, most):
    """Mail into one mailbox that holds so many; and reading their list."""
    for n in decades(most):
        s = Postern(ctx.scratch)
        try:
            work.boxes_filled(s, [0], n, SMALL)
            got = some(work.mail(s, work.Local(s), ctx.seconds, boxes=1),
                       "cpu_ms", "p50_ms")
        finally:
            s.close()
        yield n, dict(got, list_us=listing(ctx, n))


def listing(ctx, n):
    """A login with UIDL and LIST, less one of an empty mailbox, by message."""
    s = Postern(ctx.scratch)
    try:
        work.boxes_filled(s, [0], n, SMALL)
        work.boxes_filled(s, [1], 0)
        full, empty = (work.listed(s, i, 5 if n > 10000 else 100)
                       for i in (0, 1))
    finally:
        s.close()
    return (full - empty) * 1000 / n


Scale = collections.namedtuple("Scale", "name what run most")
SCALES = [
    Scale("scale-queue", "messages in the queue", queue, 1000000),
    Scale("scale-aliases", "aliases", aliases, 1000000),
    Scale("scale-windows", "open windows", windows, 100000),
    Scale("scale-mailbox", "messages in the mailbox", mailbox, 100000),
]
