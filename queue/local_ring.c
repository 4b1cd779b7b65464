/* SPDX-License-Identifier: ISC */
#include "queue/local_ring.h"

#include "queue/local.h"
#include "queue/round.h"

static struct active *ring, **ring_end = &ring;
static unsigned nring;

void
local_keep(struct active *a)
{
	if (a->in_local)
		return;
	a->in_local = true;
	a->local_next = NULL;
	*ring_end = a;
	ring_end = &a->local_next;
	nring++;
}

struct active *
local_first(void)
{
	return ring;
}

struct active *
local_take(void)
{
	struct active *a = ring;

	if (!a)
		return NULL;
	ring = a->local_next;
	if (!ring)
		ring_end = &ring;
	a->in_local = false;
	nring--;
	return a;
}

/* The target is to go first. */
void
local_push_front(struct active *a, uint32_t target)
{
	a->targets[target].next = a->local.first;
	if (a->local.first == SPOOL_NO_TARGET)
		a->local.last = target;
	a->local.first = target;
}

/* Renames go before deliveries: what is begun is finished first. */
void
local_push(struct active *a, uint32_t target)
{
	if (a->targets[target].phase == PHASE_RENAME)
		local_push_front(a, target);
	else
		target_push(a, &a->local, target);
	local_keep(a);
}

void
local_defer_all(void)
{
	struct target_list held;
	struct active *a;
	unsigned n = nring;
	uint32_t t;

	while (n-- && (a = local_take())) {
		target_list_init(&held);
		while ((t = target_pop(a, &a->local)) != SPOOL_NO_TARGET)
			if (a->targets[t].fd != -1)
				target_push(a, &held, t);
			else
				round_deferred(a, t, 'L', "4.3.0", "",
				    "deliver-local does not answer");
		a->local = held;
		if (held.first != SPOOL_NO_TARGET)
			local_keep(a);
	}
}

unsigned
local_waiting(void)
{
	return nring;
}
