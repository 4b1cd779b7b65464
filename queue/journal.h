/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_JOURNAL_H
#define QUEUE_JOURNAL_H

/* The journal behind a message in its spool file: records that are only ever
 * appended.
 *
 *   length of body (4)  type (1)  body  checksum (8)
 *
 * The checksum runs on from the one before (the first from the head's), so that
 * a record left over behind a torn one is never taken for a newer one.
 *   'X' expanded: parent (4) kind (1) n (4), n status bytes (not in the
 *       checksum: they change in place), then NUL-ended: sender, away, head,
 *       key (passing.h), mailbox, n targets
 *   'S' staged: for each target (4), then NUL-ended mailbox and name
 *   'A' answer: wall seconds (8) class (1) nranges (4), each first (4) and
 *       count (4) of targets; then NUL-ended: status, host, text */
#include <stddef.h>
#include <stdint.h>
#include "lib/sa.h"

#define JOURNAL_RECORD_MAX (24UL << 20) /* bytes of a body */
#define JOURNAL_OVERHEAD   13           /* bytes around a body */

enum journal_kind {
	JOURNAL_REMOTE = 'r',  /* an alias of one address elsewhere */
	JOURNAL_FORWARD = 'f', /* a mailbox's forward */
	JOURNAL_LIST = 'l',
	JOURNAL_VERP = 'v',    /* a list whose sender names the target */
	JOURNAL_SRS = 's',     /* a bounce, back to whom we passed mail on for */
	JOURNAL_FALLBACK = 'k' /* a refused forward, back to its mailbox */
};
struct journal_record {
	char type;
	const char *body; /* into the buffer */
	size_t len;
	uint64_t at; /* of the body, in the journal */
};
/* The next whole record at *at: 1 and *at, *chain moved on; 0: none, or what
 * follows is torn. */
int journal_next(struct journal_record *r, const char *buf, size_t len,
    size_t *at, uint64_t *chain);
/* Appends to out a record with this body. */
void journal_put(stralloc *out, uint64_t *chain, char type,
    const stralloc *body);

struct journal_expand {
	uint32_t parent, n;
	enum journal_kind kind;
	size_t status_at; /* of the first status byte, in the body */
	const char *sender, *away, *head, *key, *mailbox;
	const char *targets; /* NUL-ended strings */
	size_t targets_len;
};
void journal_put_expand(stralloc *body, const struct journal_expand *x);
int journal_expand_scan(struct journal_expand *x,
    const struct journal_record *r); /* 0 or -1 */

void journal_put_staged(stralloc *body, uint32_t target, const char *mailbox,
    const char *name);
/* One entry at *at: 1, 0: no more, -1: broken. */
int journal_staged_next(const struct journal_record *r, size_t *at,
    uint32_t *target, const char **mailbox, const char **name);

struct journal_answer {
	uint64_t when;
	char class; /* of deliver.h: 'T', 'N', 'L' */
	uint32_t nranges;
	const char *ranges; /* 8 bytes each */
	const char *status, *host, *text;
};
/* ranges: as they stand in the record. */
void journal_put_answer(stralloc *body, const struct journal_answer *a);
int journal_answer_scan(struct journal_answer *a,
    const struct journal_record *r);
void journal_range(const struct journal_answer *a, uint32_t i,
    uint32_t *first, uint32_t *count);

#endif
