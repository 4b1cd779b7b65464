/* SPDX-License-Identifier: ISC */
#ifndef LIB_NETFILE_H
#define LIB_NETFILE_H

/* Files of etc/ that list networks, one a line: etc/plaintext, etc/proxies.
 * What was read is kept, and what an acceptor has read its children have. */
#include <stdbool.h>
#include <sys/stat.h>
#include "lib/ip.h"
#include "lib/line.h"

#define NETFILE_MAX 65536 /* bytes of the file */

enum netfile_state {
	NETFILE_UNREAD,
	NETFILE_THERE,
	NETFILE_NONE,  /* there is no such file */
	NETFILE_BROKEN /* lines of it are wrong, or it cannot be read */
};
struct netfile_net {
	struct ip net;
	unsigned bits;
	unsigned long line; /* where it stands */
	unsigned column;
};
struct netfile {
	const char *path; /* borrowed; all else zero at first */
	enum netfile_state state;
	bool unreadable; /* as it is: it is tried again at each look */
	struct stat seen;
	struct netfile_net *nets;
	size_t n;
};
/* Reads the file if it changed.  When it is broken and that is news, each
 * error is logged, and what it means: "... is broken" consequence. */
void netfile_look(struct netfile *f, const char *consequence);
/* Is the address in a network of it?  After netfile_look; false where it is
 * not there or broken: fail closed. */
bool netfile_has(const struct netfile *f, const struct ip *ip);
/* etccheck's: what is wrong with the file, into errors. */
void netfile_check(const char *path, struct line_errors *errors);
void netfile_free(struct netfile *f);

#endif
