/* SPDX-License-Identifier: ISC */
#ifndef POP3D_MAILLIST_H
#define POP3D_MAILLIST_H

/* The messages of one Maildir, as one session numbers them.
 *
 * new/ and cur/ are read once, names only; the order is by the time in the
 * name, then by the name, so that it is the same whichever folder a message
 * lies in.  Other programs (Dovecot, deliver-local) work on the same Maildir
 * at the same time: a message that is no longer where it was is looked for
 * under its base name. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILLIST_MAX       1000000 /* messages of a session: later ones wait */
#define MAILLIST_NAMES_MAX (128u << 20) /* bytes of their names, likewise */
#define OCTETS_UNKNOWN     UINT64_MAX

struct mail {
	uint64_t key;    /* sorts nearly always alone */
	uint64_t octets; /* with CRLF line ends, as POP3 tells it */
	uint32_t name;   /* offset in the arena; NUL-ended */
	uint8_t namelen, baselen;
	bool in_new : 1, deleted : 1, retrieved : 1, gone : 1, guessed : 1;
};
struct maillist {
	int new_fd, cur_fd; /* borrowed: the folders */
	char *arena;
	size_t arena_len, arena_size;
	struct mail *mails;
	uint32_t n, size;
	bool cut; /* there were more than MAILLIST_MAX */
	bool removed_new, removed_cur; /* from there, not yet durable */
};

/* Reads and sorts.  0 or -1. */
int maillist_read(struct maillist *l, int new_fd, int cur_fd);
const char *maillist_name(const struct maillist *l, const struct mail *m);
/* Opens a message; looks for it again when it moved.  The descriptor, or -1:
 * ENOENT, it is gone. */
int maillist_open(struct maillist *l, struct mail *m);
/* The octets of a message, from its name or by reading it.  0, or -1: it is gone,
 * or cannot be read now, and they are guessed. */
int maillist_octets(struct maillist *l, struct mail *m);
/* Removes the message's file now.  0 (also when it was gone), or -1. */
int maillist_unlink(struct maillist *l, struct mail *m);
/* Makes the removals durable.  0 or -1. */
int maillist_sync(const struct maillist *l);
/* Moves it to cur/ with the flag S (seen), where it has not got it. */
void maillist_mark_seen(struct maillist *l, struct mail *m);
void maillist_free(struct maillist *l);

/* Sorts and drops what is there twice (moved while we read).  For the tests. */
void maillist_sort(struct maillist *l);
void maillist_add(
    struct maillist *l, const char *name, size_t len, bool in_new);

#endif
