/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
	char program[COMM_BYTES];
	unsigned long first, count;
	int error;
	bool short_, kill, late;
} fault;
static unsigned long seen;

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
	for (i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(s, errors[i].name) == 0)
			fault.error = errors[i].error;
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

bool
fault_apply(struct task *t)
{
	bool hit = true;

	if (strcmp(t->comm, fault.program) != 0 &&
	    strcmp("*", fault.program) != 0)
		return false;
	fprintf(trace_log, "C %d %s %s\n", t->tgid, t->comm,
	    calls_name(t->call.nr));
	if (++seen < fault.first || seen >= fault.first + fault.count)
		return false;
	if (fault.error)
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
