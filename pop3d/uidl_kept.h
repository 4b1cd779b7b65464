/* SPDX-License-Identifier: ISC */
#ifndef POP3D_UIDL_KEPT_H
#define POP3D_UIDL_KEPT_H

/* etc/uidl, as the master keeps it for the sessions it forks. */
#include <stdbool.h>
#include <sys/stat.h>
#include "pop3d/uidl.h"

struct uidl_kept {
	bool looked, good; /* zeroed at first */
	bool unreadable;   /* as it is: it is tried again at each look */
	struct stat seen;
	struct uidl_setting rule; /* where good: the last one that was */
};
/* Reads the file if it changed.  A rule that is none is logged once and changes
 * nothing: another rule would make customers fetch all their mail again.  So
 * where none was good yet, nobody may be let in. */
void uidl_kept_look(struct uidl_kept *k);

#endif
