/* SPDX-License-Identifier: ISC */
#include "lib/confine.h"
#include "lib/confine_calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/log.h"

struct confine_filter {
	bool trap;
	struct sock_fprog prog;
};

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
	char *name;

	(void)context;
	name =
	    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, si->si_syscall);
	log_warn("system call ", name ? name : "?", " (",
	    log_num((unsigned)si->si_syscall), ") is not in its filter");
	signal(sig, SIG_DFL);
	raise(sig);
}

static int
add_call(scmp_filter_ctx ctx, const struct confine_call *c)
{
	struct scmp_arg_cmp cmp[2];
	int nr = seccomp_syscall_resolve_name(c->name), i, r;
	uint32_t action = c->err ? SCMP_ACT_ERRNO(c->err) : SCMP_ACT_ALLOW;

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0; /* not on this machine, or newer than libseccomp */
	for (i = 0; i < c->narg; i++)
		cmp[i] = SCMP_CMP(c->when[i].arg, SCMP_CMP_MASKED_EQ,
		    c->when[i].mask, c->when[i].value);
	r = seccomp_rule_add_array(ctx, action, nr, (unsigned)c->narg, cmp);
	return r == -EEXIST ? 0 : r;
}

static int
add_group(scmp_filter_ctx ctx, const char *name)
{
	const struct confine_group *g = confine_group_find(name);
	const struct confine_call *c;
	int r;

	if (!g)
		return -EINVAL;
	for (c = g->calls; c->name; c++) {
		r = add_call(ctx, c);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool
is_alone(const char *const *groups)
{
	const struct confine_group *g;

	g = groups && *groups ? confine_group_find(*groups) : NULL;
	return g && g->alone;
}

/* Writes the program to fd.  0, or an errno. */
static int
make_program(int fd, const char *const *groups, bool trap)
{
	scmp_filter_ctx ctx =
	    seccomp_init(trap ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS);
	int r;

	if (!ctx)
		return ENOMEM;
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = is_alone(groups) ? 0 : add_group(ctx, "base");
	for (; r == 0 && groups && *groups; groups++)
		r = add_group(ctx, *groups);
	if (r == 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	return -r;
}

/* libseccomp scatters its memory over the heap, and every later fork would pay
 * for each page of it: it works in a process of its own. */
static int
make_program_aside(int fd, const char *const *groups, bool trap)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(make_program(fd, groups, trap));
	if (pid == -1)
		return make_program(fd, groups, trap);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int
read_program(struct sock_fprog *prog, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size <= 0 || (size_t)size / sizeof(*prog->filter) > BPF_MAXINSNS)
		return EIO;
	prog->len = (unsigned short)((size_t)size / sizeof(*prog->filter));
	prog->filter = malloc((size_t)size);
	if (!prog->filter)
		return ENOMEM;
	return pread(fd, prog->filter, (size_t)size, 0) == size ? 0 : EIO;
}

struct confine_filter *
confine_compile(const char *const *groups)
{
	struct confine_filter *f = calloc(1, sizeof(*f));
	int fd = memfd_create("filter", MFD_CLOEXEC), r;

	if (!f || fd == -1) {
		r = errno;
	} else {
		f->trap = wants_trap();
		r = make_program_aside(fd, groups, f->trap);
		if (r == 0)
			r = read_program(&f->prog, fd);
	}
	if (fd != -1)
		close(fd);
	if (r == 0)
		return f;
	confine_filter_free(f);
	errno = r;
	return NULL;
}

void
confine_filter_free(struct confine_filter *filter)
{
	if (!filter)
		return;
	free(filter->prog.filter);
	free(filter);
}

int
confine_install(const struct confine_filter *filter)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO };

	if (filter->trap) {
		sa.sa_sigaction = on_sigsys;
		sigaction(SIGSYS, &sa, NULL);
	}
	if (confine_no_new_privs() == -1)
		return -1;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->prog) ==
	    -1)
		return errno == ENOSYS || errno == EINVAL ? 0 : -1;
	return 1;
}

int
confine_calls(const char *const *groups)
{
	struct confine_filter *f = confine_compile(groups);
	int r, saved;

	if (!f)
		return -1;
	r = confine_install(f);
	saved = errno;
	confine_filter_free(f);
	errno = saved;
	return r;
}
