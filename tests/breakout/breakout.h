/* SPDX-License-Identifier: ISC */
#ifndef TESTS_BREAKOUT_H
#define TESTS_BREAKOUT_H

/* A program taken over: what each of our daemons could do if an attacker ran
 * his code in it.  breakout.c is linked into the real program (_relink.sh), takes
 * over where it would read its first byte from a peer, and makes one try a
 * process; rooms.py reads the results.
 *
 * etc/breakout of the home says how (lines "key value"): role daemon, session
 * or signer; free 1: the confinement is left out, each try runs under the
 * account that may do it, and must succeed; account: whose siblings; only: a
 * part of the names of the tries to make; own: sockets of its row, each
 * followed by a comma, or "*", where accounts are one; at enter: taken over as soon as it is
 * confined, not when it is ready; and what tries need to know. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BREAKOUT_NA 200 /* this kernel has no such thing */

struct attempt {
	const char *name;
	/* what of conf-services makes it rightful: "read DIR", "write DIR",
	 * "sys GROUP", "account NAME"; NULL: nothing does */
	const char *right;
	const char *as; /* who can, unconfined: an account, "root", "self" */
	int (*make)(const char *arg); /* 0: it worked; else errno */
	const char *arg;
};
extern const struct attempt attempts_files[], attempts_kernel[],
    attempts_peers[], attempts_net[];

/* Without confinement. */
bool is_free(void);
/* A value of etc/breakout, or "". */
const char *plan(const char *key);
/* errno where r is -1, else 0. */
int failed(long r);

/* The process beside us: same program, same account. */
struct sibling {
	pid_t pid;
	int fd;            /* a descriptor of it */
	volatile int hits; /* signals it got */
};
extern struct sibling *sibling;
extern char secret[16]; /* "theirs" in it */

#endif
