#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""INSTALL.md, command by command, into a scratch home; then the same home under
daemontools, by postern-start and by a svscan of the administrator's, and an
upgrade that keeps what was edited.

The indented lines that begin with "# " are commands of root.  Those of the
sections in RUN run, but for what names the machine itself (SKIP).
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, free_port, skip, wait_for

RUN = ("1. Build", "2. Say", "3. Certificate", "4. Ports", "5. Start",
       "6. The first")
SKIP = ("sh tests/deps.sh", "make$", "PATH=", "postern-start", "cp service/",
        "systemctl", "for s in", "s6-svscanctl", "postern-services -s")
CERTS = "/etc/letsencrypt/live/mail.widget.example"

scratch = tempfile.mkdtemp(prefix="postern-install-")
os.chmod(scratch, 0o755)
home, certs = scratch + "/home", scratch + "/certs"
ports = {p: str(free_port()) for p in (
    "SMTP_PORT", "SUBMISSION_PORT", "SUBMISSIONS_PORT", "POP3_PORT",
    "POP3S_PORT")}
env = dict(os.environ, BIND="127.0.0.1", LC_ALL="C.UTF-8", **ports,
           PATH=home + "/bin:" + os.environ["PATH"])
for name in "MAKEFLAGS", "MAKELEVEL", "MFLAGS":
    env.pop(name, None)
plain = {k: v for k, v in env.items() if k not in ports and k != "BIND"}


def sh(command, env=env, timeout=120):
    command = command.replace("/var/postern", home).replace(CERTS, certs)
    command = re.sub(r"^make install", "make -s install home=" + home, command)
    r = subprocess.run(["sh", "-c", command], cwd=ROOT, env=env, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, timeout=timeout)
    return r.returncode, r.stdout


def commands():
    """(line number, section, command)"""
    section = ""
    with open(os.path.join(ROOT, "INSTALL.md"), encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            if line.startswith("## "):
                section = line[3:].strip()
            elif line.startswith("    # "):
                yield n, section, line[6:].strip()


def read(name):
    with open(os.path.join(home, name), encoding="utf-8") as f:
        return f.read()


class Running:
    """postern-start of the home, until stop()."""

    def __init__(self):
        self.proc = subprocess.Popen(
            [home + "/bin/postern-start", home], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=plain,
            text=True)
        self.line = self.proc.stdout.readline()

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        rest = self.proc.stdout.read()
        return self.proc.wait(30), rest


def processes():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if (os.readlink("/proc/%s/cwd" % pid) + "/").startswith(home + "/"):
                found.append(int(pid))
        except OSError:
            pass
    return found


def readers_of_the_log():
    """Daemons with a descriptor that reads the pipe of all logs."""
    found = []
    for pid in processes():
        try:
            with open("/proc/%d/comm" % pid) as f:
                comm = f.read().strip()
            for fd in os.listdir("/proc/%d/fd" % pid):
                with open("/proc/%d/fdinfo/%s" % (pid, fd)) as f:
                    mode = int(re.search(r"flags:\s+(\d+)", f.read())[1], 8) & 3
                if os.readlink("/proc/%d/fd/%s" % (pid, fd)).endswith(
                        "run/log.fifo") and mode != os.O_WRONLY:
                    found.append(comm)
        except (OSError, TypeError):
            pass
    return sorted(set(found) - {"s6-log", "multilog", "s6-svscan", "svscan",
                                "s6-supervise", "supervise", "sh", "setsid",
                                "postern-start"})


def first_customer():
    """Follows the page; the output of each userdb add."""
    running, passwords = None, {}
    for n, section, command in commands():
        if not section.startswith(RUN) or any(
                re.match(s, command) for s in SKIP):
            continue
        if section.startswith("6.") and not running:
            running = Running()
            check("ready", running.line.startswith("ready"), running.line)
        code, out = sh(command)
        check("INSTALL.md:%d: %s" % (n, command), code == 0, out)
        if command.startswith("userdb add"):
            passwords[command.split()[2]] = out.strip()
    return running, passwords


def delivered():
    new = os.path.join(home, "mail/widget01/new")
    return os.path.isdir(new) and len(os.listdir(new))


def tls_login(password):
    import poplib
    import ssl
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = poplib.POP3_SSL("127.0.0.1", int(ports["POP3S_PORT"]),
                             context=context, timeout=20)
    client.user("fred@widget.example")
    client.pass_(password)
    count = client.stat()[0]
    client.quit()
    return count


def upgrade():
    edited = read("etc/me"), read("etc/listen"), read("etc/users")
    run_file = read("service/smtpd/run")
    code, out = sh("make install", plain)
    check("make install once more", code == 0 and "upgrade" in out, out)
    check("edited files stay", edited == (
        read("etc/me"), read("etc/listen"), read("etc/users")))
    check("ports too", run_file == read("service/smtpd/run"))
    sh("rm %s/etc/window; echo 'smtp nonsense' >>%s/etc/listen" % (home, home))
    code, out = sh("make install", plain)
    check("a missing file is put there", "1800" in read("etc/window"))
    check("a mistake in etc/listen names its line",
          code and re.search(r"etc/listen:\d+: write smtp", out), out)
    sh("sed -i '/nonsense/d' %s/etc/listen" % home)


def daemontools():
    if not shutil.which("svscan"):
        skip("daemontools", "svscan is not installed")
        return
    os.unlink(home + "/cdb/relay/nets.cdb")
    code, out = sh("postern-start -n " + home)
    check("the table without which nobody may relay is made at the start",
          code == 0 and os.path.exists(home + "/cdb/relay/nets.cdb"), out)
    code, out = sh("postern-services -s daemontools " + home)
    check("service directories of daemontools", code == 0 and not os.path.exists(
        home + "/service/smtpd/notification-fd"), out)
    code, out = sh("make install", plain)
    check("an upgrade keeps the style", not os.path.exists(
        home + "/service/smtpd/notification-fd"), out)
    running = Running()
    check("postern-start runs svscan", running.line.startswith("ready"),
          running.line)
    check("no daemon reads the log's pipe (daemontools)",
          not readers_of_the_log(), readers_of_the_log())
    code, rest = running.stop()
    check("and ends it", code == 0 and not processes(), (code, rest))
    own_scan("svscan", lambda d: ["svscan", d],
             lambda d: sh("svc -dx %s/*" % d))


def own_scan(name, start, stop):
    """The directories linked where a supervisor of the administrator's looks."""
    scan = os.path.join(scratch, name)
    os.mkdir(scan)
    for service in os.listdir(home + "/service"):
        if not service.startswith("."):
            os.symlink(home + "/service/" + service,
                       scan + "/postern-" + service)
    before = read("log/current") if os.path.exists(
        home + "/log/current") else ""
    proc = subprocess.Popen(start(scan), stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=plain, cwd=scan)
    check("%s with links: all daemons log" % name, wait_for(
        lambda: all(p + ": start" in read("log/current")[len(before):]
                    for p in ("smtpd", "relayd", "tlsd")), 20),
        read("log/current")[-2000:])
    check("%s: a login" % name, wait_for(lambda: try_login(), 10))
    proc.terminate()
    proc.wait()
    stop(scan)
    check("%s: all ends" % name, wait_for(lambda: not processes(), 20),
          processes())
    sh("rm -f %s/run/log.fifo" % home)


def try_login():
    try:
        tls_login(PASSWORDS["widget01"])
        return True
    except OSError:
        return False
    except Exception as e:
        return "IN-USE" in str(e)


if os.geteuid() != 0:
    skip("installing", "only as root")
    done()
os.mkdir(certs)
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", "/CN=mail.widget.example", "-keyout",
                certs + "/privkey.pem", "-out", certs + "/fullchain.pem"],
               check=True, capture_output=True)
try:
    service, PASSWORDS = first_customer()
    check("the letter arrives", wait_for(delivered))
    check("the customer fetches it", tls_login(PASSWORDS["widget01"]) == 1)
    check("no daemon reads the log's pipe", not readers_of_the_log(),
          readers_of_the_log())
    result, rest = service.stop()
    check("stopped", result == 0 and not processes(), (result, rest))
    upgrade()
    if shutil.which("s6-svscan"):
        own_scan("s6-svscan", lambda d: ["s6-svscan", d],
                 lambda d: time.sleep(0))
    daemontools()
    result, rest = sh("postern-uids --release /var/postern")
    check("released", result == 0 and home not in open(
        "/var/lib/postern/uids").read(), rest)
finally:
    for pid in processes():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)
done()
