/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_SOURCE_H
#define CDB_TOOLS_SOURCE_H

/* The texts that make aliases.cdb, read into memory and checked.
 *
 * etc/{users,domains,postmaster,lists,lists.d/,aliases,forwards,senders,
 * replies/}.  Whatever is wrong is in errors, and nothing is built then.  A
 * missing file is an empty one.  Names are kept in normal form, addresses that are
 * passed on to as envelopes carry them. */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/keymap.h"
#include "cdb-tools/names.h"
#include "lib/line.h"

#define ALIASES_TEXT       "etc/aliases"
#define SOURCE_ALIASES_MAX ((size_t)2 << 30)   /* bytes of etc/aliases */
#define SOURCE_FILE_MAX    ((size_t)256 << 20) /* bytes of any other */
#define SOURCE_REFUSE_MAX  400 /* bytes of a :refuse text: one reply line */

/* One line of etc/aliases; its key has the same number in the keymap. */
struct source_alias {
	uint32_t line;
	uint32_t target; /* offset in the text */
	uint16_t len;
};
/* An address that a forward or a list names. */
struct source_ref {
	const char *file; /* borrowed from the source */
	uint32_t line, column;
	uint32_t off, len; /* in refs_text, a NUL behind it */
};
/* A list, or a mailbox's forward: both pass mail on. */
struct source_node {
	const char *file; /* borrowed */
	uint32_t line;
	uint32_t first, n; /* its refs: members (behind the owner), targets */
	const char *post;  /* of a list: static */
	char *member_file; /* ... etc/lists.d/NAME */
	char *options;     /* ... " verp closed url=..." */
	bool keep;         /* of a forward */
	uint8_t seen;      /* of the search for loops */
};
struct source {
	struct line_errors errors;
	struct names mailboxes;
	struct names domains;
	long *domain_of; /* by domain: the one it is an alias of, or itself */
	stralloc postmaster;
	struct names lists; /* addresses; node number as in the names */
	struct source_node *list;
	struct names forwards; /* mailboxes */
	struct source_node *forward;
	struct source_ref *refs;
	size_t nrefs;
	stralloc refs_text;
	struct line_reader text; /* etc/aliases: keys and targets lie in it */
	struct keymap aliases;   /* "local@domain" and "@domain" */
	struct source_alias *alias;
	struct names senders; /* addresses and "@domain" */
	stralloc *sender;     /* mailboxes, each ended by NUL */
	struct names replies;
	void (*progress)(const char *what, size_t done, size_t all);
};

/* Reads and checks all.  aliases: what etc/aliases will be (taken over and
 * changed), or NULL: the file as it is.  A file that cannot be read ends the
 * program with 111. */
void source_load(struct source *src, stralloc *aliases,
    void (*progress)(const char *what, size_t done, size_t all));
void source_free(struct source *src);

/* Appends the address as an entry of a text begins with it: a '#' there would be a
 * comment's, so such a local part is quoted. */
void source_cat_address(stralloc *out, const char *s, size_t len);

/* Where an address of ours leads, one step. */
enum source_kind {
	SOURCE_MAILBOX, /* id in mailboxes */
	SOURCE_LIST,
	SOURCE_ALIAS,
	SOURCE_REMOTE,
	SOURCE_REFUSED,
	SOURCE_UNKNOWN,
	SOURCE_DEEP /* more than ALIAS_DEPTH_MAX steps, or a loop */
};
struct source_place {
	enum source_kind kind;
	long id;
};
/* ... and to its end: never SOURCE_ALIAS.  way: the aliases passed, *n of them.
 */
struct source_place source_follow(const struct source *src, const char *s,
    size_t len, long way[ALIAS_DEPTH_MAX + 1], size_t *n);
struct source_place source_target(const struct source *src, long alias);

#endif
