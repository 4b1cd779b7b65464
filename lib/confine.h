/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONFINE_H
#define LIB_CONFINE_H

/* What a process gives up: account, file system, system calls, resources.
 *
 * service_enter uses all of this from conf-services; a child that wants less
 * than its parent calls the pieces (mailboxd: one mailbox, no sockets).  A
 * kernel without a feature: one log line, result 0, unless required.
 * Free of libowfat. */
#include <stdbool.h>
#include <sys/types.h>

/* Drops to uid and gid with no supplementary groups; verifies.  0 or -1. */
int confine_account(uid_t uid, gid_t gid);
/* Only these folders (NULL-ended lists; NULL: none) from now on; write means
 * everything beneath, read means list and read.  Missing folders are an error
 * (ENOENT).  1: in force.  0: the kernel has no Landlock.  -1. */
int confine_dirs(const char *const *reads, const char *const *writes);
/* Allows only the system calls of these groups ("base" is always in), others
 * kill the process (SIGSYS, with the number in the log where possible).
 * 1, 0 (no seccomp), -1. */
int confine_calls(const char *const *groups);
/* Compiles the filter of the groups once, before a fork, so that each child
 * installs it for a few microseconds. */
struct confine_filter;
struct confine_filter *confine_compile(const char *const *groups);
int confine_install(const struct confine_filter *filter);
/* rlimits; 0 leaves one alone.  Core files are always off. */
int confine_limits(unsigned long mem_mib, unsigned long files,
    unsigned long procs);
/* Not dumpable: nobody of the same account reads our memory or /proc. */
int confine_secret(void);
/* Closes every descriptor from 3 on that is not in keep. */
void confine_close_fds(const int *keep, int nkeep);

#endif
