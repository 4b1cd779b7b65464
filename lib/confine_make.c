/* SPDX-License-Identifier: ISC */
#include "lib/confine_make.h"
#include "lib/confine_calls.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

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

	g = *groups ? confine_group_find(*groups) : NULL;
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
	for (; r == 0 && *groups; groups++)
		r = add_group(ctx, *groups);
	if (r == 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	return -r;
}

int
confine_make(struct sock_filter *out, size_t max, const char *const *groups,
    bool trap)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), r;
	off_t size;

	if (fd == -1)
		return -1;
	r = make_program(fd, groups, trap);
	size = lseek(fd, 0, SEEK_END);
	if (r == 0 && (size <= 0 || (size_t)size > max * sizeof(*out)))
		r = E2BIG;
	if (r == 0 && pread(fd, out, (size_t)size, 0) != size)
		r = EIO;
	close(fd);
	errno = r;
	return r ? -1 : (int)((size_t)size / sizeof(*out));
}
