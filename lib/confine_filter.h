/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONFINE_FILTER_H
#define LIB_CONFINE_FILTER_H

/* The system call filters of all daemons, made when they were built:
 * service/confine-filters.c writes build/filters_table.c.  For that, for
 * lib/confine_filter.c and for the tests. */
#include <linux/filter.h>

#define CONFINE_GROUPS_TEXT 96 /* bytes: names of groups, a space between */

struct confine_program {
	unsigned short first, n; /* of confine_instructions */
};
/* No pointers: the linker would have to fill them in at every start. */
struct confine_filter {
	char groups[CONFINE_GROUPS_TEXT]; /* "" ends */
	struct confine_program kill, trap;
};
/* Apart from other constants: those a process uses all its life, and the kernel
 * maps their neighbours with them. */
#define CONFINE_APART __attribute__((section(".filters")))
extern const struct confine_filter confine_filters[] CONFINE_APART;
extern const struct sock_filter confine_instructions[] CONFINE_APART;
/* " 0:read 1:write ... " */
extern const char confine_call_names[] CONFINE_APART;

#endif
