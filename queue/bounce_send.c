/* SPDX-License-Identifier: ISC */
/* From a due bounce to a message in the queue: the text is made in a thread
 * (it reads the spool), committed as any message, and only when that is durable
 * are the failed targets marked.  Its id comes of the message's and the first
 * target's number: made twice, it is still one. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "queue/accept.h"
#include "queue/bounce.h"
#include "queue/control_stats.h"
#include "queue/domains.h"
#include "queue/loop.h"
#include "queue/robot.h"
#include "queue/round.h"
#include "queue/spool_dirs.h"
#include "queue/work.h"

struct making {
	struct job job;
	struct active *a;
	struct bounce b;
	char id[QUEUE_ID_MAX];
	stralloc me, to;
	int memfd; /* -1: it could not be made */
	bool unwanted; /* none is to be made */
	uint64_t size;
	struct making *next; /* of those being committed */
};
static struct making *committing;

static void
making_free(struct making *k)
{
	if (k->memfd != -1)
		close(k->memfd);
	sa_free(&k->me);
	sa_free(&k->to);
	free(k);
}

static size_t
header_of(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i++)
		if (p[i] == '\n' && p[i + 1] == '\n')
			return i + 1;
	while (len && p[len - 1] != '\n') /* too long: whole lines of it */
		len--;
	return len;
}

static int
put_memfd(struct making *k, const stralloc *text)
{
	size_t done = 0;
	ssize_t n;

	k->memfd = memfd_create("bounce", MFD_CLOEXEC);
	while (k->memfd != -1 && done < text->len) {
		n = write(k->memfd, text->s + done, text->len - done);
		if (n == -1) {
			close(k->memfd);
			k->memfd = -1;
		} else {
			done += (size_t)n;
		}
	}
	k->size = text->len;
	return k->memfd;
}

static void
make(struct job *j)
{
	struct making *k = (struct making *)j;
	char *header = malloc(BOUNCE_HEADER_MAX);
	stralloc text = { 0 };
	int fd = spool_file(k->a->m->id, O_RDONLY);
	ssize_t n = -1;

	if (header && fd != -1)
		n = pread(fd, header, BOUNCE_HEADER_MAX,
		    (off_t)spool_message_offset(&k->a->head));
	if (n >= 0) {
		if ((uint64_t)n > k->a->head.size)
			n = (ssize_t)k->a->head.size;
		k->b.header = header;
		k->b.header_len = header_of(header, (size_t)n);
		k->unwanted = k->b.status != SPOOL_FAILED &&
		    robot_wrote(header, k->b.header_len);
	}
	if (n >= 0 && !k->unwanted) {
		bounce_text(&text, &k->b);
		put_memfd(k, &text);
	}
	if (fd != -1)
		close(fd);
	free(header);
	sa_free(&text);
}

/* The notice of a delay was sent, or is not to be. */
static void
mark_noticed(struct active *a)
{
	char notice = 'D';

	a->m->noticed = true;
	active_head(a, SPOOL_AT_NOTICE, &notice, 1);
}

static void
mark_all(struct making *k, char status)
{
	struct active *a = k->a;
	uint32_t i;

	sa_catb(&a->bounce_ids, k->id, strlen(k->id) + 1);
	a->want_sync = true;
	if (k->b.status != SPOOL_FAILED) {
		mark_noticed(a);
		return;
	}
	for (i = 0; i < a->ntargets; i++)
		if (bounce_covers(&k->b, &a->targets[i]))
			active_mark(a, i, status);
	a->counted = false;
	a->temp = a->fault = false;
}

static void
committed(struct active *bounce, int error)
{
	struct making *k, **at = &committing;

	while (strcmp((*at)->id, bounce->m->id) != 0)
		at = &(*at)->next;
	k = *at;
	*at = k->next;
	if (error) {
		errno = error;
		log_warnsys("unable to queue a bounce of ", k->a->m->id);
		accept_drop(bounce);
	} else {
		count_up(COUNT_BOUNCED);
		log_event("bounced", "id", k->a->m->id, "to",
		    *k->b.sender ? k->b.sender : "postmaster", "bounce", k->id,
		    "result", k->b.status == SPOOL_FAILED ? "failed"
							  : "delayed");
		mark_all(k, SPOOL_BOUNCED);
		bounce->m->trusted = false; /* it may have been there */
		work_rest(bounce);
	}
	round_bounced(k->a, !error);
	making_free(k);
}

static void
made(struct job *j)
{
	struct making *k = (struct making *)j;
	struct spool_head head = { .accepted = clock_wall_s(),
		.size = k->size, .recipients = 1 };
	struct spool_envelope env = { .id = k->id, .sender = "",
		.origin = k->b.double_bounce ? "double" : "bounce", .ip = "",
		.helo = "", .account = "", .body = k->a->env.body };
	struct active *bounce = NULL;
	bool there = message_find(k->id);

	env.recipients = k->to.s;
	env.recipients_len = k->to.len + 1;
	if (k->memfd != -1 && !there) {
		bounce = accept_new(&head, &env, k->memfd, false, false);
		k->memfd = -1;
	}
	if (bounce) {
		k->next = committing;
		committing = k;
		accept_commit(bounce, true, committed);
		return;
	}
	if (k->unwanted)
		mark_noticed(k->a);
	if (there) /* made before a restart: only the marks were lost */
		mark_all(k, SPOOL_BOUNCED);
	round_bounced(k->a, there || k->unwanted);
	making_free(k);
}

/* The first target with something to tell: its number, or SPOOL_NO_TARGET. */
static uint32_t
choose(struct bounce *b)
{
	const struct active *a = b->a;
	uint32_t i;

	b->status = a->m->due ? SPOOL_FAILED : SPOOL_PENDING;
	for (i = 0; i < a->ntargets; i++) {
		b->sender = a->m->due ? a->targets[i].sender : a->env.sender;
		if (bounce_covers(b, &a->targets[i]))
			return i;
	}
	return SPOOL_NO_TARGET;
}

/* What failed to reach even the postmaster waits for one. */
static void
hold(struct making *k)
{
	log_event("held", "id", k->a->m->id, "reason",
	    "undeliverable, and so is its bounce");
	mark_all(k, SPOOL_HELD);
	round_bounced(k->a, true);
	making_free(k);
}

void
bounce_start(struct active *a)
{
	struct making *k = calloc(1, sizeof *k);
	uint32_t first;
	bool ok;

	if (!k)
		log_fatal(111, "out of memory");
	k->a = a;
	k->b.a = a;
	k->memfd = -1;
	k->b.id = k->id;
	a->bouncing = true;
	first = choose(&k->b);
	k->b.double_bounce = k->b.sender && !*k->b.sender;
	k->b.until = clock_wall_s() + round_schedule.lifetime_s - a->m->age;
	if (k->b.double_bounce && strcmp(a->env.origin, "double") == 0) {
		hold(k);
		return;
	}
	ok = first != SPOOL_NO_TARGET && setting_get(&k->me, "me") == 1 &&
	    spool_child_id(k->id, a->m->id,
		k->b.status == SPOOL_FAILED ? 'b' : 'n', first) == 0;
	if (ok && k->b.double_bounce)
		ok = domains_postmaster(&k->to) == 0;
	else if (ok)
		sa_copys(&k->to, k->b.sender);
	if (!ok) {
		round_bounced(a, false);
		making_free(k);
		return;
	}
	sa_0(&k->me);
	sa_0(&k->to);
	k->b.me = k->me.s;
	k->b.to = k->to.s;
	k->job.run = make;
	k->job.done = made;
	work_push(&k->job);
}
