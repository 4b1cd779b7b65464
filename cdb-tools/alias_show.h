/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_ALIAS_SHOW_H
#define CDB_TOOLS_ALIAS_SHOW_H

/* aliasdb's commands that read the compiled table: what is in force now. */
#include "cdb-tools/tool.h"
#include "lib/table.h"

/* Each prints and returns the exit code. */
int alias_show_list(const struct tool *t);
int alias_show_explain(const struct tool *t, const char *address);
int alias_show_who(const struct tool *t, const char *mailbox);
/* What the texts would change: 0 nothing, 1 something, 100 mistakes. */
int alias_show_diff(const struct tool *t);

struct alias_show {
	const struct tool *t;
	struct table *table;
	stralloc out;
	const char *mailbox; /* of who */
	unsigned long n;
};
/* The table in force; warns when the text is newer. */
void alias_open_table(struct table *t);
/* A line of list and who. */
void alias_print(struct alias_show *s, const char *kind, const char *key,
    const char *value);
/* The address in the table that is most like this one; empty: none is. */
void alias_like(stralloc *out, struct table *t, const char *address);

#endif
