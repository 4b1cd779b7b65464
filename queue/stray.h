/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_STRAY_H
#define QUEUE_STRAY_H

/* Files of the spool that are nobody's any more: a message that was dropped, or
 * one whose commit failed after it had its name.  Left there they would be
 * delivered after the next start, so they are removed until it works. */
void stray_remove(const char *id);
/* Those that could not be removed, again: every few seconds. */
void stray_retry(void);

#endif
