/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_AUTHD_PROTO_H
#define AUTHD_AUTHD_PROTO_H

/* The codec of authd/authd.h, for both ends.  Private to this folder. */
#include <stdbool.h>
#include <stddef.h>
#include "lib/msg.h"
#include "authd/authd.h"

enum authd_port { AUTHD_POP3, AUTHD_SMTP };
#define AUTHD_PORTS 2

/* Holds a password: wipe it with explicit_bzero. */
struct authd_request {
	char user[AUTHD_USER_MAX + 1]; /* as sent; not yet folded */
	char password[AUTHD_PASSWORD_MAX + 1];
	struct ip ip;
	bool hand_on; /* 'P' */
};
/* op: 'V' or 'P'.  The packet's length, or -1: a field is too long. */
long authd_verify_format(char *buf, size_t size, char op, const char *user,
    const char *password, const struct ip *ip);
/* 0, or -1 (EPROTO): not a request of this version. */
int authd_request_scan(struct authd_request *rq, const char *packet,
    size_t len);

long authd_account_format(char *buf, size_t size, enum authd_result result,
    const struct authd_account *acct);
/* 0, or -1 (EPROTO). */
int authd_account_scan(enum authd_result *result, struct authd_account *acct,
    const char *packet, size_t len);
/* 'L'. */
long authd_login_format(char *buf, size_t size,
    const struct authd_login *login, uint64_t until_ms);
/* 0, or -1 (EPROTO). */
int authd_login_scan(struct authd_login *login, uint64_t *until_ms,
    const char *packet, size_t len);

#endif
