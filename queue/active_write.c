/* SPDX-License-Identifier: ISC */
/* What changes of a message, gathered and written one operation at a time. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/text.h"
#include "queue/active.h"
#include "queue/active_apply.h"
#include "queue/bytes.h"
#include "queue/domains.h"
#include "queue/queue_proto.h"
#include "queue/round.h"
#include "queue/wrote.h"

static void
cat_write(stralloc *writes, uint64_t at, const char *data, size_t len)
{
	struct spool_op op = { .writes = *writes };

	spool_op_write(&op, at, data, len);
	*writes = op.writes;
}

int
active_record(struct active *a, char type, const stralloc *body)
{
	stralloc bytes = { 0 };
	struct journal_record r;
	uint64_t chain = a->chain;
	size_t at = 0;
	const char *kept;

	if (body->len > JOURNAL_RECORD_MAX ||
	    a->journal_at - spool_journal_offset(&a->head) + body->len +
		    JOURNAL_OVERHEAD > SPOOL_JOURNAL_MAX)
		return -1;
	journal_put(&bytes, &chain, type, body);
	kept = type == 'A' ? bytes.s : active_keep(a, bytes.s, bytes.len);
	cat_write(&a->writes, a->journal_at, bytes.s, bytes.len);
	if (type != 'A' &&
	    journal_next(&r, kept, bytes.len, &at, &a->chain) == 1)
		active_apply(a, &r, a->journal_at + r.at);
	a->chain = chain;
	a->journal_at += bytes.len;
	sa_free(&bytes);
	return 0;
}

void
active_mark(struct active *a, uint32_t target, char status)
{
	struct target *t = &a->targets[target];

	if (t->status == status && status != SPOOL_STAGED &&
	    status != SPOOL_EXPANDED)
		return;
	t->status = status;
	cat_write(&a->writes, t->status_at, &status, 1);
}

void
active_head(struct active *a, unsigned at, const char *data, size_t len)
{
	cat_write(&a->writes, at, data, len);
}

static void
written(struct job *j)
{
	struct active *a = wrote(j, "write to");

	if (!a)
		return;
	a->writing = false;
	sa_clear(&a->op.writes);
	round_written(a);
}

bool
active_flush(struct active *a)
{
	stralloc empty;

	if (a->writing)
		return true;
	if (!a->spooled || !a->writes.len)
		return false;
	empty = a->op.writes;
	a->op.writes = a->writes;
	a->writes = empty;
	sa_clear(&a->writes);
	strcpy(a->op.id, a->m->id);
	a->op.job.done = written;
	a->op.commit = a->op.unlink = false;
	a->op.sync = a->want_sync;
	a->want_sync = false;
	a->staging_now = a->staging;
	target_list_init(&a->staging);
	a->expanded_now = a->ntargets;
	a->writing = true;
	spool_op_submit(&a->op);
	return true;
}

void
active_commit_writes(struct active *a, struct spool_op *op)
{
	sa_cat(&op->writes, &a->writes);
	sa_clear(&a->writes);
	a->want_sync = false;
	a->staging_now = a->staging;
	target_list_init(&a->staging);
	a->expanded_now = a->ntargets;
	a->writing = true; /* until the commit is back */
}

static uint32_t
place(const char *address, bool any_case)
{
	char bytes[ADDR_MAX + 1];
	size_t len = 0;
	uint64_t h;

	for (; len < sizeof bytes && address[len]; len++)
		bytes[len] = any_case ? text_lower(address[len]) : address[len];
	h = bytes_sum(BYTES_SUM_START, bytes, len);
	return (uint32_t)(h ^ h >> 32);
}

/* Open addressing; an entry is a target + 1.  As domains_same() compares: an
 * address that differs from ours in case alone is ours, too. */
static uint32_t *
slot(struct active *a, const char *address)
{
	bool ours = domains_is_local(address) == 1;
	int (*differ)(const char *, const char *) = ours ? strcasecmp : strcmp;
	uint32_t mask = a->index_size - 1, i = place(address, ours) & mask;

	while (a->index[i] &&
	    differ(a->targets[a->index[i] - 1].address, address) != 0)
		i = (i + 1) & mask;
	return &a->index[i];
}

static void
make_index(struct active *a)
{
	uint32_t size = 64;

	while (size < a->ntargets * 4)
		size *= 2;
	free(a->index);
	a->index = calloc(size, sizeof *a->index);
	if (!a->index)
		log_fatal(111, "out of memory");
	a->index_size = size;
	a->indexed = 0;
}

bool
active_has(struct active *a, const char *address)
{
	uint32_t i;

	if (a->index_size < a->ntargets * 2)
		make_index(a);
	for (i = a->indexed; i < a->ntargets; i++)
		*slot(a, a->targets[i].address) = i + 1;
	a->indexed = a->ntargets;
	return *slot(a, address) != 0;
}
