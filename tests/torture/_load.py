# SPDX-License-Identifier: ISC
"""Load for a whole instance: clients of all SMTP ports, customers of all POP3
ports, and what each was promised.

A message has a token; a client that was not answered sends a new one with a new
token.  A customer counts files by their UIDL: one token under two UIDLs in one
mailbox is a double."""
import collections
import os
import poplib
import random
import re
import smtplib
import socket
import ssl
import subprocess
import threading
import time

BOXES = ("ann", "bob", "cat", "dan")  # dan forwards to bob, keeping his own
PATIENCE = 8  # s a client waits for an answer
TOKEN = re.compile(rb"^X-Token: (\w+)$", re.M)
ANY = ssl.create_default_context()
ANY.check_hostname, ANY.verify_mode = False, ssl.CERT_NONE
LATER = ("[SYS/TEMP]", "[IN-USE]", "[LOGIN-DELAY]")
LOST = (OSError, EOFError, smtplib.SMTPServerDisconnected, poplib.error_proto)
LINES = [0] * 200 + [30] * 60 + [2000] * 20 + [70000]  # > 1 MiB, the last
PAUSE = 0.02  # s between messages of a sender: it is to last, not to fill
WAYS = (  # recipients, files in mailboxes, recipients elsewhere, bounces to ann
    (["ann@example.test"], ["ann"], [], 0),
    (["bob@example.test", "cat@example.test"], ["bob", "cat"], [], 0),
    (["dan@example.test"], ["dan", "bob"], [], 0),
    (["list@example.test"], ["ann", "cat"], [], 0),
    (["x@far.test"], [], ["x@far.test"], 0),
    (["cat@example.test", "y@far.test"], ["cat"], ["y@far.test"], 0),
    (["nobody@far.test"], [], [], 1),
)


class Load:
    """passwords: {mailbox: password}."""

    def __init__(self, inst, passwords):
        self.inst, self.passwords = inst, passwords
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.acked, self.wrong, self.tries = {}, [], collections.Counter()
        self.gone, self.maybe = {}, {}  # (box, uidl): (token, is bounce)
        self.moved = {}                 # the same, lying somewhere else
        self.bouncing = set()           # tokens that are to bounce
        self.ids = []                   # of smtp-source
        self.reaped = collections.Counter()  # {id: files}, of its mailbox
        self.threads, self.count = [], 0

    # senders

    def text(self, sender, to):
        with self.lock:
            self.count += 1
            token = "T%d" % self.count
        size = random.choice(LINES)
        return token, ("From: <%s>\r\nTo: <%s>\r\nSubject: x\r\nX-Token: %s\r\n"
                       "\r\n%send of %s\r\n" % (
                           sender, to, token,
                           ("%s all the way\r\n" % token) * size, token))

    def smtp(self, port, address):
        """A session: what may go elsewhere has proven who it is."""
        if port == "SUBMISSIONS":
            client = smtplib.SMTP_SSL("127.0.0.1", self.inst.port(port),
                                      timeout=PATIENCE, context=ANY,
                                      source_address=(address, 0))
        else:
            client = smtplib.SMTP("127.0.0.1", self.inst.port(port),
                                  timeout=PATIENCE,
                                  source_address=(address, 0))
        try:
            if port == "SUBMISSION" or (port == "SMTP"
                                        and random.random() < 0.3):
                client.ehlo()
                if client.has_extn("starttls"):
                    client.starttls(context=ANY)
            if port != "SMTP":
                client.login("ann", self.passwords["ann"])
            for _ in range(random.randint(1, 4)):
                if self.stop.is_set():
                    break
                self.message(client, *random.choice(
                    WAYS if port != "SMTP" else WAYS[:4]))
            client.quit()
        finally:
            client.close()

    def message(self, client, to, local, remote, bounces):
        time.sleep(PAUSE)
        token, text = self.text("ann@example.test", to[0])
        self.tries["messages"] += 1
        if bounces:
            self.bouncing.add(token)
        client.ehlo_or_helo_if_needed()
        steps = [("MAIL FROM", client.mail, ["ann@example.test"])]
        steps += [("RCPT TO", client.rcpt, [r]) for r in to]
        steps.append(("DATA", client.data, [text]))
        for name, call, args in steps:
            code, why = call(*args)
            if code >= 500:
                self.wrong.append("refused for good: %s %s: %d %s" % (
                    name, args[0][:60], code, why))
            if code >= 400:
                client.rset()
                return
        with self.lock:
            self.acked[token] = (local, remote, bounces)

    def sender(self, port, address):
        while not self.stop.is_set():
            try:
                self.smtp(port, address)
            except smtplib.SMTPDataError as e:  # "354" came as something else
                self.code(e.smtp_code, e)
            except smtplib.SMTPResponseException as e:
                self.code(e.smtp_code, e)
            except smtplib.SMTPNotSupportedError:
                self.tries["no STARTTLS or AUTH on offer"] += 1
            except LOST:
                self.tries["SMTP connections that broke"] += 1
                time.sleep(0.05)

    def code(self, code, e):
        self.tries["SMTP, later"] += 1
        if code >= 500:
            self.wrong.append("refused for good: %s" % e)
        time.sleep(0.05)

    def source(self, program, lib):
        """Postfix's smtp-source, to a mailbox of its own; it ends at the first
        trouble, so it is started again and again."""
        env = dict(os.environ, LD_LIBRARY_PATH=lib)
        while not self.stop.is_set():
            done = subprocess.run(
                [program, "-v", "-s", "3", "-m", "60", "-l", "2000", "-f",
                 "x@far.test", "-t", "load@example.test",
                 "127.0.0.1:%d" % self.inst.port("SMTP")],
                capture_output=True, text=True, errors="replace", env=env)
            with self.lock:
                self.ids += re.findall(r"<<< 250 2\.0\.0 ok (\w{14})\b",
                                       done.stdout + done.stderr)
            time.sleep(0.5)

    def reap(self):
        """What smtp-source sent, counted and taken away."""
        folder = self.inst.path("mail/load/new")
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            os.unlink(os.path.join(folder, name))
            self.reaped[name.split(".")[1][1:15]] += 1

    def reaper(self):
        while not self.stop.is_set():
            try:
                self.reap()
            except OSError:
                pass  # a disk that is read-only
            time.sleep(0.3)

    # customers

    def pop3(self, box, kind):
        port = self.inst.port("POP3S" if kind == "POP3S" else "POP3")
        client = (poplib.POP3_SSL("127.0.0.1", port, timeout=PATIENCE,
                                  context=ANY)
                  if kind == "POP3S" else
                  poplib.POP3("127.0.0.1", port, timeout=PATIENCE))
        try:
            if kind == "STLS":
                client.stls(context=ANY)
            client.user(box)
            client.pass_(self.passwords[box])
            self.fetch(client, box)
        finally:
            client.close()

    def fetch(self, client, box):
        uidls = [line.split()[1].decode() for line in client.uidl()[1]]
        deleted = {}
        for n, uidl in enumerate(uidls[:100], 1):
            data = b"\n".join(client.retr(n)[1]) + b"\n"
            if random.random() < 0.9:
                client.dele(n)
                deleted[box, uidl] = self.judge(box, data)
        if random.random() < 0.1:  # nothing of that is deleted
            client.sock.shutdown(socket.SHUT_RDWR)
            raise EOFError
        try:
            client.quit()
        except LOST:
            self.maybe.update(deleted)
            raise
        self.gone.update(deleted)
        self.tries["fetched and deleted"] += len(deleted)

    def judge(self, box, data):
        """(token, is bounce) of a whole message."""
        token = TOKEN.search(data)
        bounce = b"multipart/report" in data
        if not token or not bounce and not data.endswith(
                b"end of " + token.group(1) + b"\n"):
            self.wrong.append("torn in %s: %r" % (box, data[-200:]))
            return "?", False
        return token.group(1).decode(), bounce

    def customer(self, boxes):
        while not self.stop.is_set():
            try:
                self.pop3(random.choice(boxes),
                          random.choice(("POP3", "STLS", "POP3S")))
                self.tries["POP3 sessions"] += 1
            except poplib.error_proto as e:
                why = str(e)
                self.tries["POP3, later"] += 1
                if why.startswith("b'-ERR") and not any(
                        w in why for w in LATER) and "STLS" not in why:
                    self.wrong.append("POP3: " + why)
            except LOST:
                self.tries["POP3 connections that broke"] += 1
            time.sleep(0.05)

    # all together

    def start(self, source=None):
        for port, address in (("SMTP", "127.0.0.11"), ("SMTP", "127.0.0.12"),
                              ("SUBMISSION", "127.0.0.13"),
                              ("SUBMISSIONS", "127.0.0.14")):
            self._thread(self.sender, port, address)
        for boxes in (("ann", "bob"), ("cat", "dan")):
            self._thread(self.customer, boxes)
        if source:
            self._thread(self.source, *source)
            self._thread(self.reaper)

    def _thread(self, function, *args):
        t = threading.Thread(target=function, args=args, daemon=True)
        t.start()
        self.threads.append(t)

    def end(self):
        self.stop.set()
        for t in self.threads:
            t.join(60)


__all__ = ["ANY", "BOXES", "Load", "TOKEN"]
