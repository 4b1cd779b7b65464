/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_NOTES_H
#define CDB_TOOLS_NOTES_H

/* cdb/NAME.from: which files a table was made of, so that make finds also what
 * times do not tell: a text that is gone, or an older one in its place.  A line a
 * file: its path, inode, bytes, and when it and its inode changed; the table is
 * the last.  A note that cannot be written is none: the next build is one too
 * many, never one too few. */
#include <stdbool.h>
#include "lib/sa.h"

#define NOTE_USERS   "cdb/users.from"
#define NOTE_ALIASES "cdb/aliases.from"
#define NOTE_NETS    "cdb/nets.from"

enum notes_of { NOTES_USERS, NOTES_ALIASES, NOTES_NETS, NOTES };
struct notes {
	enum notes_of of;
	stralloc text;
	size_t own; /* where the line of the text that tools change begins */
};
/* Hold the lock; before the texts are read. */
void notes_begin(struct notes *n, enum notes_of of);
/* The table is in force.  replaced: by tool_replace, the text that tools change
 * became what the table was made of. */
void notes_end(struct notes *n, bool replaced);
/* The words for etc/Makefile: whose table is not made of what is there. */
void notes_stale(stralloc *out);

#endif
