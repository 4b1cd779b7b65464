/* SPDX-License-Identifier: ISC */
#ifndef TLSD_TLSD_H
#define TLSD_TLSD_H

/* The protocols of run/tlsd/in and run/tlsd/out.
 *
 * in (smtpd, pop3d), one request a connection:
 *   'I' version service ip      + the client's descriptor.  service: smtp or
 *                               pop3, for the log
 *   'P' protocol cipher sni     + the plain end, one end of a stream
 * socketpair, once the handshake is done ("TLSv1.3", ...; sni may be "") 'N'
 * reason                  the handshake failed; the client is gone 'T' reason
 * no certificate, too many sessions, ...: the descriptor was not touched where
 * the request came before any byte; else the client is gone The connection is
 * closed after the answer: the plain end is the session. Once 'P' is sent tlsd
 * carries bytes both ways.  When the plain end is closed (or shut down) it
 * sends close_notify and closes the client.  A client that vanishes is an end
 * of file on the plain end.
 *
 * out (deliver-remote), one request a connection:
 *   'O' version host policy ip  + the server's descriptor (after its 220 to
 *                               STARTTLS).  policy: may (any certificate),
 *                               required (any), verified (chain and host name);
 *                               host: SNI and name to verify
 *   'P' protocol cipher verified  + the plain end.  verified: "1" or "0"
 *   'N' reason                  handshake or verification failed
 *   'T' reason
 *
 * Nothing that was buffered before the hand-over may be used afterwards: the
 * callers check that their input buffer is empty before they answer STARTTLS
 * or STLS, and tlsd reads the socket from where the kernel has it. */
#include <stdbool.h>
#include "lib/ip.h"

#define TLSD_VERSION           1
#define TLSD_MSG_MAX           2048 /* bytes */
#define TLSD_HANDSHAKE_SECONDS 30
#define TLSD_TIMEOUT_MS        35000 /* the callers' patience */
#define TLSD_SESSIONS_MAX      2000
#define TLSD_IN_PATH           "run/tlsd/in"
#define TLSD_OUT_PATH          "run/tlsd/out"

struct tlsd_session {
	int plain; /* the stream to use from now on; the caller closes it */
	char protocol[32], cipher[64], sni[256];
	bool verified;
	char reason[200];
};
/* Is tlsd there (its socket answers a connect)?  Decides whether STARTTLS and
 * STLS are offered; outward, whether STARTTLS is asked for. */
bool tlsd_is_up(void);
bool tlsd_outward_is_up(void);
/* Give the client (server) away: client is closed by the caller in every
 * case.  1: s->plain.  0: the handshake failed.  -1: tlsd cannot; the client
 * (server) is shut down, whoever else holds its descriptor. */
int tlsd_inward(struct tlsd_session *s, int client, const char *service,
    const struct ip *ip);
int tlsd_outward(struct tlsd_session *s, int server, const char *host,
    const char *policy, const struct ip *ip);

#endif
