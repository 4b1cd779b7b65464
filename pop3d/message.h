/* SPDX-License-Identifier: ISC */
#ifndef POP3D_MESSAGE_H
#define POP3D_MESSAGE_H

/* A message as POP3 carries it: CRLF line ends, dots stuffed, ended by a line
 * of one dot. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pop3d/reply.h"

#define MESSAGE_ALL UINT32_MAX

/* The file's size with CRLF line ends (a last line without an end gets one).
 * 0 or -1. */
int message_octets(int fd, uint64_t *octets);

/* Takes a message piece by piece; the pieces are put on r. */
struct message_writer {
	struct reply *r;
	size_t column;  /* bytes of the line so far */
	bool cr;        /* the last of them was CR */
	bool body;      /* the header's end has been seen */
	bool done;      /* TOP has all its lines */
	uint32_t lines; /* of the body, still wanted; MESSAGE_ALL */
};
void message_start(struct message_writer *w, struct reply *r, uint32_t lines);
void message_piece(struct message_writer *w, const char *p, size_t len);
void message_end(struct message_writer *w);

/* All of it from a file.  0, or -1: the file cannot be read to its end (the
 * connection must then be closed, since nothing says "broken off" in POP3) or
 * the client is gone (r->error). */
int message_send(struct reply *r, int fd, uint32_t lines);

#endif
