/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_INTAKE_CHECK_H
#define QUEUE_INTAKE_CHECK_H

/* The checks of a message on its way in.  Each leaves its refusal in answer. */
#include "lib/table.h"
#include "queue/intake.h"

/* Refuses.  Always -1. */
int intake_refuse(struct intake *in, enum queue_result result,
    const char *reason);
void intake_log_refused(const struct intake *in);
/* Sender and recipients: addresses, not too many; foreign ones counted through
 * t (NULL: the main loop's table). 0 or -1. */
int intake_check_envelope(struct intake *in, struct table *t);
/* The message in its memfd, one of at most QUEUE_SMALL_MAX bytes. */
int intake_check_small(struct intake *in);
/* A larger one, of a program of this machine: copied into our file, as long as the
 * reserve is not touched. */
int intake_take_large(struct intake *in);
/* Makes our file for the caller and sets writer, body, front. */
int intake_make_file(struct intake *in);
/* Our file after C: nobody can write it any more, and it is good. */
int intake_check_file(struct intake *in);
/* The envelope as it goes into the spool. */
void intake_envelope(struct spool_head *h, struct spool_envelope *env,
    const struct intake *in);

#endif
