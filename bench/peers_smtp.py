# SPDX-License-Identifier: ISC
"""Postfix, OpenSMTPD and Exim, each as its documentation has it for the work of
the benchmark: 100 virtual mailboxes, or all to a next hop; fsync as it comes."""
from peer import VMAIL, Peer
from server import BOXES, DOMAIN

QUEUES = ("active bounce corrupt defer deferred flush hold incoming private "
          "saved trace").split()
MASTER = """\
127.0.0.1:%(smtp)d inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
MAIN = """\
compatibility_level = 3.6
queue_directory = /var/spool/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
data_directory = /var/lib/postfix
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.%(domain)s
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 2000
maillog_file = /var/log/postfix.log
alias_maps =
virtual_mailbox_domains = %(domain)s
virtual_mailbox_base = /mail
virtual_mailbox_maps = texthash:/etc/postfix/boxes
virtual_uid_maps = static:%(uid)d
virtual_gid_maps = static:%(uid)d
disable_dns_lookups = yes
relayhost = %(relay)s
"""


class Postfix(Peer):
    name = "postfix"
    does = ("smtp", "relay")
    packages = ("postfix",)
    accounts = ("postfix", "postdrop")
    program = ("/usr/lib/postfix/sbin/master", "-d", "-c", "/etc/postfix")

    def configure(self):
        relay = self.options.get("relay")
        words = {"smtp": self.smtp, "domain": DOMAIN,
                 "uid": self.uids[VMAIL],
                 "relay": "[127.0.0.1]:%d" % relay if relay else ""}
        self.write("etc/postfix/main.cf", MAIN % words)
        self.write("etc/postfix/master.cf", MASTER % words)
        self.write("etc/postfix/boxes", "".join(
            "%s@%s %s/\n" % (self.box(i), DOMAIN, self.box(i))
            for i in range(BOXES)))
        self.folder_of("var/spool/postfix")
        self.folder_of("var/lib/postfix", "postfix", 0o700)
        self.folder_of("var/spool/postfix/pid")
        for queue in QUEUES:
            self.folder_of("var/spool/postfix/" + queue, "postfix", 0o700)
        self.folder_of("var/spool/postfix/public", "postfix", 0o710,
                       "postdrop")
        self.folder_of("var/spool/postfix/maildrop", "postfix", 0o1730,
                       "postdrop")


SMTPD_CONF = """\
listen on 127.0.0.1 port %(smtp)d hostname mail.%(domain)s
smtp limit max-mails 1000000
smtp limit max-rcpt 1000
action "local" maildir "/mail/%%{user.username}"
action "out" relay host smtp://127.0.0.1:%(relay)d
match from any for domain "%(domain)s" action "local"
match from any for any action "out"
"""


class OpenSMTPD(Peer):
    name = "opensmtpd"
    does = ("smtp", "relay")
    packages = ("opensmtpd", "dash")
    accounts = ("opensmtpd", "opensmtpq")
    program = ("/usr/sbin/smtpd", "-d")

    def configure(self):
        self.write("etc/smtpd.conf", SMTPD_CONF % {
            "smtp": self.smtp, "domain": DOMAIN,
            "relay": self.options.get("relay", 9)})
        self.folder_of("var/lib/opensmtpd/empty")
        self.folder_of("var/spool/smtpd", mode=0o711)
        self.make_maildirs(range(BOXES))


EXIM_CONF = """\
primary_hostname = mail.%(domain)s
domainlist local = %(domain)s
acl_smtp_rcpt = rcpt
local_interfaces = 127.0.0.1
daemon_smtp_ports = %(smtp)d
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
exim_user = Debian-exim
smtp_accept_max = 1000
smtp_accept_max_per_connection = 1000000
smtp_accept_queue_per_connection = 0
smtp_connect_backlog = 511
remote_max_parallel = 20
never_users =
keep_environment =
trusted_users = Debian-exim
begin acl
rcpt:
  accept hosts = 127.0.0.0/8
begin routers
local:
  driver = accept
  domains = +local
  local_parts = lsearch;/etc/exim4/boxes
  transport = maildir
out:
  driver = manualroute
  domains = ! +local
  route_list = * 127.0.0.1::%(relay)d byname
  self = send
  transport = smtp
begin transports
maildir:
  driver = appendfile
  directory = /mail/$local_part_data
  maildir_format
  user = %(vmail)s
  group = %(vmail)s
  mode = 0600
smtp:
  driver = smtp
  allow_localhost
begin retry
* * F,2h,15m
"""


class Exim(Peer):
    name = "exim"
    does = ("smtp", "relay")
    packages = ("exim4-daemon-light",)
    accounts = ("Debian-exim",)
    program = ("/usr/sbin/exim4", "-bdf", "-q30m")

    def configure(self):
        self.write("etc/exim4/exim4.conf", EXIM_CONF % {
            "smtp": self.smtp, "domain": DOMAIN, "vmail": VMAIL,
            "relay": self.options.get("relay", 9)})
        self.write("etc/exim4/boxes", "".join(
            "%s: %s\n" % (self.box(i), self.box(i)) for i in range(BOXES)))
        for d in ("var/spool/exim4", "var/log/exim4", "run/exim4"):
            self.folder_of(d, "Debian-exim", 0o750)
