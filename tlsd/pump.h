/* SPDX-License-Identifier: ISC */
#ifndef TLSD_PUMP_H
#define TLSD_PUMP_H

/* Carries bytes both ways between a TLS connection and a plain stream.
 *
 * Bounded: one record's room each way.  An end on the TLS side (close_notify,
 * or the peer vanishing) is shut down towards the plain side once what came
 * before is delivered; an end on the plain side is answered with what is left,
 * close_notify and the end.  Idleness is the daemons' matter; what cannot be
 * delivered for PUMP_STUCK_SECONDS ends the session. */
#include <openssl/ssl.h>

#define PUMP_ROOM           16384 /* bytes: a TLS record */
#define PUMP_STUCK_SECONDS  600
#define PUMP_LINGER_SECONDS 2 /* for the peer to take our last bytes */

/* Both descriptors non-blocking; the handshake is done.  Returns at the end. */
void pump_run(SSL *ssl, int client, int plain);
/* Ends a TCP connection so that our last bytes arrive: shut down, and read what
 * still comes for a moment. */
void pump_linger(int client);

#endif
