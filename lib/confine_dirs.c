/* SPDX-License-Identifier: ISC */
#include "lib/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the kernel headers we are built with, by Landlock's ABI number. */
#define FS_TRUNCATE  (1ULL << 14) /* 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* 5 */
#define NET_BIND     (1ULL << 0)  /* 4 */
#define NET_CONNECT  (1ULL << 1)
#define SCOPE_UNIX   (1ULL << 0) /* 6 */
#define SCOPE_SIGNAL (1ULL << 1)
#define SCOPE_ABI    6

/* Out of the way of descriptors whose numbers mean something. */
#define ALONE_FD_MIN 64

#define FS_ABI1  ((1ULL << 13) - 1)
#define FS_READ  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_SPECIAL                                                             \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |           \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |      \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |      \
	    FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

static struct ruleset_attr
attr_of_abi(int abi, unsigned allowed, size_t *size)
{
	struct ruleset_attr a = { FS_ABI1, 0, 0 };

	*size = sizeof(a.fs);
	if (abi >= 2)
		a.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		a.fs |= FS_TRUNCATE;
	if (abi >= 4) {
		if (!(allowed & CONFINE_TCP))
			a.net = NET_BIND | NET_CONNECT;
		*size = sizeof(a.fs) + sizeof(a.net);
	}
	if (abi >= 5)
		a.fs |= FS_IOCTL_DEV;
	if (abi >= SCOPE_ABI) {
		a.scoped = SCOPE_UNIX | SCOPE_SIGNAL;
		*size = sizeof(a);
	}
	return a;
}

static int
add_rule(int ruleset, const char *dir, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	int r, saved;

	rule.parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return -1;
	r = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	saved = errno;
	close(rule.parent_fd);
	errno = saved;
	return r;
}

static int
add_rules(int ruleset, const char *const *dirs, uint64_t access)
{
	for (; dirs && *dirs; dirs++)
		if (add_rule(ruleset, *dirs, access) == -1 &&
		    !(errno == ENOENT && **dirs == '/'))
			return -1;
	return 0;
}

static int
close_keep_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

/* Gives up what the ruleset handles, and closes it.  1, or -1. */
static int
enforce(int ruleset)
{
	if (confine_no_new_privs() == -1 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		return close_keep_errno(ruleset);
	close(ruleset);
	return 1;
}

/* Asked once: children need not ask again. */
static int
abi_known(void)
{
	static int abi;

	if (abi < 1)
		abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
		    LANDLOCK_CREATE_RULESET_VERSION);
	return abi;
}

int
confine_dirs_but(const char *const *reads, const char *const *writes,
    unsigned allowed)
{
	struct ruleset_attr a;
	uint64_t exec = allowed & CONFINE_EXEC ? LANDLOCK_ACCESS_FS_EXECUTE : 0;
	size_t size;
	int abi = abi_known(), ruleset;

	if (abi < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
	a = attr_of_abi(abi, allowed, &size);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &a, size, 0);
	if (ruleset == -1)
		return -1;
	if (add_rules(ruleset, reads, FS_READ | exec) == 0 &&
	    add_rules(ruleset, writes, (a.fs & ~FS_SPECIAL) | exec) == 0)
		return enforce(ruleset);
	return close_keep_errno(ruleset);
}

int
confine_dirs(const char *const *reads, const char *const *writes)
{
	return confine_dirs_but(reads, writes, 0);
}

static int alone = -1; /* the ruleset of confine_alone, made before the fork */

/* The descriptor; -2: the kernel has no such thing; -1. */
static int
alone_ruleset(void)
{
	/* moving between folders is denied unless it is named */
	struct ruleset_attr a = { LANDLOCK_ACCESS_FS_REFER, 0, SCOPE_SIGNAL };
	int ruleset, high;

	if (abi_known() < SCOPE_ABI)
		return -2;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
	if (ruleset == -1)
		return -1;
	if (add_rule(ruleset, "/", a.fs) == -1)
		return close_keep_errno(ruleset);
	high = fcntl(ruleset, F_DUPFD_CLOEXEC, ALONE_FD_MIN);
	close_keep_errno(ruleset);
	return high;
}

int
confine_alone_prepare(void)
{
	if (alone == -1)
		alone = alone_ruleset();
	return alone == -1 ? -1 : 0;
}

int
confine_alone(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_NPROC, &none) == -1 ||
	    confine_alone_prepare() == -1)
		return -1;
	return alone == -2 ? 0 : enforce(alone);
}
