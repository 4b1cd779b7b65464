/* SPDX-License-Identifier: ISC */
/* The order is the promise: data is durable before its name appears, names are
 * durable before the answer, and an error leaves no name behind. */
#include "queue/spool_batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include "queue/bytes.h"
#include "queue/spool_dirs.h"
#include "queue/spool_write.h"

#define COPY_BYTES 65536 /* copied at once from a memfd */

/* 0, or -1 and the operation is failed. */
static int
failed(struct spool_op *op)
{
	if (!op->error)
		op->error = errno ? errno : EIO;
	return -1;
}

/* Head and the beginning of the message in one write, then the rest. */
static int
copy_body(struct spool_op *op)
{
	static char buf[COPY_BYTES]; /* commits have one thread */
	uint64_t from = 0, to = 0;
	size_t have = 0;
	ssize_t n;

	if (op->head.len <= sizeof buf / 2) {
		memcpy(buf, op->head.s, op->head.len);
		have = op->head.len;
	} else if (spool_write_at(op->file, op->head.s, op->head.len, 0) == -1) {
		return -1;
	} else {
		to = op->head.len;
	}
	while (from < op->size) {
		n = pread(op->body, buf + have, sizeof buf - have, (off_t)from);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* shorter than it was */
		if (n <= 0)
			return -1;
		if ((uint64_t)n > op->size - from)
			n = (ssize_t)(op->size - from);
		from += (uint64_t)n;
		if (spool_write_at(op->file, buf, have + (size_t)n, to) == -1)
			return -1;
		to += have + (size_t)n;
		have = 0;
	}
	return 0;
}

static int
further_writes(struct spool_op *op)
{
	const char *p = op->writes.s, *end = p + op->writes.len;
	size_t len;

	while (p < end) {
		len = (size_t)bytes_get(p + 8, 4);
		if (spool_write_at(op->file, p + SPOOL_WRITE_HEAD, len,
			bytes_get(p, 8)) == -1)
			return -1;
		p += SPOOL_WRITE_HEAD + len;
	}
	return 0;
}

static void
close_file(struct spool_op *op)
{
	if (op->file != -1)
		close(op->file);
	op->file = -1;
}

static int
open_again(struct spool_op *op)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", op->body);
	return open(path, O_WRONLY | O_CLOEXEC);
}

static void
write_new(struct spool_op *op)
{
	if (op->in_place)
		op->file = open_again(op);
	else
		op->file = spool_unnamed(op->id, &op->named);
	if (op->file == -1 ||
	    (op->in_place ? spool_write_at(op->file, op->head.s, op->head.len, 0)
			  : copy_body(op)) == -1 ||
	    further_writes(op) == -1) {
		failed(op);
		close_file(op);
	}
}

/* The kernel tells each descriptor of an error once: the threads have one each,
 * open before they write anything. */
static _Thread_local int whole = -1;
/* A syncfs that failed says not whose data is lost, and the next one is silent
 * about it; a file of its own tells. */
static _Thread_local bool whole_failed;

static void
open_whole(void)
{
	if (whole == -1)
		whole = openat(spool_root(), ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Syncs the data of all that are whole so far. */
static void
sync_files(struct spool_op **ops, unsigned n)
{
	unsigned i, files = 0;

	for (i = 0; i < n; i++)
		files += ops[i]->file != -1 && !ops[i]->error;
	if (files > SPOOL_FSYNC_FILES && whole != -1 && !whole_failed) {
		whole_failed = syncfs(whole) == -1;
		for (i = 0; i < n && whole_failed; i++)
			failed(ops[i]);
		return;
	}
	for (i = 0; i < n; i++)
		if (ops[i]->file != -1 && !ops[i]->error &&
		    fdatasync(ops[i]->file) == -1)
			failed(ops[i]);
}

static void
give_name(struct spool_op *op)
{
	char path[40];
	int dir = spool_dir(spool_dir_of(op->id));

	snprintf(path, sizeof path, "/proc/self/fd/%d", op->file);
	if (linkat(AT_FDCWD, path, dir, op->id, AT_SYMLINK_FOLLOW) == -1 &&
	    !(errno == EEXIST && op->exist_ok))
		failed(op);
}

static void
take_name(struct spool_op *op)
{
	op->stray = unlinkat(spool_dir(spool_dir_of(op->id)), op->id, 0) == -1;
}

/* 0, or -1: what the folders hold is not sure to be durable. */
static int
sync_folders(struct spool_op **ops, unsigned n)
{
	uint64_t touched = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		if (!ops[i]->error)
			touched |= 1ULL << spool_dir_of(ops[i]->id);
	for (i = 0; i < SPOOL_DIRS; i++)
		if (touched >> i & 1 && fsync(spool_dir(i)) == -1)
			return -1;
	return 0;
}

void
spool_batch_commit(struct spool_op **ops, unsigned n)
{
	unsigned i;

	open_whole();
	for (i = 0; i < n; i++)
		write_new(ops[i]);
	sync_files(ops, n);
	for (i = 0; i < n; i++)
		if (!ops[i]->error)
			give_name(ops[i]);
	if (sync_folders(ops, n) == -1)
		for (i = 0; i < n; i++)
			if (!ops[i]->error) {
				failed(ops[i]);
				take_name(ops[i]);
			}
	for (i = 0; i < n; i++) {
		close_file(ops[i]);
		if (ops[i]->named)
			unlinkat(spool_tmp(), ops[i]->id, 0);
	}
}

static void
write_update(struct spool_op *op)
{
	if (!op->writes.len && !op->doubted)
		return;
	op->file = spool_file(op->id, op->doubted ? O_RDWR : O_WRONLY);
	if (op->file == -1 ||
	    (op->doubted && spool_write_again(op->file) == -1) ||
	    further_writes(op) == -1)
		failed(op);
	else
		op->doubted = false;
}

void
spool_batch_update(struct spool_op **ops, unsigned n)
{
	struct spool_op *sync[SPOOL_BATCH_MAX];
	unsigned i, nsync = 0;

	open_whole();
	for (i = 0; i < n; i++)
		write_update(ops[i]);
	for (i = 0; i < n; i++)
		if (ops[i]->sync && ops[i]->file != -1 && !ops[i]->error)
			sync[nsync++] = ops[i];
	if (nsync)
		sync_files(sync, nsync);
	for (i = 0; i < nsync; i++)
		sync[i]->doubted = sync[i]->error;
	for (i = 0; i < n; i++) {
		close_file(ops[i]);
		if (ops[i]->unlink && !ops[i]->error &&
		    unlinkat(spool_dir(spool_dir_of(ops[i]->id)), ops[i]->id,
			0) == -1 && errno != ENOENT)
			failed(ops[i]);
	}
}
