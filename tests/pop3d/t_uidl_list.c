/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl_list.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define N20    "nnnnnnnnnnnnnnnnnnnn"
#define UNREAD ""

/* The mailbox: in this order when sorted. */
static const char *const mails[] = { "1000000000.M1P1.h,S=5:2,S",
	"1100000000.M2P2.h", "1200000000.M3P3.h,S=7,W=8", "1300000000.M4P4.h+" };
#define MAILS (sizeof mails / sizeof *mails)

static const struct {
	const char *name, *rule, *text;
	const char *want[MAILS]; /* NULL: none; UNREAD: of no file */
} rows[] = {
	{ "Dovecot 3", "dovecot",
	    "3 V1276528487 N30 Gabc\n"
	    "1 :1000000000.M1P1.h,S=5:2,\n2 W8 S7 :1100000000.M2P2.h\n"
	    "27 :1200000000.M3P3.h,S=7,W=8:2,RS\n29 :9.deleted\n",
	    { "000000014c164767", "000000024c164767", "0000001b4c164767",
		NULL } },
	{ "another format", "dovecot UID%u-%v",
	    "3 V12 N30\n1 :1000000000.M1P1.h,S=5\n", { "UID1-12" } },
	{ "an id of its own", "dovecot",
	    "3 V12 N30\n1 PABC-1 S5 :1100000000.M2P2.h\n2 P\x01 "
	    ":1000000000.M1P1.h,S=5\n",
	    { "000000020000000c", "ABC-1" } },
	{ "Dovecot 1", "dovecot",
	    "1 12 30\n3 1100000000.M2P2.h\n4 1300000000.M4P4.h+:2,S\n",
	    { NULL, "000000030000000c", NULL, "000000040000000c" } },
	{ "until a day", "dovecot until=2005-01-01", /* 1104537600 */
	    "3 V12 N30\n1 :1000000000.M1P1.h,S=5\n2 :1200000000.M3P3.h,S=7,W=8"
	    "\n",
	    { "000000010000000c" } },
	{ "the first line counts", "dovecot",
	    "3 V12 N30\n1 :1100000000.M2P2.h\n2 :1100000000.M2P2.h\n",
	    { NULL, "000000010000000c" } },
	{ "lines that make no sense", "dovecot",
	    "3 V12 N30\n\nx\n1\n1 \n1 :\n: :\n99999999999 :1100000000.M2P2.h\n"
	    "-1 :1100000000.M2P2.h\n1100000000.M2P2.h\n5  :1300000000.M4P4.h+\n",
	    { NULL, NULL, NULL, "000000050000000c" } },
	{ "the end is missing", "dovecot",
	    "3 V12 N30\n1 :1100000000.M2P2.h", { NULL } },
	{ "no validity", "dovecot", "3 N30\n1 :1100000000.M2P2.h\n", { UNREAD } },
	{ "a version of tomorrow", "dovecot",
	    "4 V12 N30\n1 :1100000000.M2P2.h\n", { UNREAD } },
	{ "nothing", "dovecot", "", { UNREAD } },
	{ "half a first line", "dovecot", "3 V12", { UNREAD } },
	{ "another file", "dovecot", "\n3 V12 N30\n", { UNREAD } },
	{ "Courier 3", "courier",
	    "/3 5 1186411567\n1000000000.M1P1.h,S=5 5 1:1186411567:0\n"
	    "1100000000.M2P2.h:2,S 12 2:1186411567:1\n"
	    "1200000000.M3P3.h,S=7,W=8:2, 8 4:0:0\n1300000000.M4P4.h+ 1 0:0:0\n",
	    { "UID1-1186411567", "UID2-1186411567", "UID4",
		"1300000000.M4P4.h+2B" } },
	{ "Courier 2", "courier",
	    "/2 5 12\n1100000000.M2P2.h 12 2:11\n", { NULL, "UID2-11" } },
	{ "Courier's without a head", "courier",
	    "1100000000.M2P2.h 12 2:11\n1100000000.M2P2.h 12 2:11\n",
	    { UNREAD } },
	{ "Courier, lines that make no sense", "courier",
	    "/2 5 12\n\nx\nx y\n x 1:2\n1100000000.M2P2.h 2:11\n"
	    "1100000000.M2P2.h 1 2\n1100000000.M2P2.h 1 2:\n"
	    "1000000000.M1P1.h,S=5 99999999999999999999 7:12\n",
	    { "UID7-12" } },
};

static struct maillist box;

static bool
is_unread(size_t i)
{
	return rows[i].want[0] && !*rows[i].want[0];
}

static void
check_row(size_t i, const char *text, size_t len)
{
	struct uidl_setting u;
	struct uidl_list l;
	const char *got, *want;
	uint32_t n;
	int read;

	CHECK(rows[i].name,
	    uidl_setting(&u, rows[i].rule, strlen(rows[i].rule)) == 1);
	read = uidl_list_scan(&l, &box, &u, text, len);
	CHECK(rows[i].name,
	    read == (is_unread(i) || !memchr(text, '\n', len) ? -1 : 0));
	for (n = 0; n < MAILS; n++) {
		got = uidl_list_get(&l, n);
		want = rows[i].want[n];
		if (len == strlen(rows[i].text))
			CHECK(rows[i].name,
			    want && *want ? got && !strcmp(got, want)
					  : !got);
		else
			CHECK("cut short",
			    !got || (want && !strcmp(got, want)));
	}
	uidl_list_free(&l);
}

int
main(void)
{
	struct guard g;
	size_t i, n, len;
	char *text;

	for (i = MAILS; i--;)
		maillist_add(&box, mails[i], strlen(mails[i]), false);
	maillist_sort(&box);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		len = strlen(rows[i].text);
		for (n = 0; n <= len; n++) {
			text = guard_copy(&g, rows[i].text, n);
			check_row(i, text, n);
			guard_free(&g);
		}
	}
	maillist_free(&box);
	return CHECK_DONE();
}
