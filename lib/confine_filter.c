/* SPDX-License-Identifier: ISC */
#include "lib/confine_filter.h"
#include "lib/confine.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/log.h"

/* Asked once, before the program empties its environment. */
static bool
wants_trap(void)
{
	static int known;
	const char *v;

	if (!known) {
		v = getenv("POSTERN_SECCOMP");
		known = v && strcmp(v, "trap") == 0 ? 2 : 1;
	}
	return known == 2;
}

static void
on_sigsys(int sig, siginfo_t *si, void *context)
{
	char key[32] = " ", name[32] = "?";
	const char *found;

	(void)context;
	strcat(strcat(key, log_num((unsigned)si->si_syscall)), ":");
	found = strstr(confine_call_names, key);
	if (found) {
		found += strlen(key);
		strncpy(name, found, sizeof(name) - 1);
		name[strcspn(name, " ")] = '\0';
	}
	log_warn("system call ", name, " (",
	    log_num((unsigned)si->si_syscall), ") is not in its filter");
	signal(sig, SIG_DFL);
	raise(sig);
}

const struct confine_filter *
confine_filter_find(const char *groups)
{
	const struct confine_filter *f;

	wants_trap();
	for (f = confine_filters; *f->groups; f++)
		if (strcmp(f->groups, groups) == 0)
			return f;
	errno = EINVAL;
	return NULL;
}

int
confine_install(const struct confine_filter *filter)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO };
	const struct confine_program *p =
	    wants_trap() ? &filter->trap : &filter->kill;
	struct sock_fprog prog = { p->n,
		(struct sock_filter *)confine_instructions + p->first };

	if (wants_trap()) {
		sa.sa_sigaction = on_sigsys;
		sigaction(SIGSYS, &sa, NULL);
	}
	if (confine_no_new_privs() == -1)
		return -1;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == -1)
		return errno == ENOSYS || errno == EINVAL ? 0 : -1;
	return 1;
}
