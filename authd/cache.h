/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_CACHE_H
#define AUTHD_CACHE_H

/* Logins whose password was verified: a customer who polls every minute costs
 * one hash a day.  Kept by a keyed BLAKE2b of service, name and password under
 * a secret of this start; dropped whole when users.cdb changes. */
#include <stdbool.h>
#include <stdint.h>
#include "authd/authd_proto.h"
#include "authd/memo.h"
#include "cdb-tools/cdb-tools.h"

#define CACHE_ENTRIES 32768
#define CACHE_SECONDS 86400

struct cached {
	uint64_t since_s;
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char label[USER_LABEL_MAX + 1];
	bool disabled;
};
int cache_init(struct memo *m);
struct memo_key cache_key(const struct memo *m, enum authd_port port,
    const char *user, const char *password);
/* NULL: not known. */
const struct cached *cache_find(struct memo *m, const struct memo_key *key,
    uint64_t now_s);
void cache_put(struct memo *m, const struct memo_key *key,
    const char *mailbox, const char *label, bool disabled, uint64_t now_s);

#endif
