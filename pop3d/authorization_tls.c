/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/netfile.h"
#include "pop3d/authorization_inside.h"
#include "tlsd/tlsd.h"

static void
log_lines(struct line_errors *errors)
{
	char *s, *rest;

	sa_0(&errors->text);
	for (rest = errors->text.s; (s = strsep(&rest, "\n"));)
		if (*s)
			log_warn(s);
	log_warn(PLAINTEXT_FILE " counts as empty until it is mended");
}

bool
authorization_may(struct authorization *a)
{
	struct line_errors errors = { 0 };
	int found;

	if (a->tls[0])
		return true;
	if (a->passwords != -1)
		return a->passwords;
	found = netfile_has(PLAINTEXT_FILE, &a->remote, &errors);
	if (found == -1 && errno == ENOENT)
		found = ip_is_loopback(&a->remote);
	else if (found == -1 && errors.n > 0)
		log_lines(&errors);
	else if (found == -1)
		log_warnsys(
		    "unable to read " PLAINTEXT_FILE ", it counts as empty");
	line_errors_free(&errors);
	a->passwords = found == 1;
	return a->passwords;
}

bool
authorization_can_stls(struct authorization *a)
{
	if (a->tls[0])
		return false;
	if (a->stls == -1)
		a->stls = a->is_socket && tlsd_is_up();
	return a->stls;
}

enum then
authorization_start_tls(struct authorization *a)
{
	struct tlsd_session tls;
	int result;

	result = tlsd_inward(&tls, a->in.fd, "pop3", &a->remote);
	close(a->in.fd);
	if (a->out.fd != a->in.fd)
		close(a->out.fd);
	if (result != 1) {
		log_event("tls", "ip", a->ip, "result",
		    result == 0 ? "failed" : "unavailable", "reason",
		    tls.reason);
		a->out.error = EPIPE;
		return LEAVE;
	}
	snprintf(a->tls, sizeof a->tls, "%s",
	    tls.protocol[0] ? tls.protocol : "TLS");
	a->has_user = false;
	lines_init(&a->in, tls.plain);
	a->out.fd = tls.plain;
	return STAY;
}
