/* SPDX-License-Identifier: ISC */
#ifndef LIB_NETFILE_H
#define LIB_NETFILE_H

/* Files of etc/ that list networks, one a line: etc/plaintext, etc/proxies. */
#include "lib/ip.h"
#include "lib/line.h"

#define NETFILE_MAX 65536 /* bytes of the file */

/* Is the address in a network of this file?  1, 0, or -1: ENOENT, there is no
 * such file; EINVAL, lines of it are wrong (errors names each; fail closed);
 * else it cannot be read. */
int netfile_has(
    const char *path, const struct ip *ip, struct line_errors *errors);

#endif
