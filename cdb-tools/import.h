/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_H
#define CDB_TOOLS_IMPORT_H

/* What postern-import gathers from another system, before anything changes.
 *
 * A reader (import_vpopmail.c and its kin) calls import_domain, import_mailbox,
 * import_target and the like for what it finds, and import_problem for what
 * cannot be carried over.  import_settle drops what would lead nowhere,
 * import_check proves that the result is right, import_apply does it. */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/source.h"
#include "cdb-tools/tool.h"
#include "cdb-tools/users_file.h"

#define IMPORT_FILE_MAX ((size_t)64 << 20) /* bytes of a file that is read */

struct import_box {
	stralloc name, login, hash; /* login: may be empty */
	stralloc wish;              /* without a login: as it was there */
	stralloc maildir;           /* below root, empty: none */
	stralloc extras;
	uint64_t kept; /* messages copied */
};
struct import_alias {
	stralloc target; /* a mailbox, an address, or :refuse "text" */
	long list; /* where the target is ":list" */
	bool dropped;
	char *file;
	unsigned long line;
};
struct import_copies { /* of a mailbox: its forward */
	stralloc targets; /* NUL-ended each */
	bool keep;
	stralloc file;
	unsigned long line;
};
struct import_list {
	stralloc name, members;
	stralloc file; /* in etc/lists.d */
};
struct import {
	const char *prefix; /* of mailboxes' names, NULL: from the domain */
	bool move;
	bool copies_stay; /* an alias of a mailbox's own address leaves it a copy */
	int root;           /* the folder that sources lie in */
	struct users users; /* what is here already */
	struct source src;
	struct names domains, addresses, boxes, logins; /* what is new */
	struct import_alias *alias;                     /* by address */
	struct import_box *box;
	struct import_list *list;
	struct names files; /* of lists */
	size_t nlists, already;
	stralloc domain_lines, forward_lines, list_lines;
	struct names forwards; /* mailboxes */
	struct import_copies *copies;
	stralloc problems; /* lines for people */
	size_t nproblems;
};

/* root is open; in the home, with the lock. */
void import_start(struct import *im);
void import_free(struct import *im);
/* "file:line: " and the strings; what cannot be carried over. */
void import_problem(struct import *im, const char *file, unsigned long line,
    ...) __attribute__((sentinel));
/* Lower case, no dot at the end. */
void import_fold(stralloc *out, const char *s);
/* other: NULL, or the domain it is an alias of. */
void import_domain(struct import *im, const char *file, unsigned long line,
    const char *name, const char *other);
bool import_is_domain(const struct import *im, const char *name);
/* A mailbox: *name is what it is called here; the same wish is the same one.
 * address: the login name, or NULL; wish: the name it had, where that was one,
 * or NULL; hash: as found ("": a new password is needed); quota and messages 0:
 * none;
 * maildir: below root, or NULL. */
struct import_found {
	const char *file, *address, *wish, *hash, *maildir;
	unsigned long line;
	bool disabled;
	uint64_t quota, messages;
};
void import_mailbox(
    struct import *im, stralloc *name, const struct import_found *f);
/* address leads to targets (NUL-ended each): a mailbox's name or addresses; one
 * makes an alias, several a list; of the own address of a mailbox that was found
 * before, a forward. */
void import_alias(struct import *im, const char *file, unsigned long line,
    const char *address, const stralloc *targets);
/* The mailbox sends copies there. */
void import_forward(struct import *im, const char *file, unsigned long line,
    const char *mailbox, bool keep, const stralloc *targets);

/* Strings of a comma list, each ended by NUL; or of one with blanks. */
void import_targets(stralloc *out, const char *s, size_t len);

#endif
