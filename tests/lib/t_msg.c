/* SPDX-License-Identifier: ISC */
#include "lib/msg.h"
#include <errno.h>
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1

/* A request "V": a string of at most 7 bytes, a number of at most 1000. */
static int
scan(const char *packet, size_t len, char word[8], uint64_t *n)
{
	struct msg_reader r;

	if (msg_open(&r, packet, len) == -1 || r.op != 'V')
		return -1;
	msg_gets(&r, word, 8);
	msg_getn(&r, n, 1000);
	return msg_close(&r);
}

static const struct {
	const char *name, *packet;
	size_t len;
	int rc;
} scans[] = {
	{ "whole", B("V3:ann,2:42,"), 0 },
	{ "longest word", B("V7:sevenby,4:1000,"), 0 },
	{ "empty word, zero", B("V0:,1:0,"), 0 },
	{ "nothing", B(""), -1 },
	{ "other operation", B("X3:ann,2:42,"), -1 },
	{ "field missing", B("V3:ann,"), -1 },
	{ "field too many", B("V3:ann,2:42,1:x,"), -1 },
	{ "byte behind", B("V3:ann,2:42,x"), -1 },
	{ "word too long", B("V8:eightbyt,2:42,"), -1 },
	{ "NUL in the word", B("V3:a\0n,2:42,"), -1 },
	{ "leading zero in a length", B("V03:ann,2:42,"), -1 },
	{ "zero length twice", B("V00:,2:42,"), -1 },
	{ "signed length", B("V+3:ann,2:42,"), -1 },
	{ "blank before the length", B("V 3:ann,2:42,"), -1 },
	{ "no length", B("V:ann,2:42,"), -1 },
	{ "length longer than it can be", B("V999999:ann,2:42,"), -1 },
	{ "length past 64 bits", B("V99999999999999999999:a,"), -1 },
	{ "no colon", B("V3ann,2:42,"), -1 },
	{ "no comma", B("V3:ann;2:42,"), -1 },
	{ "number too large", B("V3:ann,4:1001,"), -1 },
	{ "number with a leading zero", B("V3:ann,2:07,"), -1 },
	{ "number empty", B("V3:ann,0:,"), -1 },
	{ "number negative", B("V3:ann,2:-1,"), -1 },
	{ "number past 64 bits", B("V3:ann,20:18446744073709551616,"), -1 },
	{ "number with letters", B("V3:ann,2:4x,"), -1 },
};

static void
test_scans(void)
{
	char word[8];
	struct guard g;
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
		const char *p = guard_copy(&g, scans[i].packet, scans[i].len);

		errno = 0;
		CHECK(scans[i].name,
		    scan(p, scans[i].len, word, &n) == scans[i].rc);
		CHECK(scans[i].name, scans[i].rc == 0 || errno == EPROTO ||
			scans[i].packet[0] == 'X');
		guard_free(&g);
	}
}

/* Cut short at every byte, nothing is whole and nothing is read past the end. */
static void
test_cuts(void)
{
	static const char whole[] = "V7:sevenby,4:1000,";
	char word[8];
	struct guard g;
	uint64_t n;
	size_t len;

	for (len = 0; len < sizeof(whole) - 1; len++) {
		const char *p = guard_copy(&g, whole, len);

		CHECK("cut", scan(p, len, word, &n) == -1);
		guard_free(&g);
	}
}

static void
test_broken_stays(void)
{
	static const char packet[] = "V9:ann,1:1,";
	struct msg_reader r;
	const char *data;
	uint64_t n;
	size_t len;

	msg_open(&r, packet, sizeof(packet) - 1);
	CHECK("first", msg_getb(&r, &data, &len, 3) == -1);
	CHECK("later too", msg_getn(&r, &n, 9) == -1 && r.broken);
	CHECK("no more", !msg_more(&r) && msg_close(&r) == -1);
}

static void
test_writer(void)
{
	static const char want[] =
	    "Y3:ann,0:,20:18446744073709551615,3:\0\1\2,";
	char buf[64];
	struct msg_writer w;
	size_t size;
	long n;

	for (size = 0; size <= sizeof(want); size++) {
		msg_start(&w, buf, size, 'Y');
		msg_puts(&w, "ann");
		msg_putb(&w, NULL, 0);
		msg_putn(&w, UINT64_MAX);
		msg_putb(&w, "\0\1\2", 3);
		errno = 0;
		n = msg_end(&w);
		if (size < sizeof(want) - 1)
			CHECK("does not fit", n == -1 && errno == EMSGSIZE);
		else
			CHECK("fits", n == (long)sizeof(want) - 1 &&
				memcmp(buf, want, sizeof(want) - 1) == 0);
	}
}

static void
test_largest(void)
{
	static char big[MSG_MAX + 100], buf[2 * MSG_MAX];
	struct msg_writer w;
	struct msg_reader r;
	const char *data;
	size_t len;

	msg_start(&w, buf, sizeof(buf), 'B');
	msg_putb(&w, big, MSG_MAX - 8);
	CHECK("largest packet", msg_end(&w) == MSG_MAX);
	CHECK("opens", msg_open(&r, buf, MSG_MAX) == 0);
	CHECK("reads", msg_getb(&r, &data, &len, MSG_MAX) == 0 &&
		len == MSG_MAX - 8 && msg_close(&r) == 0);
	msg_start(&w, buf, sizeof(buf), 'B');
	msg_putb(&w, big, MSG_MAX - 7);
	CHECK("past it", msg_end(&w) == -1 && errno == EMSGSIZE);
}

int
main(void)
{
	test_scans();
	test_cuts();
	test_broken_stays();
	test_writer();
	test_largest();
	return CHECK_DONE();
}
