# SPDX-License-Identifier: ISC
"""Debian's Dovecot as an ordinary process, serving IMAP on users.dovecot.

    if imap.BINARY:
        dovecot = imap.Dovecot(inst.path("cdb/auth/users.dovecot"))
        client = dovecot.login("widget01", password)    # an IMAP4, or why not
"""
import imaplib

import dovecotserver
from dovecotserver import BINARY  # noqa: F401

CONF = """
protocols = imap
disable_plaintext_auth = no
auth_mechanisms = plain
auth_username_chars = abcdefghijklmnopqrstuvwxyz0123456789.-_@+
mail_location = maildir:~
mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=CRYPT {users}
}}
userdb {{
  driver = passwd-file
  args = {users}
}}
"""


class Dovecot(dovecotserver.Dovecot):
    def __init__(self, users):
        super().__init__(CONF, users=users)
        self.start()

    def login(self, user, password):
        """An IMAP4, or the text of the refusal."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        try:
            client.login(user, password)
            return client
        except imaplib.IMAP4.error as e:
            client.shutdown()
            return str(e)
