/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

/* The format of a spool file (spool.5): head, envelope, a status byte for each
 * recipient, the message, then a journal that only grows.
 *
 * Bytes that change in place are single ones, or fields that may be lost or
 * torn without harm.  All else is behind a checksum.  Numbers are little
 * endian. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/sa.h"
#include "queue/queue.h"

#define SPOOL_HEAD         64 /* bytes */
#define SPOOL_ENVELOPE_MAX (QUEUE_RECIPIENTS_MAX * (ADDR_MAX + 1UL) + 4096)
#define SPOOL_JOURNAL_MAX  (64UL << 20) /* bytes */
#define SPOOL_NO_TARGET    UINT32_MAX

/* The status byte of a target: a recipient, or what one expanded to. */
#define SPOOL_PENDING  'p'
#define SPOOL_STAGED   's' /* in the journal: mailbox and name of tmp/name */
#define SPOOL_DONE     'd'
#define SPOOL_FAILED   'f' /* a bounce is due */
#define SPOOL_BOUNCED  'b' /* ... and is in the queue, or none is to be */
#define SPOOL_EXPANDED 'x' /* targets in the journal go on for it */
#define SPOOL_HELD     'h' /* waits for the postmaster */

/* Places of single bytes of the head. */
#define SPOOL_AT_STATE  54 /* 'A' active, 'H' held */
#define SPOOL_AT_NOTICE 55 /* 'D': the delay notice was sent, else '-' */
#define SPOOL_AT_DUE    56 /* 'F': some target is SPOOL_FAILED, else '-' */
#define SPOOL_AT_NEXT   40 /* 8 bytes next, 4 age, 2 attempts */
#define SPOOL_NEXT_LEN  14

struct spool_head {
	uint32_t envelope_len, recipients;
	uint64_t accepted; /* wall seconds */
	uint64_t size;     /* of the message */
	uint64_t next;     /* wall seconds */
	uint32_t age;      /* seconds of lifetime used up */
	uint16_t attempts;
	char state, notice, due;
};
struct spool_envelope {
	const char *id, *sender, *origin, *ip, *helo, *account;
	const char *body; /* "7" or "8" */
	uint64_t uid;     /* who injected it; 0 else */
	const char *recipients; /* NUL-ended strings */
	size_t recipients_len;
};
/* Makes head, envelope and status bytes, all pending.  head: accepted, size
 * and recipients are taken; envelope_len is filled in. */
void spool_make(stralloc *out, struct spool_head *head,
    const struct spool_envelope *env);
/* A message's size became known: the head again, checksum included. */
void spool_set_size(stralloc *made, uint64_t size);
/* The first SPOOL_HEAD bytes: 0, or -1 (EBADMSG). */
int spool_head_scan(struct spool_head *h, const char *buf);
/* Head and envelope, NUL-ended copies in store (the strings of env point
 * there). 0, or -1 (EBADMSG): the checksum or the format is wrong. */
int spool_envelope_scan(struct spool_envelope *env, stralloc *store,
    const struct spool_head *h, const char *buf, size_t len);
void spool_put_next(char out[SPOOL_NEXT_LEN], uint64_t next, uint32_t age,
    uint16_t attempts);
/* The checksum of a head as read: where the journal's chain begins. */
uint64_t spool_chain(const char *head);
uint64_t spool_status_offset(const struct spool_head *h);
uint64_t spool_message_offset(const struct spool_head *h);
uint64_t spool_journal_offset(const struct spool_head *h);

#endif
