/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONFINE_H
#define LIB_CONFINE_H

/* What a process gives up: account, file system, system calls, resources.
 *
 * service_enter uses all of this from conf-services; a child that wants less
 * than its parent calls the pieces (mailboxd: one mailbox, no sockets).  A
 * kernel without a feature: result 0, and the caller decides; nothing is
 * logged here.  Free of libowfat.
 *
 * A filter is too tight?  With POSTERN_SECCOMP=trap in its environment a
 * program logs "system call NAME (NUMBER) is not in its filter" before SIGSYS
 * ends it; without, the kernel's audit line names the number, and the process
 * dies just the same. */
#include <stdbool.h>
#include <sys/types.h>

/* Drops to uid and gid with no supplementary groups; verifies.  0 or -1. */
int confine_account(uid_t uid, gid_t gid);
/* Only these folders (NULL-ended lists; NULL: none) from now on; write means
 * everything beneath, read means list and read; nothing may be executed, no
 * TCP port bound or connected to, no abstract UNIX socket reached, and no
 * process outside signalled, as far as the kernel knows how.  Missing folders
 * are an error (ENOENT), but for those named from /.  1: in force.  0: the
 * kernel has no Landlock.  -1. */
int confine_dirs(const char *const *reads, const char *const *writes);
#define CONFINE_TCP  1u /* may bind and connect TCP */
#define CONFINE_EXEC 2u /* may execute what it may read */
int confine_dirs_but(const char *const *reads, const char *const *writes,
    unsigned allowed);
/* For a process beside others of its account and rules (a session and its
 * siblings): no process more, no signal to any but itself.  Before it reads a
 * byte.  1; 0: the kernel (before 6.12) does not hold the signals; -1. */
int confine_alone(void);
/* Its costly half, once before many forks.  0 or -1. */
int confine_alone_prepare(void);
/* A system call filter that was made when the program was built, by its groups
 * with a space between (lib/service_filters.h).  NULL (EINVAL): none such.
 * Before the environment is emptied. */
struct confine_filter;
const struct confine_filter *confine_filter_find(const char *groups);
/* Allows only its system calls; another kills the process with SIGSYS.  1, 0 (no
 * seccomp), -1. */
int confine_install(const struct confine_filter *filter);
/* rlimits; 0 leaves one alone, one above the hard limit becomes that.  Memory
 * is RLIMIT_DATA: read-only maps of tables do not count.  Core files are
 * always off.  procs counts all processes of the uid.  0 or -1. */
int confine_limits(unsigned long mem_mib, unsigned long files,
    unsigned long procs);
/* No file of more bytes is made by writing, in memory (memfd) neither: EFBIG, and
 * no signal.  1, 0 (it logs to a file, which may be longer), -1. */
int confine_file_size(unsigned long mib);
/* No new privileges: once, children have inherited it.  0 or -1. */
int confine_no_new_privs(void);
/* Not dumpable: nobody of the same account reads our memory or /proc. */
int confine_secret(void);
/* Closes every descriptor from 3 on that is not in keep. */
void confine_close_fds(const int *keep, int nkeep);

#endif
