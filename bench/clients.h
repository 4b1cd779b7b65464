/* SPDX-License-Identifier: ISC */
/* Many clients in one process, each a script of lines: what the load programs
 * share.  One epoll loop, so that the load itself costs little. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define CLIENT_LINE_MAX 65536

struct client {
	int fd, id, step, left; /* step and left are the script's */
	bool waits; /* for room to write */
	struct iovec out[2];
	char *in;
	size_t have;
	double began;
	void *own; /* the script's */
};

enum verdict {
	CLIENT_MORE,
	CLIENT_DONE,  /* the server closes the connection now */
	CLIENT_CLOSE, /* we do */
	CLIENT_FAILED,
};

/* One kind of load. */
struct script {
	void (*connected)(struct client *c);
	/* a whole line without its end, NUL in place of that */
	enum verdict (*line)(struct client *c, char *s, size_t len);
	bool (*again)(struct client *c); /* another session? */
	int clients;                     /* -c */
	uint32_t host; /* of 127.0.0.0/24, that they are; 0: whoever */
	double seconds, until;           /* -t */
	unsigned long most, begun;       /* -n; the script counts begun */
	unsigned long sessions, failed;
	double *took;
	unsigned long ntook, size;
};

double clients_now(void);
/* Sends this, now or as soon as the socket takes it; it must stay. */
void client_say(struct client *c, const void *s, size_t len);
void client_say2(struct client *c, const void *s, size_t len, const void *t,
    size_t tlen);
/* Notes one duration, began seconds ago. */
void script_took(struct script *s, double began);
/* An option that all scripts have: -c CLIENTS, -t SECONDS, -n MOST. */
bool script_option(struct script *s, int letter, const char *value);
/* Has the load neither begun enough nor lasted long enough? */
bool script_is_more(const struct script *s);
/* Runs the clients against a port of 127.0.0.1 until none wants another session
 * and prints {"what": count, "seconds": ..., "p50_ms": ...}.  The exit code. */
int script_run(struct script *s, int port, const char *what,
    const unsigned long *count);

#endif
