/* SPDX-License-Identifier: ISC */
/* The states of a message's targets, and the journal that goes on with them:
 * what active_apply.c makes of it, told. */
#include <string.h>
#include "lib/log.h"
#include "queue/inspect.h"
#include "queue/journal.h"
#include "queue/target.h"

struct states {
	stralloc status; /* of each target */
	stralloc record; /* of each: what the journal has of it, 's', 'x' or 0 */
	stralloc depth;
};

static void
add(struct states *s, char status, char depth)
{
	sa_append(&s->status, status);
	sa_append(&s->record, 0);
	sa_append(&s->depth, depth);
}

static bool
take_expand(struct states *s, const struct journal_record *r)
{
	struct journal_expand x;
	uint32_t i;

	if (journal_expand_scan(&x, r) == -1 || x.parent >= s->status.len ||
	    s->depth.s[x.parent] >= TARGET_DEPTH_MAX ||
	    x.n > QUEUE_RECIPIENTS_MAX - s->status.len)
		return false;
	s->record.s[x.parent] = SPOOL_EXPANDED;
	for (i = 0; i < x.n; i++)
		add(s, r->body[x.status_at + i],
		    (char)(s->depth.s[x.parent] + 1));
	return true;
}

static bool
take_staged(struct states *s, const struct journal_record *r)
{
	const char *mailbox, *name;
	size_t at = 0;
	uint32_t i;
	int rc;

	while ((rc = journal_staged_next(r, &at, &i, &mailbox, &name)) == 1) {
		if (i >= s->status.len)
			return false;
		if (s->record.s[i] != SPOOL_EXPANDED)
			s->record.s[i] = SPOOL_STAGED;
	}
	return rc == 0;
}

static bool
take_record(struct states *s, const struct journal_record *r)
{
	struct journal_answer a;

	switch (r->type) {
	case 'X':
		return take_expand(s, r);
	case 'S':
		return take_staged(s, r);
	case 'A':
		return journal_answer_scan(&a, r) == 0;
	}
	return false;
}

static void
read_journal(struct inspection *in, struct states *s, const char *p,
    size_t len, uint64_t chain)
{
	struct journal_record r;
	size_t at = 0, end = 0;

	while (journal_next(&r, p, len, &at, &chain) && take_record(s, &r))
		end = at;
	if (end < len)
		inspect_note(in, false, "they are overwritten",
		    log_num(len - end), at > end
			? " bytes of its journal are no record that makes sense"
			: " bytes of its journal are behind the last whole "
			  "record");
}

static unsigned long
count(const struct states *s, const char *set)
{
	unsigned long n = 0;
	size_t i;

	for (i = 0; i < s->status.len; i++)
		n += s->status.s[i] && strchr(set, s->status.s[i]);
	return n;
}

/* Bytes that ran ahead of their record count as pending. */
static unsigned long
count_ahead(const struct states *s)
{
	unsigned long n = 0;
	size_t i;

	for (i = 0; i < s->status.len; i++)
		n += (s->status.s[i] == SPOOL_STAGED ||
			 s->status.s[i] == SPOOL_EXPANDED) &&
		     s->record.s[i] == 0;
	return n;
}

static void
judge(struct inspection *in, const struct states *s,
    const struct spool_head *h)
{
	unsigned long odd = s->status.len - count(s, "psdfbxh");
	unsigned long ahead = count_ahead(s);

	if (odd)
		inspect_note(in, false, "they count as pending", log_num(odd),
		    " of its recipients have no state that there is");
	if (ahead)
		inspect_note(in, false, "they count as pending",
		    log_num(ahead),
		    " of its recipients are ahead of its journal");
	if (!odd && !count(s, "psfh"))
		inspect_note(in, false, "it is removed when it is looked at",
		    "all its recipients are done with");
	if (count(s, "f") && h->due != 'F')
		inspect_note(in, false, "the bounce is made at its next try",
		    "its head does not say that a bounce is due");
}

void
inspect_states(struct inspection *in, const struct spool_head *h,
    const struct spool_image *image)
{
	struct states s = { { 0 }, { 0 }, { 0 } };
	const char *status = image->front.s + spool_status_offset(h);
	uint32_t i;

	for (i = 0; i < h->recipients; i++)
		add(&s, status[i], 0);
	read_journal(in, &s, image->journal.s, image->journal.len,
	    spool_chain(image->front.s));
	judge(in, &s, h);
	sa_free(&s.status);
	sa_free(&s.record);
	sa_free(&s.depth);
}
