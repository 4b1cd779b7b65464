/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_IO_H
#define DELIVER_SMTP_IO_H

/* A buffered connection with deadlines: a reply, however it drips, and a block
 * of output have one each. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "deliver/smtp_reply.h"

#define SMTP_IN_SIZE  4096
#define SMTP_OUT_SIZE 65536

struct smtp_io {
	int fd; /* non-blocking; -1: closed */
	size_t inpos, inlen, outlen;
	unsigned cap_seconds; /* no wait is longer (etc/remote-timeout) */
	uint64_t deadline_ms; /* of the whole job: no wait ends after it */
	char in[SMTP_IN_SIZE];
	char out[SMTP_OUT_SIZE];
};

void smtp_io_open(struct smtp_io *io, int fd);
void smtp_io_close(struct smtp_io *io);
/* Is something there that was not asked for, or the end? */
bool smtp_io_is_stale(const struct smtp_io *io);
/* Nothing received is waiting, here or in the kernel: safe for STARTTLS. */
bool smtp_io_is_quiet(const struct smtp_io *io);
/* Each 0, or -1 (ETIMEDOUT, ECONNRESET, EPIPE ...). */
int smtp_io_put(
    struct smtp_io *io, const char *data, size_t len, unsigned seconds);
/* (io, strings...) */
#define smtp_io_puts(...) smtp_io_puts_(__VA_ARGS__, (char *)0)
int smtp_io_puts_(struct smtp_io *io, ...);
int smtp_io_flush(struct smtp_io *io, unsigned seconds);
/* 0 with a whole reply, or -1: also ECONNRESET (end of file), EPROTO (broken).
 */
int smtp_io_reply(struct smtp_io *io, struct smtp_reply *r, unsigned seconds);
/* The time until which a wait of that many seconds may last. */
uint64_t smtp_io_deadline(const struct smtp_io *io, unsigned seconds);

#endif
