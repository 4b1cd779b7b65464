/* SPDX-License-Identifier: ISC */
#include "queue/unnamed.h"

#include <unistd.h>
#include "lib/log.h"
#include "queue/local.h"
#include "queue/round.h"

static void
deliver_again(struct active *a, uint32_t t)
{
	a->targets[t].phase = PHASE_LOCAL;
	local_push(a, t);
}

void
unnamed_staged(struct active *a, uint32_t t, const char *mailbox,
    const char *name, int fd)
{
	if (a->abandoned || a->spooled || a->spool_it) {
		close(fd);
		if (a->abandoned)
			round_done(a, t, mailbox, true);
		else
			deliver_again(a, t);
		return;
	}
	active_hold(a, t, mailbox, name, fd);
	a->targets[t].phase = PHASE_STAGE;
	target_push(a, &a->staging, t);
	round_touch(a);
}

void
unnamed_gone(struct active *a, uint32_t t, const char *mailbox)
{
	static const char gone[] = "what was staged is gone";

	if (a->targets[t].fd != -1) { /* with its mailbox: not linked */
		round_deferred(a, t, 'L', "4.3.0", "", gone);
		return;
	}
	log_event("again", "id", a->m->id, "mailbox", mailbox, "reason", gone);
	active_mark(a, t, SPOOL_PENDING);
	deliver_again(a, t);
}

void
unnamed_link(struct active *a)
{
	a->renaming = true;
	a->staging_now = a->staging;
	target_list_init(&a->staging);
	round_written(a);
}

void
unnamed_forget(struct active *a)
{
	struct target_list all = a->staging;
	uint32_t t;

	target_list_init(&a->staging);
	while ((t = target_pop(a, &all)) != SPOOL_NO_TARGET)
		if (a->targets[t].fd == -1) {
			target_push(a, &a->staging, t);
		} else {
			active_unhold(a, t);
			deliver_again(a, t);
		}
}
