/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SERVICE_TRIES_H
#define TESTS_SERVICE_TRIES_H

/* What the tests of lib/confine share.  Each try runs in a child twice:
 * confined, where it must end as the table says, and free, where it must
 * succeed: else the table would prove nothing. */
#include <netinet/in.h>

enum tries_end { TRIES_WORKS, TRIES_FAILS, TRIES_KILLED };

/* What is confined: folders, calls, and the account. */
#define TRIES_DIRS  1
#define TRIES_CALLS 2
#define TRIES_NUMB  4 /* limits */
#define TRIES_DROP  8
#define TRIES_MORE  16 /* two filters, as a confined parent's child has */
#define TRIES_ALONE 32

struct try {
	const char *name;
	int what, min_abi;
	const char *groups[3];
	int (*make)(void); /* 0: it worked, -1: it did not */
	enum tries_end want;
};

/* A home with read/file, write/, outside/file and outside/secret (root's), a TCP
 * server, and a socket connected to it. */
extern int tries_tcp;
extern struct sockaddr_in tries_server;
/* Makes the home, runs them all, removes it.  The exit code. */
int tries_main(const struct try *rows, size_t n, void (*more)(void));

/* Tries that several tables have. */
int tries_open(const char *path, int flags);
int tries_child(void);
int tries_execute(void);
int tries_signal_parent(void);
int tries_work_inside(void);
int tries_write_inside(void);

#endif
