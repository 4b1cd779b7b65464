/* SPDX-License-Identifier: ISC */
#include "deliver/mime_seven.h"
#include <errno.h>
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define OUT_SIZE 65536

/* out NULL: why it cannot be converted is in why; in itself: stays as it is. */
static const struct {
	const char *name, *in, *out, *why;
} rows[] = {
	{ "7 bits", "A: b\n\nc\n", "A: b\n\nc\n", NULL },
	{ "8-bit header", "A: \xe9\n\nc\n", "A: \xe9\n\nc\n", NULL },
	{ "Latin 1", "A: b\n\n\xe9=\n",
	    "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; "
	    "charset=unknown-8bit\nContent-Transfer-Encoding: "
	    "quoted-printable\n\n=E9=3D\n",
	    NULL },
	{ "UTF-8", "Content-Transfer-Encoding: 8bit\n\n\xc3\xa9 \n",
	    "Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n\n=C3=A9=20\n",
	    NULL },
	{ "overlong UTF-8 is none", "Mime-Version: 1.0\n\n\xc0\xaf\n",
	    "Mime-Version: 1.0\nContent-Type: text/plain; "
	    "charset=unknown-8bit\nContent-Transfer-Encoding: "
	    "quoted-printable\n\n=C0=AF\n",
	    NULL },
	{ "no blank line", "Content-Type: a/b\nMIME-Version: 1.0\nbody \xe9",
	    "Content-Type: a/b\nMIME-Version: 1.0\n"
	    "Content-Transfer-Encoding: quoted-printable\n\nbody =E9",
	    NULL },
	{ "encoding twice",
	    "Content-Type: a/b\nMIME-Version: 1\nContent-Transfer-Encoding: "
	    "8bit\nContent-Transfer-Encoding: 7bit\n\n\xe9\n",
	    "Content-Type: a/b\nMIME-Version: 1\nContent-Transfer-Encoding: "
	    "quoted-printable\n\n=E9\n",
	    NULL },
	{ "parts",
	    "Content-Type: multipart/x; boundary=b\nContent-Transfer-Encoding:"
	    " binary\n\n\xe9\n--b\n\n\xe9\n--bb\n--b \nContent-Type: text/x\n"
	    "--b\nContent-Type: text/y\nContent-Transfer-Encoding: 8bit\n\nz\n"
	    "--b--\n\xe9",
	    "Content-Type: multipart/x; boundary=b\nContent-Transfer-Encoding:"
	    " 7bit\n\n?\n--b\nContent-Type: text/plain; charset=unknown-8bit\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n=E9\n--bb\n--b \n"
	    "Content-Type: text/x\n--b\nContent-Type: text/y\n"
	    "Content-Transfer-Encoding: 7bit\n\nz\n--b--\n?",
	    NULL },
	{ "an end without line end",
	    "Content-Type: multipart/x; boundary=b\n\n--b\n\n\xe9\n--b--",
	    "Content-Type: multipart/x; boundary=b\n\n--b\nContent-Type: "
	    "text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: "
	    "quoted-printable\n\n=E9\n--b--",
	    NULL },
	{ "a message inside",
	    "Content-Type: message/rfc822\n\nA: b\n\n\xe9\n",
	    "Content-Type: message/rfc822\n\nA: b\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=unknown-8bit\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n=E9\n",
	    NULL },
	{ "signed",
	    "Content-Type: multipart/signed; boundary=b\n\n--b\n\n\xe9\n",
	    NULL, "a signed part of it must not be changed" },
	{ "signed, deeper",
	    "Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: "
	    "multipart/x; boundary=c\n\n--c\nContent-Type: message/rfc822\n\n"
	    "\n\xe9\n",
	    NULL, "a signed part of it must not be changed" },
	{ "beside a signed one",
	    "Content-Type: multipart/x; boundary=a\n\n--a\nContent-Type: "
	    "multipart/signed; boundary=b\n\n--b\nContent-Transfer-Encoding: "
	    "8bit\n\nx\n--b--\n--a\nContent-Type: text/x\n\n\xe9\n--a--\n",
	    "Content-Type: multipart/x; boundary=a\n\n--a\nContent-Type: "
	    "multipart/signed; boundary=b\n\n--b\nContent-Transfer-Encoding: "
	    "8bit\n\nx\n--b--\n--a\nContent-Type: text/x\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n=E9\n--a--\n",
	    NULL },
	{ "an encoding on a multipart",
	    "Content-Type: multipart/x; boundary=a\nContent-Transfer-Encoding:"
	    " base64\n\n\xe9\n",
	    NULL, "its MIME structure is broken" },
	{ "nothing", "", "", NULL },
};
#define NROWS (sizeof(rows) / sizeof(*rows))

struct text {
	char s[OUT_SIZE];
	size_t len, room;
};

static int
put(void *arg, const char *p, size_t len)
{
	struct text *t = arg;

	if (t->len + len > t->room) {
		errno = EPIPE;
		return -1;
	}
	memcpy(t->s + t->len, p, len);
	t->len += len;
	return 0;
}

static struct mime_plan plan;
static struct mime_seven seven;

/* In two pieces, cut at cut, each against the guard.  0, or -1. */
static int
convert(struct text *t, const char *in, size_t len, size_t cut)
{
	struct guard a, b;
	char *first = guard_copy(&a, in, cut);
	char *second = guard_copy(&b, in + cut, len - cut);
	int rc = 0;

	t->len = 0;
	mime_plan_start(&plan);
	mime_plan_feed(&plan, first, cut);
	mime_plan_feed(&plan, second, len - cut);
	mime_plan_end(&plan);
	seven.plan = &plan;
	seven.put = put;
	seven.arg = t;
	if (!plan.why && !plan.eight)
		put(t, in, len);
	if (!plan.why && plan.eight) {
		mime_seven_start(&seven);
		mime_seven_feed(&seven, first, cut);
		mime_seven_feed(&seven, second, len - cut);
		rc = mime_seven_end(&seven);
	}
	guard_free(&a);
	guard_free(&b);
	return rc;
}

static void
test_row(size_t row)
{
	static struct text t = { .room = OUT_SIZE };
	const char *in = rows[row].in;
	size_t cut, len = strlen(in);

	for (cut = 0; cut <= len; cut++) {
		CHECK(rows[row].name, convert(&t, in, len, cut) == 0);
		if (!rows[row].out) {
			CHECK(rows[row].name, plan.why &&
				strcmp(plan.why, rows[row].why) == 0);
			continue;
		}
		CHECK(rows[row].name, !plan.why);
		CHECK(rows[row].name, t.len == strlen(rows[row].out) &&
			memcmp(t.s, rows[row].out, t.len) == 0);
	}
	/* what is cut short is converted too, or refused: no byte too far */
	for (cut = 0; cut <= len; cut++)
		CHECK(rows[row].name, convert(&t, in, cut, cut / 2) == 0);
}

static void
test_failing(void)
{
	static struct text t = { .room = 5000 };
	static char in[20000];

	memset(in, 0xe9, sizeof(in));
	in[0] = '\n';
	CHECK("the server hangs up",
	    convert(&t, in, sizeof(in), 9) == -1 && errno == EPIPE);
	CHECK("nothing more is put", t.len <= 5000);
}

/* Every number of bytes around a line of base64. */
static void
test_base64(void)
{
	static struct text t = { .room = OUT_SIZE };
	char in[400] = "\n";
	size_t n, i, column;

	for (n = 65; n < 300; n++) {
		memset(in + 1, 0xe9, n);
		CHECK("base64", convert(&t, in, n + 1, 1) == 0);
		CHECK("base64", plan.action[0] == MIME_TO_BASE64);
		for (i = column = 0; i < t.len; i++) {
			column = t.s[i] == '\n' ? 0 : column + 1;
			CHECK("base64", column <= MIME_LINE_MAX);
		}
		CHECK("base64", column == 0);
	}
}

int
main(void)
{
	size_t i;

	for (i = 0; i < NROWS; i++)
		test_row(i);
	test_failing();
	test_base64();
	return CHECK_DONE();
}
