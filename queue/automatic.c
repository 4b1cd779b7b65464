/* SPDX-License-Identifier: ISC */
#include "queue/automatic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "deliver/deliver.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "queue/accept.h"
#include "queue/check.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/sealed.h"
#include "queue/spool_dirs.h"
#include "queue/work.h"

struct answering {
	struct answering *next;
	struct active *a;
	uint32_t target;
	bool local; /* the target was being renamed: it is delivered in any case */
	char id[QUEUE_ID_MAX];
	char mailbox[ADDR_MAILBOX_MAX + 1];
};
static struct answering *committing;

/* Mail that is delivered stays so; a command is done with its answer. */
static void
over(struct answering *k, bool ok)
{
	if (ok || k->local)
		round_done(k->a, k->target, k->mailbox, k->local);
	else
		round_deferred(k->a, k->target, 'L', "4.3.0", "",
		    "an automatic answer cannot be queued");
	free(k);
}

static void
committed(struct active *child, int error)
{
	struct answering *k, **at = &committing;
	struct message *m = child->m;

	while (strcmp((*at)->id, m->id) != 0)
		at = &(*at)->next;
	k = *at;
	*at = k->next;
	if (error) {
		errno = error;
		log_warnsys("unable to queue an automatic answer");
		accept_drop(child);
	} else {
		log_event("accepted", "id", m->id, "from", "", "to",
		    child->targets[0].address, "size",
		    log_num(child->head.size), "origin", child->env.origin);
		work_rest(child);
		message_due(m, loop_now());
	}
	over(k, !error);
}

/* Is this a message, and of a size that it can have?  Fills in the head. */
static bool
is_message(struct spool_head *head, struct spool_envelope *env, int fd)
{
	stralloc text = { 0 };
	struct check c;
	bool ok;

	check_start(&c);
	ok = sealed_check(fd, DELIVER_ANSWER_MAX, &head->size) == 0 &&
	    head->size && sealed_read(&text, fd, DELIVER_ANSWER_MAX) == 0;
	if (ok)
		check_bytes(&c, text.s, text.len);
	env->body = c.eight ? "8" : "7";
	sa_free(&text);
	return ok && !check_end(&c);
}

static struct active *
make(const struct answering *k, const char *to, int fd)
{
	struct spool_head head = { .accepted = clock_wall_s(),
		.recipients = 1 };
	struct spool_envelope env = { .id = k->id, .sender = "",
		.origin = AUTOMATIC_ORIGIN, .ip = "", .helo = "",
		.account = "", .recipients = to,
		.recipients_len = strlen(to) + 1 };
	const char *why;

	if (is_message(&head, &env, fd) && addr_check(to, strlen(to), &why))
		return accept_new(&head, &env, fd, false, false);
	close(fd);
	return NULL;
}

void
automatic_start(struct active *a, uint32_t t, const char *mailbox,
    const char *to, int fd)
{
	struct answering *k = calloc(1, sizeof *k);
	struct active *child = NULL;

	if (!k)
		log_fatal(111, "out of memory");
	k->a = a;
	k->target = t;
	k->local = a->targets[t].phase == PHASE_RENAME;
	snprintf(k->mailbox, sizeof k->mailbox, "%s", mailbox);
	if (!a->abandoned && !spool_child_id(k->id, a->m->id, 'r', t)) {
		if (message_find(k->id)) { /* before a restart */
			close(fd);
			over(k, true);
			return;
		}
		child = make(k, to, fd);
	} else {
		close(fd);
	}
	if (!child) {
		over(k, false);
		return;
	}
	k->next = committing;
	committing = k;
	accept_commit(child, true, committed);
}
