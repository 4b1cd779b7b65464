/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	long nr;
	char kind; /* 'r' reads data, 'w' writes data, 'n' counts wherever it goes
		    * (as those do), '-' else */
} calls[] = {
#define CALL(name, kind) { #name, SYS_##name, kind }
#ifdef SYS_open
	CALL(open, '-'), CALL(creat, '-'), CALL(link, '-'), CALL(unlink, '-'),
	CALL(rename, '-'), CALL(mkdir, '-'), CALL(rmdir, '-'),
#endif
	CALL(openat, 'n'), CALL(linkat, '-'), CALL(unlinkat, '-'),
	CALL(renameat, '-'), CALL(renameat2, '-'), CALL(mkdirat, '-'),
	CALL(write, 'w'), CALL(writev, 'w'), CALL(pwrite64, 'w'),
	CALL(pwritev, 'w'), CALL(sendfile, 'w'), CALL(copy_file_range, 'w'),
	CALL(splice, 'w'), CALL(ftruncate, '-'), CALL(fallocate, '-'),
	CALL(fsync, '-'), CALL(fdatasync, '-'), CALL(syncfs, '-'),
	/* only disturbed */
	CALL(sendmsg, 'n'), CALL(sendto, 'n'), CALL(recvmsg, 'n'),
	CALL(recvfrom, 'n'), CALL(read, 'r'), CALL(pread64, 'r'),
	CALL(getdents64, 'n'), CALL(memfd_create, 'n'), CALL(socket, 'n'),
	CALL(accept4, 'n'), CALL(connect, 'n'), CALL(fstatfs, 'n'),
	CALL(epoll_ctl, 'n'), CALL(clone, 'n')
};
#define NCALLS (sizeof calls / sizeof *calls)

int
calls_filter(void)
{
	struct sock_filter f[NCALLS + 4];
	struct sock_fprog prog = { .filter = f };
	size_t n = 0, i;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (i = 0; i < NCALLS; i++)
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ |
		    BPF_K, (uint32_t)calls[i].nr,
		    (unsigned char)(NCALLS - i), 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_TRACE);
	prog.len = (unsigned short)n;
	if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

static char
kind(long nr)
{
	size_t i;

	for (i = 0; i < NCALLS; i++)
		if (calls[i].nr == nr)
			return calls[i].kind;
	return '-';
}

const char *
calls_name(long nr)
{
	size_t i;

	for (i = 0; i < NCALLS; i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	return "other";
}

bool
calls_reads(long nr)
{
	return kind(nr) == 'r';
}

bool
calls_writes(long nr)
{
	return kind(nr) == 'w';
}

bool
calls_count(long nr)
{
	return kind(nr) != '-';
}
