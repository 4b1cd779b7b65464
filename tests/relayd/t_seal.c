/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "relayd/seal.h"
#include "tests/lib/check.h"

#define NOW 1000000000ULL /* milliseconds */

static struct seal seal;
static char text[RELAYD_TOKEN_MAX];

static struct seal_claim
claim_of(const char *mailbox)
{
	struct seal_claim c = { .purpose = SEAL_GRANT, .kind = RELAYD_WINDOW };

	ip_parse(&c.ip, "192.0.2.1");
	snprintf(c.mailbox, sizeof c.mailbox, "%s", mailbox);
	return c;
}

static int
is_good(const struct seal *s, const char *t, enum seal_purpose purpose,
    uint64_t now)
{
	struct seal_claim c;
	const char *why;

	return seal_check(&c, s, t, purpose, now, 7200, &why) == 1;
}

static void
test_whole(void)
{
	const char *names[] = { "", "a", "a123456789012345678901234567890z" };
	struct seal_claim in, out;
	const char *why;
	size_t i;

	for (i = 0; i < 3; i++) {
		in = claim_of(names[i]);
		seal_make(text, &seal, &in, NOW);
		CHECK(names[i], seal_check(&out, &seal, text, SEAL_GRANT, NOW,
		    7200, &why) == 1);
		CHECK(names[i], !strcmp(out.mailbox, names[i]) &&
		    out.kind == RELAYD_WINDOW && ip_equal(&in.ip, &out.ip));
		CHECK("no blanks", strlen(text) == strspn(text,
		    "0123456789abcdef"));
	}
}

static void
test_tampered(void)
{
	struct seal_claim c = claim_of("ann");
	struct seal other;
	char bad[RELAYD_TOKEN_MAX + 8];
	size_t i, len;

	seal_make(text, &seal, &c, NOW);
	len = strlen(text);
	for (i = 0; i < len; i++) {
		strcpy(bad, text);
		bad[i] = bad[i] == '0' ? '1' : '0';
		CHECK("changed", !is_good(&seal, bad, SEAL_GRANT, NOW));
		bad[i] = 0;
		CHECK("cut", !is_good(&seal, bad, SEAL_GRANT, NOW));
	}
	snprintf(bad, sizeof bad, "%s00", text);
	CHECK("longer", !is_good(&seal, bad, SEAL_GRANT, NOW));
	memset(bad, 'f', sizeof bad - 1);
	bad[sizeof bad - 1] = 0;
	CHECK("much longer", !is_good(&seal, bad, SEAL_GRANT, NOW));
	CHECK("a grant is no token", !is_good(&seal, text, SEAL_TOKEN, NOW));
	seal_init(&other);
	CHECK("of another start", !is_good(&other, text, SEAL_GRANT, NOW));
	seal_free(&other);
}

static void
test_time(void)
{
	struct seal_claim c = claim_of("ann");

	seal_make(text, &seal, &c, NOW);
	CHECK("young", is_good(&seal, text, SEAL_GRANT, NOW + 7199999));
	CHECK("too old", !is_good(&seal, text, SEAL_GRANT, NOW + 7200000));
	CHECK("of the future", !is_good(&seal, text, SEAL_GRANT, NOW - 1));
}

static void
test_revoked(void)
{
	struct seal_claim c = claim_of("ann"), d = claim_of("bob");
	char bobs[RELAYD_TOKEN_MAX], name[32];
	struct seal s;
	int i;

	seal_init(&s);
	seal_make(text, &s, &c, NOW);
	seal_make(bobs, &s, &d, NOW);
	seal_revoke(&s, "ann", NULL, NOW + 5);
	CHECK("revoked", !is_good(&s, text, SEAL_GRANT, NOW + 6));
	CHECK("another's", is_good(&s, bobs, SEAL_GRANT, NOW + 6));
	seal_make(text, &s, &c, NOW + 6);
	CHECK("made after it", is_good(&s, text, SEAL_GRANT, NOW + 7));
	seal_revoke(&s, NULL, &c.ip, NOW + 8);
	CHECK("by address", !is_good(&s, bobs, SEAL_GRANT, NOW + 9));
	for (i = 0; i < SEAL_REVOKED_MAX + 5; i++) {
		if (i == SEAL_REVOKED_MAX - 10)
			seal_make(bobs, &s, &d, NOW + 9);
		snprintf(name, sizeof name, "m%d", i);
		seal_revoke(&s, name, NULL, NOW + 10);
	}
	CHECK("too many: all before are void",
	    !is_good(&s, bobs, SEAL_GRANT, NOW + 11));
	seal_make(bobs, &s, &d, NOW + 11);
	CHECK("not those after", is_good(&s, bobs, SEAL_GRANT, NOW + 12));
	CHECK("bounded", s.n <= SEAL_REVOKED_MAX);
	seal_free(&s);
}

int
main(void)
{
	if (sodium_init() == -1)
		return 111;
	seal_init(&seal);
	test_whole();
	test_tampered();
	test_time();
	test_revoked();
	seal_free(&seal);
	return CHECK_DONE();
}
