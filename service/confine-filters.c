/* SPDX-License-Identifier: ISC */
/* confine-filters - writes the system call filters of conf-services as C.
 *
 * Runs when the daemons are built, on the machine that they are for, and is not
 * installed.  libseccomp makes the filters; the daemons only install them, and
 * do without its code, its memory, and the time that it takes. */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/confine_filter.h"
#include "lib/confine_make.h"
#include "lib/log.h"
#include "lib/service_filters.h"

#define FILTERS_MAX 64
#define CALLS_MAX   8192 /* system call numbers that are asked for names */

static struct confine_filter filters[FILTERS_MAX];
static unsigned nfilters, total;

static struct confine_program
put_program(const char *const *groups, bool trap)
{
	static struct sock_filter f[BPF_MAXINSNS];
	struct confine_program p = { (unsigned short)total, 0 };
	int n = confine_make(f, BPF_MAXINSNS, groups, trap), i;

	if (n == -1)
		log_fatalsys(111, "unable to make the filter of ", groups[0]);
	if (total + (unsigned)n > 65535)
		log_fatal(111, "the filters are too long");
	for (i = 0; i < n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%x },\n", f[i].code, f[i].jt,
		    f[i].jf, f[i].k);
	total += (unsigned)n;
	p.n = (unsigned short)n;
	return p;
}

/* Rows with the same groups have one filter. */
static void
add(const char *const *groups)
{
	struct confine_filter *f = &filters[nfilters];
	unsigned i;

	if (nfilters == FILTERS_MAX ||
	    service_filter_text(f->groups, groups) == -1)
		log_fatal(111, "too many filters, or groups of one");
	for (i = 0; i < nfilters; i++)
		if (strcmp(filters[i].groups, f->groups) == 0)
			return;
	f->kill = put_program(groups, false);
	f->trap = put_program(groups, true);
	nfilters++;
}

static void
put_filters(void)
{
	const char *groups[SERVICE_GROUPS_MAX + 1];
	const struct service_row *row;
	unsigned i;

	puts("const struct sock_filter confine_instructions[] = {");
	for (row = service_rows; row->program; row++)
		for (i = 0; i < SERVICE_FILTERS; i++)
			if (service_filter_groups(groups, row, i))
				add(groups);
	puts("};\nconst struct confine_filter confine_filters[] = {");
	for (i = 0; i < nfilters; i++)
		printf("\t{ \"%s\", { %u, %u }, { %u, %u } },\n",
		    filters[i].groups, filters[i].kill.first, filters[i].kill.n,
		    filters[i].trap.first, filters[i].trap.n);
	puts("\t{ \"\", { 0, 0 }, { 0, 0 } },\n};");
}

static void
put_names(void)
{
	char *name;
	int nr;

	puts("const char confine_call_names[] =");
	for (nr = 0; nr < CALLS_MAX; nr++) {
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
		if (name)
			printf("\t\" %d:%s\"\n", nr, name);
		free(name);
	}
	puts("\t\" \";");
}

int
main(void)
{
	log_program("confine-filters");
	puts("/* Made by service/confine-filters.c from conf-services and "
	     "lib/confine_calls.c. */\n#include \"lib/confine_filter.h\"\n");
	put_filters();
	put_names();
	if (fflush(stdout) == EOF || ferror(stdout))
		log_fatalsys(111, "unable to write");
	return 0;
}
