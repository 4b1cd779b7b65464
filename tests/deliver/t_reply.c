/* SPDX-License-Identifier: ISC */
/* Autoresponders: the file, whom nobody answers, what is written. */
#include "deliver/reply.h"
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "deliver/answered.h"
#include "deliver/automatic.h"
#include "deliver/local_key.h"
#include "lib/log.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define NOW 1790000000UL
#define B_HEADER                                                               \
	"Subject: hi\x01X-Evil: y\nMessage-ID: <1@x>\nReferences: <0@x>\n"

static const struct {
	const char *name, *file, *subject, *from, *until, *text;
	unsigned days;
} files[] = {
	{ "text only", "away\nreally\n", NULL, "", "", "away\nreally\n",
	    REPLY_DAYS },
	{ "looks like a header, is text", "Note: away\n", NULL, "", "",
	    "Note: away\n", REPLY_DAYS },
	{ "all of it",
	    "Subject: Am Meer\nFrom-Date: 2026-07-01\nUntil-Date:2026-07-31\n"
	    "DAYS: 3\n\nBye.\n",
	    "Am Meer", "2026-07-01", "2026-07-31", "Bye.\n", 3 },
	{ "CRLF", "Subject: x\r\n\r\nBye.\r\n", "x", "", "", "Bye.\r\n",
	    REPLY_DAYS },
	{ "days that are none", "Days: 999\n\nx\n", NULL, "", "", "x\n",
	    REPLY_DAYS },
	{ "an empty subject", "Subject:\n\nx\n", NULL, "", "", "x\n",
	    REPLY_DAYS },
	{ "no line end", "Subject: x\n\ny", "x", "", "", "y", REPLY_DAYS },
	{ "nothing", "", NULL, "", "", "", REPLY_DAYS },
	{ "a header, no text", "Subject: x\n", "x", "", "", "", REPLY_DAYS },
};

static void
check_files(void)
{
	struct reply r;
	struct guard g;
	size_t i, n, len;
	char *p;

	for (i = 0; i < sizeof files / sizeof *files; i++) {
		len = strlen(files[i].file);
		p = guard_copy(&g, files[i].file, len);
		reply_parse(&r, p, len);
		CHECK(files[i].name, !r.subject == !files[i].subject &&
			(!r.subject || !strcmp(r.subject, files[i].subject)));
		CHECK(files[i].name, !strcmp(r.from, files[i].from) &&
			!strcmp(r.until, files[i].until) &&
			r.days == files[i].days);
		CHECK(files[i].name, r.text_len == strlen(files[i].text) &&
			!memcmp(r.text, files[i].text, r.text_len));
		guard_free(&g);
		for (n = 0; n < len; n++) {
			p = guard_copy(&g, files[i].file, n);
			reply_parse(&r, p, n);
			CHECK("cut", r.text_len <= n && r.text >= p);
			guard_free(&g);
		}
	}
}

static const struct {
	const char *name, *from, *until, *today;
	bool on;
} days[] = {
	{ "always", "", "", "2026-07-15", true },
	{ "the day before", "2026-07-15", "", "2026-07-14", false },
	{ "the first", "2026-07-15", "", "2026-07-15", true },
	{ "the last", "", "2026-07-15", "2026-07-15", true },
	{ "the day after", "", "2026-07-15", "2026-07-16", false },
	{ "another year", "2026-07-01", "2026-07-31", "2027-07-15", false },
};

/* Header, sender: does anybody answer? */
static const struct {
	const char *name, *sender, *header;
	bool never;
} mails[] = {
	{ "a person", "ann@far.test", "Subject: x\n", false },
	{ "null sender", "", "Subject: x\n", true },
	{ "no domain", "ann", "Subject: x\n", true },
	{ "a daemon", "mailer-daemon@far.test", "", true },
	{ "in capitals", "MAILER-DAEMON@far.test", "", true },
	{ "nobody reads it", "no-reply@far.test", "", true },
	{ "a list's owner", "owner-x@far.test", "", true },
	{ "a list's bounces", "x-bounces+ann=b.test@far.test", "", true },
	{ "a forwarder's bounces", "srs0=ab=cd=x.test=ann@far.test", "", true },
	{ "no list at all", "ann-x@bounces.test", "", false },
	{ "a list", "ann@far.test", "List-Id: <x.test>\n", true },
	{ "any List- line", "ann@far.test", "LIST-POST: NO\n", true },
	{ "not a list", "ann@far.test", "Listen: x\nX-List-Id: x\n", false },
	{ "bulk", "ann@far.test", "Precedence:  Bulk\n", true },
	{ "junk", "ann@far.test", "precedence : junk\n", true },
	{ "first class", "ann@far.test", "Precedence: first-class\n", false },
	{ "automatic", "ann@far.test", "Auto-Submitted: auto-generated\n", true },
	{ "folded", "ann@far.test", "Auto-Submitted:\n auto-replied\n", true },
	{ "no", "ann@far.test", "Auto-Submitted: No\n", false },
	{ "no, with more", "ann@far.test", "Auto-Submitted: no; x=y\n", false },
	{ "no, with a comment", "ann@far.test", "Auto-Submitted: no (by hand)\n",
	    false },
	{ "only begins like no", "ann@far.test", "Auto-Submitted: notified\n",
	    true },
	{ "Exchange", "ann@far.test", "X-Auto-Response-Suppress: DR, OOF\n",
	    true },
	{ "Exchange, something else", "ann@far.test",
	    "X-Auto-Response-Suppress: RN\n", false },
	{ "in the body", "ann@far.test", "Subject: x\n\nPrecedence: bulk\n",
	    false },
};

static void
check_never(void)
{
	struct header h;
	struct guard g;
	size_t i, n, len;
	char *p;

	for (i = 0; i < sizeof days / sizeof *days; i++) {
		struct reply r = { 0 };

		strcpy(r.from, days[i].from);
		strcpy(r.until, days[i].until);
		CHECK(days[i].name, reply_is_on(&r, days[i].today) == days[i].on);
	}
	for (i = 0; i < sizeof mails / sizeof *mails; i++) {
		len = strlen(mails[i].header);
		for (n = 0; n <= len; n++) {
			p = guard_copy(&g, mails[i].header, n);
			header_of(&h, p, n);
			if (n == len)
				CHECK(mails[i].name, automatic_never(
				    mails[i].sender, &h) == mails[i].never);
			else
				automatic_never(mails[i].sender, &h);
			guard_free(&g);
		}
	}
}

static const struct {
	const char *name, *header, *address;
	bool is;
} named[] = {
	{ "bare", "To: ann@far.test\n", "ann@far.test", true },
	{ "in brackets, capitals", "To: Ann <ANN@Far.Test>\n", "ann@far.test",
	    true },
	{ "the second line", "To: x@y.test\nTo: ann@far.test\n", "ann@far.test",
	    true },
	{ "folded", "To: x@y.test,\n\tann@far.test\n", "ann@far.test", true },
	{ "longer in front", "To: joann@far.test\n", "ann@far.test", false },
	{ "longer behind", "To: ann@far.test.org\n", "ann@far.test", false },
	{ "another field", "X-To: ann@far.test\n", "ann@far.test", false },
	{ "no address", "To: undisclosed-recipients:;\n", "ann@far.test", false },
	{ "with a tag", "To: ann+x@far.test\n", "ann+x@far.test", true },
};

/* What is written, of a file that holds anything. */
static void
check_text(void)
{
	static const char odd[] = "Bye\r\nnul\0bell\a\x7f\ttab\n";
	struct automatic a = { .from = "ann@widget.test", .to = "bob@far.test",
		.more = "", .about = "1", .text = odd,
		.text_len = sizeof odd - 1 };
	char longline[2600];
	stralloc out = { 0 };
	const char *body, *p, *nl;
	struct header h;
	size_t i, max = 0;

	for (i = 0; i < sizeof named / sizeof *named; i++) {
		header_of(&h, named[i].header, strlen(named[i].header));
		CHECK(named[i].name, header_names(&h, "To", named[i].address) ==
			named[i].is);
	}
	header_of(&h, B_HEADER, sizeof B_HEADER - 1);
	a.h = &h;
	automatic_text(&out, &a, NOW);
	sa_0(&out);
	body = strstr(out.s, "\n\n");
	CHECK("LF ends, nothing that no mail may have", body &&
		!strcmp(body, "\n\nBye\nnulbell\ttab\n"));
	CHECK("nothing slips into the header", strstr(out.s,
	    "\nSubject: Auto: hi?X-Evil: y\n"));
	CHECK("marked", strstr(out.s, "\nAuto-Submitted: auto-replied\n"));
	CHECK("in its thread", strstr(out.s, "\nIn-Reply-To: <1@x>\n"
					     "References: <0@x> <1@x>\n"));
	for (i = 0; i < sizeof longline; i++) /* UTF-8, two bytes each */
		longline[i] = i % 2 ? '\xbc' : '\xc3';
	a.text = longline;
	a.text_len = sizeof longline;
	a.subject = "Gr\xc3\xbc\xc3\x9f" "e";
	automatic_text(&out, &a, NOW);
	sa_0(&out);
	CHECK("an encoded subject", strstr(out.s,
	    "\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n"));
	body = strstr(out.s, "\n\n") + 2;
	for (p = body; (nl = strchr(p, '\n')); p = nl + 1) {
		max = (size_t)(nl - p) > max ? (size_t)(nl - p) : max;
		CHECK("broken between characters", (nl - p) % 2 == 0);
	}
	CHECK("no line too long", max > 900 && max <= 998 && !*p);
	sa_free(&out);
}

static void
check_answered(void)
{
	struct stat st;
	char who[40];
	unsigned i;

	CHECK("the first", answered_note("f", "a", 1000, 60, 0) == 1);
	CHECK("again", answered_note("f", "a", 1059, 60, 0) == 0);
	CHECK("another", answered_note("f", "b", 1059, 60, 0) == 1);
	CHECK("later", answered_note("f", "a", 1060, 60, 0) == 1);
	CHECK("forgotten", answered_forget("f", "a") == 0 &&
			       answered_note("f", "a", 1061, 60, 0) == 1);
	CHECK("not the other", answered_note("f", "b", 1062, 60, 0) == 0);
	CHECK("nobody there", answered_forget("f", "zz") == 0 &&
				  answered_forget("g", "a") == 0 &&
				  answered_note("f", "a", 1062, 60, 0) == 0);
	CHECK("a clock that went back", answered_note("f", "a", 10, 60, 0) == 1);
	CHECK("too many", answered_note("f", "c", 1061, 60, 1) == 0);
	for (i = 0; i < 60; i++) {
		snprintf(who, sizeof who, "m%u", i);
		answered_note("m", who, 5000 + i, 60, 0);
	}
	CHECK("an entry each", stat("m", &st) == 0 && st.st_size == 60 * 16);
	CHECK("a damaged file", truncate("m", 100) == 0 &&
		answered_note("m", "x", 9000, 60, 0) == 1);
	mkdir("dir", 0700);
	CHECK("a fault: no answer", answered_note("dir", "x", 1, 1, 0) == -1);
	CHECK("no folder", answered_note("no/f", "x", 1, 1, 0) == -1);
	CHECK("forgetting: a fault", answered_forget("dir", "x") == -1 &&
					 answered_forget("no/f", "x") == -1);
}

int
main(void)
{
	char dir[] = "/tmp/t_reply.XXXXXX";

	log_program("t_reply");
	if (!mkdtemp(dir) || chdir(dir) == -1 || mkdir("mail", 0700) == -1)
		return 111;
	local_key_load();
	check_files();
	check_never();
	check_text();
	check_answered();
	return system("cd / && rm -rf /tmp/t_reply.*") ? 111 : CHECK_DONE();
}
