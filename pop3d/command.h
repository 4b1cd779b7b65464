/* SPDX-License-Identifier: ISC */
#ifndef POP3D_COMMAND_H
#define POP3D_COMMAND_H

/* POP3 command lines, taken apart.  Pure. */
#include <stddef.h>
#include <stdint.h>

enum verb {
	VERB_UNKNOWN,
	VERB_APOP,
	VERB_AUTH,
	VERB_CAPA,
	VERB_DELE,
	VERB_LIST,
	VERB_NOOP,
	VERB_PASS,
	VERB_QUIT,
	VERB_RETR,
	VERB_RSET,
	VERB_STAT,
	VERB_STLS,
	VERB_TOP,
	VERB_UIDL,
	VERB_USER
};
struct command {
	enum verb verb;
	const char *arg; /* into the line, behind the first blank */
	size_t arglen;
};
/* line: without its CRLF.  A line with a NUL in it is VERB_UNKNOWN. */
void command_parse(struct command *c, const char *line, size_t len);
/* The argument as up to max decimal numbers separated by blanks: how many (0:
 * none), or -1: something else stands there, or too many. */
#define COMMAND_NUMBER_MAX 2147483647 /* larger ones are taken for this one */
int command_numbers(const struct command *c, uint32_t *n, int max);

#endif
