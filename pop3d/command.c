/* SPDX-License-Identifier: ISC */
#include "pop3d/command.h"

#include <case.h>
#include <string.h>

static const struct {
	const char *name;
	enum verb verb;
} verbs[] = {
	{ "RETR", VERB_RETR },
	{ "DELE", VERB_DELE },
	{ "USER", VERB_USER },
	{ "PASS", VERB_PASS },
	{ "STAT", VERB_STAT },
	{ "LIST", VERB_LIST },
	{ "UIDL", VERB_UIDL },
	{ "QUIT", VERB_QUIT },
	{ "CAPA", VERB_CAPA },
	{ "AUTH", VERB_AUTH },
	{ "STLS", VERB_STLS },
	{ "TOP", VERB_TOP },
	{ "NOOP", VERB_NOOP },
	{ "RSET", VERB_RSET },
	{ "APOP", VERB_APOP },
};

void
command_parse(struct command *c, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	size_t n = blank ? (size_t)(blank - line) : len;
	size_t i;

	c->verb = VERB_UNKNOWN;
	c->arg = blank ? blank + 1 : line + len;
	c->arglen = (size_t)(line + len - c->arg);
	if (memchr(line, '\0', len))
		return;
	for (i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strlen(verbs[i].name) == n &&
		    case_equalb(verbs[i].name, n, line))
			c->verb = verbs[i].verb;
}

int
command_numbers(const struct command *c, uint32_t *n, int max)
{
	const char *p = c->arg, *end = c->arg + c->arglen;
	int count = 0;
	uint64_t value;

	for (;;) {
		while (p < end && *p == ' ')
			p++;
		if (p == end)
			return count;
		if (count == max || *p < '0' || *p > '9')
			return -1;
		for (value = 0; p < end && *p >= '0' && *p <= '9'; p++) {
			value = value * 10 + (uint64_t)(*p - '0');
			if (value > COMMAND_NUMBER_MAX)
				value = COMMAND_NUMBER_MAX;
		}
		if (p < end && *p != ' ')
			return -1;
		n[count++] = (uint32_t)value;
	}
}
