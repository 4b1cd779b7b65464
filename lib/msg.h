/* SPDX-License-Identifier: ISC */
#ifndef LIB_MSG_H
#define LIB_MSG_H

/* The one wire format between Postern's programs.
 *
 * A packet is an operation byte and netstrings ("3:abc,"), whole in one
 * SOCK_SEQPACKET packet.  The first field of a request is the version of its
 * protocol.  Numbers are decimal without sign or leading zeros.  The reader
 * takes exactly what the writer makes: no leading zeros in a length, no bytes
 * behind the last field, no NUL in a string.  Free of libowfat. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSG_MAX 65536 /* bytes of a packet */

struct msg_writer {
	char *buf; /* borrowed from the caller */
	size_t size;
	size_t len;
	bool overflow; /* something did not fit; msg_end says so */
};

void msg_start(struct msg_writer *w, char *buf, size_t size, char op);
void msg_putb(struct msg_writer *w, const void *data, size_t len);
void msg_puts(struct msg_writer *w, const char *s);
void msg_putn(struct msg_writer *w, uint64_t n);
/* Length of the packet, or -1 (EMSGSIZE) when something did not fit. */
long msg_end(const struct msg_writer *w);

struct msg_reader {
	const char *p; /* borrowed: the packet */
	const char *end;
	char op;
	bool broken; /* set by the first get that failed; later gets fail too */
};

/* 0, or -1 (EPROTO): an empty packet. */
int msg_open(struct msg_reader *r, const char *packet, size_t len);
/* Each: 0, or -1 (EPROTO).  A field longer than max is broken. */
int msg_getb(struct msg_reader *r, const char **data, size_t *len, size_t max);
/* Copies and NUL-ends; size counts the NUL.  A NUL inside is broken. */
int msg_gets(struct msg_reader *r, char *out, size_t size);
int msg_getn(struct msg_reader *r, uint64_t *n, uint64_t max);
/* 1: another field follows.  0: no. */
int msg_more(const struct msg_reader *r);
/* 0 when everything was read and nothing was broken, else -1 (EPROTO). */
int msg_close(const struct msg_reader *r);

#endif
