/* SPDX-License-Identifier: ISC */
#ifndef POP3D_CACHED_H
#define POP3D_CACHED_H

/* Opens a name that the kernel knows by heart, for who must not wait for a disk:
 * else -1 (EAGAIN), also where the kernel cannot tell (before Linux 5.12).  flags:
 * of open; links are not followed. */
int cached_open(int at, const char *name, int flags);

#endif
