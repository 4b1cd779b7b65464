/* SPDX-License-Identifier: ISC */
#ifndef LIB_UCSPI_TLS_H
#define LIB_UCSPI_TLS_H

/* TLS that a UCSPI server does for us (UCSPI-TLS: ucspi-ssl's sslserver,
 * s6-ucspitlsd).
 *
 * The server names three descriptors in SSLCTLFD, SSLREADFD and SSLWRITEFD,
 * which may be one.  'Y' on the first makes it do the handshake with the
 * client; it then tells "NAME=value\0" of the session, the end being one NUL
 * more ("\0\0" when there is nothing to tell), and the plain stream is on the
 * other two.  A server that gives up closes the first.  Free of libowfat. */
#include <stdbool.h>
#include <stddef.h>

#define UCSPI_TLS_ENV_MAX 65536 /* bytes the server may tell */
#define UCSPI_TLS_WRONG                                                        \
	"SSLCTLFD, SSLREADFD and SSLWRITEFD must name open descriptors"

struct ucspi_tls {
	int control, in, out;
	char protocol[32], cipher[64]; /* "" when it did not say */
};

/* From the environment, before service_enter empties it.  1; 0: the server
 * offers none; -1: the variables name no open descriptors. */
int ucspi_tls_find(struct ucspi_tls *u);
/* Has the server do the handshake.  0: go on with in, and out (non-blocking).
 * -1 with errno: the client is of no use any more. */
int ucspi_tls_start(struct ucspi_tls *u, int timeout_ms);

/* The server's answer, byte by byte; zeroed at first. */
struct ucspi_tls_answer {
	size_t total, len; /* bytes in all, and of this variable */
	char text[96];     /* its beginning */
};
/* 1: whole, 0: more to come, -1 (EPROTO): too long or not of this kind. */
int ucspi_tls_feed(
    struct ucspi_tls *u, struct ucspi_tls_answer *a, char byte);

#endif
