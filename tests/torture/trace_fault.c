/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define INODES_MAX 4096

static struct {
	char program[COMM_BYTES];
	unsigned long first, count;
	int error;
	bool short_, kill, late, lost, named;
} fault;
static unsigned long seen;

/* What the kernel does when it cannot write back: the data is gone, the call
 * that finds out says so, and so does the next one on each other file that
 * lost some, and of each other descriptor that asks for all; then all is well,
 * as far as anybody can tell. */
static struct {
	uint64_t inos[INODES_MAX];
	unsigned n;
} dirty, owing;
static unsigned long all_lost; /* syncfs that found out */
static pid_t all_tgid;         /* the last of these */
static uint64_t all_fd;

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT },
	{ "EINTR", EINTR }, { "EMFILE", EMFILE }, { "ENFILE", ENFILE },
	{ "EACCES", EACCES }, { "EROFS", EROFS }, { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "ECONNREFUSED", ECONNREFUSED },
	{ "ENOBUFS", ENOBUFS }
};

static int
parse_action(const char *s)
{
	size_t i;

	fault.short_ = strcmp(s, "short") == 0;
	fault.kill = strcmp(s, "kill") == 0;
	fault.late = strcmp(s, "late") == 0;
	fault.lost = strcmp(s, "lost") == 0;
	for (i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(s, errors[i].name) == 0)
			fault.error = errors[i].error;
	fault.named = strcmp(s, "named") == 0;
	if (fault.lost)
		fault.error = EIO;
	if (fault.named)
		fault.error = EOPNOTSUPP;
	return fault.short_ || fault.kill || fault.late || fault.error ? 0
								       : -1;
}

int
fault_parse(const char *spec)
{
	const char *p = strchr(spec, ':');
	char *end;

	if (!p || (size_t)(p - spec) >= sizeof fault.program)
		return -1;
	memcpy(fault.program, spec, (size_t)(p - spec));
	fault.first = strtoul(p + 1, &end, 10);
	fault.count = *end == '+' ? strtoul(end + 1, &end, 10) : 1;
	return *end == ':' ? parse_action(end + 1) : -1;
}

/* Half of a read or write: its length is the third argument. */
static bool
shorten(struct task *t)
{
	if ((!calls_reads(t->call.nr) && !calls_writes(t->call.nr)) ||
	    t->call.args[2] < 2 ||
	    strchr(calls_name(t->call.nr), 'v'))
		return false;
	t->call.args[2] /= 2;
	return true;
}

static bool
syncs(const struct task *t)
{
	return t->call.ours && (t->call.nr == SYS_fsync ||
	    t->call.nr == SYS_fdatasync || t->call.nr == SYS_syncfs);
}

static bool
is_unnamed(const struct task *t)
{
	return t->call.nr == SYS_openat &&
	    (t->call.args[2] & O_TMPFILE) == O_TMPFILE;
}

static unsigned
position(const uint64_t *inos, unsigned n, uint64_t ino)
{
	unsigned i = 0;

	while (i < n && inos[i] != ino)
		i++;
	return i;
}

void
fault_wrote(uint64_t ino)
{
	if (fault.lost && dirty.n < INODES_MAX &&
	    position(dirty.inos, dirty.n, ino) == dirty.n)
		dirty.inos[dirty.n++] = ino;
}

void
fault_synced(uint64_t ino)
{
	unsigned i = position(dirty.inos, dirty.n, ino);

	if (!ino)
		dirty.n = 0;
	else if (i < dirty.n)
		dirty.inos[i] = dirty.inos[--dirty.n];
}

/* Fails, and what it was to write is gone. */
static void
lose(struct task *t)
{
	bool all = t->call.nr == SYS_syncfs;

	fprintf(trace_log, "E %d %s %lu\n", t->tgid, t->comm,
	    all ? 0 : t->call.ino);
	t->fake = -EIO;
	t->all_seen = all_lost;
	if (!all) {
		fault_synced(t->call.ino);
		return;
	}
	owing = dirty;
	dirty.n = 0;
}

static void
lose_first(struct task *t)
{
	if (t->call.nr == SYS_syncfs) {
		all_lost++;
		all_tgid = t->tgid;
		all_fd = t->call.args[0];
	}
	lose(t);
}

/* Is it to hear of a loss that another call found out about? */
static bool
heard(struct task *t)
{
	unsigned i = position(owing.inos, owing.n, t->call.ino);

	if (t->call.nr != SYS_syncfs && i < owing.n)
		owing.inos[i] = owing.inos[--owing.n];
	else if (t->call.nr != SYS_syncfs || t->all_seen == all_lost ||
	    (t->tgid == all_tgid && t->call.args[0] == all_fd))
		return false;
	lose(t);
	return true;
}

void
fault_born(struct task *t)
{
	t->all_seen = all_lost;
}

bool
fault_apply(struct task *t)
{
	bool hit = true;

	if (strcmp(t->comm, fault.program) != 0 &&
	    strcmp("*", fault.program) != 0)
		return fault.lost && syncs(t) && heard(t);
	fprintf(trace_log, "C %d %s %s\n", t->tgid, t->comm,
	    calls_name(t->call.nr));
	if (++seen < fault.first || seen >= fault.first + fault.count)
		return fault.lost && syncs(t) && heard(t);
	if ((fault.lost && !syncs(t)) || (fault.named && !is_unnamed(t)))
		return false;
	if (fault.lost)
		lose_first(t);
	else if (fault.error)
		t->fake = -fault.error;
	else if (fault.kill)
		t->fake = 1;
	else if (fault.short_)
		hit = shorten(t);
	t->kill = fault.kill || fault.late;
	if (hit && (seen == fault.first))
		printf("hit %s %s\n", t->comm, calls_name(t->call.nr));
	return hit;
}
