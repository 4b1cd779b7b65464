/* SPDX-License-Identifier: ISC */
#include "deliver/mime_field.h"
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *value;
	enum mime_kind kind;
	const char *boundary;
} types[] = {
	{ "", MIME_LEAF, "" },
	{ " text/plain; charset=utf-8; boundary=x", MIME_LEAF, "" },
	{ " multipart/mixed; boundary=x", MIME_MULTIPART, "x" },
	{ "\n\tMULTIPART / Mixed ;\n\tBoundary = \"a b\"\n", MIME_MULTIPART,
	    "a b" },
	{ " multipart/mixed; (c; boundary=n) boundary=\"a\\\"(b\"; x=y",
	    MIME_MULTIPART, "a\"(b" },
	{ " multipart/(c(d)\\)e)mixed;boundary=a/b=c", MIME_MULTIPART,
	    "a/b=c" },
	{ " multipart/mixed; boundary=x(comment); boundary=y", MIME_MULTIPART,
	    "x" },
	{ " multipart/mixed; x=\"; boundary=no\"; boundary=yes",
	    MIME_MULTIPART, "yes" },
	{ " multipart/mixed; boundary=\"fol\n ded\"", MIME_MULTIPART,
	    "fol ded" },
	{ " multipart/mixed; boundary=\"end \"", MIME_MULTIPART, "end" },
	{ " multipart/mixed; ;; boundary=x", MIME_MULTIPART, "x" },
	{ " multipart/mixed; boundary=\"x", MIME_MULTIPART, "x" },
	{ " multipart/signed; boundary=x", MIME_SIGNED, "x" },
	{ " multipart/digest; boundary=x", MIME_DIGEST, "x" },
	{ " multipart/mixed", MIME_BROKEN, "" },
	{ " multipart/mixed; boundary=", MIME_BROKEN, "" },
	{ " multipart/mixed; boundary=\"\"", MIME_BROKEN, "" },
	{ " multipart/mixed; xboundary=x", MIME_BROKEN, "" },
	{ " message/rfc822", MIME_MESSAGE, "" },
	{ " Message/RFC822 (x); y", MIME_MESSAGE, "" },
	{ " message/partial; id=x", MIME_FRAGMENT, "" },
	{ " message/external-body", MIME_FRAGMENT, "" },
	{ " message/delivery-status", MIME_LEAF, "" },
	{ " messagex/rfc822", MIME_LEAF, "" },
	{ " ((((((((((((((((((((((((((((((", MIME_LEAF, "" },
};

static const struct {
	const char *value;
	enum mime_encoding encoding;
} encodings[] = { { "", MIME_7BIT }, { " 7bit", MIME_7BIT },
	{ " 8BIT\n", MIME_8BIT }, { " binary", MIME_8BIT },
	{ " (x) Quoted-Printable (y)", MIME_QUOTED },
	{ "\n base64", MIME_BASE64 }, { " base65", MIME_UNKNOWN },
	{ " x-uuencode", MIME_UNKNOWN } };

static const struct {
	const char *line;
	enum mime_name name;
	size_t value;
} names[] = { { "", MIME_NO_FIELD, 0 }, { "Subject: x", MIME_OTHER_FIELD, 8 },
	{ "content-TYPE:x", MIME_TYPE_FIELD, 13 },
	{ "Content-Transfer-Encoding \t: x", MIME_ENCODING_FIELD, 28 },
	{ "MIME-Version: 1.0", MIME_VERSION_FIELD, 13 },
	{ "Content-Typex: x", MIME_OTHER_FIELD, 14 },
	{ "no field", MIME_NO_FIELD, 0 }, { ": x", MIME_NO_FIELD, 0 },
	{ "\xe9: x", MIME_NO_FIELD, 0 }, { " x: y", MIME_NO_FIELD, 0 },
	{ "From a@b Mon", MIME_OTHER_FIELD, 0 },
	{ ">From a@b", MIME_OTHER_FIELD, 0 }, { "From", MIME_NO_FIELD, 0 } };

#define N(a) (sizeof(a) / sizeof(*(a)))

/* Every beginning of the value, its end against the guard. */
static void
sweep(const char *value)
{
	char boundary[MIME_BOUNDARY_MAX + 1];
	size_t len, at;
	struct guard g;
	char *p;

	for (len = 0; len <= strlen(value); len++) {
		p = guard_copy(&g, value, len);
		mime_type_scan(boundary, p, len);
		mime_encoding_scan(p, len);
		mime_field_name(p, len, &at);
		CHECK(value, at <= len && strlen(boundary) <= len);
		guard_free(&g);
	}
}

int
main(void)
{
	char boundary[MIME_BOUNDARY_MAX + 1], longest[600];
	size_t i, value;

	for (i = 0; i < N(types); i++) {
		CHECK(types[i].value,
		    mime_type_scan(boundary, types[i].value,
			strlen(types[i].value)) == types[i].kind);
		CHECK(types[i].value,
		    strcmp(boundary, types[i].boundary) == 0);
		sweep(types[i].value);
	}
	for (i = 0; i < N(encodings); i++) {
		CHECK(encodings[i].value,
		    mime_encoding_scan(encodings[i].value,
			strlen(encodings[i].value)) == encodings[i].encoding);
		sweep(encodings[i].value);
	}
	for (i = 0; i < N(names); i++) {
		CHECK(names[i].line,
		    mime_field_name(names[i].line, strlen(names[i].line),
			&value) == names[i].name &&
			value == names[i].value);
		sweep(names[i].line);
	}
	for (i = 199; i < 203; i++) {
		snprintf(longest, sizeof(longest),
		    "multipart/mixed; boundary=\"%0*d\"", (int)i, 1);
		CHECK("the longest boundary",
		    mime_type_scan(boundary, longest, strlen(longest)) ==
			(i <= MIME_BOUNDARY_MAX ? MIME_MULTIPART
						: MIME_BROKEN));
	}
	return CHECK_DONE();
}
