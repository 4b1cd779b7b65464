/* SPDX-License-Identifier: ISC */
/* The filters that the build made: each is what libseccomp makes of its groups
 * now (after a new libseccomp: build anew), and does what it should. */
#include "lib/confine_filter.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/confine_make.h"
#include "lib/log.h"
#include "lib/service_filters.h"
#include "tests/lib/check.h"

static bool
is_same(const struct confine_program *p, const char *const *groups, bool trap)
{
	static struct sock_filter now[BPF_MAXINSNS];
	int n = confine_make(now, BPF_MAXINSNS, groups, trap);

	return n > 0 && n == p->n &&
	    memcmp(now, confine_instructions + p->first,
		(size_t)n * sizeof(*now)) == 0;
}

static void
row_has(const struct service_row *row, enum service_filter which)
{
	const char *groups[SERVICE_GROUPS_MAX + 1];
	char text[CONFINE_GROUPS_TEXT];
	const struct confine_filter *f;

	if (!service_filter_groups(groups, row, which))
		return;
	CHECK(row->program, service_filter_text(text, groups) == 0);
	f = confine_filter_find(text);
	CHECK(text, f && is_same(&f->kill, groups, false));
	CHECK(text, f && is_same(&f->trap, groups, true));
	CHECK(text, f && service_filter(row, which) == f);
}

static void
rows(void)
{
	const char *groups[SERVICE_GROUPS_MAX + 1];
	const struct service_row *row;
	unsigned i, n = 0;

	for (row = service_rows; row->program; row++) {
		for (i = 0; i < SERVICE_FILTERS; i++)
			row_has(row, i);
		n += service_filter_groups(groups, row, SERVICE_FILTER_PARENT);
		if (*row->sys)
			CHECK(row->program, service_filter_groups(groups, row,
						SERVICE_FILTER_OWN));
	}
	CHECK("listeners have parents", n == 2);
}

/* In a child: the signal that ends it, and what it logs. */
static int
trespass(const char *seccomp, char *log, size_t size)
{
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(fds) == -1 || (pid = fork()) == -1)
		abort();
	if (pid == 0) {
		dup2(fds[1], 2);
		log_program("t");
		if (seccomp)
			setenv("POSTERN_SECCOMP", seccomp, 1);
		if (confine_install(service_filter(service_find("smtpd"),
			SERVICE_FILTER_OWN)) != 1)
			_exit(1);
		syscall(SYS_acct, NULL);
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], log, size - 1);
	log[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
installed(void)
{
	char log[200];

	CHECK("killed", trespass(NULL, log, sizeof(log)) == SIGSYS);
	CHECK("killed silently", !*log);
	CHECK("no trap", trespass("kill", log, sizeof(log)) == SIGSYS && !*log);
	CHECK("trapped", trespass("trap", log, sizeof(log)) == SIGSYS);
	CHECK(log, strstr(log, "t: warning: system call acct (") != NULL);
	CHECK(log, strstr(log, ") is not in its filter\n") != NULL);
}

static void
texts(void)
{
	static const char *const none[] = { NULL },
	    *const two[] = { "a", "b", NULL };
	const char *many[CONFINE_GROUPS_TEXT] = { 0 };
	char text[CONFINE_GROUPS_TEXT];
	int i;

	CHECK("none", service_filter_text(text, none) == 0 && !*text);
	CHECK("two", service_filter_text(text, two) == 0 &&
	    strcmp(text, "a b") == 0);
	for (i = 0; i < CONFINE_GROUPS_TEXT / 2; i++)
		many[i] = "x";
	CHECK("all room", service_filter_text(text, many) == 0);
	many[i] = "x";
	CHECK("no room", service_filter_text(text, many) == -1);
	errno = 0;
	CHECK("no such", !confine_filter_find("unix unix") && errno == EINVAL);
	CHECK("not none", !confine_filter_find(""));
}

int
main(void)
{
	installed(); /* first: whether to trap is asked once */
	rows();
	texts();
	return CHECK_DONE();
}
