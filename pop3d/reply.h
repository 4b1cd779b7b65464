/* SPDX-License-Identifier: ISC */
#ifndef POP3D_REPLY_H
#define POP3D_REPLY_H

/* What the server says: collected, and written in one go when the client has
 * nothing more to be read, or when the buffer is full. */
#include <stddef.h>
#include <stdint.h>

#define REPLY_SIZE 65536 /* bytes: one write at most */

struct reply {
	int fd;
	int error; /* errno of the first write that failed; puts are then void
		    */
	int flags;      /* of send */
	int timeout_ms; /* a client that takes nothing for so long is gone */
	size_t len;
	uint64_t sent;
	char buf[REPLY_SIZE];
};

/* fd: a socket, or a non-blocking pipe, so that a write has its deadline. */
void reply_init(struct reply *r, int fd, int timeout_ms);
void reply_put(struct reply *r, const void *data, size_t len);
/* The strings, one behind the other; NULL ends. */
void reply_cat(struct reply *r, ...) __attribute__((sentinel));
#define reply_say(r, ...) reply_cat((r), __VA_ARGS__, "\r\n", (char *)0)
void reply_num(struct reply *r, uint64_t n);
/* Room for at most REPLY_SIZE / 2 bytes, flushing when needed: write there,
 * then add to len. */
char *reply_room(struct reply *r, size_t need);
/* 0 or -1 with errno. */
int reply_flush(struct reply *r);
/* The same, and nothing follows: its end goes into the same TCP segment. */
int reply_end(struct reply *r);

#endif
