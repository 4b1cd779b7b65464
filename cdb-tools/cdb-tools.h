/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_CDB_TOOLS_H
#define CDB_TOOLS_CDB_TOOLS_H

/* The compiled tables: their records, and the look-ups that read them.
 *
 * cdb/public/aliases.cdb (aliasdb build), keys with a letter in front, "v" "1"
 * the version; keys in normal form, addresses elsewhere as envelopes carry them
 * (lib/addr.h):
 *   "d" domain          "" a local domain; else the domain it is an alias of
 *   "a" local@domain    target: a mailbox, an address, or ":refuse TEXT"
 *   "c" domain          target of the catch-all
 *   "p"                 the mailbox of etc/postmaster
 *   "f" mailbox         "k" or "-" (keeps its copy or not), then addresses,
 *                       each ended by NUL
 *   "l" local@domain    "owner" NUL "post options" NUL "file" NUL (post: members,
 *                       anyone, owner; options, a blank before each: verp,
 *                       closed, url=...), then members, each ended by NUL
 *   "r" mailbox         "" : etc/replies/mailbox exists
 *   "s" local@domain    mailboxes that may send as this address (etc/senders),
 *                       each ended by NUL; "s@" domain: as any address of it
 * cdb/public/mailboxes.cdb (userdb build): "v"  "1";  "m" mailbox  netstrings:
 *   folder, quota in bytes (0: none), state ("ok", "disabled"), epoch (changes
 *   with every new password, disable, enable: sessions of another epoch end),
 *   and the most messages where that is limited
 * cdb/auth/users.cdb (userdb build), for authd alone: "v"  "1";  "u" login  one
 *   or more groups of netstrings (a password each: app passwords): mailbox,
 *   state, hash with its {SCHEME}, label, protocols (comma list; "": all)
 * cdb/relay/nets.cdb (netdb build): "v"  "1";  "b"  the prefix lengths in use (of
 *   128), longest first, a byte each;  "n" bits-byte 16 address bytes  "+" or "-"
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "cdb-tools/user_records.h"
#include "lib/addr.h"
#include "lib/ip.h"
#include "lib/sa.h"
#include "lib/table.h"

#define ALIASES_CDB   "cdb/public/aliases.cdb"
#define MAILBOXES_CDB "cdb/public/mailboxes.cdb"
#define USERS_CDB     "cdb/auth/users.cdb"
#define NETS_CDB      "cdb/relay/nets.cdb"

#define ALIAS_DEPTH_MAX 16 /* steps of one resolution */

enum alias_result {
	ALIAS_MAILBOX, /* target: the mailbox */
	ALIAS_REMOTE,  /* target: an address that is not ours */
	ALIAS_LIST, /* target: the list's address; its record in alias_list */
	ALIAS_SRS,     /* target: an SRS address: deliver-local reads it */
	ALIAS_UNKNOWN, /* our domain, no such mailbox: 550 5.1.1 */
	ALIAS_REFUSED, /* text: what :refuse says, 550 5.7.1 */
	ALIAS_FOREIGN, /* not our domain, asked directly: relaying */
	ALIAS_TEMP     /* no table, damaged, too deep: 451 */
};
/* What an address of a list is for ("staff-subscribe"); CONFIRM: tag says what. */
enum alias_command { ALIAS_POST, ALIAS_SUBSCRIBE, ALIAS_UNSUBSCRIBE,
	ALIAS_CONFIRM, ALIAS_BOUNCES, ALIAS_OWNER };
struct alias_answer {
	stralloc target; /* for MAILBOX, REMOTE, LIST, SRS */
	stralloc text;   /* for REFUSED, and TEMP: the reason */
	stralloc tag;    /* "+tag" of the address as asked, without '+' */
	bool catchall;   /* a catch-all was on the way */
	enum alias_command command; /* of LIST */
	stralloc addr, key; /* alias_resolve's own */
};
/* Resolves an address (any case; plain "postmaster" too) through t, a table on
 * ALIASES_CDB: domain alias, exact with its tag, without it, a list's
 * commands, SRS, postmaster and abuse (to the postmaster), catch-all.  a starts as { 0 } and may be used
 * again.  step (may be NULL) is told each step in words: explain. */
enum alias_result alias_resolve(struct alias_answer *a, struct table *t,
    const char *address, size_t len,
    void (*step)(void *arg, const char *what, const char *value), void *arg);
void alias_answer_free(struct alias_answer *a);
/* Is this one of our domains?  1, 0, -1 (no table). */
int alias_is_local(struct table *t, const char *domain, size_t len);
/* Forward, list, senders records: 1, 0, -1.  The strings point into the map. */
struct alias_forward {
	bool keep;
	const char *targets; /* NUL-ended strings, one after another */
	size_t len;
};
int alias_forward(struct alias_forward *f, struct table *t, const char *mailbox);
/* Has it an autoresponder?  1, 0, -1. */
int alias_reply(struct table *t, const char *mailbox);
struct alias_list {
	const char *owner, *file;
	const char *post, *options; /* "members", and the words behind it */
	const char *members;
	size_t len;
};
int alias_list(struct alias_list *l, struct table *t, const char *address);
/* Asks may() for each mailbox that etc/senders lets send as address, until it
 * says other than 0, and returns that; -1: no table.  may leaves t alone. */
int alias_senders(struct table *t, const char *address, size_t len,
    int (*may)(void *arg, const char *mailbox), void *arg);
/* Is this mailbox one of them?  1, 0, -1. */
int alias_sender_allowed(struct table *t, const char *address, size_t len,
    const char *mailbox);

struct mailbox_info {
	char folder[ADDR_MAILBOX_MAX + 1];
	uint64_t quota, messages; /* bytes and their most, 0: none */
	bool disabled;
	char epoch[17];
};
/* 1; 0: no such mailbox; -1: errno, no table. */
int mailbox_lookup(struct mailbox_info *m, struct table *t, const char *name);
/* The same of a record at hand: 1, or -1. */
int mailbox_scan(struct mailbox_info *m, const char *data, size_t len);

/* What etc/nets says of an address, longest match: 1 allow, 0 nothing or deny
 * (*denied tells), -1 no table that can be read: a missing one may have held a
 * deny.  An empty etc/nets has a table, too. */
int nets_lookup(struct table *t, const struct ip *ip, bool *denied);

/* For admind: finishes a change that a power cut left half made. */
void tool_settle(void);

#endif
