/* SPDX-License-Identifier: ISC */
#ifndef LIB_LISTEN_PROXY_H
#define LIB_LISTEN_PROXY_H

/* The PROXY protocol of HAProxy, versions 1 and 2, receiving side. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/ip.h"

#define LISTEN_PROXY_V1_MAX 107  /* bytes, CR LF included */
#define LISTEN_PROXY_MAX    4096 /* bytes of a v2 header with its fields */

struct listen_proxy {
	size_t used; /* bytes of the header */
	bool known;  /* it names the client: else LOCAL or UNKNOWN */
	bool tls;    /* the client spoke TLS to the proxy */
	struct ip remote, local;
	uint16_t remote_port, local_port;
};
/* 1: a whole header.  0: more bytes are needed; all of buf belongs to it.  -1:
 * it is none. */
int listen_proxy_parse(struct listen_proxy *p, const void *buf, size_t len);
/* Reads exactly the header from a blocking socket.  0, or -1 with errno:
 * EPROTO, ETIMEDOUT, ECONNRESET (it ended), or the socket's. */
int listen_proxy_read(struct listen_proxy *p, int fd, int timeout_ms);

#endif
