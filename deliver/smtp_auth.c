/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include "deliver/remote_secret.h"
#include "deliver/smtp_client.h"
#include "lib/base64.h"
#include "lib/log.h"

#define PLAIN_SIZE (2 * SECRET_PART_SIZE + 2)
#define LINE_SIZE  (PLAIN_SIZE * 4 / 3 + 32)

static void
base64(char *out, const char *in, size_t len)
{
	out[base64_encode(out, in, len)] = 0;
}

/* A command that holds a secret: neither its line nor the buffer keeps it. */
static int
secret_command(struct smtp_session *s, struct smtp_reply *r, char *line)
{
	int rc = smtp_command(s, r, line, "AUTH");

	explicit_bzero(line, LINE_SIZE);
	explicit_bzero(s->io.out, LINE_SIZE);
	return rc;
}

static int
auth_plain(struct smtp_session *s, const struct remote_secret *secret,
    struct smtp_reply *r)
{
	char plain[PLAIN_SIZE], line[LINE_SIZE] = "AUTH PLAIN ";
	size_t user = strlen(secret->user), pass = strlen(secret->password);

	plain[0] = 0;
	memcpy(plain + 1, secret->user, user + 1);
	memcpy(plain + user + 2, secret->password, pass);
	base64(line + strlen(line), plain, user + pass + 2);
	explicit_bzero(plain, sizeof(plain));
	return secret_command(s, r, line);
}

static int
auth_login(struct smtp_session *s, const struct remote_secret *secret,
    struct smtp_reply *r)
{
	char line[LINE_SIZE];

	if (smtp_command(s, r, "AUTH LOGIN", "AUTH") == -1)
		return -1;
	if (r->code != 334)
		return 0;
	base64(line, secret->user, strlen(secret->user));
	if (secret_command(s, r, line) == -1)
		return -1;
	if (r->code != 334)
		return 0;
	base64(line, secret->password, strlen(secret->password));
	return secret_command(s, r, line);
}

static int
unable(struct smtp_session *s, char class_, const char *why)
{
	s->auth_failed = true;
	smtp_outcome_set(&s->failure, class_, class_ == 'L' ? "4.3.5" : "4.7.0",
	    SMTP_REFUSED_SECONDS, why, " (account ", s->peer.account, ")");
	log_warn(
	    "auth: host=", s->host, " account=", s->peer.account, ": ", why);
	return -1;
}

static int
judge(struct smtp_session *s, const struct smtp_reply *r)
{
	char text[DELIVER_TEXT_MAX / 2];

	if (smtp_reply_class(r) == 2)
		return 0;
	/* 454: it cannot tell now, which passes by itself */
	s->auth_failed = smtp_reply_class(r) != 4;
	smtp_reply_format(text, sizeof(text), r);
	smtp_outcome_set(&s->failure, 'T', "4.7.8", SMTP_REFUSED_SECONDS,
	    "AUTH as ", s->peer.account, " was refused: ", text);
	log_event("auth-refused", "host", s->host, "account", s->peer.account,
	    "reason", text);
	return -1;
}

int
smtp_auth(struct smtp_session *s)
{
	struct remote_secret secret;
	struct smtp_reply r;
	const char *why;
	int rc;

	if (!s->tls)
		return unable(s, 'T',
		    "AUTH without TLS is not done: the "
		    "server does not offer STARTTLS");
	if (!s->auth_plain && !s->auth_login)
		return unable(s, 'T',
		    "the server offers neither AUTH PLAIN "
		    "nor LOGIN");
	if (remote_secret_get(&secret, s->peer.account, &why) == -1)
		return unable(s, 'L', why);
	rc = s->auth_plain ? auth_plain(s, &secret, &r)
			   : auth_login(s, &secret, &r);
	explicit_bzero(&secret, sizeof(secret));
	if (rc == -1)
		return -1;
	if (smtp_reply_class(&r) == 5 && s->auth_plain && s->auth_login &&
	    r.code == 504) {
		s->auth_plain = false;
		return smtp_auth(s);
	}
	return judge(s, &r);
}
