/* SPDX-License-Identifier: ISC */
#include "cdb-tools/seen.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define WHEN_AT 33 /* behind the mailbox and a blank */
#define IP_AT   44

/* One line; whatever is not as authd writes it is passed over. */
static void
take(struct seen *s, const char *line)
{
	size_t len, iplen, i;
	uint64_t when = 0;
	long id;

	for (len = 0; len < ADDR_MAILBOX_MAX && line[len] != ' '; len++)
		;
	if (!addr_is_mailbox(line, len) || line[SEEN_LINE - 1] != '\n')
		return;
	for (i = WHEN_AT; i < IP_AT - 1; i++) {
		if (line[i] < '0' || line[i] > '9')
			return;
		when = when * 10 + (uint64_t)(line[i] - '0');
	}
	for (iplen = 0; iplen < SEEN_IP_MAX && line[IP_AT + iplen] > ' ';
	     iplen++)
		;
	if (!names_add(&s->mailboxes, line, len, 0, &id))
		return;
	if (!((size_t)id & ((size_t)id - 1)))
		s->login = realloc(s->login,
		    (id ? (size_t)id * 2 : 1) * sizeof *s->login);
	if (!s->login)
		log_fatal(111, "out of memory");
	s->login[id] = (struct seen_login){ .when = when };
	memcpy(s->login[id].ip, line + IP_AT, iplen);
}

void
seen_load(struct seen *s)
{
	stralloc text = { 0 };
	size_t at;
	int got;

	*s = (struct seen){ 0 };
	names_init(&s->mailboxes);
	got = safefile_read(&text, SEEN_PATH, SEEN_FILE_MAX);
	if (got == -1 && errno != EACCES)
		log_warnsys("unable to read " SEEN_PATH);
	s->known = got == 1;
	for (at = 0; got == 1 && at + SEEN_LINE <= text.len; at += SEEN_LINE)
		take(s, text.s + at);
	sa_free(&text);
}

const struct seen_login *
seen_find(const struct seen *s, const char *mailbox, size_t len)
{
	long id = names_find(&s->mailboxes, mailbox, len);

	return id == -1 ? NULL : &s->login[id];
}

void
seen_free(struct seen *s)
{
	names_free(&s->mailboxes);
	free(s->login);
}
