/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_NETS_RUN_H
#define CDB_TOOLS_NETS_RUN_H

/* The commands of netdb.  build ends the program with 100 when the file is
 * wrong; the others print and return the exit code. */
#include "cdb-tools/tool.h"

void nets_build(void);
int nets_check(const struct tool *t);
int nets_query(const struct tool *t, const char *address);

#endif
