/* SPDX-License-Identifier: ISC */
#include "relayd/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"

#define CHUNK 1024 /* records read at once */

struct pass {
	const struct journal_clock *now;
	const struct journal_restore *restore;
	uint64_t newest;   /* wall clock of the newest record */
	uint64_t good;     /* bytes before the first damage */
	bool same_boot;    /* the records that follow are of this boot */
	bool damaged;
};

int
journal_boot_id(unsigned char id[JOURNAL_BOOT_SIZE])
{
	char text[64];
	ssize_t len;
	int fd, hi = -1, n = 0, v;
	ssize_t i;

	memset(id, 0, JOURNAL_BOOT_SIZE);
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	len = read(fd, text, sizeof text);
	close(fd);
	for (i = 0; i < len && n < JOURNAL_BOOT_SIZE; i++) {
		const char *hex = "0123456789abcdef";
		const char *p = text[i] ? strchr(hex, text[i]) : NULL;

		if (!p)
			continue;
		v = (int)(p - hex);
		if (hi == -1) {
			hi = v;
		} else {
			id[n++] = (unsigned char)(hi << 4 | v);
			hi = -1;
		}
	}
	errno = EINVAL;
	return n == JOURNAL_BOOT_SIZE ? 0 : -1;
}

static bool
is_zero(const unsigned char *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

/* Pass one: what is whole, and how new. */
static void
measure(struct pass *p, const struct journal_record *r)
{
	if (!r) {
		p->damaged = true;
		return;
	}
	if (r->wall > p->newest)
		p->newest = r->wall;
	if (!p->damaged)
		p->good += JOURNAL_RECORD;
}

/* Seconds since the record was written; 0 when the clock went back. */
static uint64_t
age(const struct pass *p, const struct journal_record *r)
{
	if (p->same_boot)
		return p->now->boot > r->boot ? p->now->boot - r->boot : 0;
	return p->now->wall > r->wall ? p->now->wall - r->wall : 0;
}

static uint32_t
left(const struct pass *p, const struct journal_record *r)
{
	uint64_t gone = age(p, r), rest;

	rest = r->n > gone ? r->n - gone : 0;
	if (p->same_boot && r->ends <= p->now->boot)
		rest = 0;
	else if (p->same_boot && rest > r->ends - p->now->boot)
		rest = r->ends - p->now->boot;
	return (uint32_t)rest;
}

/* Pass two. */
static void
apply(struct pass *p, const struct journal_record *r)
{
	const struct journal_restore *to = p->restore;
	struct budget_key key;
	char mailbox[ADDR_MAILBOX_MAX + 1] = "";
	struct ip ip;
	uint64_t ago;

	if (!r) {
		p->damaged = true;
		return;
	}
	memcpy(ip.b, r->ip, sizeof ip.b);
	memcpy(mailbox, r->key, ADDR_MAILBOX_MAX);
	if (r->type == 'H') {
		p->same_boot = !is_zero(p->now->boot_id, JOURNAL_BOOT_SIZE) &&
		    !memcmp(r->ip, p->now->boot_id, JOURNAL_BOOT_SIZE);
	} else if (r->type == 'C') {
		to->window(to->arg, &ip, mailbox, 0);
	} else if (p->damaged) {
		return;
	} else if (r->type == 'O' && addr_is_mailbox(mailbox, strlen(mailbox))) {
		to->window(to->arg, &ip, mailbox, left(p, r));
	} else if (r->type == 'B') {
		memcpy(key.b, r->key, sizeof key.b);
		ago = age(p, r) + r->ends; /* ends: already ago when written */
		if (ago < BUDGETS_STEP * BUDGETS_STEPS)
			to->budget(to->arg, &key, (uint32_t)ago, r->n);
	}
}

/* Every record, whole or not (NULL).  0 or -1. */
static int
each_record(int fd, struct pass *p,
    void (*each)(struct pass *p, const struct journal_record *r))
{
	static unsigned char buf[CHUNK * JOURNAL_RECORD];
	struct journal_record r;
	off_t at = 0;
	ssize_t got, i;

	p->damaged = p->same_boot = false;
	for (;;) {
		got = pread(fd, buf, sizeof buf, at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		for (i = 0; i + JOURNAL_RECORD <= got; i += JOURNAL_RECORD)
			each(p, journal_decode(&r, buf + i) ? &r : NULL);
		if (i == 0) { /* the end of a file cut in a record */
			each(p, NULL);
			return 0;
		}
		at += i;
	}
}

int
journal_load(const char *path, const struct journal_clock *now,
    const struct journal_restore *restore)
{
	struct pass p = { .now = now, .restore = restore };
	bool same;
	int fd, r = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (each_record(fd, &p, measure) == -1)
		goto out;
	if (p.damaged)
		log_warn(path, ": damaged from byte ", log_num(p.good),
		    " on; the windows opened behind it are lost, customers "
		    "open them again by checking mail");
	if (each_record(fd, &p, apply) == -1)
		goto out;
	same = p.same_boot;
	if (!same && now->wall < p.newest) {
		log_warn("the clock is ", log_num(p.newest - now->wall),
		    " s behind the journal: all windows are closed");
		restore->close_all(restore->arg);
	}
	r = 1;
out:
	close(fd);
	return r;
}
