/* SPDX-License-Identifier: ISC */
#include "queue/start.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "queue/loop.h"
#include "queue/messages.h"
#include "queue/schedule.h"
#include "queue/round.h"
#include "queue/spool_load.h"

static unsigned long nfound;

/* The times in the file are hints: they may be lost, torn, or of a clock that
 * was wrong. */
static uint64_t
due_in_ms(const struct spool_head *h, uint64_t now)
{
	uint64_t max = round_schedule.retry_ms * RETRY_MAX_FACTOR;
	uint64_t ms = h->next > now ? (h->next - now) : 0;

	if (h->due == 'F' || ms > max / 1000)
		return 0;
	return ms * 1000;
}

void
start_know(struct message *m, const struct spool_head *h)
{
	uint64_t now = clock_wall_s();

	m->accepted = h->accepted;
	m->size = h->size;
	m->age = h->age;
	if (m->age > round_schedule.lifetime_s && h->accepted <= now &&
	    m->age > now - h->accepted)
		m->age = (uint32_t)(now - h->accepted);
	m->attempts = h->attempts;
	m->due = h->due == 'F';
	m->noticed = h->notice == 'D';
	m->held = h->state == 'H';
}

static void
take(const struct spool_found *f, uint64_t now)
{
	struct message *m = message_new(f->id);

	if (!m) /* accepted while we were reading */
		return;
	nfound++;
	start_know(m, &f->head);
	m->last = (uint32_t)(loop_now() / 1000);
	if (!m->held)
		message_due(m, loop_now() + due_in_ms(&f->head, now));
}

static void
found(const struct spool_found *f, unsigned n, bool over)
{
	uint64_t now = clock_wall_s();

	while (n--)
		take(f++, now);
	if (over)
		log_event("started", "messages", log_num(nfound));
}

int
start_scan(void)
{
	return spool_scan_start(found);
}
