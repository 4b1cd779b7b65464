/* SPDX-License-Identifier: ISC */
#include "pop3d/authorization.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "pop3d/authorization_inside.h"
#include "pop3d/capa.h"
#include "pop3d/command.h"
#include "pop3d/plain.h"
#include "tlsd/tlsd.h"

#define NEEDS_TLS                                                              \
	"[SYS/PERM] your mail program must use TLS (SSL/TLS on port 995, or "  \
	"STARTTLS)"

enum then
authorization_error(struct authorization *a, const char *text)
{
	reply_say(&a->out, "-ERR ", text);
	return STAY;
}

enum then
authorization_bad(struct authorization *a, const char *text)
{
	authorization_error(a, text);
	if (++a->errors < POP3D_ERRORS_MAX)
		return STAY;
	reply_say(&a->out, "-ERR too many errors");
	return LEAVE;
}

static enum then
refuse_plaintext(struct authorization *a)
{
	log_event("login", "service", "pop3", "ip", a->ip, "result", "refused",
	    "reason", "no TLS, and not in " PLAINTEXT_FILE);
	return authorization_bad(a, NEEDS_TLS);
}

/* Whom authd is not asked about has its line here. */
static void
log_login(const struct authorization *a, const char *user, const char *result,
    const char *reason)
{
	log_event("login", "service", "pop3", "user", *user ? user : NULL, "ip",
	    a->ip, "result", result, "reason", reason);
}

static enum then
do_user(struct authorization *a, const struct command *c)
{
	size_t len = c->arglen;

	if (!authorization_may(a))
		return refuse_plaintext(a);
	while (len > 0 && c->arg[len - 1] == ' ')
		len--;
	if (len == 0)
		return authorization_bad(a, "usage: USER name");
	/* any name will do: PASS says whether there is one */
	a->has_user = true;
	a->user_fits = len < sizeof a->user;
	if (!a->user_fits)
		len = sizeof a->user - 1;
	memcpy(a->user, c->arg, len);
	a->user[len] = '\0';
	reply_say(&a->out, "+OK");
	return STAY;
}

static enum then
do_pass(struct authorization *a, const struct command *c)
{
	char password[AUTHD_PASSWORD_MAX + 1];
	enum then then;

	if (!authorization_may(a))
		return refuse_plaintext(a);
	if (!a->has_user)
		return authorization_bad(a, "USER comes first");
	a->has_user = false;
	if (!a->user_fits || c->arglen == 0 || c->arglen >= sizeof password) {
		log_login(a, a->user, "bad", "length");
		return authorization_wrong(a);
	}
	memcpy(password, c->arg, c->arglen);
	password[c->arglen] = '\0';
	then = authorization_login(a, a->user, password);
	explicit_bzero(password, sizeof password);
	return then;
}

static enum then
take_response(struct authorization *a, const char *s, size_t len)
{
	struct plain p;
	enum then then;

	a->wants_response = false;
	if (len == 1 && *s == '*')
		return authorization_error(a, "cancelled");
	if (len == 1 && *s == '=')
		len = 0;
	switch (plain_parse(&p, s, len)) {
	case PLAIN_OK:
		then = authorization_login(a, p.user, p.password);
		break;
	case PLAIN_FOREIGN:
		log_login(a, p.user, "refused", "acts for another");
		then = authorization_bad(
		    a, "[AUTH] logging in for another name is not offered");
		break;
	default:
		log_login(a, p.user, "refused", "malformed");
		then = authorization_bad(a, "this is not AUTH PLAIN");
	}
	explicit_bzero(&p, sizeof p);
	return then;
}

static enum then
do_auth(struct authorization *a, const struct command *c)
{
	const char *blank = memchr(c->arg, ' ', c->arglen);
	size_t len = blank ? (size_t)(blank - c->arg) : c->arglen;

	if (c->arglen == 0) {
		reply_say(&a->out, "+OK");
		reply_say(&a->out, authorization_may(a) ? "PLAIN\r\n." : ".");
		return STAY;
	}
	if (!authorization_may(a))
		return refuse_plaintext(a);
	if (len != 5 || strncasecmp(c->arg, "PLAIN", 5) != 0)
		return authorization_bad(a, "the mechanism is PLAIN");
	if (blank)
		return take_response(a, blank + 1, c->arglen - len - 1);
	a->wants_response = true;
	reply_say(&a->out, "+ ");
	return STAY;
}

static enum then
do_stls(struct authorization *a, const struct command *c)
{
	if (c->arglen > 0)
		return authorization_bad(a, "usage: STLS");
	if (a->tls[0])
		return authorization_bad(a, "TLS is on already");
	if (!authorization_can_stls(a) || (!a->ucspi_tls && !tlsd_is_up()))
		return authorization_bad(a, "[SYS/TEMP] no TLS here now");
	if (lines_buffered(&a->in)) {
		log_event("tls", "ip", a->ip, "result", "refused", "reason",
		    "commands behind STLS");
		authorization_error(a, "nothing may follow STLS before TLS");
		return LEAVE;
	}
	reply_say(&a->out, "+OK begin TLS");
	if (reply_flush(&a->out) == -1)
		return LEAVE;
	return authorization_start_tls(a);
}

static enum then
handle(struct authorization *a, const char *line, size_t len)
{
	struct command c;

	command_parse(&c, line, len);
	if (len > POP3D_LINE_MAX - 2 && c.verb != VERB_AUTH)
		return authorization_bad(a, "this line is too long");
	switch (c.verb) {
	case VERB_USER:
		return do_user(a, &c);
	case VERB_PASS:
		return do_pass(a, &c);
	case VERB_AUTH:
		return do_auth(a, &c);
	case VERB_STLS:
		return do_stls(a, &c);
	case VERB_CAPA:
		capa_say(
		    &a->out, authorization_may(a), authorization_can_stls(a));
		return STAY;
	case VERB_QUIT:
		reply_say(&a->out, "+OK bye");
		return LEAVE;
	case VERB_UNKNOWN:
		return authorization_bad(a, "no such command");
	case VERB_APOP:
		return authorization_bad(a,
		    "[SYS/PERM] APOP is not offered, use USER or AUTH PLAIN");
	default:
		return authorization_bad(a, "log in first");
	}
}

static enum then
handle_buffered(struct authorization *a)
{
	enum then then = STAY;
	char *line;
	size_t len;
	int got;

	while (
	    then == STAY && !a->out.error &&
	    (got = lines_take(&a->in, &line, &len, POP3D_AUTH_LINE_MAX)) != 0) {
		if (++a->commands > POP3D_COMMANDS_MAX) {
			authorization_error(a, "log in sooner");
			return LEAVE;
		}
		if (got == -1) {
			a->wants_response = false;
			then = authorization_bad(a, "this line is too long");
			continue;
		}
		then = a->wants_response ? take_response(a, line, len)
					 : handle(a, line, len);
		explicit_bzero(line, len); /* it may have been a password */
	}
	return then;
}

static void
talk(struct authorization *a)
{
	uint64_t end = clock_boot_ms() + POP3D_LOGIN_SECONDS * 1000, now;
	enum then then;

	reply_say(&a->out, "+OK Postern POP3 ready");
	for (;;) {
		then = handle_buffered(a);
		if (reply_flush(&a->out) == -1 || then == LEAVE)
			return;
		now = clock_boot_ms();
		if (now >= end)
			return;
		if (lines_fill(&a->in, (int)(end - now)) != 1)
			return;
	}
}

int
authorization_run(const struct authorization_peer *peer)
{
	static struct authorization a;
	struct stat st;

	a.remote = peer->conn.remote;
	a.passwords = -1;
	ip_format(a.ip, &a.remote);
	text_copy(a.tls, sizeof a.tls, peer->tls);
	a.ucspi_tls = peer->ucspi_tls;
	a.is_socket = fstat(peer->conn.fd, &st) == 0 && S_ISSOCK(st.st_mode);
	/* a pipe: a write has its deadline only so */
	if (peer->out_fd != peer->conn.fd &&
	    fcntl(peer->out_fd, F_SETFL, O_NONBLOCK) == -1)
		log_fatalsys(111, "unable to use descriptor ",
		    log_num((unsigned)peer->out_fd));
	lines_init(&a.in, peer->conn.fd);
	reply_init(&a.out, peer->out_fd, POP3D_WRITE_SECONDS * 1000);
	if (strcmp(peer->conn.class_name, "pop3s") == 0 && !a.tls[0] &&
	    authorization_start_tls(&a) == LEAVE)
		return 0;
	talk(&a);
	if (a.empty)
		transaction_run(a.empty);
	lines_wipe(&a.in);
	return 0;
}
