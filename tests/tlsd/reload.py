# SPDX-License-Identifier: ISC
"""tlsd: certificates that come late, change, are broken, expire, or go."""
import os
import re
import shutil
import time

from _tls import (EC, Home, IN, RSA, UIDS, check, done, fingerprint, make_cert,
                  openssl, own, session, shown, wait_for)

NAMES = 256  # CERT_NAMES_MAX, and only.example and default come on top

home = Home()
shutil.rmtree(home.path("tls/default"), ignore_errors=True)
own(home)


def is_up():
    try:
        home.connect(IN, "p-smtp").close()
    except ConnectionRefusedError:
        return False
    return True


def log_lines(text):
    return sum(text in line for line in home.log("tlsd").splitlines())


def later():
    """The files are looked at once a second."""
    time.sleep(1.05)


# none at the start
home.start("tlsd")
check("ready without a certificate, and says so",
      home.wait_log("tlsd", "no certificate"))
check("it names the files", "tls/default/cert.pem" in home.log("tlsd"))
check("connections are refused", not is_up())
base = make_cert(home, "default")
check("served once there is one", wait_for(is_up, 5))
check("the warning came once", log_lines("no certificate") == 1,
      home.log("tlsd"))
first = fingerprint(base + "/cert.pem")
check("its certificate", shown(home) == first)

# a session lives through a reload, a new one sees the new certificate
tls, handed = session(home)
make_cert(home, "default", RSA)
later()
second = fingerprint(base + "/cert.pem")
check("the new certificate, of another kind", shown(home) == second != first)
tls.sendall(b"still here")
check("the old session goes on", handed.plain.recv(99) == b"still here")
handed.plain.close()
check("it is logged", log_lines("name=default result=reloaded") == 1)

# a pair that does not fit, in every way
keep = {n: open(base + "/" + n, "rb").read() for n in ("cert.pem", "key.pem")}
other = make_cert(home, "other", folder="elsewhere")
openssl("genpkey", "-algorithm", "ed25519", "-out", other + "/ed.pem")
openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024",
        "-out", other + "/short.pem")
openssl("pkey", "-in", base + "/key.pem", "-aes128", "-passout", "pass:x",
        "-out", other + "/locked.pem")
openssl("req", "-new", "-key", base + "/key.pem", "-subj", "/CN=old",
        "-out", other + "/old.csr")
openssl("x509", "-req", "-in", other + "/old.csr", "-sha1", "-CAcreateserial",
        "-CA", other + "/cert.pem", "-CAkey", other + "/key.pem",
        "-out", other + "/sha1.pem")


def text(path):
    with open(path, "rb") as f:
        return f.read()


for name, file, data, reason in (
        ("another's key", "key.pem", text(other + "/key.pem"),
         "not of the key in key.pem"),
        ("Ed25519", "key.pem", text(other + "/ed.pem"), "Ed25519"),
        ("RSA-1024", "key.pem", text(other + "/short.pem"), "2048"),
        ("a passphrase", "key.pem", text(other + "/locked.pem"),
         "passphrase"),
        ("half a key", "key.pem", keep["key.pem"][:300],
         "no whole private key"),
        ("an empty key", "key.pem", b"", "no whole private key"),
        ("half a certificate", "cert.pem", keep["cert.pem"][:300],
         "no whole certificate"),
        ("no PEM at all", "cert.pem", os.urandom(400),
         "no whole certificate"),
        ("SHA-1", "cert.pem", text(other + "/sha1.pem"), "SHA-1"),
        ("a certificate too large", "cert.pem", keep["cert.pem"] * 60,
         "too large"),
        ("too long a chain", "cert.pem", keep["cert.pem"] * 12,
         "too many certificates")):
    before = home.log("tlsd")
    home.write("tls/default/" + file, data, 0o640)
    own(home)
    later()
    got = shown(home)
    new = home.log("tlsd")[len(before):]
    check("kept: " + name, got == second)
    check("said: " + name, "result=kept" in new and reason in new
          and "tls/default/" in new, new)
    shown(home)
    check("said once: " + name, home.log("tlsd")[len(before):] == new)
    home.write("tls/default/" + file, keep[file], 0o640)
    own(home)
    later()
    shown(home)

if home.root:
    os.chmod(base + "/key.pem", 0o600)
    os.chown(base + "/key.pem", 0, 0)
    os.utime(base + "/key.pem")
    later()
    check("an unreadable key", shown(home) == second
          and "Permission denied" in home.log("tlsd"))
    own(home)
os.symlink("/etc/hostname", base + "/key.new")
os.rename(base + "/key.new", base + "/key.pem")
later()
check("a link out of tls/", shown(home) == second)
check("a link is explained", "link may not lead out" in home.log("tlsd"),
      home.log("tlsd")[-500:])
os.remove(base + "/key.pem")
later()
check("a missing key: served as before", shown(home) == second)
home.write("tls/default/key.pem", keep["key.pem"], 0o640)
own(home)
later()

# names come and go
name = make_cert(home, "mail.example.org")
later()
third = fingerprint(name + "/cert.pem")
check("a new name", shown(home, "mail.example.org") == third)
check("case does not matter", shown(home, "MAIL.example.org") == third)
check("others get the default", shown(home, "x.example.org") == second)
os.symlink("mail.example.org", home.path("tls/pop.example.org"))
later()
check("a link within tls/", shown(home, "pop.example.org") == third)
os.makedirs(home.path("tls/.git"), exist_ok=True)
home.write("tls/README", "not a folder")
shutil.rmtree(name)
os.remove(home.path("tls/pop.example.org"))
later()
check("a name that is gone", shown(home, "mail.example.org") == second)

# names of which neither file can be looked at, from the first
for name in "link.example.org", "empty.example.org", "shut.example.org":
    os.mkdir(home.path("tls", name))
for file in "cert.pem", "key.pem":
    os.symlink("/nowhere/" + file, home.path("tls/link.example.org", file))
for name in "link.example.org", "empty.example.org":
    os.chown(home.path("tls", name), -1, UIDS["p-tls"] if home.root else -1)
os.chmod(home.path("tls/shut.example.org"), 0o700 if home.root else 0)
later()
check("the default is served", shown(home, "shut.example.org") == second)
for name, why in (("link", "a link may not lead out of tls/: copy the file"),
                  ("empty", "No such file or directory"),
                  ("shut", "Permission denied")):
    said = 'name=%s.example.org result=refused reason="tls/%s.example.org/' \
        "key.pem: %s" % (name, name, why)
    check("neither file can be looked at: " + name,
          home.wait_log("tlsd", said), home.log("tlsd")[-500:])
later()
shown(home)
check("... said once", log_lines("name=empty.example.org result=refused") == 1)
os.chmod(home.path("tls/shut.example.org"), 0o700)
for name in "link.example.org", "empty.example.org", "shut.example.org":
    shutil.rmtree(home.path("tls", name))
later()
shown(home)
os.rename(base, home.path("tls.aside"))
later()
check("the default stays in memory", shown(home) == second and is_up())
os.rename(home.path("tls.aside"), base)

# expiry
make_cert(home, "default", days=5)
later()
shown(home)
check("expiry is warned of", home.wait_log("tlsd", "expires in 4 days"),
      home.log("tlsd")[-300:])
make_cert(home, "default", days=60)
later()
shown(home)
later()
shown(home)
check("sixty days are enough", log_lines("expires") == 1)
home.stop("tlsd")

# only names, no default; an expired one
shutil.rmtree(base)
name = make_cert(home, "only.example", EC)
openssl("x509", "-in", name + "/cert.pem", "-signkey", name + "/key.pem",
        "-days", "-1", "-out", name + "/cert.new")
os.rename(name + "/cert.new", name + "/cert.pem")
own(home)
home.start("tlsd")
check("a lone name serves all", shown(home) == fingerprint(name + "/cert.pem"))
check("it has expired", home.wait_log("tlsd", "has expired"),
      home.log("tlsd")[-300:])
home.stop("tlsd")

# too many
for i in range(NAMES):
    shutil.copytree(name, home.path("tls/n%d.example" % i))
base = make_cert(home, "default")
home.start("tlsd")
check("one name too many", log_lines("more than 256 names") == 1,
      home.log("tlsd")[-300:])
check("the default is not left out",
      shown(home, "x.example.net") == fingerprint(base + "/cert.pem"))
missing = re.search("names: (n[0-9]+.example) is one", home.log("tlsd"))
check("the one that is named is", missing and
      shown(home, missing.group(1)) == fingerprint(base + "/cert.pem"))
check("another one is served", any(shown(home, "n%d.example" % i) == fingerprint(
    name + "/cert.pem") for i in range(3)))
done()
