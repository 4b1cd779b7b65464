/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_client.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "tlsd/tlsd.h"

static const char *const tls_policies[] = { NULL, "may", "required",
	"verified" };

int
smtp_session_broken(struct smtp_session *s, const char *what)
{
	const char *why = errno == EPROTO      ? "nonsense in the reply to "
			  : errno == ETIMEDOUT ? "timeout at "
					       : "connection lost at ";

	smtp_outcome_set(&s->failure, 'T', errno == EPROTO ? "4.5.0" : "4.4.2",
	    0, why, what);
	smtp_io_close(&s->io);
	return -1;
}

int
smtp_command(struct smtp_session *s, struct smtp_reply *r, const char *line,
    const char *what)
{
	if (smtp_io_puts(&s->io, line, "\r\n") == -1 ||
	    smtp_io_flush(&s->io, SMTP_COMMAND_SECONDS) == -1 ||
	    smtp_io_reply(&s->io, r, SMTP_COMMAND_SECONDS) == -1)
		return smtp_session_broken(s, what);
	return 0;
}

static int
greeting(struct smtp_session *s)
{
	struct smtp_reply r;

	if (smtp_io_reply(&s->io, &r, SMTP_GREETING_SECONDS) == -1)
		return smtp_session_broken(s, "the greeting");
	if (smtp_reply_class(&r) == 2)
		return 0;
	/* whatever it says, it says it to us, not about a recipient */
	smtp_outcome_reply(&s->failure, &r);
	s->failure.status[0] = '4';
	s->failure.class_ = 'T';
	s->failure.slow = SMTP_SLOW_SECONDS;
	return -1;
}

static int
tls_missing(struct smtp_session *s, char class_, const char *why)
{
	if (s->peer.tls <= SMTP_TLS_MAY && !s->peer.account[0] &&
	    !s->peer.implicit_tls)
		return 0;
	s->auth_failed = s->peer.account[0] && class_ == 'T';
	smtp_outcome_set(&s->failure, class_, "4.7.5", SMTP_REFUSED_SECONDS,
	    "TLS is required: ", why);
	return -1;
}

static int
handshake(struct smtp_session *s)
{
	enum smtp_tls policy = s->peer.tls;
	struct tlsd_session t;
	int rc;

	if (policy == SMTP_TLS_MAY &&
	    (s->peer.account[0] || s->peer.implicit_tls))
		policy = SMTP_TLS_REQUIRED;
	rc = tlsd_outward(
	    &t, s->io.fd, s->peer.name, tls_policies[policy], &s->peer.ip);
	smtp_io_close(&s->io);
	if (rc != 1) {
		s->tls_failed = true;
		s->auth_failed = s->peer.account[0] && rc == 0;
		smtp_outcome_set(&s->failure, rc == 0 ? 'T' : 'L', "4.7.5",
		    SMTP_SLOW_SECONDS, "TLS: ", t.reason);
		return -1;
	}
	smtp_io_open(&s->io, t.plain);
	s->tls = true;
	return 0;
}

/* 1: TLS is on, say hello again.  0: go on without.  -1. */
static int
starttls(struct smtp_session *s)
{
	struct smtp_reply r;

	if (s->peer.tls == SMTP_TLS_NONE || s->tls || s->peer.unix_path[0])
		return 0;
	if (!s->starttls)
		return tls_missing(s, 'T', "the server does not offer it");
	if (!tlsd_outward_is_up())
		return tls_missing(s, 'L', "tlsd is down");
	if (smtp_command(s, &r, "STARTTLS", "STARTTLS") == -1)
		return -1;
	if (smtp_reply_class(&r) != 2)
		return tls_missing(s, 'T', "the server refused STARTTLS");
	if (!smtp_io_is_quiet(&s->io)) {
		errno = EPROTO;
		return smtp_session_broken(s, "STARTTLS");
	}
	return handshake(s) == -1 ? -1 : 1;
}

static int
introduce(struct smtp_session *s, const struct smtp_settings *set)
{
	int rc;

	if (s->peer.implicit_tls) {
		if (!tlsd_outward_is_up())
			return tls_missing(s, 'L', "tlsd is down");
		if (handshake(s) == -1)
			return -1;
	}
	if (greeting(s) == -1 || smtp_hello(s, set->me) == -1)
		return -1;
	rc = starttls(s);
	if (rc == 1)
		rc = smtp_hello(s, set->me);
	if (rc == 0 && s->peer.account[0])
		rc = smtp_auth(s);
	return rc;
}

int
smtp_session_open(struct smtp_session *s, const struct smtp_peer *peer,
    const struct smtp_settings *set)
{
	char ip[IP_TEXT_SIZE];
	int fd;

	s->peer = *peer;
	s->tls = s->tls_failed = s->auth_failed = s->dirty = false;
	ip_format(ip, &peer->ip);
	snprintf(s->host, sizeof(s->host), "%s[%.*s]", peer->name, IP_TEXT_SIZE,
	    peer->unix_path[0] ? peer->unix_path : ip);
	fd = smtp_connect(s, set);
	if (fd == -1)
		return -1;
	smtp_io_open(&s->io, fd);
	if (introduce(s, set) == 0)
		return 0;
	if (s->io.fd != -1)
		smtp_session_quit(s);
	return -1;
}

bool
smtp_session_is_open(const struct smtp_session *s)
{
	return s->io.fd != -1;
}

void
smtp_session_quit(struct smtp_session *s)
{
	struct smtp_reply r;

	if (s->io.fd == -1)
		return;
	s->io.outlen = 0;
	/* the answer is waited for only so that the close is no reset */
	if (smtp_io_puts(&s->io, "QUIT\r\n") == 0 &&
	    smtp_io_flush(&s->io, SMTP_QUIT_SECONDS) == 0)
		(void)smtp_io_reply(&s->io, &r, SMTP_QUIT_SECONDS);
	smtp_io_close(&s->io);
}
