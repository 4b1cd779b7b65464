/* SPDX-License-Identifier: ISC */
#ifndef POP3D_UIDL_LIST_H
#define POP3D_UIDL_LIST_H

/* The ids that another server gave the messages of a mailbox, from its file
 * there.  The file is data of strangers: read inside the session's confinement,
 * and lines in it that make no sense are passed over.  Not its first, which says
 * what all others mean: without it the file cannot be read.
 *
 * dovecot-uidlist: "3 V<validity> N<next> ..." and lines "UID [ext...] :NAME"
 * (ext P...: the id itself), or "1 <validity> <next>" and lines "UID NAME".
 * courierpop3dsizelist: "/2 <next> <validity>" or "/3 ..." and lines
 * "NAME SIZE UID:VALIDITY[:UTF8]"; UID 0 is the name, escaped. */
#include <stddef.h>
#include <stdint.h>

#include "pop3d/maillist.h"
#include "pop3d/uidl.h"

#define UIDL_LIST_MAX (64u << 20) /* bytes of such a file */

struct uidl_list {
	char *ids; /* NUL-ended, one behind the other */
	size_t len, size;
	uint32_t *at; /* by message: where its id is, + 1; 0: in no list */
};
/* Its name in the mailbox. */
const char *uidl_list_file(const struct uidl_setting *u);
/* Reads the file that u wants from the mailbox.  0 (also when there is none), or
 * -1 with errno: EPROTO, its first line is not understood. */
int uidl_list_read(struct uidl_list *l, const struct maillist *mail,
    const struct uidl_setting *u, int dir_fd);
/* The same from text.  For the tests, too. */
int uidl_list_scan(struct uidl_list *l, const struct maillist *mail,
    const struct uidl_setting *u, const char *text, size_t len);
/* The same where there is no file. */
void uidl_list_none(struct uidl_list *l, const struct maillist *mail);
/* The id of the n-th message, or NULL. */
const char *uidl_list_get(const struct uidl_list *l, uint32_t n);
void uidl_list_free(struct uidl_list *l);

#endif
