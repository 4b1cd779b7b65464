/* SPDX-License-Identifier: ISC */
#include "smtpd/greet.h"

#include <string.h>
#include "lib/log.h"
#include "smtpd/reply.h"
#include "smtpd/starttls.h"

void
greet_banner(struct session *s)
{
	reply(s, "220 ", s->me.s, " ESMTP Postern");
}

/* 0: refused. */
static int
greet(struct session *s, enum command how, const char *arg)
{
	if (!command_is_helo(arg)) {
		reply(s, *arg ? "501 5.5.4 that is no host name"
			      : "501 5.5.4 say your host name");
		return 0;
	}
	session_reset(s);
	s->greeted = how;
	sa_copys(&s->helo, arg);
	sa_0(&s->helo);
	return 1;
}

void
greet_helo(struct session *s, const char *arg)
{
	if (greet(s, COMMAND_HELO, arg))
		reply(s, "250 ", s->me.s);
}

void
greet_ehlo(struct session *s, const char *arg)
{
	if (!greet(s, COMMAND_EHLO, arg))
		return;
	reply(s, "250-", s->me.s);
	reply(s, "250-PIPELINING");
	reply(s, "250-8BITMIME");
	reply(s, "250-SIZE ", log_num(s->databytes));
	if (starttls_offered(s))
		reply(s, "250-STARTTLS");
	if (session_auth_allowed(s))
		reply(s, "250-AUTH PLAIN LOGIN");
	reply(s, "250 ENHANCEDSTATUSCODES");
}

void
greet_rset(struct session *s, const char *arg)
{
	(void)arg;
	session_reset(s);
	reply(s, "250 2.0.0 ok");
}

void
greet_noop(struct session *s, const char *arg)
{
	(void)arg;
	reply(s, "250 2.0.0 ok");
}

void
greet_help(struct session *s, const char *arg)
{
	(void)arg;
	reply(s, "214 2.0.0 see RFC 5321");
}

void
greet_vrfy(struct session *s, const char *arg)
{
	if (!*arg)
		reply(s, "501 5.5.4 VRFY whom?");
	else
		reply(s, "252 2.5.2 send some mail, and you will see");
}

void
greet_expn(struct session *s, const char *arg)
{
	(void)arg;
	reply(s, "502 5.5.1 lists are not shown here");
}

void
greet_quit(struct session *s, const char *arg)
{
	(void)arg;
	reply(s, "221 2.0.0 ", s->me.s, " goodbye");
	s->closing = true;
}

void
greet_unknown(struct session *s, const char *arg)
{
	(void)arg;
	reply(s, "500 5.5.1 no such command");
}

/* A browser made to talk to us: what follows is not the client's own. */
void
greet_foreign(struct session *s, const char *arg)
{
	(void)arg;
	reply_refused(
	    s, NULL, "421 4.7.0 ", s->me.s, " speaks SMTP and nothing else");
}
