/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_TEXTS_H
#define CDB_TOOLS_TEXTS_H

/* The two texts that the tools change: etc/users and etc/aliases.
 *
 * etc/ is root's, so that nobody else can put a Makefile or a setting there.  Root
 * replaces a text by rename; p-admin, who owns the two files, writes over one in
 * place, and notes the whole new text in cdb/NAME.next before: from then on the
 * change is made, and whoever has the lock next finishes it. */

#include <stdbool.h>

/* Finishes what was noted, and as root gives p-admin its texts back, which an
 * editor may have made root's, or open to everybody: secrets have owner and mode
 * of conf-services again.  With the lock; ends the program with 111 where it
 * cannot. */
void texts_settle(void);
/* Is a secret open to everybody, or not its reader's, and may we mend that? */
bool texts_open(void);
/* Is there anything to finish? */
bool texts_pending(void);

#endif
