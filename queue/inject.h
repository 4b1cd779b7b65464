/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_INJECT_H
#define QUEUE_INJECT_H

/* What queue-inject and sendmail share: addresses completed, text made fit for
 * the queue (LF line ends, an end to the last line; a NUL is refused), and the
 * hand-over. */
#include <stdbool.h>
#include "lib/sa.h"
#include "queue/queue.h"

struct inject {
	stralloc me;         /* etc/me: the domain of names without one */
	stralloc sender;     /* as envelopes carry it, or empty */
	stralloc recipients; /* NUL-ended */
	unsigned long nrcpt;
	struct queue_envelope env;
	int conn;
	struct queue_message *m;
	bool cr;   /* the byte before was a CR */
	bool nul;  /* a NUL was met */
	bool cut;  /* set by the caller: the message could not be read whole */
	uint64_t size, most; /* bytes written, of etc/databytes */
	bool large;          /* there are more */
	char last; /* byte written */
};
/* Reads etc/me and etc/databytes of the home we are in.  0 or -1. */
int inject_start(struct inject *in);
/* An address as envelopes carry it, "@me" put behind a bare name.  1, or 0 with
 * *why. */
int inject_address(stralloc *out, const struct inject *in, const char *s,
    size_t len, const char **why);
int inject_recipient(struct inject *in, const char *s, size_t len,
    const char **why);
/* Connects, and writes the Received field.  0, or -1: no queue. */
int inject_open(struct inject *in);
/* Text with any line ends.  0 or -1 (inject_close says why). */
int inject_write(struct inject *in, const char *p, size_t len);
void inject_close(struct inject *in, struct queue_answer *answer);
/* What inject_start and the addresses took; inject_close does it, too. */
void inject_free(struct inject *in);

#endif
