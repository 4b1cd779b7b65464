/* SPDX-License-Identifier: ISC */
#include "smtpd/session.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "smtpd/auth.h"
#include "smtpd/data.h"
#include "smtpd/envelope.h"
#include "smtpd/greet.h"
#include "smtpd/reply.h"
#include "smtpd/settings.h"
#include "smtpd/starttls.h"

/* For the signal: stop was asked for; where somebody waits for a command, or
 * -1; what he hears. */
static volatile sig_atomic_t stopping, waiting_fd = -1;
static const stralloc *bye;

/* counted: it does nothing for a message, and only so many are taken.  alone: its
 * name, where nothing may follow it (RFC 5321 section 4.1.1). */
static const struct {
	void (*run)(struct session *s, const char *arg);
	bool counted;
	const char *alone;
} handlers[COMMANDS] = {
	[COMMAND_AUTH] = { auth_command, true },
	[COMMAND_DATA] = { data_command, false, "DATA" },
	[COMMAND_EHLO] = { greet_ehlo, true },
	[COMMAND_EXPN] = { greet_expn, true },
	[COMMAND_HELO] = { greet_helo, true },
	[COMMAND_HELP] = { greet_help, true },
	[COMMAND_MAIL] = { envelope_mail, true },
	[COMMAND_NOOP] = { greet_noop, true },
	[COMMAND_QUIT] = { greet_quit, false, "QUIT" },
	[COMMAND_RCPT] = { envelope_rcpt, false },
	[COMMAND_RSET] = { greet_rset, true, "RSET" },
	[COMMAND_STARTTLS] = { starttls_command, true, "STARTTLS" },
	[COMMAND_VRFY] = { greet_vrfy, true },
	[COMMAND_FOREIGN] = { greet_foreign, false },
	[COMMAND_UNKNOWN] = { greet_unknown, true },
};

void
session_reset(struct session *s)
{
	struct transaction empty = { .sender = s->t.sender,
		.rcpts = s->t.rcpts };

	sa_clear(&empty.sender);
	sa_0(&empty.sender);
	sa_clear(&empty.rcpts);
	s->t = empty;
	table_turn();
}

bool
session_is_submission(const struct session *s)
{
	return strcmp(s->class_name, "smtp") != 0;
}

bool
session_auth_allowed(struct session *s)
{
	if (s->auth_allowed == -1)
		s->auth_allowed = s->tls || settings_plaintext(s);
	return s->auth_allowed;
}

void
session_lost(struct session *s, int fill_result)
{
	session_reset(s);
	s->closing = true;
	if (fill_result == -1 && errno == ETIMEDOUT)
		reply(s, "421 4.4.2 ", s->me.s, " waited too long");
}

static void
run_line(struct session *s, char *line)
{
	const char *arg;
	enum command id = command_scan(line, &arg);

	if (handlers[id].counted)
		s->commands++;
	if (handlers[id].alone && *arg)
		reply(s, "501 5.5.4 ", handlers[id].alone,
		    " takes nothing behind it");
	else
		handlers[id].run(s, arg);
}

/* The listener stops.  Whoever waits for a command has nothing to lose. */
static void
stop(int sig)
{
	(void)sig;
	stopping = 1;
	if (waiting_fd == -1)
		return;
	if (write(waiting_fd, bye->s, bye->len) == -1)
		_exit(1);
	_exit(0);
}

static int
wait_for_command(struct session *s)
{
	int r;

	if (client_flush(&s->client) == -1)
		return -1;
	bye = &s->bye;
	waiting_fd = s->client.out;
	if (stopping)
		stop(SIGTERM);
	r = client_fill(&s->client, CLIENT_COMMAND_SECONDS);
	waiting_fd = -1;
	table_turn(); /* tables are looked at once for a batch of commands */
	return r;
}

static void
next(struct session *s)
{
	char *line;
	int r;

	switch (client_line(&s->client, &line, CLIENT_LINE_MAX)) {
	case CLIENT_MORE:
		r = wait_for_command(s);
		if (r != 1)
			session_lost(s, r);
		return;
	case CLIENT_TOO_LONG:
		reply(s, "500 5.5.2 the line is too long");
		return;
	case CLIENT_BAD:
		reply_refused(s, NULL,
		    "500 5.5.2 only CR LF ends a line, and "
		    "no NUL is in one");
		s->closing = true;
		return;
	case CLIENT_LINE:
		run_line(s, line);
		return;
	}
}

static void
check_limits(struct session *s)
{
	const char *what = NULL;

	if (s->errors >= SESSION_ERRORS_MAX)
		what = " too many errors";
	else if (s->deferred >= SESSION_DEFERRED_MAX)
		what = " too many failures";
	else if (s->commands >= SESSION_COMMANDS_MAX)
		what = " too many commands without a message";
	else if (s->logins >= SESSION_LOGINS_MAX)
		what = " too many logins that failed";
	if (what && !s->closing)
		reply_refused(s, NULL, "421 4.7.0 ", s->me.s, what);
}

void
session_run(struct session *s)
{
	s->greeted = COMMAND_UNKNOWN;
	s->auth_allowed = -1;
	s->relayd = s->queued = -1;
	s->deadline = clock_boot_ms() + SESSION_SECONDS * 1000UL;
	s->client.deadline = clock_boot_ms() + SESSION_IDLE_SECONDS * 1000UL;
	ip_format(s->ip_text, &s->ip);
	session_reset(s);
	if (strcmp(s->class_name, "submissions") == 0) {
		if (s->ucspi && !s->ucspi_tls)
			s->tls = true; /* the server in front of us did it */
		else if (starttls_at_once(s) == -1)
			return;
	}
	signal(SIGTERM, stop);
	settings_look(s);
	greet_banner(s);
	while (!s->closing) {
		next(s);
		check_limits(s);
	}
	client_end(&s->client);
}
