/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_ACCOUNTS_H
#define AUTHD_ACCOUNTS_H

/* users.cdb as authd needs it: the passwords of a login name, and what an
 * unknown name is hashed against. */
#include <stdbool.h>
#include "authd/job.h"
#include "lib/table.h"

#define ACCOUNTS_SAMPLE 1000 /* records that say which hash is typical */

struct accounts {
	struct table table;
	unsigned long generation; /* that of dummy */
	struct candidate dummy;   /* a hash as most are; its match is ignored */
};
void accounts_init(struct accounts *a, const char *path);
/* 1: the table was replaced (or first read): forget what was verified.  0.
 * -1: there is none that can be read. */
int accounts_refresh(struct accounts *a);
/* Fills in job->candidates (freed by job_wipe) and known.  0 or -1 with errno.
 * A login without a password for this service is hashed like an unknown one. */
int accounts_find(struct accounts *a, struct job *job);

#endif
