/* SPDX-License-Identifier: ISC */
#ifndef TLSD_TLSD_PROTO_H
#define TLSD_TLSD_PROTO_H

/* The codec of run/tlsd/in and run/tlsd/out: tlsd.h is the specification.
 *
 * For tlsd itself and tlsd_client.c.  Free of libowfat. */
#include <stddef.h>
#include "lib/ip.h"
#include "tlsd/tlsd.h"

#define TLSD_SERVICE_SIZE 16  /* bytes, NUL included */
#define TLSD_HOST_SIZE    256 /* bytes, NUL included: a domain name or "" */

enum tlsd_policy { TLSD_MAY, TLSD_REQUIRED, TLSD_VERIFIED };

struct tlsd_request {
	char op;                         /* 'I' or 'O' */
	char service[TLSD_SERVICE_SIZE]; /* 'I' */
	char host[TLSD_HOST_SIZE];       /* 'O' */
	enum tlsd_policy policy;         /* 'O' */
	struct ip ip;                    /* the peer's */
};

/* 1, or 0: no such policy. */
int tlsd_policy_parse(enum tlsd_policy *policy, const char *name);
const char *tlsd_policy_name(enum tlsd_policy policy);

/* Puts a request into buf: its length, or -1 (EMSGSIZE). */
long tlsd_request_put(char *buf, size_t size, const struct tlsd_request *req);
/* 0, or -1 (EPROTO). */
int tlsd_request_scan(struct tlsd_request *req, const char *wire, size_t len);

/* The answers.  op 'P': protocol, cipher and, by asked ('I' or 'O', the
 * request's operation), sni or verified.  op 'N', 'T': reason. */
long tlsd_answer_put(
    char *buf, size_t size, char op, char asked, const struct tlsd_session *s);
/* The op, or -1 (EPROTO).  s->plain is left alone. */
int tlsd_answer_scan(
    struct tlsd_session *s, char asked, const char *wire, size_t len);

#endif
