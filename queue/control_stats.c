/* SPDX-License-Identifier: ISC */
#include "queue/control_stats.h"

#include "lib/msg.h"
#include "queue/bytes.h"
#include "queue/intake.h"
#include "queue/messages.h"
#include "queue/work.h"

static const char *const names[COUNTS] = {
	[COUNT_ACCEPTED] = "accepted",
	[COUNT_CUT] = "accepted-delivered",
	[COUNT_REFUSED] = "refused",
	[COUNT_DELIVERED] = "delivered",
	[COUNT_DEFERRED] = "deferred",
	[COUNT_FAILED] = "failed",
	[COUNT_BOUNCED] = "bounced",
	[COUNT_DONE] = "done",
};
static uint64_t counts[COUNTS];

void
count_up(enum count what)
{
	counts[what]++;
}

void
control_stats(stralloc *out)
{
	char buf[1024], len[4];
	struct msg_writer w;
	unsigned i;

	msg_start(&w, buf, sizeof buf, 'Y');
	msg_puts(&w, "messages");
	msg_putn(&w, message_count());
	msg_puts(&w, "active");
	msg_putn(&w, work_active());
	for (i = 0; i < COUNTS; i++) {
		msg_puts(&w, names[i]);
		msg_putn(&w, counts[i]);
	}
	bytes_put(len, w.len, 4);
	sa_catb(out, len, 4);
	sa_catb(out, buf, w.len);
}
