# Postern: one Makefile, no configure, no recursion.
#
#   make          builds              make run    starts an instance here
#   make test     runs all tests      make install    under conf-home, DESTDIR
#   make bench    beside its peers    make bench-quick    the main figures
#   make torture  all faults in full  make fuzz      all parsers, with clang
#   make fmt      formats the code    make clean     (V=1: whole commands)
#
# A link line lists every object of a program and no archive of ours: it is
# what that process can do.

first = $(shell head -n 1 $(1))
home  := $(call first,conf-home)
cc    := $(call first,conf-cc)
ld    := $(call first,conf-ld)
owfat := $(call first,conf-owfat)
cdb   := $(call first,conf-cdb)
ifeq ($(cdb),)
cdb   := build/cdb
endif

include_owfat := $(if $(owfat),-I$(owfat)/include)
libowfat      := $(if $(owfat),-L$(owfat)/lib) -l:libowfat.a
libcdb        := $(cdb)/lib/libcdb.a

.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)# make V=1 shows whole commands

programs :=
tests    :=
benches  :=
all: programs

# packages: "run" and "test" install what is missing, "make" alone says so
need := $(lastword $(filter run test torture bench fuzz analyse,\
    $(MAKECMDGOALS:bench-quick=bench)))
ifneq ($(need),)
$(if $(shell sh tests/deps.sh $(need) && echo ok),,$(error packages are missing: see above))
endif

# lib/ ----------------------------------------------------------------------

lib_base := lib/log.o lib/log_line.o lib/msg.o lib/sock.o lib/sock_packet.o \
    lib/deadline.o lib/clock.o lib/ip.o lib/text.o
lib_text := lib/sa.o lib/safefile.o lib/setting.o \
    lib/setting_table.o lib/setting_me.o lib/line.o lib/addr.o \
    lib/addr_path.o
lib_service := lib/service.o lib/service_enter.o lib/service_watch.o \
    lib/service_home.o \
    lib/service_dirs.o lib/service_uids.o lib/confine.o lib/confine_dirs.o \
    lib/service_rest.o lib/confine_filter.o lib/service_filters.o build/services_table.o \
    build/filters_table.o
lib_listen := lib/listen.o lib/listen_parent.o lib/listen_accept.o \
    lib/listen_session.o lib/listen_limits.o lib/listen_settings.o \
    lib/listen_proxy.o lib/listen_ucspi.o lib/ucspi_tls.o lib/netfile.o

# system call filters are made here and now: no program has libseccomp
confine_make := lib/confine_make.o lib/confine_calls.o
confine_filters := service/confine-filters.c build/services_table.c \
    $(addprefix lib/,confine_make.c confine_calls.c service_filters.c log.c \
    log_line.c text.c)

# the two files that see tinycdb's <cdb.h>; neither sees libowfat's headers
lib/table.o cdb-tools/cdbout.o: include_owfat :=
lib/table.o cdb-tools/cdbout.o: include_cdb := -I$(cdb)/include
lib/table.o cdb-tools/cdbout.o: | $(libcdb)

# what callers link --------------------------------------------------------

# the look-ups of cdb-tools.h, for who needs them (with lib/table.o, lib_text,
# and lib/ip.o for nets, lib/msg.o for mailboxes and users)
lookup_alias   := cdb-tools/alias_resolve.o cdb-tools/alias_records.o \
    cdb-tools/alias_parts.o
lookup_mailbox := cdb-tools/mailbox_lookup.o
lookup_nets    := cdb-tools/nets_lookup.o
lookup_user    := cdb-tools/user_records.o cdb-tools/password_check.o
password_libs  := -lsodium -lcrypt

# the calls of queue.h, for smtpd, queue-inject, sendmail (with lib_base)
queue_client := queue/queue_client.o queue/queue_proto.o queue/room_client.o lib/memfd.o

# the calls of tlsd.h, for smtpd, pop3d and deliver-remote (with lib_base)
tlsd_client := tlsd/tlsd_client.o tlsd/tlsd_proto.o

# the calls of deliver.h to resolver and deliver-local (with lib_base)
resolver_client := deliver/resolver_client.o deliver/resolver_proto.o
usage_client := deliver/usage_client.o

# lib tests ------------------------------------------------------------------

lib_tests_base := $(addprefix tests/lib/,t_msg t_log t_ip t_clock t_sock \
    t_text)
lib_tests_text := $(addprefix tests/lib/,t_sa t_safefile t_line t_netfile t_addr \
    t_maildir)
tests += $(lib_tests_base) $(lib_tests_text) tests/lib/t_table
$(lib_tests_base) tests/lib/t_table: libowfat :=
$(lib_tests_base) $(lib_tests_text) tests/lib/t_table: %: %.o $(lib_base)
$(lib_tests_text): $(lib_text)
tests/lib/t_netfile: lib/netfile.o
tests/lib/t_maildir: lib/maildir.o lib/maildir_usage.o
tests/lib/t_table: lib/table.o
tests/lib/t_table: libs := $(libcdb)

# service, confine, listen, and their tests ----------------------------------

programs += service/postern-uids
service/postern-uids: service/postern-uids.o service/uids_registry.o \
    lib/service_home.o lib/service_dirs.o lib/service_uids.o \
    build/services_table.o $(lib_base) $(lib_text)

service_tests := $(addprefix tests/service/,t_service_table t_confine \
    t_confine_dirs t_confine_calls t_confine_filter t_service_rest \
    t_listen_proxy t_listen_limits t_ucspi_tls)
tests += $(service_tests) tests/service/listen_echo
$(service_tests): libowfat :=
$(service_tests): %: %.o $(lib_service) $(lib_base)
tests/service/t_confine tests/service/t_confine_dirs \
    tests/service/t_confine_calls: tests/service/tries.o $(confine_make)
tests/service/t_service_table tests/service/t_confine_filter: $(confine_make)
$(service_tests): libs := -lseccomp
tests/service/t_listen_proxy: lib/listen_proxy.o
tests/service/t_listen_limits: lib/listen_limits.o
tests/service/t_ucspi_tls: lib/ucspi_tls.o
tests/service/listen_echo: tests/service/listen_echo.o $(lib_listen) \
    $(lib_service) $(lib_base) $(lib_text)

tests += tests/lib/t_conns
tests/lib/t_conns: tests/lib/t_conns.o lib/conns.o lib/conns_conn.o lib/sock_packet.o lib/deadline.o
tests/lib/t_conns: libowfat :=

# admin/ ---------------------------------------------------------------------

# what the five tools link of it (with lib_base, lib_text, lib_home)
lib_home := lib/service_home.o lib/service_uids.o build/services_table.o
admin_tool := admin/admin_client.o admin/admin_proto.o admin/admin_request.o \
    admin/admin_json.o admin/admin_audit.o admin/admin_members.o \
    admin/admin_errors.o

# relayd/ --------------------------------------------------------------------

# what a caller links (with lib_base and lib_text)
relayd_client := relayd/relayd_client.o relayd/relayd_proto.o
relayd_redeem := relayd/relayd_redeem_client.o relayd/relayd_proto.o

programs += relayd/relayd relayd/relayctl
relay_modules := relayd/relay.o relayd/relay_budget.o \
    relayd/relay_windows.o relayd/relay_life.o \
    relayd/windows.o relayd/windows_heap.o relayd/windows_walk.o \
    relayd/budgets.o relayd/seal.o \
    relayd/settings.o relayd/journal.o relayd/journal_record.o \
    relayd/journal_load.o relayd/journal_sync.o relayd/relayd_proto.o
relayd/relayd: relayd/relayd.o relayd/relayd_serve.o $(relay_modules) \
    $(lookup_nets) lib/table.o lib/conns.o lib/conns_conn.o $(lib_base) \
    $(lib_text) $(lib_service)
relayd/relayd: libs := -lsodium
relayctl := relayd/relayctl_run.o $(lookup_mailbox) $(relayd_client) lib/table.o
relayd/relayctl: relayd/relayctl.o $(relayctl) $(admin_tool) $(lib_base) \
    $(lib_text) $(lib_home)

relayd_tests := tests/relayd/t_relayd_proto tests/relayd/t_windows \
    tests/relayd/t_budgets tests/relayd/t_seal tests/relayd/t_journal \
    tests/relayd/t_relay
tests += $(relayd_tests)
$(relayd_tests): %: %.o $(relay_modules) $(lookup_nets) lib/table.o \
    $(lib_base) $(lib_text)
tests/relayd/t_relay: cdb-tools/cdbout.o
$(relayd_tests): libs := -lsodium

# authd/ ---------------------------------------------------------------------

authd_client := authd/authd_client.o authd/authd_proto.o

programs += authd/authd authd/auth-checkpassword
auth_modules := authd/login.o authd/login_serve.o authd/login_answer.o authd/accounts.o \
    authd/cache.o authd/guess.o authd/memo.o authd/job.o authd/lastlogin.o \
    authd/pool.o authd/relay_link.o authd/mailbox_link.o authd/sched.o \
    authd/authd_proto.o pop3d/pop3d_proto.o relayd/relayd_open_client.o relayd/relayd_proto.o
authd/authd: authd/authd.o $(auth_modules) $(lookup_user) lib/table.o \
    lib/conns.o lib/conns_conn.o $(lib_base) $(lib_text) $(lib_service)
authd/authd: libs := $(password_libs)
authd/auth-checkpassword: authd/auth-checkpassword.o authd/checkpassword.o \
    $(authd_client) $(lib_base) $(lib_text) lib/service_home.o \
    lib/service_uids.o build/services_table.o

authd_tests := tests/authd/t_authd_proto tests/authd/t_memory \
    tests/authd/t_sched
tests += $(authd_tests) tests/authd/t_checkpassword
tests/authd/t_memory: authd/login_client.o
$(authd_tests): %: %.o authd/authd_proto.o authd/cache.o authd/guess.o \
    authd/memo.o authd/job.o authd/lastlogin.o authd/sched.o \
    $(lib_base) $(lib_text)
$(authd_tests): libs := -lsodium
tests/authd/t_checkpassword: tests/authd/t_checkpassword.o \
    authd/checkpassword.o $(authd_client) $(lib_base) $(lib_text)

benches += bench/questions
bench/questions: bench/questions.o $(authd_client) $(relayd_client) relayd/relayd_open_client.o relayd/relayd_redeem_client.o \
    $(lib_base) $(lib_text)

# pop3d/ ---------------------------------------------------------------------

# static: both fork a process a connection, and a process with few mappings
# costs a quarter less to fork and to end; what it runs lies together
# (bench/bench.py pop3)
session_static := -static-pie -Wl,-T,lib/session.ld
pop3d/pop3d pop3d/mailboxd smtpd/smtpd: lib/session.ld
programs += pop3d/pop3d pop3d/mailboxd
pop3d_talk := pop3d/lines.o pop3d/reply.o pop3d/wait.o pop3d/command.o \
    pop3d/capa.o
mailbox_modules := pop3d/maillist.o pop3d/maillist_sort.o \
    pop3d/maildir_scan.o pop3d/message.o pop3d/scratch.o pop3d/uidl.o \
    pop3d/uidl_list.o pop3d/uidl_list_read.o \
    pop3d/session_lock.o pop3d/cached.o
pop3d/pop3d: pop3d/pop3d.o pop3d/authorization.o pop3d/authorization_login.o \
    pop3d/authorization_tls.o pop3d/plain.o lib/base64.o pop3d/pop3d_client.o \
    pop3d/transaction.o pop3d/reading.o $(mailbox_modules) lib/maildir.o \
    pop3d/pop3d_proto.o $(pop3d_talk) $(authd_client) $(tlsd_client) \
    $(lib_base) $(lib_text) $(lib_service) $(lib_listen)
pop3d/mailboxd: pop3d/mailboxd.o pop3d/master.o pop3d/uidl_kept.o \
    pop3d/session_open.o pop3d/session_try.o pop3d/lent.o pop3d/logins.o pop3d/table_watch.o \
    pop3d/transaction.o pop3d/reading.o pop3d/pop3d_proto.o $(pop3d_talk) \
    $(mailbox_modules) authd/login_client.o authd/authd_proto.o $(lookup_mailbox) lib/table.o \
    lib/maildir.o $(lib_base) $(lib_text) $(lib_service)
pop3d/pop3d pop3d/mailboxd: libs := -lsodium
pop3d/pop3d pop3d/mailboxd: static := $(session_static)

pop3d_tests := $(addprefix tests/pop3d/,t_command t_plain t_pop3d_proto \
    t_lines t_message t_uidl t_uidl_list t_maillist t_reply t_session_lock)
tests += $(pop3d_tests)
$(pop3d_tests): %: %.o $(pop3d_talk) $(mailbox_modules) pop3d/plain.o lib/base64.o \
    pop3d/pop3d_proto.o lib/maildir.o $(lib_base) $(lib_text)
$(pop3d_tests): libs := -lsodium


# smtpd/ ---------------------------------------------------------------------

programs += smtpd/smtpd
smtpd_modules := smtpd/session.o smtpd/client.o smtpd/command.o smtpd/reply.o \
    smtpd/greet.o smtpd/starttls.o smtpd/settings.o smtpd/auth.o \
    smtpd/envelope.o smtpd/rcpt.o smtpd/relay.o smtpd/data.o smtpd/unstuff.o \
    smtpd/headers.o smtpd/from.o smtpd/received.o smtpd/sink.o smtpd/filter.o
smtpd/smtpd: smtpd/smtpd.o $(smtpd_modules) $(relayd_client) $(authd_client) \
    $(queue_client) $(usage_client) $(resolver_client) $(tlsd_client) \
    $(lookup_alias) $(lookup_mailbox) lib/table.o lib/base64.o \
    $(lib_base) $(lib_text) $(lib_service) $(lib_listen)
# a third less CPU for each fork (bench/bench.py in): fewer mappings to copy
smtpd/smtpd: static := $(session_static)

smtpd_tests := $(patsubst %,tests/smtpd/t_%,client command from headers unstuff)
tests += $(smtpd_tests) tests/lib/t_base64
tests/lib/t_base64: tests/lib/t_base64.o lib/base64.o
$(smtpd_tests): tests/smtpd/t_%: tests/smtpd/t_%.o smtpd/%.o lib/base64.o \
    $(lib_base) $(lib_text)

# queue/ ---------------------------------------------------------------------

programs += queue/queued queue/queue-inject queue/sendmail queue/queuectl
queue_spool := queue/spool.o queue/journal.o queue/spool_dirs.o \
    queue/spool_load.o
queue_writing := queue/spool_io.o queue/own_fds.o queue/room_client.o queue/spool_batch.o \
    queue/spool_write.o queue/stray.o queue/spool_scan.o queue/pool.o \
    queue/loop.o
queue_message := queue/active.o queue/active_apply.o queue/active_write.o queue/wrote.o
queue_round := queue/automatic.o queue/warn.o queue/warn_text.o queue/round.o queue/settle.o queue/unnamed.o queue/count.o queue/passed.o \
    queue/schedule.o queue/bounce.o queue/bounce_send.o queue/robot.o queue/accept.o \
    queue/work.o queue/messages.o queue/start.o queue/turn.o lib/memfd.o
queue_deliver := queue/local.o queue/local_workers.o queue/local_wire.o queue/local_bundle.o queue/remote.o \
    queue/remote_wire.o queue/routes.o queue/keys.o queue/key_flows.o queue/lanes.o \
    queue/domains.o queue/sealed.o queue/local_ring.o queue/passing.o \
    lib/token.o
queue_take := queue/session.o queue/intake.o queue/intake_check.o queue/recipients.o \
    queue/intake_queue.o queue/redeem.o \
    queue/check.o queue/budget.o queue/queue_proto.o
queue_control := queue/control.o queue/control_proto.o queue/control_read.o \
    queue/control_stats.o queue/steer.o
queued := queue/queued.o $(queue_spool) $(queue_writing) \
    $(queue_message) $(queue_round) $(queue_deliver) $(queue_take) \
    $(queue_control) $(relayd_redeem) $(lookup_alias) lib/table.o \
    $(lib_base) $(lib_text) $(lib_service)
queue/queued: $(queued)
queue/queued: libs := -lsodium

queue_inject := queue/inject.o $(queue_client) $(lib_base) $(lib_text) \
    lib/service_home.o lib/service_uids.o build/services_table.o
queue/queue-inject: queue/queue-inject.o queue/inject_qmail.o $(queue_inject)
queue/sendmail: queue/sendmail.o queue/sendmail_options.o \
    queue/sendmail_send.o queue/sendmail_header.o queue/mailaddr.o \
    $(queue_inject)
queuectl := queue/queuectl_options.o queue/queuectl_run.o \
    queue/queuectl_print.o queue/control_proto.o
queue/queuectl: queue/queuectl.o $(queuectl) $(admin_tool) \
    queue/queuectl_check.o queue/queuectl_known.o queue/inspect.o queue/inspect_states.o \
    queue/spool_load.o queue/spool_dirs.o queue/spool.o queue/journal.o \
    queue/check.o queue/queue_proto.o $(lib_base) $(lib_text) $(lib_home)

queue_tests := tests/queue/t_queue_proto tests/queue/t_spool \
    tests/queue/t_schedule tests/queue/t_check tests/queue/t_queue_wire \
    tests/queue/t_robot tests/queue/t_round
tests += $(queue_tests)
$(queue_tests): %: %.o queue/queue_proto.o $(lib_base) $(lib_text)
tests/queue/t_spool: queue/spool.o queue/journal.o
tests/queue/t_robot: queue/robot.o
tests/queue/t_schedule: queue/schedule.o queue/messages.o
tests/queue/t_check: queue/check.o queue/mailaddr.o queue/budget.o \
    queue/spool_dirs.o
tests/queue/t_queue_wire tests/queue/t_round: $(queue_spool) $(queue_writing) $(queue_message) \
    $(queue_round) $(queue_deliver) $(queue_take) $(queue_control) \
    $(relayd_redeem) $(lookup_alias) lib/table.o $(lib_service)
tests/queue/t_queue_wire tests/queue/t_round: libs := -lsodium
tests/queue/t_round: wrap := -Wl,--wrap=settle -Wl,--wrap=spool_op_submit

tests += tests/torture/trace
tests/torture/trace: tests/torture/trace.o tests/torture/trace_calls.o \
    tests/torture/trace_note.o tests/torture/trace_fault.o \
    tests/torture/trace_commands.o
tests/torture/trace: libowfat :=

# deliver/ (local) -----------------------------------------------------------

programs += deliver/deliver-local
local_modules := deliver/local_job.o deliver/local_answer.o \
    deliver/local_route.o deliver/local_loops.o deliver/local_file.o \
    deliver/local_link.o deliver/local_text.o deliver/local_bundle.o \
    deliver/local_folder.o deliver/local_open.o \
    deliver/local_work.o deliver/local_usage.o deliver/local_pass.o \
    deliver/local_may.o deliver/local_key.o deliver/header.o deliver/list.o deliver/list_names.o \
    deliver/list_head.o deliver/list_post.o deliver/list_command.o \
    deliver/answered.o deliver/automatic.o deliver/reply.o deliver/srs.o \
    deliver/quota_line.o deliver/quota_warning.o lib/token.o lib/memfd.o
deliver/deliver-local: deliver/deliver-local.o deliver/workers.o $(local_modules) \
    $(lookup_alias) $(lookup_mailbox) lib/table.o lib/maildir.o \
    lib/maildir_purge.o lib/maildir_usage.o $(lib_base) $(lib_text) $(lib_service)
deliver/deliver-local: libs := -lsodium

tests += tests/deliver/t_local_job
tests/deliver/t_local_job: tests/deliver/t_local_job.o deliver/local_job.o \
    deliver/local_loops.o deliver/local_text.o lib/maildir.o $(lib_base) $(lib_text)
tests += tests/deliver/t_srs tests/lib/t_token
tests/deliver/t_srs: tests/deliver/t_srs.o deliver/srs.o deliver/local_key.o \
    lib/token.o $(lib_base) $(lib_text)
tests/lib/t_token: tests/lib/t_token.o lib/token.o
tests += tests/deliver/t_list tests/deliver/t_reply
tests/deliver/t_list: tests/deliver/t_list.o deliver/list.o deliver/list_names.o \
    deliver/list_head.o deliver/local_key.o lib/token.o $(lookup_alias) \
    lib/table.o cdb-tools/cdbout.o $(lib_base) $(lib_text)
tests/deliver/t_reply: tests/deliver/t_reply.o $(local_modules) \
    $(lookup_alias) $(lookup_mailbox) lib/table.o lib/maildir.o \
    lib/maildir_purge.o lib/maildir_usage.o $(lib_base) $(lib_text) \
    $(lib_service)
tests/deliver/t_reply: libs := -lsodium
tests/deliver/t_srs tests/lib/t_token tests/deliver/t_list: libs := -lsodium

# deliver/ (remote, resolver) ------------------------------------------------

programs += deliver/resolver
deliver/resolver: deliver/resolver.o deliver/resolver_conf.o \
    deliver/resolver_ctx.o \
    deliver/resolver_dns.o deliver/resolver_list.o deliver/resolver_lookup.o \
    deliver/resolver_proto.o deliver/resolver_rdata.o \
    deliver/resolver_serve.o $(lib_base) $(lib_service)
deliver/resolver: libs := -lunbound
deliver/resolver: libowfat :=

programs += deliver/deliver-remote
mime_seven := deliver/mime_field.o deliver/mime_head.o deliver/mime_walk.o \
    deliver/mime_plan.o deliver/mime_seven.o deliver/mime_encode.o lib/base64.o
smtp_client := deliver/smtp_client.o deliver/smtp_connect.o \
    deliver/smtp_hello.o deliver/smtp_auth.o deliver/smtp_outcome.o \
    deliver/smtp_send.o deliver/smtp_data.o deliver/smtp_dot.o \
    deliver/smtp_io.o deliver/smtp_reply.o deliver/remote_secret.o \
    deliver/smtp_source.o $(mime_seven)
deliver/deliver-remote: deliver/deliver-remote.o deliver/remote_serve.o deliver/workers.o \
    deliver/remote_worker.o deliver/remote_job.o deliver/remote_run.o \
    deliver/remote_pending.o deliver/remote_hosts.o deliver/remote_conf.o \
    deliver/remote_routes.o deliver/remote_dest.o $(smtp_client) \
    $(resolver_client) $(tlsd_client) $(lib_base) $(lib_text) $(lib_service)

remote_tests := $(addprefix tests/deliver/,t_resolver_proto t_resolver_rdata \
    t_smtp_reply t_smtp_dot)
tests += $(remote_tests) tests/deliver/t_remote_routes tests/deliver/t_remote_job
tests += tests/deliver/t_mime_field tests/deliver/t_mime_seven
tests += tests/deliver/t_smtp_io
tests/deliver/t_smtp_io: tests/deliver/t_smtp_io.o deliver/smtp_io.o \
    deliver/smtp_reply.o lib/clock.o lib/deadline.o
tests/deliver/t_mime_field: tests/deliver/t_mime_field.o deliver/mime_field.o
tests/deliver/t_mime_seven: tests/deliver/t_mime_seven.o $(mime_seven)
$(remote_tests) tests/deliver/t_mime_field tests/deliver/t_mime_seven \
    tests/deliver/t_smtp_io: libowfat :=
tests/deliver/t_smtp_reply: tests/deliver/t_smtp_reply.o deliver/smtp_reply.o
tests/deliver/t_smtp_dot: tests/deliver/t_smtp_dot.o deliver/smtp_dot.o
tests/deliver/t_remote_routes: tests/deliver/t_remote_routes.o \
    deliver/remote_routes.o deliver/remote_dest.o $(lib_base) $(lib_text)
tests/deliver/t_remote_job: tests/deliver/t_remote_job.o \
    deliver/remote_job.o deliver/smtp_outcome.o deliver/smtp_reply.o \
    lib/msg.o
tests/deliver/t_resolver_proto: tests/deliver/t_resolver_proto.o \
    deliver/resolver_proto.o lib/msg.o lib/ip.o lib/text.o
tests/deliver/t_resolver_rdata: tests/deliver/t_resolver_rdata.o \
    deliver/resolver_rdata.o lib/ip.o lib/text.o

# tlsd/ ----------------------------------------------------------------------

# OpenSSL, dynamically linked, and therefore no libowfat (LICENSE)
programs += tlsd/tlsd tlsd/tlsd-out
tls_session := tlsd/acceptor.o tlsd/session.o tlsd/handshake.o tlsd/pump.o \
    tlsd/tls_ctx.o tlsd/tlsd_proto.o lib/listen_limits.o $(lib_base) \
    $(lib_service)
tls_signer := tlsd/signer.o tlsd/sign.o tlsd/pairs.o tlsd/pair_load.o \
    tlsd/sign_proto.o tlsd/sign_scheme.o
tlsd/tlsd: tlsd/tlsd.o tlsd/certs.o tlsd/remote_key.o \
    tlsd/remote_signature.o tlsd/sign_client.o $(tls_signer) $(tls_session)
tlsd/tlsd-out: tlsd/tlsd-out.o tlsd/ca_store.o $(tls_session)
tlsd/tlsd tlsd/tlsd-out: libowfat :=
tlsd/tlsd tlsd/tlsd-out: libs := -lssl -lcrypto

tests += tests/tlsd/t_tlsd_proto
tests/tlsd/t_tlsd_proto: tests/tlsd/t_tlsd_proto.o tlsd/tlsd_proto.o \
    lib/msg.o lib/ip.o lib/text.o
tests += tests/tlsd/t_sign
tests/tlsd/t_sign: tests/tlsd/t_sign.o tlsd/sign_proto.o tlsd/sign_scheme.o \
    lib/msg.o
tests/tlsd/t_tlsd_proto tests/tlsd/t_sign: libowfat :=

# cdb-tools/ -----------------------------------------------------------------

programs += cdb-tools/userdb cdb-tools/aliasdb cdb-tools/netdb \
    cdb-tools/etccheck cdb-tools/postern-import
cdbtool := cdb-tools/tool.o cdb-tools/tool_read.o cdb-tools/tool_lock.o \
    cdb-tools/texts.o cdb-tools/notes.o \
    cdb-tools/outfile.o cdb-tools/cdbout.o $(admin_tool) \
    $(lib_base) $(lib_text) $(lib_home)
users_sources := cdb-tools/users_file.o cdb-tools/users_fields.o \
    cdb-tools/users_apps.o cdb-tools/users_hash.o
users_revoke := cdb-tools/users_revoke.o cdb-tools/users_changed.o \
    $(lookup_mailbox) $(relayd_client)
alias_sources := cdb-tools/source.o cdb-tools/source_parts.o \
    cdb-tools/source_names.o cdb-tools/source_aliases.o \
    cdb-tools/source_lists.o cdb-tools/source_forwards.o \
    cdb-tools/source_replies.o cdb-tools/source_check.o \
    cdb-tools/source_nodes.o cdb-tools/alias_parts.o cdb-tools/names.o cdb-tools/keymap.o
aliasdb := cdb-tools/aliasdb_run.o cdb-tools/alias_build.o \
    cdb-tools/alias_write.o cdb-tools/alias_show.o \
    cdb-tools/alias_explain.o cdb-tools/alias_who.o \
    cdb-tools/alias_diff.o cdb-tools/mailbox_lookup.o $(alias_sources) \
    $(lookup_alias) lib/table.o
cdb-tools/aliasdb: cdb-tools/aliasdb.o $(aliasdb) $(cdbtool)
userdb := cdb-tools/userdb_run.o $(users_sources) cdb-tools/users_remove.o \
    cdb-tools/users_write.o cdb-tools/users_edit.o cdb-tools/users_show.o \
    cdb-tools/users_change.o cdb-tools/users_app.o cdb-tools/users_set.o \
    cdb-tools/users_list.o cdb-tools/users_report.o cdb-tools/users_view.o \
    cdb-tools/users_purge.o cdb-tools/seen.o lib/maildir.o \
    lib/maildir_purge.o lib/maildir_usage.o $(users_revoke) cdb-tools/password_make.o \
    $(alias_sources) $(lookup_user) $(usage_client) lib/table.o
cdb-tools/userdb: cdb-tools/userdb.o $(userdb) $(cdbtool)
cdb-tools/userdb: libs := $(password_libs)
import := $(addprefix cdb-tools/import,.o _text.o _gather.o _aliases.o _list.o \
    _settle.o _loops.o _stage.o _qmail.o _vpopmail.o _vmailmgr.o _postfix.o _passwords.o \
    _cpanel.o _cpanel_special.o) $(users_sources) $(alias_sources)
cdb-tools/postern-import: cdb-tools/postern-import.o cdb-tools/import_apply.o \
    cdb-tools/import_keep.o \
    cdb-tools/import_mail.o cdb-tools/import_file.o \
    cdb-tools/import_report.o $(import) cdb-tools/users_change.o \
    cdb-tools/users_write.o $(users_revoke) cdb-tools/users_purge.o \
    $(usage_client) lib/maildir_purge.o cdb-tools/alias_build.o \
    cdb-tools/alias_write.o cdb-tools/password_make.o \
    cdb-tools/password_check.o lib/maildir.o \
    lib/table.o $(cdbtool)
cdb-tools/postern-import: libs := $(password_libs)
netdb := cdb-tools/netdb_run.o cdb-tools/nets_run.o cdb-tools/nets_source.o \
    cdb-tools/names.o cdb-tools/keymap.o $(lookup_nets) lib/table.o
cdb-tools/netdb: cdb-tools/netdb.o $(netdb) $(cdbtool)

# what the daemons read their part of etc/ with
etc_readers := pop3d/uidl_kept.o pop3d/uidl.o deliver/deliver_etc.o \
    deliver/quota_etc.o \
    deliver/remote_conf.o deliver/remote_routes.o deliver/remote_dest.o \
    deliver/remote_secret.o deliver/resolver_conf.o lib/netfile.o
cdb-tools/etccheck: cdb-tools/etccheck.o cdb-tools/etc_check.o \
    cdb-tools/etc_names.o cdb-tools/names.o cdb-tools/keymap.o \
    $(etc_readers) $(cdbtool)
cdb-tools/etccheck: libs := -lsodium

# all five in one
programs += admin/admind
admin/admind: admin/admind.o admin/session.o $(userdb) $(aliasdb) $(netdb) \
    $(relayctl) $(queuectl) $(cdbtool) $(lib_service)
admin/admind: libs := $(password_libs)
tests += tests/admin/t_admin_json tests/admin/t_admin_proto \
    tests/admin/t_admin_members
tests/admin/t_admin_json tests/admin/t_admin_proto \
    tests/admin/t_admin_members: %: %.o $(admin_tool) $(lib_base) $(lib_text) \
    $(lib_home)
tests += tests/cdb-tools/t_alias_resolve tests/cdb-tools/t_source \
    tests/cdb-tools/t_users_file tests/cdb-tools/t_nets \
    tests/cdb-tools/t_names tests/cdb-tools/t_user_records \
    tests/cdb-tools/t_import_text
tests/cdb-tools/t_import_text: tests/cdb-tools/t_import_text.o \
    cdb-tools/import_text.o $(cdbtool)
tests/cdb-tools/t_alias_resolve: tests/cdb-tools/t_alias_resolve.o \
    $(lookup_alias) lib/table.o $(cdbtool)
tests/cdb-tools/t_source: tests/cdb-tools/t_source.o $(alias_sources) $(cdbtool)
tests/cdb-tools/t_users_file: tests/cdb-tools/t_users_file.o \
    $(users_sources) cdb-tools/names.o cdb-tools/keymap.o $(cdbtool)
tests/cdb-tools/t_nets: tests/cdb-tools/t_nets.o cdb-tools/nets_source.o \
    cdb-tools/names.o cdb-tools/keymap.o $(lookup_nets) lib/table.o $(cdbtool)
tests/cdb-tools/t_names: tests/cdb-tools/t_names.o cdb-tools/names.o \
    cdb-tools/keymap.o $(cdbtool)
tests/cdb-tools/t_user_records: tests/cdb-tools/t_user_records.o \
    $(lookup_user) $(lookup_mailbox) cdb-tools/password_make.o lib/msg.o \
    lib/table.o $(cdbtool)
tests/cdb-tools/t_user_records: libs := $(password_libs)

# bench/: make bench, make bench-quick (doc/performance.md)
benches += $(addprefix bench/,smtp_load pop3_load smtp_sink maildir calls limits)
bench/smtp_load bench/pop3_load: bench/clients.o bench/letter.o
bench/smtp_sink bench/maildir: bench/letter.o
bench_plain := $(benches:bench/questions=)
$(bench_plain): %: %.o
$(bench_plain): libowfat :=
benches += bench/resolve
bench/resolve: bench/resolve.o $(lookup_alias) lib/table.o lib/log.o \
    lib/log_line.o lib/clock.o lib/ip.o lib/text.o $(lib_text)

# tests/breakout: each daemon once more, taken over --------------------------

breakout := tests/breakout/breakout.o $(patsubst %,\
    tests/breakout/attempts_%.o,files net peers kernel)
daemons := $(shell awk '$$1 == "program" && $$4 != "caller" { print $$3 "/" $$2 }' \
    conf-services)
breakouts := $(addprefix build/breakout/,$(notdir $(filter $(daemons),$(programs))))
breakout_calls := service_enter service_enter_parent service_ready confine_alone \
    confine_dirs confine_install
build/breakout/mailboxd: breakout_calls += session_open transaction_run
build/breakout/tlsd build/breakout/tlsd-out: \
    breakout_calls += session_run handshake_run
tests: $(breakouts)
$(breakouts): build/breakout/%: $(breakout) $(programs) tests/lib/_relink.sh
	sh tests/lib/_relink.sh "$(ld)" $* $@ "$(breakout_calls)" $(breakout)

# tests/lib/hurry.c: daemons whose clock runs 60 times as fast, some 1200 times,
# so that a test waits out the limits of time ----------------------------------

hurried := $(addprefix build/hurry60/,smtpd pop3d mailboxd tlsd authd queued \
    deliver-local deliver-remote resolver admind userdb) \
    $(addprefix build/hurry1200/,smtpd queued deliver-remote)
hurry_calls := clock_gettime poll epoll_wait ppoll sigtimedwait nanosleep sleep \
    alarm pthread_cond_timedwait
tests: $(hurried)
build/hurry%.o: tests/lib/hurry.c | build
	$(Q)$(cc) -DHURRY=$* -c -o $@ $<
$(hurried): $(programs) tests/lib/_relink.sh
	sh tests/lib/_relink.sh "$(ld)" $(@F) $@ "$(hurry_calls)" \
	    $(filter %.o,$^)
$(filter build/hurry60/%,$(hurried)): build/hurry60.o
$(filter build/hurry1200/%,$(hurried)): build/hurry1200.o

# fuzz -----------------------------------------------------------------------

# tests/fuzz/f_NAME.c: a harness for libFuzzer or tests/fuzz/main.c, its seeds
# in tests/fuzz/seeds/NAME, inputs that once broke something in crashers/NAME.
# "make san" builds everything again under ASan and UBSan, the harnesses too,
# in a tree of links, build/san; "make fuzz" the harnesses with clang, in
# build/clang: doc/FUZZING.md.
fuzzers := $(patsubst %.c,%,$(wildcard tests/fuzz/f_*.c))
fuzz_main := tests/fuzz/main.o
$(fuzzers): %: %.o $(lib_base) $(lib_text) $(fuzz_main)
fuzz = $(addprefix tests/fuzz/f_,$(1))
$(call fuzz,smtp_command): smtpd/command.o
$(call fuzz,smtp_line): smtpd/client.o
$(call fuzz,unstuff): smtpd/unstuff.o
$(call fuzz,headers): smtpd/headers.o smtpd/from.o
$(call fuzz,sasl): lib/base64.o pop3d/plain.o
$(call fuzz,pop3_line): $(pop3d_talk)
$(call fuzz,pop3_message): $(pop3d_talk) $(mailbox_modules) smtpd/unstuff.o
$(call fuzz,maildir uidl): $(pop3d_talk) $(mailbox_modules)
$(call fuzz,pop3_message maildir uidl): lib/maildir.o
$(call fuzz,smtp_reply): deliver/smtp_reply.o deliver/smtp_outcome.o
$(call fuzz,smtp_dot): deliver/smtp_dot.o smtpd/unstuff.o
$(call fuzz,mime_seven): $(mime_seven)
$(call fuzz,rdata): deliver/resolver_rdata.o
$(call fuzz,proxy): lib/listen_proxy.o
$(call fuzz,ucspi_tls): lib/ucspi_tls.o
$(call fuzz,pop3_session): $(pop3d_talk) $(mailbox_modules) lib/maildir.o \
    pop3d/transaction.o pop3d/reading.o
$(call fuzz,pop3_message pop3_session maildir uidl): libs := -lsodium
$(call fuzz,admin): $(admin_tool) $(lib_home)
$(call fuzz,relayd_proto): relayd/relayd_proto.o
$(call fuzz,authd_proto): authd/authd_proto.o
$(call fuzz,pop3d_proto): pop3d/pop3d_proto.o
$(call fuzz,queue_proto): queue/queue_proto.o queue/control_proto.o
$(call fuzz,deliver_proto passing): $(local_modules) $(lookup_alias) \
    $(lookup_mailbox) lib/table.o lib/maildir.o lib/maildir_purge.o \
    lib/maildir_usage.o $(lib_service)
$(call fuzz,deliver_proto): deliver/remote_job.o
$(call fuzz,deliver_proto passing): libs := -lsodium
$(call fuzz,queue_answers spool): $(filter-out queue/queued.o,$(queued))
$(call fuzz,spool): queue/inspect.o queue/inspect_states.o
$(call fuzz,queue_answers spool): libs := -lsodium
$(call fuzz,resolver_proto): deliver/resolver_proto.o
$(call fuzz,tlsd_proto): tlsd/tlsd_proto.o tlsd/sign_proto.o tlsd/sign_scheme.o
$(call fuzz,table records): $(lookup_alias) $(lookup_mailbox) \
    $(lookup_nets) cdb-tools/user_records.o lib/table.o
$(call fuzz,records): cdb-tools/cdbout.o
$(call fuzz,text): lib/netfile.o deliver/quota_etc.o deliver/remote_routes.o \
    deliver/remote_dest.o deliver/remote_secret.o deliver/resolver_conf.o
$(call fuzz,sources): $(alias_sources) $(users_sources) \
    cdb-tools/nets_source.o $(cdbtool)
$(call fuzz,import): $(import) cdb-tools/users_purge.o lib/maildir_purge.o \
    cdb-tools/users_change.o cdb-tools/users_write.o $(users_revoke) \
    $(usage_client) lib/table.o $(cdbtool)
$(call fuzz,relayd_journal): relayd/journal_load.o relayd/journal_record.o
$(call fuzz,relayd_journal): libs := -lsodium
$(call fuzz,sendmail): queue/sendmail_header.o queue/mailaddr.o \
    queue/inject.o $(queue_client)
$(call fuzz,qmail): queue/inject_qmail.o queue/inject.o $(queue_client)
$(call fuzz,seal): relayd/seal.o relayd/budgets.o
$(call fuzz,srs): deliver/srs.o
$(call fuzz,answered): deliver/answered.o
$(call fuzz,srs answered): lib/token.o
$(call fuzz,import seal srs answered): libs := -lsodium
$(call fuzz,mail_header): deliver/header.o
$(call fuzz,smtp_hello): $(smtp_client) $(resolver_client) $(tlsd_client)
$(call fuzz,check): queue/check.o queue/queue_proto.o authd/checkpassword.o \
    $(authd_client) lib/service_uids.o build/services_table.o

san_flags := -O1 -U_FORTIFY_SOURCE -fsanitize=address,undefined \
    -fno-sanitize-recover=all -fno-omit-frame-pointer -ffunction-sections \
    -Wno-maybe-uninitialized -Wno-unknown-warning-option
san_here = static= cc="$(strip $(1)) $(san_flags)" \
    ld="$(strip $(2)) -fsanitize=address,undefined -Wl,--gc-sections \
    -Wl,--no-as-needed"
san: $(libcdb)
	@sh tests/fuzz/_farm.sh build/san
	@$(MAKE) --no-print-directory -C build/san programs units fuzzers \
	    $(call san_here,$(cc) -fsanitize-coverage=trace-pc,$(ld)) \
	    trace=tests/fuzz/trace.o unconfined=tests/fuzz/unconfined.o
fuzz: $(libcdb)
	@sh tests/fuzz/_farm.sh build/clang
	@sh tests/fuzz/_farm.sh build/gcov
	@$(MAKE) --no-print-directory -C build/clang fuzzers fuzz_main= \
	    $(call san_here,$(patsubst gcc,clang-14,$(cc)) \
	    -Wno-error -fsanitize=fuzzer-no-link,$(patsubst gcc,clang-14,$(ld)) \
	    -fsanitize=fuzzer)
	@$(MAKE) --no-print-directory -C build/gcov fuzzers static= \
	    cc="$(cc) -O0 -U_FORTIFY_SOURCE -ffunction-sections --coverage" \
	    ld="$(ld) --coverage -Wl,--gc-sections"
	@tests/fuzz/fuzz.py --free $(FUZZ)
fuzzers: $(fuzzers)
analyse: $(libcdb) build/services_table.c
	@tests/arch/_analyse.py
units: $(tests)

# rules ----------------------------------------------------------------------

programs: $(programs) build/programs
tests: $(tests) $(benches)
benches: $(benches)
build/programs: Makefile | build
	@printf '%s\n' $(programs) > $@

# These travel by the environment, but only if they are set: an empty port means
# "none" there.
$(foreach v,RUN BIND SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT POP3_PORT \
    POP3S_PORT DOMAIN SMARTHOST,$(if $(filter undefined,$(origin $v)),,\
    $(eval export $v)))
run: programs
	@exec sh service/postern-run .
test: programs tests san
	@exec tests/run $(TESTS)
torture: programs tests build/postfix
	@exec tests/torture/_full.py $(TORTURE)
bench: programs benches
	@exec python3 bench/bench.py -o doc $(BENCH)
bench-quick: programs benches
	@exec python3 bench/bench.py -q $(BENCH)
install: programs
	@DESTDIR=$(DESTDIR) sh service/postern-install . $(DESTDIR)$(home)
	@sh service/postern-services $(DESTDIR)$(home)

# A program without libowfat sets "libowfat :=" for itself; libs are the
# libraries it needs beyond.  libcdb stands before libowfat, always: both define
# cdb_ names.
$(programs) $(tests) $(benches): Makefile | build

$(programs) $(tests): $(trace)
$(programs): $(unconfined)
unconfined_wrap := -Wl,--wrap=confine_limits -Wl,--wrap=confine_install
$(programs): wrap = $(if $(unconfined),$(unconfined_wrap))
$(programs) $(tests) $(benches) $(fuzzers): | build
	@echo "  ld  $@"
	$(Q)$(ld) $(static) $(wrap) -Wl,-Map=build/$(notdir $@).map -o $@ $(filter %.o,$^) \
	    $(libs) $(if $(libowfat),$(libcdb) $(libowfat)) -pthread

%.o: %.c
	@echo "  cc  $<"
	$(Q)$(cc) -I. $(include_cdb) $(include_owfat) $(cflags) -MMD -MP -c -o $@ $<

build:
	mkdir -p build
build/services_table.c: conf-services conf-home lib/services.awk | build
	awk -v home=$(home) -f lib/services.awk conf-services > $@
build/services_table.o: build/services_table.c lib/service.h lib/service_dirs.h
	$(cc) -I. -c -o $@ $<

# runs here, whatever the rest is built with (san, fuzz)
build/confine-filters: $(confine_filters) $(wildcard lib/*.h)
	@echo "  cc  $@"
	$(Q)$(call first,conf-cc) -I. -o $@ $(confine_filters) -lseccomp
build/filters_table.c: build/confine-filters
	$< > $@
build/filters_table.o: build/filters_table.c lib/confine_filter.h
	$(cc) -I. -c -o $@ $<

# Postfix's smtp-source, for load (tests/torture); nothing of it is installed.
build/postfix: | build
	sh tests/deps.sh unpack-postfix $@
# tinycdb beside libowfat: as packages they conflict (DESIGN section 3).
build/cdb/lib/libcdb.a: | build
	sh tests/deps.sh unpack-cdb build/cdb
$(programs) $(tests) $(benches) $(fuzzers): | $(libcdb)

fmt:
	clang-format -i $(wildcard */*.c */*.h tests/*/*.c tests/*/*.h)
clean:
	rm -rf build $(programs) $(tests) $(benches)
	find . -name '*.o' -delete -o -name '*.d' -delete

.PHONY: all programs tests benches bench bench-quick run test install fmt clean san fuzz fuzzers units analyse
-include $(wildcard */*.d tests/*/*.d)
