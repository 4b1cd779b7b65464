/* SPDX-License-Identifier: ISC */
#include "queue/active.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "queue/active_apply.h"
#include "queue/bytes.h"
#include "queue/passing.h"
#include "queue/queue_proto.h"
#include "queue/spool_dirs.h"

void
target_list_init(struct target_list *l)
{
	l->first = l->last = SPOOL_NO_TARGET;
}

void
target_push(struct active *a, struct target_list *l, uint32_t t)
{
	a->targets[t].next = SPOOL_NO_TARGET;
	if (l->first == SPOOL_NO_TARGET)
		l->first = t;
	else
		a->targets[l->last].next = t;
	l->last = t;
}

uint32_t
target_pop(struct active *a, struct target_list *l)
{
	uint32_t t = l->first;

	if (t != SPOOL_NO_TARGET)
		l->first = a->targets[t].next;
	return t;
}

static void
read_recipients(struct active *a, const char *front)
{
	const char *s, *status = front + spool_status_offset(&a->head);
	size_t at = 0;
	uint32_t i;

	active_room(a, a->head.recipients);
	for (i = 0; (s = queue_list_next(a->env.recipients,
			 a->env.recipients_len, &at)); i++)
		active_add(a, SPOOL_NO_TARGET, s, a->env.sender, status[i],
		    spool_status_offset(&a->head) + i);
}

struct active *
active_new(struct message *m, const char *front, size_t len,
    const char *journal, size_t journal_len)
{
	struct active *a = calloc(1, sizeof *a);

	if (!a)
		log_fatal(111, "out of memory");
	a->m = m;
	a->fd = a->op.body = -1;
	target_list_init(&a->staging);
	target_list_init(&a->staging_now);
	target_list_init(&a->local);
	if (len < SPOOL_HEAD || spool_head_scan(&a->head, front) == -1 ||
	    len < spool_message_offset(&a->head) ||
	    spool_envelope_scan(&a->env, &a->store, &a->head, front, len) ==
		-1) {
		active_free(a);
		errno = EBADMSG;
		return NULL;
	}
	read_recipients(a, front);
	a->chain = spool_chain(front);
	a->journal_at = spool_journal_offset(&a->head);
	active_replay(a, journal, journal_len);
	return a;
}

void
active_free(struct active *a)
{
	struct chunk *c;
	struct passing *p;
	uint32_t i;

	for (i = 0; i < a->ntargets; i++) {
		answer_release(a->targets[i].answer);
		active_unhold(a, i);
	}
	while ((c = a->chunks)) {
		a->chunks = c->next;
		sa_free(&c->bytes);
		free(c);
	}
	while ((p = a->passings)) {
		a->passings = p->next;
		free(p);
	}
	if (a->fd != -1)
		close(a->fd);
	spool_op_clear(&a->op);
	sa_free(&a->store);
	sa_free(&a->writes);
	sa_free(&a->bounce_ids);
	free(a->targets);
	free(a->index);
	free(a);
}

void
active_path(stralloc *out, const struct active *a, uint32_t t)
{
	uint32_t way[TARGET_DEPTH_MAX + 1];
	unsigned n = 0;

	sa_clear(out);
	for (t = a->targets[t].parent; t != SPOOL_NO_TARGET &&
	     n <= TARGET_DEPTH_MAX; t = a->targets[t].parent)
		way[n++] = t;
	while (n--) {
		if (out->len)
			sa_append(out, ' ');
		sa_cats(out, a->targets[way[n]].address);
	}
	sa_0(out);
}

bool
active_any(const struct active *a, const char *statuses)
{
	uint32_t i;

	for (i = 0; i < a->ntargets; i++)
		if (strchr(statuses, a->targets[i].status))
			return true;
	return false;
}

void
active_hold(struct active *a, uint32_t t, const char *mailbox,
    const char *name, int fd)
{
	struct target *g = &a->targets[t];

	g->mailbox = active_keep(a, mailbox, strlen(mailbox) + 1);
	g->name = active_keep(a, name, strlen(name) + 1);
	g->fd = fd;
}

void
active_unhold(struct active *a, uint32_t t)
{
	if (a->targets[t].fd != -1)
		close(a->targets[t].fd);
	a->targets[t].fd = -1;
}

int
active_fd(struct active *a)
{
	if (a->fd == -1)
		a->fd = spool_file(a->m->id, O_RDONLY);
	if (a->fd != -1)
		a->fd_users++;
	return a->fd;
}

/* A descriptor of the spool is opened again for the next deliverer: messages
 * that only wait hold none. */
void
active_fd_done(struct active *a)
{
	if (--a->fd_users || !a->spooled)
		return;
	close(a->fd);
	a->fd = -1;
	a->in_memfd = false;
}

uint64_t
active_offset(const struct active *a)
{
	/* the memfd of a cut-through message stays in use when the message
	 * went to the spool meanwhile */
	return a->in_memfd ? 0 : spool_message_offset(&a->head);
}

static bool
says(const struct answer *a, char class, const char *status, const char *host,
    const char *text)
{
	return a && a->class == class && strcmp(a->status, status) == 0 &&
	    strcmp(a->host, host) == 0 && strcmp(a->text, text) == 0;
}

static struct answer *
answer_make(char class, const char *status, const char *host,
    const char *text)
{
	size_t ls = strlen(status) + 1, lh = strlen(host) + 1,
	       lt = strlen(text) + 1;
	struct answer *x = malloc(sizeof *x + ls + lh + lt);
	char *p;

	if (!x)
		log_fatal(111, "out of memory");
	p = (char *)(x + 1);
	x->refs = 0;
	x->class = class;
	x->when = clock_wall_s();
	x->status = memcpy(p, status, ls);
	x->host = memcpy(p + ls, host, lh);
	x->text = memcpy(p + ls + lh, text, lt);
	return x;
}

void
active_answer(struct active *a, uint32_t target, char class,
    const char *status, const char *host, const char *text)
{
	struct target *t = &a->targets[target];
	struct answer *x = NULL;

	if (says(t->answer, class, status, host, text)) {
		t->answer->when = clock_wall_s();
		return;
	}
	if (target && says(t[-1].answer, class, status, host, text))
		x = t[-1].answer;
	if (!x)
		x = answer_make(class, status, host, text);
	x->refs++;
	answer_release(t->answer);
	t->answer = x;
	t->answer_new = true;
}

void
answer_release(struct answer *x)
{
	if (x && !--x->refs)
		free(x);
}
