/* SPDX-License-Identifier: ISC */
#include "queue/queue.h"

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
queue_room(struct queue_room *r, const struct statvfs *s)
{
	uint64_t room = (uint64_t)s->f_bavail * s->f_frsize;
	uint64_t spare = least(QUEUE_RESERVE_BYTES,
	    s->f_blocks * s->f_frsize / QUEUE_RESERVE_PART);
	uint64_t inodes = s->f_files ? s->f_favail : UINT64_MAX;
	uint64_t spare_inodes =
	    least(QUEUE_RESERVE_INODES, s->f_files / QUEUE_RESERVE_PART);

	r->bytes = room > spare ? room - spare : 0;
	r->inodes = inodes > spare_inodes ? inodes - spare_inodes : 0;
}

bool
queue_has_room(uint64_t size)
{
	struct queue_room r;
	struct statvfs s;

	if (statvfs("queue", &s) == -1)
		return true; /* queued will say what is wrong */
	queue_room(&r, &s);
	return r.inodes && r.bytes > size;
}
