/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROMISE_BYTES 300

static dev_t home;

int
note_home(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	home = st.st_dev;
	return 0;
}

static size_t
read_memory(const struct task *t, uint64_t at, void *buf, size_t len)
{
	struct iovec here = { buf, len }, there = { (void *)at, len };
	ssize_t n = process_vm_readv(t->tid, &here, 1, &there, 1, 0);

	return n > 0 ? (size_t)n : 0;
}

static void
read_string(const struct task *t, uint64_t at, char *buf, size_t size)
{
	size_t n = 0, chunk = 0;

	while (n < size - 1) { /* not over the end of a page at once */
		chunk = 4096 - ((at + n) & 4095);
		if (chunk > size - 1 - n)
			chunk = size - 1 - n;
		chunk = read_memory(t, at + n, buf + n, chunk);
		if (!chunk || memchr(buf + n, 0, chunk))
			break;
		n += chunk;
	}
	buf[size - 1] = 0;
	if (!chunk)
		buf[n] = 0;
}

static bool
stat_fd(const struct task *t, int fd, struct stat *st)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", t->tid, fd);
	return stat(path, st) == 0 && st->st_dev == home;
}

bool
note_wakes(const struct task *t)
{
	char path[64], to[32];
	ssize_t n;

	if (t->call.nr != SYS_read && t->call.nr != SYS_write)
		return false;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", t->tid,
	    (int)t->call.args[0]);
	n = readlink(path, to, sizeof to);
	return n > 11 && memcmp(to, "anon_inode:", 11) == 0;
}

/* The folder and the last part of a path of the task's. */
static bool
resolve(const struct task *t, int dirfd, uint64_t at, uint64_t *dir,
    char *name, struct stat *st)
{
	char given[2048], path[2200], *slash;
	int n;

	read_string(t, at, given, sizeof given);
	if (*given == '/')
		n = snprintf(path, sizeof path, "/proc/%d/root%s", t->tid,
		    given);
	else if (dirfd == AT_FDCWD)
		n = snprintf(path, sizeof path, "/proc/%d/cwd/%s", t->tid,
		    given);
	else
		n = snprintf(path, sizeof path, "/proc/%d/fd/%d/%s", t->tid,
		    dirfd, given);
	if (n >= (int)sizeof path)
		return false;
	slash = strrchr(path, '/');
	if (strlen(slash + 1) >= NAME_BYTES)
		return false;
	strcpy(name, slash + 1);
	if (lstat(path, st) == -1)
		st->st_ino = 0;
	*slash = 0;
	struct stat parent;
	if (stat(path, &parent) == -1 || parent.st_dev != home)
		return false;
	*dir = parent.st_ino;
	return true;
}

static uint64_t
position(const struct task *t, int fd)
{
	char path[64], line[100];
	unsigned long long pos = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", t->tid, fd);
	f = fopen(path, "re");
	if (f && fgets(line, sizeof line, f))
		sscanf(line, "pos: %llu", &pos);
	if (f)
		fclose(f);
	return pos;
}

static int
out_fd(const struct call *c)
{
	if (c->nr == SYS_copy_file_range || c->nr == SYS_splice)
		return (int)c->args[2];
	return (int)c->args[0];
}

static bool
before_data(struct task *t)
{
	struct call *c = &t->call;
	struct stat st;

	if (!stat_fd(t, out_fd(c), &st) || !S_ISREG(st.st_mode))
		return false;
	c->ino = st.st_ino;
	c->offset = c->nr == SYS_pwrite64 || c->nr == SYS_pwritev
	    ? c->args[3]
	    : position(t, out_fd(c));
	return true;
}

/* The names of a call that has some, in the way of its -at form. */
static bool
before_names(struct task *t)
{
	struct call *c = &t->call;
	struct stat st;
	uint64_t *a = c->args;
	int cwd = AT_FDCWD;

	switch (c->nr) {
#ifdef SYS_open
	case SYS_open: case SYS_creat: case SYS_unlink: case SYS_mkdir:
	case SYS_rmdir:
		c->ours = resolve(t, cwd, a[0], &c->dir, c->name, &st);
		break;
	case SYS_rename: case SYS_link:
		c->ours = resolve(t, cwd, a[1], &c->to, c->to_name, &st);
		c->existed = st.st_ino != 0;
		if (c->ours && c->nr == SYS_rename)
			resolve(t, cwd, a[0], &c->dir, c->name, &st);
		break;
#endif
	case SYS_openat: case SYS_unlinkat: case SYS_mkdirat:
		c->ours = resolve(t, (int)a[0], a[1], &c->dir, c->name, &st);
		break;
	case SYS_linkat: case SYS_renameat: case SYS_renameat2:
		c->ours = resolve(t, (int)a[2], a[3], &c->to, c->to_name, &st);
		c->existed = st.st_ino != 0;
		if (c->ours && c->nr != SYS_linkat)
			resolve(t, (int)a[0], a[1], &c->dir, c->name, &st);
		break;
	default:
		return false;
	}
	c->ino = c->ours ? st.st_ino : 0;
	return c->ours;
}

bool
note_before(struct task *t)
{
	struct call *c = &t->call;
	struct stat st;

	c->ours = false;
	if (calls_writes(c->nr)) {
		c->ours = before_data(t);
	} else if (c->nr == SYS_fsync || c->nr == SYS_fdatasync ||
	    c->nr == SYS_syncfs || c->nr == SYS_ftruncate ||
	    c->nr == SYS_fallocate) {
		c->ours = stat_fd(t, (int)c->args[0], &st);
		c->ino = st.st_ino;
	} else {
		before_names(t);
	}
	return c->ours;
}

static void
log_data(const struct task *t, uint64_t len)
{
	const struct call *c = &t->call;
	char path[64], *buf = malloc(len ? len : 1);
	int fd;
	ssize_t n = 0;

	snprintf(path, sizeof path, "/proc/%d/fd/%d", t->tid, out_fd(c));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1 && buf)
		n = pread(fd, buf, len, (off_t)c->offset);
	fprintf(trace_log, "W %d %s %lu %lu %zd\n", t->tgid, t->comm, c->ino,
	    c->offset, n);
	fwrite(buf, 1, n > 0 ? (size_t)n : 0, trace_log);
	fputc('\n', trace_log);
	if (fd != -1)
		close(fd);
	free(buf);
}

static void
log_name(const struct task *t, char what, uint64_t dir, uint64_t ino,
    const char *name)
{
	fprintf(trace_log, "%c %d %s %lu %lu %s\n", what, t->tgid, t->comm,
	    dir, ino, name);
}

/* What has that name now: asked after the call. */
static uint64_t
inode_now(const struct task *t)
{
	const struct call *c = &t->call;
	struct stat st;
	uint64_t dir, *a = (uint64_t *)c->args;
	char name[NAME_BYTES];
	bool at = c->nr == SYS_linkat || c->nr == SYS_renameat ||
	    c->nr == SYS_renameat2;

	if (at)
		resolve(t, (int)a[2], a[3], &dir, name, &st);
	else if (c->nr == SYS_openat || c->nr == SYS_mkdirat)
		resolve(t, (int)a[0], a[1], &dir, name, &st);
	else
		resolve(t, AT_FDCWD, a[c->to ? 1 : 0], &dir, name, &st);
	return st.st_ino;
}

static void
after_names(struct task *t)
{
	const struct call *c = &t->call;

	switch (c->nr) {
#ifdef SYS_open
	case SYS_unlink: case SYS_rmdir:
#endif
	case SYS_unlinkat:
		log_name(t, 'U', c->dir, c->ino, c->name);
		break;
#ifdef SYS_open
	case SYS_mkdir:
#endif
	case SYS_mkdirat:
		log_name(t, 'M', c->dir, inode_now(t), c->name);
		break;
#ifdef SYS_open
	case SYS_rename:
#endif
	case SYS_renameat: case SYS_renameat2:
		fprintf(trace_log, "R %d %s %lu %lu %lu %s/%s\n", t->tgid,
		    t->comm, c->dir, c->to, inode_now(t), c->name, c->to_name);
		break;
#ifdef SYS_open
	case SYS_link:
#endif
	case SYS_linkat:
		log_name(t, 'L', c->to, inode_now(t), c->to_name);
		break;
	default: /* open: made, unless it was there or has no name */
		if (!c->ino && inode_now(t))
			log_name(t, 'L', c->dir, inode_now(t), c->name);
	}
}

void
note_after(struct task *t, int64_t result)
{
	const struct call *c = &t->call;

	if (result < 0)
		return;
	if (calls_writes(c->nr)) {
		log_data(t, (uint64_t)result);
		fault_wrote(c->ino);
	} else if (c->nr == SYS_fsync || c->nr == SYS_fdatasync) {
		fprintf(trace_log, "S %d %s %lu\n", t->tgid, t->comm, c->ino);
		fault_synced(c->ino);
	} else if (c->nr == SYS_syncfs) {
		fprintf(trace_log, "F %d %s\n", t->tgid, t->comm);
		fault_synced(0);
	} else if (c->nr == SYS_ftruncate || c->nr == SYS_fallocate) {
		fprintf(trace_log, "T %d %s %lu %lu\n", t->tgid, t->comm,
		    c->ino, c->args[1]);
	} else {
		after_names(t);
	}
}

void
note_promise(const struct task *t)
{
	const struct call *c = &t->call;
	struct msghdr m;
	struct iovec v;
	char buf[PROMISE_BYTES];
	uint64_t at = c->args[1], len = c->args[2];

	if (c->nr == SYS_sendmsg) {
		if (read_memory(t, at, &m, sizeof m) != sizeof m ||
		    read_memory(t, (uint64_t)m.msg_iov, &v, sizeof v) !=
			sizeof v)
			return;
		at = (uint64_t)v.iov_base;
		len = v.iov_len;
	} else if (c->nr != SYS_sendto && c->nr != SYS_write) {
		return;
	}
	len = read_memory(t, at, buf, len < sizeof buf ? len : sizeof buf);
	if ((strcmp(t->comm, "queued") != 0 || !len || *buf != 'Y') &&
	    (strcmp(t->comm, "mailboxd") != 0 || len < 3 ||
		memcmp(buf, "+OK", 3) != 0))
		return;
	fprintf(trace_log, "P %d %s %zu\n", t->tgid, t->comm, (size_t)len);
	fwrite(buf, 1, len, trace_log);
	fputc('\n', trace_log);
}
