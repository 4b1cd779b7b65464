/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_UIDS_H
#define LIB_SERVICE_UIDS_H

/* Blocks of numeric accounts: whose is this one already?
 *
 * Looked at: /etc/passwd, /etc/subuid, and the registry of instances, one
 * "BASE HOME" a line, written by postern-uids alone. */
#include <stdbool.h>
#include <stddef.h>

#define SERVICE_REGISTRY "/var/lib/postern/uids"
#define SERVICE_LINE_MAX 4600 /* bytes of a line: a path and a number */

/* Is any uid of base ... base + service_uidblock - 1 taken by somebody but
 * this home?  true: why (size bytes) says by whom.  registry may be NULL. */
bool service_uids_taken(char *why, size_t size, unsigned long base,
    const char *home, const char *registry);
/* The number in etc/uidbase of the folder we are in.  1; 0: no such file; -1:
 * errno EPERM: it is not root's alone; EINVAL: not one number. */
int service_uids_read(unsigned long *base);
/* Takes "BASE HOME" apart.  1, or 0: not such a line. */
int service_uids_line(char *line, unsigned long *base, char **home);

#endif
