# SPDX-License-Identifier: ISC
"""Debian's Dovecot as an ordinary process, serving IMAP on users.dovecot.

    if imap.BINARY:
        dovecot = imap.Dovecot(inst.path("cdb/auth/users.dovecot"))
        client = dovecot.login("widget01", password)    # an IMAP4, or why not
"""
import atexit
import getpass
import grp
import imaplib
import os
import shutil
import subprocess
import tempfile

from home import free_port

BINARY = shutil.which("dovecot", path="/usr/sbin:" + os.environ["PATH"])
CONF = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
auth_username_chars = abcdefghijklmnopqrstuvwxyz0123456789.-_@+
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
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
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  user = {root}
}}
passdb {{
  driver = passwd-file
  args = scheme=CRYPT {users}
}}
userdb {{
  driver = passwd-file
  args = {users}
}}
"""


class Dovecot:
    def __init__(self, users):
        self.dir = tempfile.mkdtemp(prefix="postern-dovecot-")
        self.port = free_port()
        os.chmod(self.dir, 0o755)
        root = os.geteuid() == 0
        me = getpass.getuser()
        with open(self.dir + "/conf", "w", encoding="utf-8") as f:
            f.write(CONF.format(
                dir=self.dir, port=self.port, users=users,
                user="dovecot" if root else me,
                group="dovecot" if root else grp.getgrgid(os.getgid()).gr_name,
                login="dovenull" if root else me, root="root" if root else me))
        self.proc = subprocess.Popen(
            [BINARY, "-F", "-c", self.dir + "/conf"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        atexit.register(self.close)

    def close(self):
        self.proc.terminate()
        self.proc.wait(20)
        if not os.environ.get("KEEP_HOME"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        try:
            with open(self.dir + "/log", errors="replace") as f:
                return f.read()[-4000:]
        except FileNotFoundError:
            return ""

    def login(self, user, password):
        """An IMAP4, or the text of the refusal."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        try:
            client.login(user, password)
            return client
        except imaplib.IMAP4.error as e:
            client.shutdown()
            return str(e)
