/* SPDX-License-Identifier: ISC */
#include "admin/admin_json.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

/* What was read: key=value; with T, F, N for true, false, null; an array's values
 * one behind the other; "!" where it is wrong. */
static const struct {
	const char *name, *text, *want;
} rows[] = {
	{ "nothing", "{}", "" },
	{ "blanks", " \t\r\n{ } \n", "" },
	{ "a string", "{\"a\":\"b\"}", "a=b;" },
	{ "two", "{\"a\":\"b\" , \"c\" : \"d\"}", "a=b;c=d;" },
	{ "numbers", "{\"a\":60,\"b\":0}", "a=60;b=0;" },
	{ "words", "{\"a\":true,\"b\":false,\"c\":null}", "a=T;b=F;c=N;" },
	{ "an array", "{\"a\":[\"x\",\"y\",3]}", "a=x=y=3;" },
	{ "an empty array", "{\"a\":[ ],\"b\":\"\"}", "a;b=;" },
	{ "escapes", "{\"a\":\"\\\"\\\\\\/\\n\\t\"}", "a=\"\\/\n\t;" },
	{ "UTF-8", "{\"a\":\"\\u00fc\\u20ac\\ud83d\\ude00\"}",
	    "a=\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80;" },
	{ "as it is", "{\"a\":\"\xc3\xbc\"}", "a=\xc3\xbc;" },
	{ "no object", "[]", "!" },
	{ "empty", "", "!" },
	{ "not ended", "{\"a\":\"b\"", "a=b;!" },
	{ "something behind", "{} x", "!" },
	{ "a second object", "{}{}", "!" },
	{ "no comma", "{\"a\":\"b\" \"c\":\"d\"}", "a=b;!" },
	{ "a comma too many", "{\"a\":\"b\",}", "a=b;!" },
	{ "a comma first", "{,\"a\":\"b\"}", "!" },
	{ "no colon", "{\"a\" \"b\"}", "!" },
	{ "no value", "{\"a\":}", "a!" },
	{ "an object inside", "{\"a\":{}}", "a!" },
	{ "an array inside", "{\"a\":[[]]}", "a!" },
	{ "an array of words", "{\"a\":[true]}", "a!" },
	{ "an array without commas", "{\"a\":[\"x\" \"y\"]}", "a=x!" },
	{ "a comma too many in it", "{\"a\":[\"x\",]}", "a=x!" },
	{ "a fraction", "{\"a\":1.5}", "a!" },
	{ "below zero", "{\"a\":-1}", "a!" },
	{ "too long a number", "{\"a\":123456789012345678901}", "a!" },
	{ "a control character", "{\"a\":\"\n\"}", "a!" },
	{ "NUL", "{\"a\":\"\\u0000\"}", "a!" },
	{ "half a character", "{\"a\":\"\\ud83d\"}", "a!" },
	{ "its other half", "{\"a\":\"\\ude00\"}", "a!" },
	{ "two first halves", "{\"a\":\"\\ud83d\\ud83d\"}", "a!" },
	{ "no such escape", "{\"a\":\"\\x\"}", "a!" },
	{ "not hexadecimal", "{\"a\":\"\\u00g0\"}", "a!" },
};

static void
read_all(stralloc *out, const char *text, size_t len)
{
	stralloc key = { 0 }, value = { 0 };
	enum json_type type;
	struct json j;

	sa_clear(out);
	json_open(&j, text, len);
	while (json_key(&j, &key) == 1) {
		sa_cats(out, key.s);
		while (json_value(&j, &type, &value) == 1) {
			sa_append(out, '=');
			sa_cats(out, type == JSON_TEXT ? value.s
				: type == JSON_TRUE    ? "T"
				: type == JSON_FALSE   ? "F"
						       : "N");
		}
		if (j.error)
			break;
		sa_append(out, ';');
	}
	if (j.error)
		sa_append(out, '!');
	sa_0(out);
	sa_free(&key);
	sa_free(&value);
}

int
main(void)
{
	stralloc got = { 0 };
	struct guard g;
	size_t i, n, len;
	char *text;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		len = strlen(rows[i].text);
		for (n = 0; n <= len; n++) {
			text = guard_copy(&g, rows[i].text, n);
			read_all(&got, text, n);
			if (n == len)
				CHECK(rows[i].name,
				    !strcmp(got.s, rows[i].want));
			else if (!strchr(rows[i].want, '!') &&
				 strspn(rows[i].text + n, " \n") < len - n)
				CHECK("cut short", got.s[got.len - 1] == '!');
			guard_free(&g);
		}
	}
	sa_free(&got);
	return CHECK_DONE();
}
