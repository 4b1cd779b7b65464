/* SPDX-License-Identifier: ISC */
/* For daemons under ASan and UBSan, which only tests build (make san): what the
 * sanitizers' runtime cannot live with is left out.  It makes system calls of its
 * own, and its shadow is beyond any limit of memory.  Account, folders, root
 * and the other limits stay; reports go to stderr, the daemon's log. */
#include "lib/confine.h"

int __real_confine_limits(
    unsigned long mem_mib, unsigned long files, unsigned long procs);
int __wrap_confine_limits(
    unsigned long mem_mib, unsigned long files, unsigned long procs);
int __wrap_confine_install(const struct confine_filter *filter);
const char *__asan_default_options(void);
#pragma weak __real_confine_limits

int
__wrap_confine_limits(
    unsigned long mem_mib, unsigned long files, unsigned long procs)
{
	(void)mem_mib;
	return __real_confine_limits(0, files, procs);
}

int
__wrap_confine_install(const struct confine_filter *filter)
{
	(void)filter;
	return 0; /* as a kernel without it */
}

/* An acceptor has no environment.  Leaks are looked for by ptrace, which a
 * process that is not dumpable refuses. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0:allocator_may_return_null=1";
}
