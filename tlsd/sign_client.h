/* SPDX-License-Identifier: ISC */
#ifndef TLSD_SIGN_CLIENT_H
#define TLSD_SIGN_CLIENT_H

/* Asking the signer: for a signature, in a session's process; for a new
 * session's channel and for changed certificates, in the acceptor. */
#include "tlsd/sign_proto.h"

/* fd: the session's end.  *siglen: the room, then the length.  0 or -1. */
int signer_sign(
    int fd, const struct sign_request *req, unsigned char *sig, size_t *siglen);
/* A fresh channel for one session: its end, or -1. */
int signer_channel(int control);
/* The signer looks at the files; each change is told to news.  How many names
 * can be served, or -1: the signer does not answer. */
int signer_check(int control,
    void (*news)(void *arg, const struct cert_news *news), void *arg);

#endif
