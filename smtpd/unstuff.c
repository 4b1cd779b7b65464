/* SPDX-License-Identifier: ISC */
#include "smtpd/unstuff.h"

#include <string.h>
#include "lib/text.h"

/* Moves bytes up to the next CR or the end; *p and *o go on. */
static void
take_text(struct unstuff *u, char **p, char *end, char **o)
{
	char *cr = memchr(*p, '\r', (size_t)(end - *p));
	size_t n = (size_t)((cr ? cr : end) - *p);

	if (*o != *p)
		memmove(*o, *p, n);
	*o += n;
	*p += n;
	u->state = UNSTUFF_TEXT;
	if (cr) {
		(*p)++;
		u->state = UNSTUFF_CR;
	}
}

/* A byte that decides; false: it is text and still to be taken. */
static bool
take_special(struct unstuff *u, char c, char **o)
{
	switch (u->state) {
	case UNSTUFF_START:
		if (c != '.')
			return false;
		u->state = UNSTUFF_DOT;
		return true;
	case UNSTUFF_DOT:
		if (c != '\r')
			return false;
		u->state = UNSTUFF_DOT_CR;
		return true;
	case UNSTUFF_CR:
		if (c == '\n') {
			*(*o)++ = '\n';
			u->ends++;
			u->state = UNSTUFF_START;
			return true;
		}
		u->bad = true;
		return false;
	case UNSTUFF_DOT_CR: /* its LF is the end, unstuff_feed's */
		u->bad = true;
		return false;
	case UNSTUFF_TEXT:
		break;
	}
	return false;
}

int
unstuff_feed(
    struct unstuff *u, char *buf, size_t len, size_t *used, size_t *out)
{
	char *p = buf, *o = buf, *end = buf + len;
	int ended = 0;

	u->ends = 0;
	while (p < end && !ended) {
		if (u->state == UNSTUFF_DOT_CR && *p == '\n') {
			ended = 1;
			p++;
		} else if (take_special(u, *p, &o)) {
			p++;
		} else {
			take_text(u, &p, end, &o);
		}
	}
	*used = (size_t)(p - buf);
	*out = (size_t)(o - buf);
	/* once for all of it: calls for every line cost more than the look */
	if (memchr(buf, 0, *out) || text_count(buf, *out, '\n') != u->ends)
		u->bad = true;
	return ended;
}
