/* SPDX-License-Identifier: ISC */
#include "relayd/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "relayd/budgets.h"

#define HEAD_SIZE 26 /* purpose, kind, 16 of ip, 8 of time */
#define MAC_SIZE  32
#define RAW_MAX   (HEAD_SIZE + ADDR_MAILBOX_MAX + MAC_SIZE)

_Static_assert(RAW_MAX * 2 + 1 <= RELAYD_TOKEN_MAX, "a seal fits a token");

void
seal_init(struct seal *s)
{
	memset(s, 0, sizeof *s);
	randombytes_buf(s->key, sizeof s->key);
}

void
seal_free(struct seal *s)
{
	free(s->revoked);
	sodium_memzero(s, sizeof *s);
}

static void
put64(unsigned char out[8], uint64_t n)
{
	int i;

	for (i = 0; i < 8; i++)
		out[i] = (unsigned char)(n >> (8 * i));
}

static uint64_t
get64(const unsigned char in[8])
{
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | in[i];
	return n;
}

void
seal_make(char out[RELAYD_TOKEN_MAX], const struct seal *s,
    const struct seal_claim *claim, uint64_t now_ms)
{
	unsigned char raw[RAW_MAX];
	size_t len = strnlen(claim->mailbox, ADDR_MAILBOX_MAX);

	raw[0] = (unsigned char)claim->purpose;
	raw[1] = (unsigned char)claim->kind;
	memcpy(raw + 2, claim->ip.b, 16);
	put64(raw + 18, now_ms);
	memcpy(raw + HEAD_SIZE, claim->mailbox, len);
	len += HEAD_SIZE;
	crypto_generichash(raw + len, MAC_SIZE, raw, len, s->key,
	    sizeof s->key);
	sodium_bin2hex(out, RELAYD_TOKEN_MAX, raw, len + MAC_SIZE);
}

static int
is_revoked(const struct seal *s, const struct seal_claim *claim,
    uint64_t issued_ms)
{
	struct budget_key m = budgets_key_mailbox(claim->mailbox);
	struct budget_key a = budgets_key_ip(&claim->ip);
	uint32_t i;

	if (s->all_before_ms && issued_ms <= s->all_before_ms)
		return 1;
	for (i = 0; i < s->n; i++)
		if (issued_ms <= s->revoked[i].at_ms &&
		    (!memcmp(s->revoked[i].name, m.b, sizeof m.b) ||
			!memcmp(s->revoked[i].name, a.b, sizeof a.b)))
			return 1;
	return 0;
}

static int
unseal(unsigned char raw[RAW_MAX], size_t *len, const struct seal *s,
    const char *text)
{
	unsigned char mac[MAC_SIZE];
	const char *end;

	if (sodium_hex2bin(raw, RAW_MAX, text, strlen(text), NULL, len,
	    &end) == -1 || *end || *len < HEAD_SIZE + MAC_SIZE)
		return 0;
	*len -= MAC_SIZE;
	crypto_generichash(mac, sizeof mac, raw, *len, s->key, sizeof s->key);
	return sodium_memcmp(mac, raw + *len, MAC_SIZE) == 0;
}

int
seal_check(struct seal_claim *claim, const struct seal *s, const char *text,
    enum seal_purpose purpose, uint64_t now_ms, uint32_t max_s,
    const char **why)
{
	unsigned char raw[RAW_MAX];
	uint64_t issued;
	size_t len;

	memset(claim, 0, sizeof *claim);
	*why = "not given since relayd was started";
	if (!unseal(raw, &len, s, text) || raw[0] != (unsigned char)purpose)
		return 0;
	claim->purpose = purpose;
	claim->kind = (enum relayd_kind)raw[1];
	memcpy(claim->ip.b, raw + 2, 16);
	issued = get64(raw + 18);
	memcpy(claim->mailbox, raw + HEAD_SIZE, len - HEAD_SIZE);
	*why = "too old";
	if (issued > now_ms || now_ms - issued >= max_s * 1000ULL)
		return 0;
	*why = "revoked";
	if (is_revoked(s, claim, issued))
		return -1;
	*why = "";
	return 1;
}

static void
revoke_name(struct seal *s, const char name[ADDR_MAILBOX_MAX], uint64_t now_ms)
{
	uint32_t i, at = s->n;

	for (i = 0; i < s->n; i++) {
		if (!memcmp(s->revoked[i].name, name, ADDR_MAILBOX_MAX)) {
			at = i;
			break;
		}
		/* nothing that old is valid any more: its place is free */
		if (now_ms - s->revoked[i].at_ms > RELAYD_AUTH_SECONDS * 1000ULL)
			at = i;
	}
	if (at == SEAL_REVOKED_MAX) {
		s->all_before_ms = now_ms;
		s->n = 0;
		return;
	}
	if (at == s->n)
		s->n++;
	memcpy(s->revoked[at].name, name, ADDR_MAILBOX_MAX);
	s->revoked[at].at_ms = now_ms;
}

void
seal_revoke(struct seal *s, const char *mailbox, const struct ip *ip,
    uint64_t now_ms)
{
	struct budget_key key;

	if (!s->revoked)
		s->revoked = calloc(SEAL_REVOKED_MAX, sizeof *s->revoked);
	if (!s->revoked) {
		s->all_before_ms = now_ms;
		return;
	}
	key = mailbox ? budgets_key_mailbox(mailbox) : budgets_key_ip(ip);
	revoke_name(s, key.b, now_ms);
}
