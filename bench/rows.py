# SPDX-License-Identifier: ISC
"""What is measured, with the goals of the project beside it.

A row: name, what it does, which servers can (smtp, relay, pop3), how it is
measured, and its goals: (measure, peer or None, factor or limit).  With a peer,
ours must be factor times the peer's in the same run; otherwise within the limit.
"""
import collections

import questions
import tables
import work

ALIASES, WINDOWS = 1000000, 100000
Row = collections.namedtuple("Row", "name what kind run goals quick")


def smtp(**how):
    return lambda s, ctx: work.mail(s, work.Local(s), ctx.seconds, **how)


def relay(s, ctx):
    return work.mail(s, ctx.sink, ctx.seconds)


def pop3(**how):
    return lambda s, ctx: work.pop3(s, ctx.seconds, **how)


def at_least(measure, peer, factor):
    return measure, ">=", peer, factor


def at_most(measure, limit):
    return measure, "<=", None, limit


ROWS = [
    Row("limit-1", "the machine itself: a file of 4 KiB durable in a Maildir, "
        "1 process", "machine",
        lambda m, ctx: work.limit(m, 1, ctx.seconds), [], True),
    Row("limit-16", "the same, 16 processes", "machine",
        lambda m, ctx: work.limit(m, 16, ctx.seconds), [], True),
    Row("in", "SMTP to Maildir, 4 KiB, 10 clients, one message a connection",
        "smtp", smtp(), [at_least("per_s", "postfix", 3),
                         at_most("cpu_ms", 0.50)], True),
    Row("in-many", "the same, many messages a connection",
        "smtp", smtp(each=0), [at_least("per_s", "postfix", 4),
                               at_most("cpu_ms", 0.35)], True),
    Row("in-1", "1 client, one message a connection",
        "smtp", smtp(clients=1), [], False),
    Row("in-1-many", "1 client, many messages a connection",
        "smtp", smtp(clients=1, each=0), [], False),
    Row("in-50", "50 clients, one message a connection",
        "smtp", smtp(clients=50), [at_least("per_s", "postern:in", 1),
                                   at_most("p99_ms", 100)], True),
    Row("in-50-many", "50 clients, many messages a connection",
        "smtp", smtp(clients=50, each=0), [], False),
    Row("in-100k", "100 KiB, 10 clients, one message a connection",
        "smtp", smtp(size=102400), [at_least("per_s", "postfix", 2.5)], True),
    Row("in-100k-many", "100 KiB, 10 clients, many messages a connection",
        "smtp", smtp(size=102400, each=0), [], False),
    Row("in-to-50", "one message to 50 mailboxes, 10 clients, many a connection",
        "smtp", smtp(each=0, rcpts=50), [at_least("per_s", None, 15000),
                                         at_most("cpu_ms", 3)], True),
    Row("relay", "relay out through a smarthost, 10 clients",
        "relay", relay, [at_least("per_s", "postfix", 3),
                         at_most("cpu_ms", 0.60)], True),
    Row("idle-smtp", "idle SMTP session: PSS", "smtp",
        lambda s, ctx: work.idle(s, "smtp"),
        [at_most("each_kib", 60), at_most("fixed_kib", 10000)], False),
    Row("pop3", "POP3 sessions, empty mailbox, 10 clients",
        "pop3", pop3(), [at_least("per_s", "dovecot-tuned", 2),
                         at_most("cpu_ms", 0.45)], True),
    Row("pop3-10", "with 10 messages of 4 KiB fetched, pipelined",
        "pop3", pop3(messages=10, pipeline=True),
        [at_least("per_s", "dovecot-tuned", 2), at_most("cpu_ms", 0.80)], True),
    Row("pop3-10-steps", "the same when the client does not pipeline",
        "pop3", pop3(messages=10), [at_least("per_s", "dovecot-tuned", 1)],
        False),
    Row("pop3-100k", "100,000 messages: login to end of UIDL and LIST",
        "pop3", lambda s, ctx: work.big(s, ctx.at_most(100000)),
        [at_most("warm_ms", 100), at_most("fresh_ms", 250)], False),
    Row("idle-pop3", "idle POP3 session after login: PSS", "pop3",
        lambda s, ctx: work.idle(s, "pop3"), [at_most("each_kib", 80)], False),
    Row("aliases", "compile 1,000,000 aliases, and look them up", "aliases",
        lambda t, ctx: tables.measure(t, ctx.at_most(ALIASES)),
        [at_most("compile_s", 0.6), at_most("peak_mib", 100),
         at_most("lookup_us", 2)], True),
    Row("questions", "may this address relay, 100,000 windows; a login again",
        "questions", lambda t, ctx: questions.measure(ctx.at_most(WINDOWS)),
        [at_most("check_busy_us", 15), at_most("check_p99_us", 100),
         at_most("window_bytes", 100), at_most("cached_cpu_us", 50)], True),
]
