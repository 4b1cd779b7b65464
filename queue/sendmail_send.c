/* SPDX-License-Identifier: ISC */
#include "queue/sendmail_send.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "lib/log.h"
#include "queue/inject.h"
#include "queue/sendmail_header.h"

struct sending {
	const struct sendmail_options *o;
	struct inject in;
	struct sendmail_header h;
	char *line; /* of getline */
	size_t room;
	ssize_t len; /* of the line, without CR and LF; -1: no more */
	bool ended;  /* the line had a line end */
};

static void
read_line(struct sending *s)
{
	s->len = getline(&s->line, &s->room, stdin);
	s->ended = s->len > 0 && s->line[s->len - 1] == '\n';
	if (s->ended)
		s->len--;
	if (s->ended && s->len && s->line[s->len - 1] == '\r')
		s->len--;
	if (!s->o->ignore_dots && s->len == 1 && s->line[0] == '.')
		s->len = -1;
}

/* Fields until the blank line, or the first line that is none: that one is
 * text, and stays in line.  true: a blank line ended the header. */
static bool
read_header(struct sending *s)
{
	bool first = true;

	for (read_line(s); s->len != -1; read_line(s)) {
		size_t len = (size_t)s->len;

		if (first && len > 5 && memcmp(s->line, "From ", 5) == 0)
			continue; /* of an mbox */
		if (!len || !sendmail_is_field(s->line, len, first) ||
		    s->h.fields.len + len > SENDMAIL_HEADER_MAX)
			break;
		/* it would end the field, further on */
		for (char *cr = s->line; (cr = memchr(cr, '\r',
				(size_t)(s->line + len - cr)));)
			*cr = ' ';
		sa_catb(&s->h.fields, s->line, len);
		sa_append(&s->h.fields, '\n');
		first = false;
	}
	return s->len == 0;
}

static int
bad(const char *address, const char *why)
{
	log_warn(address, ": ", why);
	return EX_DATAERR;
}

static int
take_sender(struct sending *s)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *name = s->o->sender, *why;
	char uid[32];

	if (name && !*name)
		return EX_OK; /* the null sender */
	snprintf(uid, sizeof uid, "uid%lu", (unsigned long)getuid());
	if (!name)
		name = pw ? pw->pw_name : uid;
	return inject_address(&s->in.sender, &s->in, name, strlen(name), &why)
	    ? EX_OK
	    : bad(name, why);
}

static int
take_recipients(struct sending *s)
{
	char **r;
	const char *why = "";

	for (r = s->o->recipients; *r; r++)
		if (!inject_recipient(&s->in, *r, strlen(*r), &why))
			return bad(*r, why);
	if (s->o->from_header &&
	    sendmail_take_recipients(&s->h, &s->in, &why) == -1)
		return bad("a recipient in the header", why);
	if (!s->in.nrcpt)
		return bad("the message", "no recipients");
	return EX_OK;
}

/* blank: the line after the header was read and belongs to it. */
static void
send_body(struct sending *s, bool blank)
{
	if (inject_write(&s->in, s->h.out.s, s->h.out.len) == -1 ||
	    inject_write(&s->in, "\n", 1) == -1)
		return;
	if (blank)
		read_line(s);
	for (; s->len != -1; read_line(s))
		if (inject_write(&s->in, s->line, (size_t)s->len) == -1 ||
		    (s->ended && inject_write(&s->in, "\n", 1) == -1))
			return;
}

static int
code_of(const struct queue_answer *a)
{
	switch (a->result) {
	case QUEUE_ACCEPTED:
		return EX_OK;
	case QUEUE_MALFORMED:
		return EX_DATAERR;
	case QUEUE_RELAY_DENIED:
		return EX_NOPERM;
	default:
		return EX_TEMPFAIL;
	}
}

static int
hand_over(struct sending *s, bool blank)
{
	struct queue_answer answer;
	int code;

	sendmail_complete(&s->h, &s->in);
	if (inject_open(&s->in) == 0)
		send_body(s, blank);
	s->in.cut = ferror(stdin);
	inject_close(&s->in, &answer);
	code = code_of(&answer);
	if (code != EX_OK)
		log_warn("not queued: ", answer.reason);
	return code;
}

int
sendmail_send(const struct sendmail_options *o)
{
	struct sending s = { .o = o };
	bool blank;
	int code;

	if (inject_start(&s.in) == -1) {
		log_warn("etc/me is missing in the home of Postern");
		return EX_CONFIG;
	}
	s.h.full_name = o->full_name ? o->full_name : getenv("NAME");
	blank = read_header(&s);
	code = take_sender(&s);
	if (code == EX_OK)
		code = take_recipients(&s);
	if (code == EX_OK)
		code = hand_over(&s, blank);
	sa_free(&s.h.fields);
	sa_free(&s.h.out);
	free(s.line);
	return code;
}
