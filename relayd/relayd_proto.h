/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_RELAYD_PROTO_H
#define RELAYD_RELAYD_PROTO_H

/* The codec of relayd/relayd.h, for both ends.  Private to this folder. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/msg.h"
#include "relayd/relayd.h"

enum relayd_port {
	RELAYD_CHECK,
	RELAYD_OPEN,
	RELAYD_REDEEM,
	RELAYD_CONTROL
};
#define RELAYD_PORTS 4

struct relayd_request {
	char op;
	bool has_ip; /* false: "" on the wire, where that is allowed */
	bool relayclient;
	struct ip ip;
	char mailbox[ADDR_MAILBOX_MAX + 1]; /* or the sender; "" where allowed */
	char token[RELAYD_TOKEN_MAX];       /* or the grant */
	uint64_t n;                         /* recipients, or seconds */
};
/* The packet's length, or -1: no such request here, or it does not fit. */
long relayd_request_format(char *buf, size_t size, enum relayd_port port,
    const struct relayd_request *rq);
/* 0, or -1 (EPROTO): not a request of this socket and this version. */
int relayd_request_scan(struct relayd_request *rq, enum relayd_port port,
    const char *packet, size_t len);

struct relayd_answer {
	char op; /* 'Y', 'N', 'V', 'B', 'T' */
	struct relayd_verdict v;
	uint64_t count; /* windows closed */
};
/* request: the op that is answered.  As above. */
long relayd_answer_format(char *buf, size_t size, enum relayd_port port,
    char request, const struct relayd_answer *an);
int relayd_answer_scan(struct relayd_answer *an, enum relayd_port port,
    char request, const char *packet, size_t len);

#endif
