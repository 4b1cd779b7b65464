/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_CHANGE_H
#define CDB_TOOLS_USERS_CHANGE_H

/* Changing lines of etc/users: comments and order of the others stay.  Whatever
 * is wrong ends the program (1, 100, 111), and nothing has changed then. */
#include "cdb-tools/tool.h"
#include "cdb-tools/users_file.h"

struct users_change {
	size_t from, to; /* of the text */
	stralloc text;   /* instead */
};
struct users_changes {
	struct users_change change[USERS_APPS_MAX + 2];
	size_t n;
};
/* Reads the file: edits begin with one that is right.  Whose password was edited
 * by hand is noted: with the new tables their relay windows end. */
void users_load_right(struct users *u, stralloc *text);
/* Takes the lock and opens the file for a change of this mailbox. */
struct user *users_open(struct users *u, const char *name);
/* The line whose fields these were becomes one of these fields, or goes (NULL).
 */
void users_line(const struct users *u, struct users_changes *ch,
    const struct users_span was[USERS_FIELDS],
    const struct users_span field[USERS_FIELDS]);
/* A further line behind the one with these fields. */
void users_line_behind(const struct users *u, struct users_changes *ch,
    const struct users_span behind[USERS_FIELDS], const stralloc *line);
/* Writes the file, if all is well with it, and the tables. */
void users_apply(const struct users *u, struct users_changes *ch);
/* The same for a whole text. */
void users_text(const stralloc *text);
void users_build(void);

#endif
