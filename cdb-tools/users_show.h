/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_SHOW_H
#define CDB_TOOLS_USERS_SHOW_H

/* userdb's commands that only read. */
#include "cdb-tools/tool.h"

/* Each prints and returns the exit code. */
int users_check(const struct tool *t);
/* Reads a password, one line, from stdin. */
void users_verify(const char *name);

#endif
