/* SPDX-License-Identifier: ISC */
#include "smtpd/auth.h"

#include <string.h>
#include <strings.h>
#include "lib/base64.h"
#include "lib/log.h"
#include "smtpd/relay.h"
#include "smtpd/reply.h"

struct login {
	char raw[AUTH_RAW_MAX + 1]; /* a decoded answer, NUL behind it */
	size_t len;
	char user[AUTHD_USER_MAX + 1];
	char password[AUTHD_PASSWORD_MAX + 1];
};

/* The client's next line, or NULL: answered, or the client is gone. */
static char *
read_line(struct session *s)
{
	char *line;
	int r;

	for (;;) {
		switch (client_line(&s->client, &line, AUTH_LINE_MAX)) {
		case CLIENT_LINE:
			return line;
		case CLIENT_TOO_LONG:
			reply(s, "500 5.5.6 the answer is too long");
			return NULL;
		case CLIENT_BAD:
			reply(s, "500 5.5.2 only CR LF ends a line");
			s->closing = true;
			return NULL;
		case CLIENT_MORE:
			r = client_fill(&s->client, CLIENT_COMMAND_SECONDS);
			if (r == 1)
				break;
			session_lost(s, r);
			return NULL;
		}
	}
}

/* Decodes an answer into l->raw; wipes it. */
static bool
decode(struct session *s, struct login *l, char *text)
{
	size_t len = strlen(text);
	bool good;

	if (strcmp(text, "*") == 0) {
		reply(s, "501 5.7.0 the login is cancelled");
		return false;
	}
	if (strcmp(text, "=") == 0)
		len = 0;
	good = len / 4 * 3 <= AUTH_RAW_MAX &&
	       base64_decode(l->raw, &l->len, text, len) == 1;
	explicit_bzero(text, len);
	if (!good)
		reply(s, "501 5.5.2 the answer is not base64");
	else
		l->raw[l->len] = 0;
	return good;
}

/* The initial response, else what the client says to the prompt. */
static bool
get_answer(
    struct session *s, struct login *l, const char *initial, const char *prompt)
{
	char *text = (char *)initial; /* in the client's buffer: ours to wipe */

	if (!*initial) {
		reply(s, "334 ", prompt);
		text = read_line(s);
	}
	return text && decode(s, l, text);
}

/* A field of l->raw; false: too long, empty, or with a NUL inside. */
static bool
take(char *out, size_t size, const char *p, size_t len)
{
	if (!len || len >= size || memchr(p, 0, len))
		return false;
	memcpy(out, p, len);
	out[len] = 0;
	return true;
}

/* [authzid] NUL authcid NUL password.  NULL, or what to say instead. */
static const char *
split_plain(struct login *l)
{
	const char *end = l->raw + l->len, *user, *password;

	user = memchr(l->raw, 0, l->len);
	password = user ? memchr(user + 1, 0, (size_t)(end - user - 1)) : NULL;
	if (!password ||
	    !take(l->user, sizeof l->user, user + 1,
		(size_t)(password - user - 1)) ||
	    !take(l->password, sizeof l->password, password + 1,
		(size_t)(end - password - 1)))
		return "501 5.5.2 that is no name and password";
	if (l->raw[0] && strcasecmp(l->raw, l->user) != 0)
		return "535 5.7.8 nobody may act for another here";
	return NULL;
}

/* authd was not asked, or did not answer: it has no line of this one. */
static void
refuse(struct session *s, const struct login *l, const char *text)
{
	reply(s, text);
	log_event("auth", "ip", s->ip_text, "user", *l->user ? l->user : NULL,
	    "result", *text == '4' ? "later" : "refused", "reason",
	    *text == '4' ? s->account.reason : text);
}

static bool
get_plain(struct session *s, struct login *l, const char *initial)
{
	const char *wrong;

	if (!get_answer(s, l, initial, ""))
		return false;
	wrong = split_plain(l);
	if (wrong)
		refuse(s, l, wrong);
	return !wrong;
}

static bool
get_login(struct session *s, struct login *l, const char *initial)
{
	if (!get_answer(s, l, initial, "VXNlcm5hbWU6"))
		return false;
	if (!take(l->user, sizeof l->user, l->raw, l->len)) {
		refuse(s, l, "501 5.5.2 that is no name");
		return false;
	}
	if (!get_answer(s, l, "", "UGFzc3dvcmQ6"))
		return false;
	if (!take(l->password, sizeof l->password, l->raw, l->len)) {
		refuse(s, l, "501 5.5.2 that is no password");
		return false;
	}
	return true;
}

static void
verify(struct session *s, struct login *l)
{
	client_flush(&s->client);
	switch (authd_verify(
	    &s->account, AUTHD_SMTP_PATH, l->user, l->password, &s->ip)) {
	case AUTHD_YES:
		s->authed = true;
		s->logins = 0;
		s->client.deadline = s->deadline;
		reply(s, "235 2.7.0 welcome");
		return;
	case AUTHD_NO:
		s->logins++;
		reply(s, "535 5.7.8 wrong name or password");
		return;
	case AUTHD_DISABLED:
		s->logins++;
		reply(s, "535 5.7.13 ",
		    s->account.reason[0] ? s->account.reason
					 : "this mailbox is disabled");
		return;
	case AUTHD_TRY_LATER:
		refuse(s, l,
		    "454 4.7.0 cannot check the password now: try again");
		return;
	}
}

static bool
may_login(struct session *s)
{
	bool may = false;

	if (s->greeted != COMMAND_EHLO) {
		reply(s, "503 5.5.1 say EHLO first");
	} else if (s->t.open) {
		reply(s, "503 5.5.1 not inside a message");
	} else if (s->authed && relay_ask(s) != RELAY_NO) {
		s->t.granted = false; /* no transaction asked */
		reply(s, "503 5.5.1 you are logged in already");
	} else if (!session_auth_allowed(s)) {
		reply(s, "538 5.7.11 no password without encryption: switch on "
			 "STARTTLS in your mail program (ports 587 and 25), or "
			 "TLS on port 465");
	} else {
		may = true;
	}
	return may;
}

void
auth_command(struct session *s, const char *arg)
{
	size_t n = strcspn(arg, " ");
	const char *initial = arg + n + strspn(arg + n, " ");
	struct login l = { .user = "" };
	bool good = false;

	if (!may_login(s))
		return;
	s->authed = false; /* a login that has ended */
	if (n == 5 && strncasecmp(arg, "PLAIN", n) == 0)
		good = get_plain(s, &l, initial);
	else if (n == 5 && strncasecmp(arg, "LOGIN", n) == 0)
		good = get_login(s, &l, initial);
	else if (!n)
		reply(s, "501 5.5.4 say AUTH PLAIN or AUTH LOGIN");
	else
		reply(s, "504 5.5.4 PLAIN and LOGIN are what there is");
	if (good)
		verify(s, &l);
	explicit_bzero(&l, sizeof l);
}
