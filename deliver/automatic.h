/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_AUTOMATIC_H
#define DELIVER_AUTOMATIC_H

/* Automatic answers (RFC 3834): from the null sender, marked as what they are. */
#include <stdbool.h>
#include "deliver/header.h"
#include "deliver/local_job.h"

#define AUTOMATIC_REFERENCES_MAX 900 /* bytes of a References line */

struct automatic {
	const char *from, *to; /* addresses */
	const char *subject;   /* UTF-8; NULL: "Auto: " and the original's */
	const char *more;      /* further header lines, or "" */
	const char *text;      /* UTF-8, LF ends */
	size_t text_len;
	const char *about;     /* makes the Message-ID: what is answered */
	const struct header *h; /* of the message that is answered */
};
/* Is this a sender, and a message, that nobody answers automatically? */
bool automatic_never(const char *sender, const struct header *h);
/* Words of a header line: as they are, or encoded (RFC 2047). */
void automatic_cat_words(stralloc *out, const char *s);
void automatic_text(stralloc *out, const struct automatic *a, uint64_t now);
/* Answers a job with 'M'.  0 or -1. */
int automatic_answer(struct local_job *job, int conn,
    const struct automatic *a);

#endif
