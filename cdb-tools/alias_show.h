/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_ALIAS_SHOW_H
#define CDB_TOOLS_ALIAS_SHOW_H

/* aliasdb's commands that read the compiled table: what is in force now. */
#include "cdb-tools/tool.h"

/* Each prints and returns the exit code. */
int alias_show_list(const struct tool *t);
int alias_show_explain(const struct tool *t, const char *address);
int alias_show_who(const struct tool *t, const char *mailbox);

#endif
