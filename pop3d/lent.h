/* SPDX-License-Identifier: ISC */
#ifndef POP3D_LENT_H
#define POP3D_LENT_H

/* Sessions of empty mailboxes, which are pop3d's: a connection each.  It ends
 * with the session, and the session with it. */
#include <stdbool.h>
#include <stddef.h>

#define LENT_FD_MIN 64 /* what no child of mailboxd needs lies above */

/* Room for max of them.  0 or -1. */
int lent_open(size_t max);
/* One more; conn becomes its own.  0, or -1, logged: conn stays the caller's. */
int lent_add(int conn, const char *mailbox, const char *epoch);
/* Forgets those whose session is over.  How many there are now. */
size_t lent_sweep(void);
/* How many there were then, and have come since. */
size_t lent_known(void);
/* Ends the sessions of which must_end says so. */
void lent_check(bool (*must_end)(const char *mailbox, const char *epoch));
/* In a new child: closes these connections and whatever lies above. */
void lent_leave(void);

#endif
