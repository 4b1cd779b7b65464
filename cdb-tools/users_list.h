/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_LIST_H
#define CDB_TOOLS_USERS_LIST_H

/* userdb list and report. */
#include "cdb-tools/tool.h"

#define REPORT_RECENT_DAYS 30 /* a login in that time is "recent" */

/* Each prints and returns the exit code. */
int users_list(const struct tool *t);
/* prefix: of one customer, NULL: all.  A mailbox's prefix is its name without
 * the digits at its end. */
int users_report(const struct tool *t, const char *prefix);

#endif
