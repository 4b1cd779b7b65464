/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONFINE_CALLS_H
#define LIB_CONFINE_CALLS_H

/* The seccomp groups of conf-services as a table.  For lib/confine_make.c
 * and the tests; what each group is for stands in confine_calls.c. */
#include <stdbool.h>
#include <stdint.h>

struct confine_call {
	const char *name; /* NULL ends; names a machine lacks are skipped */
	int err;          /* not 0: fails with it and nobody dies */
	int narg;         /* conditions below that count; all must hold */
	struct {
		unsigned arg;
		uint64_t mask, value; /* (argument & mask) == value */
	} when[2];
};
struct confine_group {
	const char *name; /* NULL ends */
	const struct confine_call *calls;
	bool alone; /* as the first group: instead of "base" */
};
extern const struct confine_group confine_groups[];

/* The group, or NULL. */
const struct confine_group *confine_group_find(const char *name);

#endif
