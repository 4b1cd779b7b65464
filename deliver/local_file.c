/* SPDX-License-Identifier: ISC */
#include "deliver/local_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "deliver/reply.h"
#include "lib/safefile.h"
#include "lib/text.h"

#define COPY_BYTES 65536
#define OWN_NAME   64 /* bytes: tmp/fresh.PID.NUMBER */
#define HEAD_MAX   (DELIVER_HEAD_MAX + 1024) /* ... and our two lines */

/* What goes into a name for the host, read once a process. */
static const char *
host(void)
{
	static stralloc me;

	if (!me.len) {
		if (setting_me(&me) != 1)
			sa_copys(&me, "localhost");
		sa_0(&me);
	}
	return me.s;
}

static int
write_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, buf, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		buf += n;
		len -= n;
	}
	return 0;
}

static int
write_both(int fd, struct iovec v[2])
{
	ssize_t n = writev(fd, v, 2);
	size_t done = n > 0 ? (size_t)n : 0, first = v[0].iov_len;

	if (n == -1 && errno != EINTR)
		return -1;
	if (done < first && write_all(fd, (char *)v[0].iov_base + done,
	    first - done) == -1)
		return -1;
	done = done > first ? done - first : 0;
	return write_all(fd, (char *)v[1].iov_base + done, v[1].iov_len - done);
}

const char *
local_address(const struct local_job *job)
{
	const char *last;

	if (strchr(job->recipient, '@') || !*job->path)
		return job->recipient;
	last = strrchr(job->path, ' ');
	return last ? last + 1 : job->path;
}

/* The way to here, with its end: no two copies of a message share it, and an
 * address in capitals is the same one. */
static void
way(stralloc *out, const struct local_job *job)
{
	sa_copys(out, job->path);
	if (out->len)
		sa_append(out, ' ');
	sa_cats(out, job->recipient);
	sa_lower(out);
	sa_0(out);
}

/* What local_text has not: the end of a large one. */
static int
copy_rest(const struct local_job *job, uint64_t done, uint64_t *size,
    uint64_t *lines)
{
	char buf[COPY_BYTES];
	size_t want;
	ssize_t n;

	for (; done < job->size; done += (uint64_t)n) {
		want = sizeof buf;
		if (want > job->size - done)
			want = job->size - done;
		n = pread(job->message, buf, want, job->offset + done);
		if (n == -1 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n == 0)
			errno = EIO; /* shorter than queued says */
		if (n <= 0 || write_all(job->fd, buf, (size_t)n) == -1)
			return -1;
		*size += (uint64_t)n;
		*lines += text_count(buf, (size_t)n, '\n');
	}
	return 0;
}

/* Header of ours, then the message; counts lines for W=. */
static int
copy(struct local_job *job, uint64_t *size, uint64_t *lines)
{
	char head[HEAD_MAX];
	size_t len, have;
	const char *text = local_text(job, &have);
	struct iovec v[2];

	if (!text)
		return -1;
	/* a mailbox's own copy of a forward has its address in head already */
	if (*job->head && !strchr(job->recipient, '@'))
		len = snprintf(head, sizeof head, "Return-Path: <%s>\n%s",
		    job->sender, job->head);
	else
		len = snprintf(head, sizeof head,
		    "Return-Path: <%s>\nDelivered-To: %s\n%s", job->sender,
		    local_address(job), job->head);
	v[0] = (struct iovec){ head, len };
	v[1] = (struct iovec){ (void *)(uintptr_t)text, have };
	*size = len + have;
	*lines = text_count(head, len, '\n') + local_text_lines();
	if (write_both(job->fd, v) == -1)
		return -1;
	return copy_rest(job, have, size, lines);
}

/* A name of this worker's alone, in tmp/. */
static void
own_name(char *out, size_t size, const struct local_job *job)
{
	snprintf(out, size, "tmp/fresh.%ld.%llu", (long)getpid(),
	    (unsigned long long)job->number);
}

void
local_forget(struct local_job *job)
{
	char own[OWN_NAME];
	int saved = errno;

	own_name(own, sizeof own, job);
	unlinkat(job->folder, own, 0);
	job->named = false;
	errno = saved;
}

/* An unnamed file where it will get its name (Landlock would ask for REFER
 * otherwise), and not behind a link, in another mailbox; a named one where the
 * file system has none such: 'C' is 'D' there. */
static int
make_file(struct local_job *job)
{
	char own[OWN_NAME];
	int fd = openat(job->folder, job->op == 'C' ? "new" : "tmp",
	    O_TMPFILE | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR &&
			    errno != EINVAL))
		return fd;
	job->op = 'D';
	local_forget(job); /* of a worker that had our pid */
	own_name(own, sizeof own, job);
	fd = openat(job->folder, own,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	job->named = fd != -1;
	return fd;
}

int
local_write(struct local_job *job)
{
	uint64_t size, lines;
	stralloc name = { 0 }, path = { 0 };
	int rc = -1;

	job->fd = make_file(job);
	if (job->fd == -1 && errno == ENOENT && local_mend(job) != -1)
		job->fd = make_file(job);
	if (job->fd == -1 || copy(job, &size, &lines) == -1)
		goto out;
	way(&path, job);
	maildir_make(&name, job->time, job->id, path.s, host(), size,
	    size + lines);
	if (name.len > MAILDIR_NAME_MAX) {
		errno = ENAMETOOLONG;
		goto out;
	}
	memcpy(job->name, name.s, name.len);
	job->name[name.len] = 0;
	rc = 0;
out:
	if (rc == -1 && job->named)
		local_forget(job);
	sa_free(&path);
	sa_free(&name);
	return rc;
}

/* The name is taken by this very delivery, before queued lost sight of it.  That
 * file is not believed: once a sync failed, the kernel may call its data clean,
 * and a second sync says yes.  But queued may count on it: it gives way in one
 * step, and to what is durable. */
static int
replace(struct local_job *job, const char *from, const char *to)
{
	char own[OWN_NAME];

	if (fsync(job->fd) == -1)
		return -1;
	own_name(own, sizeof own, job);
	if (!job->named) {
		local_forget(job);
		if (linkat(AT_FDCWD, from, job->folder, own,
			AT_SYMLINK_FOLLOW) == -1)
			return -1;
		job->named = true;
	}
	if (renameat(job->folder, own, job->folder, to) == -1)
		return -1;
	job->named = false;
	return 0;
}

int
local_name(struct local_job *job)
{
	char from[64], to[sizeof "tmp/" + MAILDIR_NAME_MAX];
	int rc;

	snprintf(from, sizeof from, "/proc/self/fd/%d", job->fd);
	snprintf(to, sizeof to, "tmp/%s", job->name);
	rc = linkat(AT_FDCWD, from, job->folder, to, AT_SYMLINK_FOLLOW);
	if (rc == -1 && errno == EEXIST)
		rc = replace(job, from, to);
	if (job->named)
		local_forget(job);
	if (rc == 0)
		job->state = LOCAL_NAMED;
	return rc;
}

int
local_rename(struct local_job *job)
{
	char from[sizeof "tmp/" + MAILDIR_NAME_MAX];
	char to[sizeof "new/" + MAILDIR_NAME_MAX];
	int mended;

	snprintf(from, sizeof from, "tmp/%s", job->name);
	snprintf(to, sizeof to, "new/%s", job->name);
	if (local_look_new(job) == -1)
		return -1;
	reply_prepare(job);
	job->moved = renameat(job->folder, from, job->folder, to) == 0;
	if (!job->moved) {
		if (errno != ENOENT)
			return -1;
		mended = local_mend(job);
		if (mended == -1)
			return -1;
		job->moved = renameat(job->folder, from, job->folder, to) == 0;
		if (!job->moved && errno != ENOENT)
			return -1;
		if (!job->moved && (mended || local_vanished(job)))
			return 1;
	}
	job->state = LOCAL_MOVED;
	return 0;
}

int
local_undo(struct local_job *job)
{
	char from[sizeof "tmp/" + MAILDIR_NAME_MAX];

	snprintf(from, sizeof from, "tmp/%s", job->name);
	if (unlinkat(job->folder, from, 0) == -1 && errno != ENOENT)
		return -1;
	job->state = LOCAL_MOVED;
	return 0;
}
