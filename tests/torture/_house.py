# SPDX-License-Identifier: ISC
"""A whole instance with mailboxes, a mail host elsewhere (sink), and a DNS: what
was promised under load (_load.py) is held against what is there."""
import collections
import glob
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]
from _load import BOXES, Load, TOKEN  # noqa: E402
from home import ROOT, check, free_port, skip, wait_for  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from instance import Instance  # noqa: E402
from smtpsink import Sink  # noqa: E402

DRAIN_SECONDS = 120
SOURCE = os.path.join(ROOT, "build/postfix")


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=mx.far.test", "-keyout", folder + "/k", "-out",
                    folder + "/c"], capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/c", folder + "/k")
    return context


def world(before=None, **etc):
    """(instance, passwords, sink, dns).  before(instance): not yet started."""
    port = free_port()
    dns = DnsServer({"far.test": {"MX": [(10, "mx.far.test")]},
                     "mx.far.test": {"A": ["127.0.0.3"]}})
    inst = Instance(start=False)
    if before:
        before(inst)
    inst.start()
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink("127.0.0.3", port, tls=certificate(folder))
    sink.replies["RCPT"] = lambda arg: (
        "550 5.1.1 no such user" if "nobody" in arg else None)
    for name, text in (("dns", "127.0.0.1@%d" % dns.port), ("mx-port", port),
                       ("retry", 1), ("budget", 1000000), *etc.items()):
        inst.write("etc/" + name, "%s\n" % text)
    passwords = {}
    for box in BOXES + ("load",):
        passwords[box] = inst.tool("userdb", "add", box).stdout.strip()
        inst.append("etc/aliases", "%s@example.test: %s\n" % (box, box))
    inst.append("etc/forwards", "dan: keep bob@example.test\n")
    inst.append("etc/lists", "list@example.test: owner=ann@example.test, "
                "post=anyone, file=list\n")
    os.makedirs(inst.path("etc/lists.d"), exist_ok=True)
    inst.write("etc/lists.d/list", "ann@example.test\ncat@example.test\n")
    made = inst.make_etc()
    check("tables", made.returncode == 0, made.stderr)
    return inst, passwords, sink, dns


def parent_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return int(f.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def processes(inst):
    """{pid: program} of the instance.  Its daemons are not dumpable: an ordinary
    user sees them as their supervisors' children only."""
    found, parents = inst.pids(), {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        parents.setdefault(parent_of(pid), []).append(pid)
    todo = list(found)
    while todo:
        for pid in parents.get(todo.pop(), ()):
            if pid not in found:
                try:
                    with open("/proc/%d/comm" % pid) as f:
                        found[pid] = f.read().strip()
                    todo.append(pid)
                except OSError:
                    pass
    return found


def queue_files(inst):
    return [os.path.join(d, f) for d, _, files in os.walk(inst.path("queue"))
            for f in files if f != "lock" and os.path.basename(d) != "tmp"]


def mailbox_files(inst, box):
    """{uidl: bytes} of what lies there."""
    out = {}
    for sub in ("new", "cur"):
        folder = inst.path("mail", box, sub)
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            with open(os.path.join(folder, name), "rb") as f:
                out[name] = f.read()
    return out


def judge(inst, load, sink):
    """What is wrong with the mail: lines."""
    bad = list(load.wrong)
    have = collections.defaultdict(set)   # (token, box, bounce): {file}
    there = dict(load.moved)
    for box in BOXES:
        for name, data in mailbox_files(inst, box).items():
            there[box, re.split("[:,]", name)[0]] = load.judge(box, data)
    bad += load.wrong[len(bad):]
    for (box, uidl), (token, bounce) in {**load.gone, **there}.items():
        have[token, box, bounce].add(uidl)
    again = set(load.gone) & set(there)
    if again:
        bad.append("deleted, and there again: %s" % list(again)[:5])
    bad += ["bounced: %s to %s" % key[:2] for key in have
            if key[2] and key[0] not in load.bouncing]
    sure = {k: set(v) for k, v in have.items()}
    for (box, uidl), (token, bounce) in load.maybe.items():
        have[token, box, bounce].add(uidl)
    for key, names in have.items():
        if len(names) > 1:
            bad.append("doubled: %s in %s: %s" % (key[0], key[1], names))
    far = collections.Counter()
    for mail in sink.mails:
        token = TOKEN.search(mail.data)
        for rcpt in mail.rcpts:
            far[token.group(1).decode() if token else "?", rcpt] += 1
    for token, (local, remote, bounces) in load.acked.items():
        want = [(token, box, False) for box in local]
        want += [(token, "ann", True)] * bounces
        bad += ["lost: %s for %s" % key[:2] for key in want
                if not have.get(key)]
        bad += ["lost: %s for %s" % (token, rcpt) for rcpt in remote
                if not far[token, rcpt]]
    print("# %d acknowledged, %d files in mailboxes, %d elsewhere (%d more than "
          "once)" % (len(load.acked), sum(map(len, sure.values())), len(far),
                     sum(n > 1 for n in far.values())))
    return bad + judge_source(inst, load)


def judge_source(inst, load):
    load.reap()
    print("# smtp-source: %d acknowledged" % len(load.ids))
    return ["smtp-source: %s: %d files" % (i, load.reaped[i])
            for i in set(load.ids) if load.reaped[i] != 1]


def serves(inst, load):
    """Every way in works: what does not."""
    bad = []
    for port in "SMTP", "SUBMISSION", "SUBMISSIONS":
        for _ in range(2):
            before = len(load.acked)
            try:
                load.stop.clear()
                load.smtp(port, "127.0.0.21")
            except Exception as e:  # whatever it is, it is the result
                bad.append("%s: %r" % (port, e))
            if len(load.acked) == before:
                bad.append(port + ": takes nothing")
    for kind in "POP3", "STLS", "POP3S":
        try:
            load.pop3("cat", kind)
        except EOFError:  # its own hanging up
            pass
        except Exception as e:
            bad.append("%s: %r" % (kind, e))
    return bad


def logins(inst):
    """How many sessions of the last to log in are in the log.  In all of its
    files: a logger that was killed begins a new one."""
    n = 0
    for path in glob.glob(inst.path("log/@*")) + [inst.path("log/current")]:
        try:
            with open(path, errors="replace") as f:
                n += f.read().count("account=cat ip=127.0.0.1")
        except FileNotFoundError:  # renamed just now
            pass
    return n


def begin(inst, passwords):
    """Load on it, Postfix's smtp-source too where it is there."""
    load = Load(inst, passwords)
    program = os.path.join(SOURCE, "usr/sbin/smtp-source")
    source = os.access(program, os.X_OK)
    if not source:
        skip("smtp-source", "make build/postfix unpacks it")
    load.start((program, os.path.join(SOURCE, "usr/lib/postfix"))
               if source else None)
    return load


def end(inst, load, sink):
    """All is quiet again, by itself.  What is wrong."""
    load.end()
    settled = time.monotonic()
    check("nothing is stuck", wait_for(lambda: not queue_files(inst),
                                       DRAIN_SECONDS), queue_files(inst)[:5])
    print("# empty after %.1f s" % (time.monotonic() - settled))
    logged = logins(inst)
    wrong = serves(inst, load)
    for _ in range(5):  # what ends as it starts is begun again a second later
        if wrong:
            time.sleep(1)
            wrong = serves(inst, load)
    check("all ports serve, no hand was needed", not wrong, wrong)
    wait_for(lambda: not queue_files(inst), DRAIN_SECONDS)
    bad = judge(inst, load, sink)
    check("%d messages: none lost, none doubled, none refused" % len(
        load.acked), not bad, "\n".join(bad[:20]))
    check("the log goes on", wait_for(lambda: logins(inst) > logged),
          inst.log()[-2000:])
    print("# " + ", ".join("%s: %d" % kv for kv in sorted(load.tries.items())))
    if bad or wrong:
        print(inst.log()[-20000:])
    return bad + wrong
