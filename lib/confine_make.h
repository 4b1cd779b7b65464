/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONFINE_MAKE_H
#define LIB_CONFINE_MAKE_H

/* Makes system call filters of the groups of lib/confine_calls.c, by libseccomp,
 * for this machine.  For building and for tests; no program has it. */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* Allows only the system calls of these groups ("base" is always in, but where
 * the first group stands alone); another kills the process, or, with trap, gets
 * it a SIGSYS that it can handle.  How many instructions, or -1 (EINVAL: no such
 * group). */
int confine_make(struct sock_filter *out, size_t max,
    const char *const *groups, bool trap);

#endif
