/* SPDX-License-Identifier: ISC */
#ifndef POP3D_TABLE_WATCH_H
#define POP3D_TABLE_WATCH_H

/* Is mailboxes.cdb replaced?  passwd, disable and remove end sessions at once. */

/* A descriptor that becomes readable then, or -1: the caller looks now and then. */
int table_watch(void);
/* It was: what it had to say is read. */
void table_watched(int fd);

#endif
