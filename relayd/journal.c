/* SPDX-License-Identifier: ISC */
#include "relayd/journal.h"
#include "relayd/journal_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define BATCH 65520 /* bytes: whole records */
#define NEW   ".new"

_Static_assert(BATCH % JOURNAL_RECORD == 0, "whole records in a batch");

static void
new_path(stralloc *out, const struct journal *j)
{
	sa_copys(out, j->path);
	sa_cat0(out, NEW);
}

/* All of it or nothing.  0 or -1. */
static int
append(int fd, const void *buf, size_t len)
{
	ssize_t done;

	do
		done = write(fd, buf, len);
	while (done == -1 && errno == EINTR);
	if (done == (ssize_t)len)
		return 0;
	if (done != -1)
		errno = ENOSPC;
	return -1;
}

static void
drop_fresh(struct journal *j)
{
	stralloc path = { 0 };

	if (j->fresh == -1)
		return;
	new_path(&path, j);
	unlink(path.s);
	close(j->fresh);
	j->fresh = -1;
	sa_free(&path);
}

/* From now on in memory alone, until a tick writes the file anew. */
static void
fail(struct journal *j, const char *what)
{
	if (!j->failed_ms)
		log_warnsys(what, j->path, ": the windows are kept in memory "
		    "only until there is room again");
	j->failed_ms = clock_boot_ms();
	drop_fresh(j);
}

static int
flush(struct journal *j)
{
	if (j->batched && append(j->fresh, j->batch, j->batched) == -1)
		j->batch_failed = true;
	j->batched = 0;
	return j->batch_failed ? -1 : 0;
}

/* Appends records to the file, and to the one being written anew. */
static void
put(struct journal *j, const unsigned char *buf, size_t len)
{
	if (j->batch) {
		memcpy(j->batch + j->batched, buf, len);
		j->batched += len;
		if (j->batched > BATCH - 2 * JOURNAL_RECORD)
			flush(j);
		return;
	}
	if (j->fresh != -1 && append(j->fresh, buf, len) == -1)
		drop_fresh(j);
	if (j->failed_ms) {
		j->lost += len / JOURNAL_RECORD;
		return;
	}
	if (append(j->fd, buf, len) == -1) {
		j->lost += len / JOURNAL_RECORD;
		fail(j, "unable to write to ");
		if (ftruncate(j->fd, (off_t)j->size) == -1)
			log_warnsys("unable to cut ", j->path);
		return;
	}
	j->size += len;
	if (j->sync)
		journal_sync_dirty(j->sync, j->fd);
}

static void
stamp(struct journal_record *r, const struct journal *j, char type)
{
	memset(r, 0, sizeof *r);
	r->type = type;
	r->wall = j->now->wall;
	r->boot = j->now->boot;
}

void
journal_opened(struct journal *j, const struct ip *ip,
    const char mailbox[ADDR_MAILBOX_MAX], uint32_t ends)
{
	unsigned char buf[JOURNAL_RECORD];
	struct journal_record r;

	stamp(&r, j, 'O');
	r.n = ends > r.boot ? ends - r.boot : 0;
	r.ends = ends;
	memcpy(r.ip, ip->b, sizeof r.ip);
	memcpy(r.key, mailbox, sizeof r.key);
	journal_encode(buf, &r);
	put(j, buf, sizeof buf);
}

void
journal_closed(struct journal *j, const struct ip *ip,
    const char mailbox[ADDR_MAILBOX_MAX])
{
	unsigned char buf[JOURNAL_RECORD];
	struct journal_record r;

	stamp(&r, j, 'C');
	memcpy(r.ip, ip->b, sizeof r.ip);
	memcpy(r.key, mailbox, sizeof r.key);
	journal_encode(buf, &r);
	put(j, buf, sizeof buf);
	if (!j->failed_ms || j->fd == -1 || !j->size)
		return;
	/* a restart would open it again: rather none */
	if (ftruncate(j->fd, 0) == -1)
		log_warnsys("unable to empty ", j->path,
		    ": remove it, or a restart opens a closed window again");
	j->size = 0;
}

void
journal_spent(struct journal *j, const struct budget_key *a,
    const struct budget_key *b, uint32_t ago, uint32_t n)
{
	unsigned char buf[2 * JOURNAL_RECORD];
	struct journal_record r;
	size_t len = JOURNAL_RECORD;

	stamp(&r, j, 'B');
	r.n = n;
	r.ends = ago;
	memcpy(r.key, a->b, sizeof r.key);
	journal_encode(buf, &r);
	if (b) {
		memcpy(r.key, b->b, sizeof r.key);
		journal_encode(buf + len, &r);
		len += JOURNAL_RECORD;
	}
	put(j, buf, len);
}

void
journal_settle(struct journal *j)
{
	if (!j->failed_ms && fdatasync(j->fd) == -1)
		fail(j, "unable to fsync ");
}

/* Writes what there is into a new file beside the old.  0 or -1. */
static int
begin(struct journal *j)
{
	unsigned char head[JOURNAL_RECORD];
	struct journal_record r;
	stralloc path = { 0 };
	int rc = -1;

	new_path(&path, j);
	unlink(path.s);
	j->fresh = open(path.s, O_WRONLY | O_APPEND | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, 0600);
	sa_free(&path);
	j->batch = malloc(BATCH);
	if (j->fresh == -1 || !j->batch)
		goto out;
	j->batched = 0;
	j->batch_failed = false;
	stamp(&r, j, 'H');
	memcpy(r.ip, j->boot_id, sizeof r.ip);
	journal_encode(head, &r);
	put(j, head, sizeof head);
	j->snapshot(j->arg, j);
	rc = flush(j);
out:
	free(j->batch);
	j->batch = NULL;
	if (rc == -1)
		drop_fresh(j);
	return rc;
}

/* The new file takes the old one's place.  0 or -1. */
static int
commit(struct journal *j)
{
	stralloc path = { 0 };
	off_t size = lseek(j->fresh, 0, SEEK_END);
	int rc;

	new_path(&path, j);
	rc = size == -1 ? -1 : rename(path.s, j->path);
	sa_free(&path);
	if (rc == -1) {
		drop_fresh(j);
		return -1;
	}
	if (j->fd != -1)
		close(j->fd);
	j->fd = j->fresh;
	j->fresh = -1;
	j->size = j->base = (uint64_t)size;
	if (j->failed_ms)
		log_info(j->path, ": written again; ", log_num(j->lost),
		    " records had been lost");
	j->failed_ms = j->lost = 0;
	return 0;
}

int
journal_start(struct journal *j)
{
	if (begin(j) == 0) {
		if (fdatasync(j->fresh) == 0 && commit(j) == 0) {
			safefile_syncdir(j->path);
			return 0;
		}
		drop_fresh(j);
	}
	fail(j, "unable to write ");
	if (j->fd == -1) { /* the old one: to empty it when a window closes */
		j->fd = open(j->path, O_WRONLY | O_APPEND | O_CLOEXEC |
		    O_NOFOLLOW);
		j->size = 1;
	}
	return -1;
}

void
journal_tick(struct journal *j, uint64_t now_ms)
{
	int done;

	if (j->failed_ms) {
		if (now_ms - j->failed_ms >= JOURNAL_RETRY_MS)
			journal_start(j);
	} else if (j->fresh != -1) {
		done = journal_sync_done(j->sync);
		if (done == -1)
			drop_fresh(j);
		else if (done == 1 && commit(j) == -1)
			fail(j, "unable to replace ");
	} else if (j->size > JOURNAL_GROW_MIN && j->size > 2 * j->base) {
		if (!j->sync)
			journal_start(j);
		else if (begin(j) == 0)
			journal_sync_copy(j->sync, j->fresh);
		else
			fail(j, "unable to write ");
	} else if (j->sync && (errno = journal_sync_error(j->sync))) {
		/* the next one would be silent about what is lost */
		fail(j, "unable to fsync ");
	}
}

void
journal_stop(struct journal *j)
{
	if (j->sync)
		journal_sync_stop(j->sync);
	drop_fresh(j);
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
}
