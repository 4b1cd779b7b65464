/* SPDX-License-Identifier: ISC */
#include "queue/budget.h"

#include "lib/safefile.h"

#define HOUR_MS 3600000

/* A bucket that fills again within an hour. */
static struct bucket {
	uid_t uid;
	bool used;
	uint64_t at;   /* when left was true */
	uint64_t left; /* recipients */
} buckets[BUDGET_UIDS];
static uint64_t hourly;

void
budget_read(void)
{
	hourly = setting_number(SETTING_INJECT_BUDGET);
}

static struct bucket *
find(uid_t uid, uint64_t now)
{
	struct bucket *b, *old = buckets;

	for (b = buckets; b < buckets + BUDGET_UIDS; b++) {
		if (b->used && b->uid == uid)
			return b;
		if (!b->used) {
			old = b;
			break;
		}
		if (b->at < old->at)
			old = b;
	}
	*old = (struct bucket){ uid, true, now, hourly };
	return old;
}

bool
budget_suffices(uid_t uid, uint64_t n)
{
	return !uid || n <= hourly;
}

bool
budget_spend(uid_t uid, uint64_t n, uint64_t now)
{
	struct bucket *b;
	uint64_t back;

	if (!uid)
		return true;
	b = find(uid, now);
	back = (now - b->at) * hourly / HOUR_MS;
	if (now - b->at > HOUR_MS || b->left + back > hourly) {
		b->left = hourly;
		b->at = now;
	} else if (back) {
		b->left += back;
		b->at = now;
	}
	if (b->left < n)
		return false;
	b->left -= n;
	return true;
}
