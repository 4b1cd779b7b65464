#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""lib/listen by a tiny server: limits, PROXY, IPv6, crashes, SIGTERM, UCSPI."""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import Home, check, done, free_port, wait_for  # noqa: E402

ECHO, NAME = "tests/service/listen_echo", "echo"


class Client:
    def __init__(self, address="127.0.0.1", port=0, send=b"", greet=True):
        self.sock = socket.create_connection((address, port), timeout=10)
        self.file = self.sock.makefile("rb")
        if send:
            self.sock.sendall(send)
        self.hello = self.line() if greet else None

    def line(self):
        try:
            return self.file.readline().decode()
        except OSError as e:
            return "(%s)" % e

    def say(self, text):
        self.sock.sendall(text.encode() + b"\n")
        return self.line()

    def close(self):
        self.file.close()
        self.sock.close()


def children(pid):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)],
                         capture_output=True, text=True).stdout
    return [int(x) for x in out.split()]


def status(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1)
                    for line in f if ":\t" in line)


def v6():
    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
        return True
    except OSError:
        return False


def basics(home, port):
    c = Client(port=port)
    check("greets with class, addresses, TCP_NODELAY, prepared",
          re.fullmatch(r"hello smtp 127\.0\.0\.1 %d 127\.0\.0\.1 %d "
                       r"nodelay=1 tls=0 prepared=1\n"
                       % (c.sock.getsockname()[1], port), c.hello), c.hello)
    check("echoes", c.say("abc") == "abc\n")
    check("no RELAYCLIENT", c.say("where").endswith(" clean\n"))
    c.close()
    if v6():
        c = Client("::1", port)
        check("IPv6", c.hello.startswith("hello smtp ::1 "), c.hello)
        c.close()
    else:
        print("skip IPv6: no ::1 here")


def held(home, proc):
    acceptor = children(proc.pid)[0]
    for name, pid in (("parent", proc.pid), ("acceptor", acceptor)):
        st = status(pid)
        check(name + ": filter and no_new_privs",
              st["Seccomp"] == "2" and st["NoNewPrivs"] == "1", st["Seccomp"])
        if home.root:
            check(name + ": not root", st["Uid"].split()[0] != "0"
                  and len(set(st["Uid"].split())) == 1, st["Uid"])
            check(name + ": no groups", st["Groups"].strip() == "",
                  st["Groups"])
    if home.root:
        with open("/proc/%d/environ" % acceptor, "rb") as f:
            env = f.read()
        check("acceptor: environment is wiped", not env.strip(b"\0"), env)


def limits(home, port, tls_port):
    home.write("etc/connections-ip", "3\n")
    time.sleep(1.1)
    open_ = [Client(port=port) for _ in range(3)]
    check("three of three", all(c.hello.startswith("hello") for c in open_))
    c = Client(port=port)
    check("the fourth is refused in words", c.hello == "421 too many\r\n",
          c.hello)
    check("and closed", c.line() == "")
    c.close()
    c = Client(port=tls_port)
    check("a class without words is just closed", c.hello == "", c.hello)
    c.close()
    c = Client(port=port)
    c.close()
    check("refusals are logged once", wait_for(
        lambda: "reason=connections-ip" in home.log(NAME), 5) and
        home.log(NAME).count("reason=connections-ip") == 1, home.log(NAME))
    if v6():
        c = Client("::1", port)
        check("another address is served", c.hello.startswith("hello"))
        c.close()
    open_[0].say("quit")
    open_.pop(0).close()
    check("room again after one left", wait_for(
        lambda: greeted(port), 5))
    for c in open_:
        c.close()
    home.write("etc/connections-ip", "200\n")
    home.write("etc/connections", "2\n")
    time.sleep(1.1)
    open_ = [Client(port=port) for _ in range(2)]
    c = Client(port=port)
    check("connections counts all", c.hello == "421 too many\r\n", c.hello)
    for c in open_ + [c]:
        c.close()
    os.unlink(home.path("etc/connections"))
    time.sleep(1.1)


def greeted(port):
    c = Client(port=port)
    good = c.hello.startswith("hello")
    c.close()
    return good


def flood(port):
    begin = time.time()
    open_ = [Client(port=port, greet=False) for _ in range(100)]
    good = sum(c.line().startswith("hello") for c in open_)
    check("100 at once are all greeted", good == 100, good)
    print("# 100 greeted in %.0f ms" % ((time.time() - begin) * 1000))
    for c in open_:
        c.close()


def v2(command=0x21, family=0x11, body=None, tlv=b""):
    if body is None:
        body = (socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.1")
                + struct.pack(">HH", 4711, 25))
    body += tlv
    return (b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, family])
            + struct.pack(">H", len(body)) + body)


def proxy(home, port):
    c = Client(port=port, greet=False)
    hello = c.line()
    check("unlisted: greeted without a header", hello.startswith("hello"))
    c.sock.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n")
    check("unlisted: a header is just bytes", c.line().startswith("PROXY"))
    c.close()
    home.write("etc/proxies", "127.0.0.0/8\n")
    time.sleep(1.1)
    table = [
        ("v1", b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n",
         "192.0.2.7 4711 192.0.2.1 25 nodelay=1 tls=0"),
        ("v1 IPv6", b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n",
         "2001:db8::7 4711 2001:db8::1 25"),
        ("v1 UNKNOWN", b"PROXY UNKNOWN\r\n", "127.0.0.1 "),
        ("v2", v2(), "192.0.2.7 4711 192.0.2.1 25 nodelay=1 tls=0"),
        ("v2 TLS", v2(tlv=b"\x20\0\5\1\0\0\0\0"), "192.0.2.7 4711 192.0.2.1 "
         "25 nodelay=1 tls=1"),
        ("v2 LOCAL", v2(0x20, 0, b""), "127.0.0.1 "),
    ]
    for name, header, want in table:
        c = Client(port=port, send=header + b"next\n")
        check("listed: " + name, c.hello.startswith("hello smtp " + want),
              c.hello)
        check("listed: %s: not a byte more is taken" % name,
              c.line() == "next\n")
        c.close()
    c = Client(port=port, greet=False)
    for b in v2() + b"x\n":
        c.sock.sendall(bytes([b]))
        time.sleep(0.002)
    check("v2 byte by byte", "192.0.2.7" in c.line() and c.line() == "x\n")
    c.close()
    c = Client(port=port, send=b"EHLO there\r\n", greet=False)
    line = c.line()  # or a reset: its bytes were not read
    check("listed without a header: closed unserved",
          line == "" or "reset" in line, line)
    c.close()
    check("and logged", home.wait_log(NAME, "no-proxy-header", 5))
    home.write("etc/proxies", "127.0.0.300\n")
    time.sleep(1.1)
    c = Client(port=port)
    check("a broken etc/proxies serves nobody", c.hello == "421 broken\r\n",
          c.hello)
    c.close()
    check("and says where", home.wait_log(NAME, "etc/proxies:1", 5),
          home.log(NAME))
    check("in a line of its own", "\\x0a" not in home.log(NAME))
    os.unlink(home.path("etc/proxies"))
    time.sleep(1.1)


def crash(home, port, proc):
    before = children(proc.pid)
    old = Client(port=port)
    where = old.say("where").split()[0]
    c = Client(port=port)
    c.sock.sendall(b"crash\n")
    c.close()
    check("the crash is logged", home.wait_log(NAME, "crash ip=127.0.0.1", 5))
    begin = time.time()
    if v6():
        c = Client("::1", port)
        check("served again within two seconds", time.time() - begin < 2)
        check("at a new address layout", c.say("where").split()[0] != where)
        c.close()
    check("by a fresh acceptor", wait_for(
        lambda: children(proc.pid) and children(proc.pid) != before, 5))
    check("the other session goes on", old.say("still") == "still\n")
    begin = time.time()
    c = Client(port=port)
    took = time.time() - begin
    check("the crashed address waits", 1.5 < took < 6, took)
    c.close()
    home.write("etc/connections-ip", "1\n")
    time.sleep(1.1)
    c = Client(port=port)
    check("sessions left by the old acceptor count", c.hello.startswith("421"),
          c.hello)
    c.close()
    old.say("quit")
    old.close()
    check("until they end", wait_for(lambda: greeted(port), 8))
    os.unlink(home.path("etc/connections-ip"))
    time.sleep(1.1)


def killed_acceptor(home, port, proc):
    old = Client(port=port)
    for pid in children(proc.pid):
        if b"listen_echo" in open("/proc/%d/cmdline" % pid, "rb").read():
            newest = pid
    os.kill(newest, signal.SIGKILL)
    check("an acceptor killed is replaced", wait_for(
        lambda: greeted(port), 8))
    check("its session goes on", old.say("on") == "on\n")
    return old


def stopping(home, port, proc, old):
    new = Client(port=port)
    pids = children(proc.pid)
    pids += [g for p in pids for g in children(p)]
    begin = time.time()
    code = home.stop(NAME)
    check("SIGTERM: exit 0", code == 0, code)
    check("SIGTERM: at once when sessions obey", time.time() - begin < 3)
    check("sessions end, a killed acceptor's too",
          new.line() == "" and old.line() == "")
    check("no process is left", not [p for p in pids if alive(p)], pids)


def alive(pid):
    try:
        return status(pid)["State"][0] != "Z"
    except OSError:
        return False


def killed_parent(home, port):
    proc = home.start(ECHO, "-l", "127.0.0.1:%d" % port, name=NAME)
    c = Client(port=port)
    pids = children(proc.pid)
    pids += [g for p in pids for g in children(p)]
    proc.kill()
    proc.wait()
    check("a killed parent takes all with it", wait_for(
        lambda: not [p for p in pids if alive(p)], 8), pids)
    check("its port is free", wait_for(lambda: not listening(port), 5))
    c.close()


def listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def supervisor_sockets(home, name="submission", want="submission"):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    script = "exec 3<&%d; exec \"$@\"" % listener.fileno()
    proc = subprocess.Popen(
        ["sh", "-c", script, "sh", home.binary(ECHO), "-C", home.dir],
        pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL,
        env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": name})
    c = Client(port=port)
    check("LISTEN_FDS: " + name, c.hello.startswith("hello %s " % want),
          c.hello)
    c.close()
    proc.terminate()
    check("LISTEN_FDS: stops", proc.wait(10) == 0)


def classes(home):
    for args, env in ((["-l", "127.0.0.1:31999,foo"], {}),
                      (["-l", "127.0.0.1:31999,SMTP"], {}),
                      (["-l", "127.0.0.1:31999,"], {}),
                      ([], {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "foo"})):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            r = subprocess.run(
                ["sh", "-c", "exec 3<&%d; exec \"$@\"" % listener.fileno(),
                 "sh", home.binary(ECHO), "-C", home.dir] + args, env=env,
                pass_fds=[listener.fileno()], capture_output=True, text=True,
                timeout=20)
        check("no such class: %s %s" % (args, env), r.returncode == 100 and
              "write smtp, submission or tls" in r.stderr, r.stderr)
    for program, args, want in (
            ("smtpd", ["-c", "foo"], "smtp, submission or submissions"),
            ("smtpd", ["-c", "SMTP"], "smtp, submission or submissions"),
            ("smtpd", ["-l", "*:465,submision"],
             "smtp, submission or submissions"),
            ("pop3d", ["-l", "*:995,pops"], "pop3 or pop3s")):
        r = subprocess.run([home.binary(program), "-C", home.dir] + args,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=20)
        check("%s %s" % (program, " ".join(args)), r.returncode == 100 and
              "write " + want in r.stderr, r.stderr)


def systemd_names(home):
    for name in "unknown", "", "smtpd.socket":
        supervisor_sockets(home, name, "smtp")


def ucspi(home):
    env = {"PROTO": "TCP", "TCPREMOTEIP": "192.0.2.9", "TCPREMOTEPORT": "99",
           "TCPLOCALIP": "192.0.2.1", "TCPLOCALPORT": "25"}
    a, b = socket.socketpair()
    proc = subprocess.Popen([home.binary(ECHO), "-C", home.dir], stdin=b,
                            stdout=b, env=env, stderr=subprocess.PIPE)
    b.close()
    hello = a.recv(1000).decode()
    check("UCSPI", hello.startswith("hello smtp 192.0.2.9 99 192.0.2.1 25 "),
          hello)
    a.close()
    check("UCSPI: quiet, exit 0", proc.communicate()[1] == b""
          and proc.returncode == 0)


def usage(home):
    for args, words in [
            (["-l", "127.0.0.1"], "last colon"),
            (["-l", "127.0.0.1:0"], "1 to 65535"),
            (["-l", "::1:25"], "brackets"),
            (["-l", "localhost:25"], "no such address"),
            (["-l", "127.0.0.1:25,SMTP"], "no class"),
            (["-x"], "usage")]:
        r = home.run(ECHO, *args)
        check("usage: " + " ".join(args),
              r.returncode == 100 and words in r.stderr, r.stderr)
    r = home.run(ECHO, "-C", "/nonexistent", "-l", "127.0.0.1:25")
    check("no home: 100", r.returncode == 100 and "/nonexistent" in r.stderr,
          r.stderr)
    r = home.run(ECHO, "-C", "/tmp", "-l", "127.0.0.1:25")
    check("not a home: 100", r.returncode == 100 and "no etc/" in r.stderr,
          r.stderr)


def main():
    home = Home()
    port, tls_port = free_port(), free_port()
    usage(home)
    proc = home.start(ECHO, "-l", "*:%d" % port, "-l",
                      "127.0.0.1:%d,tls" % tls_port, env={"RELAYCLIENT": ""}, name=NAME)
    basics(home, port)
    held(home, proc)
    flood(port)
    limits(home, port, tls_port)
    proxy(home, port)
    crash(home, port, proc)
    old = killed_acceptor(home, port, proc)
    stopping(home, port, proc, old)
    killed_parent(home, port)
    supervisor_sockets(home)
    systemd_names(home)
    classes(home)
    ucspi(home)
    done()


main()
