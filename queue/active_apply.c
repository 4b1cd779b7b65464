/* SPDX-License-Identifier: ISC */
#include "queue/active_apply.h"

#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/bytes.h"
#include "queue/passing.h"
#include "queue/queue_proto.h"

void
active_room(struct active *a, uint32_t more)
{
	uint32_t room = a->room;

	if (a->ntargets + more <= room)
		return;
	room = a->ntargets + more;
	if (a->room) /* it grows a second time: then by more at once */
		room += room / 2;
	a->targets = reallocarray(a->targets, room, sizeof *a->targets);
	if (!a->targets)
		log_fatal(111, "out of memory");
	a->room = room;
}

void
active_add(struct active *a, uint32_t parent, const char *address,
    const char *sender, char status, uint64_t status_at)
{
	struct target *t;

	active_room(a, 1);
	t = &a->targets[a->ntargets++];
	memset(t, 0, sizeof *t);
	t->address = address;
	t->sender = sender;
	t->parent = parent;
	t->next = SPOOL_NO_TARGET;
	t->fd = -1;
	t->status = strchr("psdfbxh", status) && status ? status
							 : SPOOL_PENDING;
	t->status_at = status_at;
	t->depth = parent == SPOOL_NO_TARGET
	    ? 0
	    : (unsigned char)(a->targets[parent].depth + 1);
}

const char *
active_keep(struct active *a, const char *bytes, size_t len)
{
	struct chunk *c = calloc(1, sizeof *c);

	if (!c)
		log_fatal(111, "out of memory");
	sa_copyb(&c->bytes, bytes, len);
	c->next = a->chunks;
	a->chunks = c;
	return c->bytes.s;
}

static const struct passing *
keep_passing(struct active *a, const struct journal_expand *x)
{
	struct passing *p = calloc(1, sizeof *p);

	if (!p)
		log_fatal(111, "out of memory");
	p->away = x->away;
	p->head = x->head;
	p->key = x->key;
	p->verp = x->kind == JOURNAL_VERP;
	p->next = a->passings;
	a->passings = p;
	return p;
}

static int
apply_expand(struct active *a, const struct journal_record *r, uint64_t at)
{
	struct journal_expand x;
	const struct passing *p;
	const char *s;
	size_t pos = 0;
	uint32_t i;

	if (journal_expand_scan(&x, r) == -1 || x.parent >= a->ntargets ||
	    a->targets[x.parent].depth >= TARGET_DEPTH_MAX ||
	    x.n > QUEUE_RECIPIENTS_MAX - a->ntargets)
		return -1;
	if (strchr("psx", a->targets[x.parent].status))
		a->targets[x.parent].status = SPOOL_EXPANDED;
	a->targets[x.parent].kind = (unsigned char)x.kind;
	a->targets[x.parent].mailbox = x.mailbox;
	a->targets[x.parent].name = NULL;
	active_room(a, x.n);
	p = keep_passing(a, &x);
	for (i = 0; (s = queue_list_next(x.targets, x.targets_len, &pos)); i++) {
		active_add(a, x.parent, s, x.sender,
		    r->body[x.status_at + i], at + x.status_at + i);
		a->targets[a->ntargets - 1].passing = p;
	}
	return 0;
}

static int
apply_staged(struct active *a, const struct journal_record *r)
{
	const char *mailbox, *name;
	size_t at = 0;
	uint32_t i;
	int rc;

	while ((rc = journal_staged_next(r, &at, &i, &mailbox, &name)) == 1) {
		if (i >= a->ntargets)
			return -1;
		if (strchr("ps", a->targets[i].status))
			a->targets[i].status = SPOOL_STAGED;
		a->targets[i].mailbox = mailbox;
		a->targets[i].name = name;
	}
	return rc;
}

static int
apply_answer(struct active *a, const struct journal_record *r)
{
	struct journal_answer x;
	uint32_t i, first, count;

	if (journal_answer_scan(&x, r) == -1)
		return -1;
	for (i = 0; i < x.nranges; i++) {
		journal_range(&x, i, &first, &count);
		for (; count && first < a->ntargets; count--, first++) {
			active_answer(a, first, x.class, x.status, x.host,
			    x.text);
			a->targets[first].answer->when = x.when;
			a->targets[first].answer_new = false;
		}
	}
	return 0;
}

int
active_apply(struct active *a, const struct journal_record *r, uint64_t at)
{
	switch (r->type) {
	case 'X':
		return apply_expand(a, r, at);
	case 'S':
		return apply_staged(a, r);
	case 'A':
		return apply_answer(a, r);
	}
	return -1;
}

/* A status byte that runs ahead of its record (both were written, and only the
 * byte reached the disk) counts for nothing. */
static void
settle_states(struct active *a)
{
	uint32_t i;

	for (i = 0; i < a->ntargets; i++) {
		struct target *t = &a->targets[i];

		if ((t->status == SPOOL_STAGED && !t->name) ||
		    (t->status == SPOOL_EXPANDED && !t->kind))
			t->status = SPOOL_PENDING;
	}
}

void
active_replay(struct active *a, const char *journal, size_t len)
{
	struct journal_record r;
	uint64_t start = a->journal_at, chain = a->chain;
	size_t at = 0;

	journal = len ? active_keep(a, journal, len) : "";
	while (journal_next(&r, journal, len, &at, &chain) &&
	    active_apply(a, &r, start + r.at) == 0) {
		a->journal_at = start + at;
		a->chain = chain;
	}
	settle_states(a);
	a->begun = a->ntargets;
}
