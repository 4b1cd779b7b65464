/* SPDX-License-Identifier: ISC */
/* Programs, memory that can be executed, and the kernel's rarer doors. */
#include "tests/breakout/breakout.h"

#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *const argv_true[] = { (char *)"true", NULL };
static char *const no_env[] = { NULL };

static int
try_exec(const char *path)
{
	return failed(execve(path, argv_true, no_env));
}

static int
try_exec_memfd(const char *arg)
{
	static const char script[] = "#!/bin/sh\nexit 0\n";
	int fd = memfd_create("x", 0);

	(void)arg;
	if (fd == -1 || write(fd, script, sizeof(script) - 1) == -1)
		return errno;
	return failed(syscall(SYS_execveat, fd, "", argv_true, no_env,
	    0x1000 /* AT_EMPTY_PATH */));
}

static int
try_exec_map(const char *arg)
{
	(void)arg;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int
try_exec_later(const char *arg)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	return p == MAP_FAILED ? errno :
	    failed(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
try_fork(const char *arg)
{
	pid_t pid = fork();

	(void)arg;
	if (pid == 0)
		_exit(0);
	return failed(pid);
}

static int
try_root(const char *arg)
{
	(void)arg;
	return failed(syscall(SYS_setuid, 0));
}

static int
try_groups(const char *arg)
{
	gid_t g = 0;

	(void)arg;
	return failed(syscall(SYS_setgroups, 1, &g));
}

static int
try_chroot(const char *arg)
{
	(void)arg;
	return failed(chroot("."));
}

static int
try_user_namespace(const char *arg)
{
	(void)arg;
	return failed(unshare(CLONE_NEWUSER));
}

static int
try_mount(const char *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNS) == -1)
		return errno;
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return failed(mount("none", "mail", "tmpfs", 0, NULL));
}

static int
try_key(const char *arg)
{
	(void)arg;
	return failed(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	    KEY_SPEC_PROCESS_KEYRING, 1));
}

static int
try_bpf(const char *arg)
{
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
		.value_size = 4, .max_entries = 1 };

	(void)arg;
	return failed(syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a)));
}

static int
try_perf(const char *arg)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE,
		.size = sizeof(a), .config = PERF_COUNT_SW_TASK_CLOCK };

	(void)arg;
	return failed(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}

static int
try_uring(const char *arg)
{
	struct io_uring_params p = { 0 };

	(void)arg;
	return failed(syscall(SYS_io_uring_setup, 4, &p));
}

static int
try_userfaultfd(const char *arg)
{
	(void)arg;
	return failed(syscall(SYS_userfaultfd, 0));
}

static int
try_personality(const char *arg)
{
	(void)arg;
	return failed(personality(READ_IMPLIES_EXEC));
}

static int
try_klog(const char *arg)
{
	char buf[64];

	(void)arg;
	return failed(klogctl(3, buf, sizeof(buf)));
}

static int
try_fanotify(const char *arg)
{
	(void)arg;
	return failed(fanotify_init(FAN_CLASS_NOTIF, 0));
}

static int
try_shm(const char *arg)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);

	(void)arg;
	return id == -1 ? errno : failed(shmctl(id, IPC_RMID, NULL));
}

static int
try_dumpable(const char *arg)
{
	(void)arg;
	return failed(syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0));
}

const struct attempt attempts_kernel[] = {
	{ "execute /bin/true", NULL, "self", try_exec, "/bin/true" },
	{ "execute a memfd", NULL, "self", try_exec_memfd, NULL },
	{ "map executable memory", NULL, "self", try_exec_map, NULL },
	{ "make memory executable", NULL, "self", try_exec_later, NULL },
	{ "fork", "sys fork", "self", try_fork, NULL },
	{ "become root", NULL, "root", try_root, NULL },
	{ "join a group", NULL, "root", try_groups, NULL },
	{ "chroot", NULL, "root", try_chroot, NULL },
	{ "a user namespace", NULL, "self", try_user_namespace, NULL },
	{ "mount", NULL, "root", try_mount, NULL },
	{ "keyctl", NULL, "self", try_key, NULL },
	{ "bpf", NULL, "root", try_bpf, NULL },
	{ "perf_event_open", NULL, "root", try_perf, NULL },
	{ "io_uring", NULL, "root", try_uring, NULL },
	{ "userfaultfd", NULL, "root", try_userfaultfd, NULL },
	{ "personality", NULL, "self", try_personality, NULL },
	{ "the kernel's log", NULL, "root", try_klog, NULL },
	{ "fanotify", NULL, "root", try_fanotify, NULL },
	{ "System V shared memory", NULL, "self", try_shm, NULL },
	{ "become dumpable", NULL, "self", try_dumpable, NULL },
	{ 0 },
};
