/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_ALIAS_BUILD_H
#define CDB_TOOLS_ALIAS_BUILD_H

/* aliasdb's commands that write.  Each holds the lock, checks everything first
 * and ends the program with 100 when something is wrong: nothing has changed
 * then. */
#include "cdb-tools/source.h"
#include "cdb-tools/tool.h"

/* Writes the table (its name is still missing) from sources without errors. */
void alias_write(struct outfile *o, const struct source *src);
void alias_build(void);
/* Adds the line to etc/aliases, or takes the address's line out. */
void alias_add(const char *address, const char *target);
void alias_remove(const char *address);
/* Prints and returns the exit code. */
int alias_check(const struct tool *t);

#endif
