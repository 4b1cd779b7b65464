/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_TICKETS_H
#define AUTHD_TICKETS_H

/* One-time tickets: what pop3d takes from authd to mailboxd after a right
 * password.  Random, good once, for AUTHD_TICKET_SECONDS. */
#include <stdint.h>
#include "authd/authd.h"

#define TICKETS_MAX    16384 /* at once; then the oldest yields */
#define TICKETS_SECRET 24    /* bytes */

struct ticket {
	struct authd_login login;
	unsigned char secret[TICKETS_SECRET];
	uint64_t until_ms;
	uint32_t prev, next; /* in the order they were given out; or free */
	uint32_t live;
};
struct tickets {
	struct ticket *all;
	uint32_t used, free, first, last;
};
int tickets_init(struct tickets *ts);
void tickets_free(struct tickets *ts);
void tickets_give(struct tickets *ts, char out[AUTHD_TICKET_MAX],
    const struct authd_login *login, uint64_t now_ms);
/* 1: *login is whose it was, and it is spent.  0. */
int tickets_take(struct tickets *ts, struct authd_login *login,
    const char *text, uint64_t now_ms);

#endif
