/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_DEST_H
#define DELIVER_REMOTE_DEST_H

/* A destination as etc/smarthosts and etc/routes write it:
 *
 *   host[:port] [tls=none|may|required|verified] [auth=NAME]
 *   lmtp:host:port, lmtp:unix:/path     deliver by LMTP (RFC 2033)
 *   mx                                  the domain's own mail hosts
 *
 * host: a name, an IPv4 address, or an IPv6 address in brackets.  Several are
 * separated by commas.  Port 465 is TLS from the first byte (RFC 8314).  Pure.
 */
#include "deliver/smtp_client.h"
#include "lib/line.h"

#define REMOTE_DESTS_MAX  16 /* of one line, or of etc/smarthosts */
#define REMOTE_PORT_SMTP  25
#define REMOTE_PORT_SMTPS 465

struct remote_dest {
	struct smtp_peer peer; /* ip filled in where has_ip */
	bool has_ip, mx;
};

/* Where an error is: for line_error. */
struct remote_place {
	struct line_errors *errors;
	const char *file;
	unsigned long line;
	unsigned column; /* of the text's first byte */
};
/* A list of destinations, appended to dests[*n].  0, or -1: reported. */
int remote_dests_parse(struct remote_dest dests[REMOTE_DESTS_MAX], unsigned *n,
    const char *s, size_t len, const struct remote_place *place);

#endif
