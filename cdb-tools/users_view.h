/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_VIEW_H
#define CDB_TOOLS_USERS_VIEW_H

/* Mailboxes with what they hold and when they were used, for list and report.
 *
 * mail/ is p-mail's: p-admin asks deliver-local.  What cannot be read or asked is
 * '-' (null in JSON), and a warning tells. */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/seen.h"
#include "cdb-tools/tool.h"
#include "cdb-tools/users_file.h"
#include "lib/maildir_usage.h"

struct users_view {
	struct users u;
	struct seen seen;
	int mails;  /* the folder mail/, -1: not for us */
	int asking; /* deliver-local instead; -1: not asked yet */
	bool counts; /* one of them works */
	bool json;
	stralloc out;
};
struct users_look {
	const char *name;
	size_t len;
	bool counted; /* usage is right */
	struct maildir_usage usage;
	const struct seen_login *login;
};

void users_view_open(struct users_view *v, bool json);
/* Prints what is left in out. */
void users_view_close(struct users_view *v);
void users_look(
    struct users_view *v, const struct user *user, struct users_look *l);
/* A column of the text, and a number there, or '-'. */
void users_column(stralloc *out, const char *s, size_t len, size_t width);
void users_number(stralloc *out, bool is, uint64_t n, size_t width);
/* ,"key":number, or null. */
void users_json_number(stralloc *out, const char *key, bool is, uint64_t n);

#endif
