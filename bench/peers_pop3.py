# SPDX-License-Identifier: ISC
"""Dovecot: as Debian has it, and tuned as its documentation says.

Its passwords are salted SHA-256, the cheapest hash that one would use: it
hashes at each login, Postern (Argon2id) knows for a while who was right."""
import base64
import hashlib

from peer import VMAIL, Peer
from server import BOXES

CONF = """\
protocols = pop3
base_dir = /run/dovecot
state_dir = /var/lib/dovecot
log_path = /var/log/dovecot.log
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
mail_location = maildir:/mail/%%u
first_valid_uid = 1000
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = username_format=%%u /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=%(vmail)s gid=%(vmail)s home=/mail/%%u
}
service pop3-login {
  inet_listener pop3 {
    port = %(pop3)d
  }
  inet_listener pop3s {
    port = 0
  }
%(login)s}
%(more)s"""
LOGIN = """\
  service_count = 0
  process_min_avail = 2
  client_limit = 1000
  vsz_limit = 1G
"""
MORE = """\
service pop3 {
  service_count = 1000
  process_min_avail = 4
  process_limit = 500
}
auth_cache_size = 10M
pop3_fast_size_lookups = yes
pop3_no_flag_updates = yes
maildir_very_dirty_syncs = yes
"""


class Dovecot(Peer):
    name = "dovecot"
    does = ("pop3",)
    listens = ("pop3",)
    packages = ("dovecot-pop3d",)
    accounts = ("dovecot", "dovenull")
    program = ("/usr/sbin/dovecot", "-F", "-c", "/etc/dovecot/dovecot.conf")
    login, more = "", ""

    def configure(self):
        salt = b"benchsalt"
        digest = hashlib.sha256(self.password.encode() + salt).digest()
        line = "{SSHA256}" + base64.b64encode(digest + salt).decode()
        self.write("etc/dovecot/users", "".join(
            "%s:%s\n" % (self.box(i), line) for i in range(BOXES)))
        self.write("etc/dovecot/dovecot.conf", CONF % {
            "pop3": self.pop3, "vmail": VMAIL, "login": self.login,
            "more": self.more})
        self.folder_of("var/lib/dovecot")
        self.make_maildirs(range(BOXES))


class DovecotTuned(Dovecot):
    name = "dovecot-tuned"
    login, more = LOGIN, MORE
