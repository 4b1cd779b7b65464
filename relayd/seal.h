/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_SEAL_H
#define RELAYD_SEAL_H

/* Grants and tokens: what relayd said yes to, in a text that only it can make.
 *
 * A keyed BLAKE2b over purpose, kind, address, mailbox and time, under a key of
 * this start; no state is kept for them.  What is kept is who was revoked when:
 * whatever was sealed for that mailbox or address before is refused.  At most
 * SEAL_REVOKED_MAX names; past it everything sealed so far is revoked. */
#include <stdint.h>
#include "lib/addr.h"
#include "lib/ip.h"
#include "relayd/relayd.h"

#define SEAL_REVOKED_MAX 4096

enum seal_purpose { SEAL_GRANT = 'g', SEAL_TOKEN = 't' };

struct seal_claim {
	enum seal_purpose purpose;
	enum relayd_kind kind;
	struct ip ip; /* masked */
	char mailbox[ADDR_MAILBOX_MAX + 1];
};
struct seal_revoked {
	char name[ADDR_MAILBOX_MAX]; /* as a budget_key's */
	uint64_t at_ms;
};
struct seal {
	unsigned char key[32];
	struct seal_revoked *revoked;
	uint32_t n;
	uint64_t all_before_ms; /* everything sealed up to then is void */
};

void seal_init(struct seal *s);
void seal_free(struct seal *s);
void seal_make(char out[RELAYD_TOKEN_MAX], const struct seal *s,
    const struct seal_claim *claim, uint64_t now_ms);
/* 1: ours, younger than max_s seconds and not revoked.  0: not of this start, or
 * too old (its holder may come again); -1: revoked.  *why says which. */
int seal_check(struct seal_claim *claim, const struct seal *s,
    const char *text, enum seal_purpose purpose, uint64_t now_ms,
    uint32_t max_s, const char **why);
/* mailbox or ip (masked); the other is NULL. */
void seal_revoke(struct seal *s, const char *mailbox, const struct ip *ip,
    uint64_t now_ms);

#endif
