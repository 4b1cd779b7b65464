/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_RELAYD_SERVE_H
#define RELAYD_RELAYD_SERVE_H

/* relayd's sockets: requests in, relay.h's decisions out. */
#include "lib/conns.h"
#include "lib/service.h"
#include "relayd/relay.h"

/* Connections at once of run/relayd/check, open, redeem, control. */
#define RELAYD_CHECK_CONNS   1800
#define RELAYD_OPEN_CONNS    16
#define RELAYD_REDEEM_CONNS  64
#define RELAYD_CONTROL_CONNS 16

struct relayd_server {
	struct conns conns;
	struct relay *relay;
};
/* 0 or -1. */
int relayd_serve_init(struct relayd_server *s, struct relay *relay,
    const struct service *sv);
/* One round: waits, serves. */
void relayd_serve(struct relayd_server *s);

#endif
