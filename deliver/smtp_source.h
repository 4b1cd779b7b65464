/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_SOURCE_H
#define DELIVER_SMTP_SOURCE_H

/* The bytes of a message for a server, those in front of it first; in 7 bits
 * where the server takes no others. */
#include "deliver/smtp_send.h"

struct mime_plan;
/* Calls put with all of them, piece by piece (at most SMTP_READ_SIZE bytes).
 * plan: NULL, or how to convert it.  0; -1: put failed (*why NULL, errno is
 * its), or the message cannot be read, *why says why. */
int smtp_source(const struct smtp_mail *mail, const struct mime_plan *plan,
    int (*put)(void *arg, const char *p, size_t len), void *arg,
    const char **why);
/* What a server without 8BITMIME needs.  *plan: how to convert it, valid until
 * the next call, or NULL: it can go as it is; *size: the bytes then.  1; 0: it
 * cannot be converted; -1: it cannot be read; *why. */
int smtp_source_plan(const struct smtp_mail *mail, const struct mime_plan **plan,
    uint64_t *size, const char **why);

#endif
