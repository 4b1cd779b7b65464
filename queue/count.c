/* SPDX-License-Identifier: ISC */
#include "queue/count.h"

#include <string.h>
#include "lib/clock.h"
#include "queue/bounce.h"
#include "queue/bytes.h"
#include "queue/loop.h"
#include "queue/passed.h"
#include "queue/round.h"

#define PARK_MS 2000 /* until a message comes again that was stopped */

void
count_give_up(struct active *a, uint32_t t, const char *status,
    const char *why)
{
	stralloc text = { 0 };
	const struct answer *last = a->targets[t].answer;

	sa_copys(&text, why);
	if (last && *last->text) {
		sa_cats(&text, "; the last answer was: ");
		sa_cats(&text, last->text);
	}
	sa_0(&text);
	round_failed(a, t, status, last ? last->host : "", text.s);
	sa_free(&text);
}

/* Own faults are no reason to give up: only targets whose last answer came
 * from elsewhere fail. */
static void
expire(struct active *a)
{
	uint32_t t, n = a->ntargets;

	for (t = 0; t < n; t++)
		if (a->targets[t].status == SPOOL_PENDING &&
		    a->targets[t].answer && a->targets[t].answer->class == 'T')
			count_give_up(a, t, "4.4.7",
			    "not delivered within the time allowed");
}

static void
put_answer(stralloc *body, const struct answer *x, uint32_t first,
    uint32_t count)
{
	struct journal_answer j = { .when = x->when, .class = x->class,
		.nranges = 1, .status = x->status, .host = x->host,
		.text = x->text };
	char range[8];

	bytes_put(range, first, 4);
	bytes_put(range + 4, count, 4);
	j.ranges = range;
	journal_put_answer(body, &j);
}

/* The last answers, for queuectl and bounces: a record for each run of targets
 * with the same one. */
static void
record_answers(struct active *a)
{
	stralloc body = { 0 };
	uint32_t t, first;

	for (t = 0; t < a->ntargets; t++) {
		struct answer *x = a->targets[t].answer;

		if (!a->targets[t].answer_new)
			continue;
		first = t;
		while (t + 1 < a->ntargets && a->targets[t + 1].answer == x)
			a->targets[t++].answer_new = false;
		a->targets[t].answer_new = false;
		if (x->class != 'N' && a->journal_at -
			spool_journal_offset(&a->head) > ACTIVE_JOURNAL_MAX)
			continue;
		put_answer(&body, x, first, t - first + 1);
		active_record(a, 'A', &body);
	}
	sa_free(&body);
}

/* Is there to be one, and is there somebody to tell of? */
static bool
wants_notice(const struct active *a)
{
	const struct bounce b = { .a = a, .status = SPOOL_PENDING,
		.sender = a->env.sender };
	uint32_t t;

	if (!round_schedule.notice_s || a->m->noticed || !a->temp ||
	    !*a->env.sender)
		return false;
	for (t = 0; t < a->ntargets; t++)
		if (bounce_covers(&b, &a->targets[t]))
			return true;
	return false;
}

/* Until the next try that its file names; UINT32_MAX: it names none to come. */
static uint64_t
planned_ms(const struct active *a)
{
	uint64_t wall = clock_wall_s();

	return a->head.next > wall ? (a->head.next - wall) * 1000 : UINT32_MAX;
}

static void
not_after(struct message *m, uint64_t now, uint64_t ms)
{
	if (m->next > now + ms)
		m->next = now + ms;
}

/* The notice of a delay comes at its time, with a try of its own. */
static void
set_next(struct active *a)
{
	struct message *m = a->m;
	bool local = a->fault && !a->temp;
	uint64_t now = loop_now();

	if (m->parked && a->wait_until)
		m->next = a->wait_until;
	else if (m->parked)
		m->next = now + PARK_MS + schedule_random() % PARK_MS;
	else if (m->untried)
		m->next = now;
	else
		m->next = now + schedule_interval(&round_schedule, m->attempts,
				    local, schedule_random());
	if (m->forced) /* what was planned before stays */
		not_after(m, now, planned_ms(a));
	if (a->wait_until > m->next)
		m->next = a->wait_until;
	if (m->age < round_schedule.notice_s && wants_notice(a))
		not_after(m, now, (round_schedule.notice_s - m->age) * 1000);
}

static void
put_head(struct active *a)
{
	struct message *m = a->m;
	char next[SPOOL_NEXT_LEN], due = '-', state = 'A';
	bool waits = false, held = m->held;
	uint32_t t;

	for (t = 0; t < a->ntargets; t++) {
		if (a->targets[t].status == SPOOL_FAILED)
			due = 'F';
		waits |= strchr("psf", a->targets[t].status) != NULL;
		held |= a->targets[t].status == SPOOL_HELD;
	}
	if (due == 'F')
		a->want_sync = true; /* known before there is a bounce ... */
	else if (a->bounce_ids.len)
		due = 'F'; /* ... and until its marks are durable */
	if (m->held || (held && !waits))
		state = 'H';
	spool_put_next(next,
	    clock_wall_s() + (m->next - loop_now()) / 1000, m->age,
	    m->attempts);
	active_head(a, SPOOL_AT_NEXT, next, sizeof next);
	active_head(a, SPOOL_AT_DUE, &due, 1);
	active_head(a, SPOOL_AT_STATE, &state, 1);
}

void
count_round(struct active *a)
{
	struct message *m = a->m;
	uint32_t now = (uint32_t)(loop_now() / 1000);

	a->counted = true;
	m->parked = a->parked && !a->temp && !a->fault;
	m->untried = a->temp && !a->tried;
	/* a try asked for by hand makes the intervals no longer */
	if (!m->parked && a->tried && !(m->forced && m->attempts) &&
	    m->attempts < UINT16_MAX)
		m->attempts++;
	if (a->temp || !a->fault)
		m->age += now - m->last;
	m->last = now;
	if (m->age >= round_schedule.lifetime_s && a->temp)
		expire(a);
	record_answers(a);
	set_next(a);
	put_head(a);
	m->forced = false;
}

bool
count_notice_due(const struct active *a)
{
	return a->m->age >= round_schedule.notice_s && wants_notice(a);
}
