/* SPDX-License-Identifier: ISC */
#include "smtpd/starttls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "smtpd/reply.h"
#include "tlsd/tlsd.h"

/* A UCSPI server may put pipes between the client and us. */
static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool
starttls_offered(struct session *s)
{
	if (s->ucspi_tls)
		return !s->tls;
	if (s->tls || !is_socket(s->client.in))
		return false;
	if (s->tls_up == -1)
		s->tls_up = tlsd_is_up();
	return s->tls_up;
}

/* RFC 3207 section 4.2: nothing learned before TLS counts afterwards. */
static void
forget(struct session *s)
{
	session_reset(s);
	sa_clear(&s->helo);
	s->greeted = COMMAND_UNKNOWN;
	s->auth_allowed = -1;
	s->authed = false;
}

static int
failed(struct session *s, const char *why)
{
	log_event("tls", "ip", s->ip_text, "result", "failed", "reason", why);
	s->client.broken = s->closing = true;
	return -1;
}

/* The plain stream that the client is at now. */
static int
go_on(struct session *s, int in, int out, const char *protocol,
    const char *cipher)
{
	uint64_t deadline = s->client.deadline;

	close(s->client.in);
	if (s->client.out != s->client.in)
		close(s->client.out);
	client_init(&s->client, in, out);
	s->client.deadline = deadline;
	s->tls = true;
	snprintf(s->tls_text, sizeof s->tls_text, "%s%s%s", protocol,
	    *protocol && *cipher ? " " : "", cipher);
	forget(s);
	return 0;
}

static int
hand_over(struct session *s)
{
	struct ucspi_tls *u = s->ucspi_tls;
	struct tlsd_session tls;

	if (u) {
		if (ucspi_tls_start(u, TLSD_TIMEOUT_MS) == -1)
			return failed(s, strerror(errno));
		return go_on(s, u->in, u->out, u->protocol, u->cipher);
	}
	if (tlsd_inward(&tls, s->client.in, "smtp", &s->ip) != 1)
		return failed(s, tls.reason);
	return go_on(s, tls.plain, tls.plain, tls.protocol, tls.cipher);
}

int
starttls_at_once(struct session *s)
{
	return hand_over(s);
}

void
starttls_command(struct session *s, const char *arg)
{
	(void)arg;
	if (s->tls) {
		reply(s, "503 5.5.1 TLS is on already");
	} else if (!starttls_offered(s) ||
	    (!s->ucspi_tls && !tlsd_is_up())) {
		reply(s, "454 4.7.0 TLS is not to be had just now");
	} else if (!client_is_drained(&s->client)) {
		/* somebody put commands in front of the client's own */
		reply_refused(s, NULL,
		    "501 5.5.1 nothing may follow STARTTLS "
		    "before the handshake");
		s->closing = true;
	} else {
		reply(s, "220 2.0.0 go ahead");
		if (client_flush(&s->client) == 0)
			hand_over(s);
	}
}
