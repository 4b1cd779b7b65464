/* SPDX-License-Identifier: ISC */
#include "deliver/srs.h"
#include <ctype.h>
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define NOW 1790000000UL
#define DAY 86400UL
#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static const struct {
	const char *name, *sender;
	bool made;
} rows[] = {
	{ "plain", "ann@far.example", true },
	{ "a dot behind it", "ann@far.example.", true },
	{ "equals signs", "a=b=c@far.example", true },
	{ "a tag", "a+b@far.example", true },
	{ "long", L60 "@far.example", true },
	{ "too long", L60 L60 L60 L60 "@far.example", false },
	{ "quoted", "\"a b\"@far.example", false },
	{ "literal", "a@[192.0.2.1]", false },
	{ "forwarded before", "srs0=abcd=xy=first.example=ann@second.example", true },
	{ "with a plus", "SRS0+abcd=xy=first.example=ann@second.example", true },
	{ "twice", "SRS1=hash=first.example==abcd=xy=a.example=ann@third.example",
	    true },
	{ "looks like it", "srs0@far.example", true },
	{ "and is none", "srs1=x@far.example", true },
	{ "no local part in it", "srs0=abcd=xy=first.example=@far.example",
	    true },
	{ "no domain in it", "srs0=abcd=xy=-.example=a@far.example", true },
	{ "SRS1 of nothing", "srs1=abcd=first.example==x@far.example", true },
	{ "no address", "far.example", false },
	{ "no local part", "@far.example", false },
	{ "no domain", "ann@", false },
	{ "a bad domain", "ann@-far", false },
	{ "a control character", "a\nb@far.example", false },
	{ "empty", "", false },
};

static const struct {
	const char *name;
	long days;
	bool back;
} ages[] = {
	{ "at once", 0, true },
	{ "the last day", SRS_AGE_DAYS, true },
	{ "too old", SRS_AGE_DAYS + 1, false },
	{ "from tomorrow", -1, false },
};

static void
sweep(const char *name, const char *address)
{
	stralloc out = { 0 };
	size_t n, len = strlen(address);
	struct guard g;
	char *p;

	for (n = 0; n < len; n++) {
		p = guard_copy(&g, address, n + 1);
		p[n] = 0;
		CHECK(name, !strchr(p, '@') ? !srs_back(&out, p, NOW) : 1);
		guard_free(&g);
	}
	sa_free(&out);
}

static void
there_and_back(void)
{
	stralloc out = { 0 }, back = { 0 };
	const char *want;
	size_t i, n;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(rows[i].name, srs_make(&out, rows[i].sender, "our.test",
					NOW) == rows[i].made);
		if (!rows[i].made)
			continue;
		CHECK(rows[i].name, strstr(out.s, "@our.test"));
		CHECK(rows[i].name, srs_back(&back, out.s, NOW));
		want = rows[i].sender;
		CHECK(rows[i].name, !strncmp(out.s, "SRS1", 4) ==
			(strstr(rows[i].name, "forwarded") ||
			    strstr(rows[i].name, "plus") ||
			    strstr(rows[i].name, "twice")));
		if (strstr(rows[i].name, "dot"))
			want = "ann@far.example";
		if (strncmp(want, "SRS1", 4) == 0)
			want = "SRS0=abcd=xy=a.example=ann@first.example";
		CHECK(rows[i].name, strcasecmp(back.s, want) == 0);
		for (n = 5; out.s[n] != '@'; n++) {
			out.s[n] ^= 1;
			if (out.s[n] != '@' && out.s[n - 1] != '@')
				CHECK(rows[i].name,
				    !srs_back(&back, out.s, NOW));
			out.s[n] ^= 1;
		}
		sweep(rows[i].name, out.s);
	}
	srs_make(&out, "Ann.B@far.example", "our.test", NOW);
	CHECK("case is kept", srs_back(&back, out.s, NOW) &&
		sa_is(&back, "Ann.B@far.example"));
	for (n = 0; out.s[n]; n++)
		out.s[n] = (char)toupper((unsigned char)out.s[n]);
	CHECK("in capitals", srs_back(&back, out.s, NOW) &&
		sa_is(&back, "ANN.B@far.example"));
	CHECK("not our domain", !srs_make(&out, "ann@far.example", "", NOW));
	CHECK("no domain of ours",
	    !srs_make(&out, "ann@far.example", "our test", NOW));
	for (i = 0; i < sizeof ages / sizeof *ages; i++) {
		srs_make(&out, "ann@far.example", "our.test", NOW);
		CHECK(ages[i].name,
		    srs_back(&back, out.s, NOW + (unsigned long)ages[i].days *
			    DAY) == ages[i].back);
	}
	sa_free(&out);
	sa_free(&back);
}

int
main(void)
{
	there_and_back();
	return CHECK_DONE();
}
