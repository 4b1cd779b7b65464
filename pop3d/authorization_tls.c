/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/netfile.h"
#include "lib/text.h"
#include "pop3d/authorization_inside.h"
#include "tlsd/tlsd.h"

/* What the acceptor has looked at, its children need not ask for. */
static struct netfile plaintext = { .path = PLAINTEXT_FILE };
static int tls_up = -1;

void
authorization_prepare(void *arg)
{
	(void)arg;
	netfile_look(&plaintext, "no password is taken without TLS");
	tls_up = tlsd_is_up() ? 1 : -1; /* a no is asked again */
}

bool
authorization_may(struct authorization *a)
{
	if (a->tls[0])
		return true;
	if (a->passwords != -1)
		return a->passwords;
	netfile_look(&plaintext, "no password is taken without TLS");
	a->passwords = plaintext.state == NETFILE_NONE
			   ? ip_is_loopback(&a->remote)
			   : netfile_has(&plaintext, &a->remote);
	return a->passwords;
}

bool
authorization_can_stls(struct authorization *a)
{
	if (a->ucspi_tls)
		return !a->tls[0];
	if (a->tls[0] || !a->is_socket)
		return false;
	if (tls_up == -1)
		tls_up = tlsd_is_up();
	return tls_up;
}

static enum then
failed(struct authorization *a, const char *result, const char *reason)
{
	log_event("tls", "ip", a->ip, "result", result, "reason", reason);
	a->out.error = EPIPE;
	return LEAVE;
}

/* The plain stream that the client is at now. */
static enum then
go_on(struct authorization *a, int in, int out, const char *protocol)
{
	close(a->in.fd);
	if (a->out.fd != a->in.fd)
		close(a->out.fd);
	text_copy(a->tls, sizeof a->tls, *protocol ? protocol : "TLS");
	a->has_user = false;
	lines_init(&a->in, in);
	a->out.fd = out;
	return STAY;
}

enum then
authorization_start_tls(struct authorization *a)
{
	struct ucspi_tls *u = a->ucspi_tls;
	struct tlsd_session tls;
	int result;

	if (u) {
		if (ucspi_tls_start(u, TLSD_TIMEOUT_MS) == -1)
			return failed(a, "failed", strerror(errno));
		return go_on(a, u->in, u->out, u->protocol);
	}
	result = tlsd_inward(&tls, a->in.fd, "pop3", &a->remote);
	if (result != 1)
		return failed(a, result == 0 ? "failed" : "unavailable",
		    tls.reason);
	return go_on(a, tls.plain, tls.plain, tls.protocol);
}
