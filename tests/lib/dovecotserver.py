# SPDX-License-Identifier: ISC
"""Debian's Dovecot in a folder of its own, as root or as anybody.

    d = Dovecot("protocols = lmtp ...", users="...")
    d.dir, d.port, d.start(), d.stop(), d.log()

The configuration's {dir}, {port}, {root} and the names given are filled in."""
import atexit
import getpass
import grp
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
listen = 127.0.0.1
ssl = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
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
"""


class Dovecot:
    def __init__(self, conf, **names):
        self.dir = tempfile.mkdtemp(prefix="postern-dovecot-")
        self.port, self.proc = free_port(), None
        os.chmod(self.dir, 0o755)
        root = os.geteuid() == 0
        me = getpass.getuser()
        with open(self.dir + "/conf", "w", encoding="utf-8") as f:
            f.write((CONF + conf).format(
                dir=self.dir, port=self.port, user="dovecot" if root else me,
                group="dovecot" if root else grp.getgrgid(os.getgid()).gr_name,
                login="dovenull" if root else me, root="root" if root else me,
                **names))
        atexit.register(self.close)

    def start(self):
        self.proc = subprocess.Popen(
            [BINARY, "-F", "-c", self.dir + "/conf"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def stop(self):
        if self.proc:
            self.proc.terminate()
            self.proc.wait(20)
        self.proc = None

    def close(self):
        self.stop()
        if not os.environ.get("KEEP_HOME"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        try:
            with open(self.dir + "/log", errors="replace") as f:
                return f.read()[-4000:]
        except FileNotFoundError:
            return ""
