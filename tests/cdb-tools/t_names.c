/* SPDX-License-Identifier: ISC */
#include "cdb-tools/names.h"
#include <string.h>
#include "lib/log.h"
#include "tests/lib/check.h"

#define MANY 50000 /* names: the index grows ten times */

static const struct {
	const char *a, *b;
	unsigned want;
} rows[] = {
	{ "widget01", "widget01", 0 },
	{ "widgt01", "widget01", 1 },
	{ "widget001", "widget01", 1 },
	{ "wigdet01", "widget01", 1 },
	{ "wodget01", "widget01", 1 },
	{ "wodgt01", "widget01", 2 },
	{ "zzz", "widget01", NAMES_FAR },
	{ "", "ab", 2 },
	{ "", "", 0 },
	{ "abc", "cba", 2 },
	{ "abcdef", "fedcba", NAMES_FAR },
};

int
main(void)
{
	char s[32];
	struct names n;
	size_t i, len;
	long id;

	log_program("t_names");
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(rows[i].a,
		    names_distance(rows[i].a, strlen(rows[i].a), rows[i].b,
			strlen(rows[i].b)) == rows[i].want);
		CHECK(rows[i].a,
		    names_distance(rows[i].b, strlen(rows[i].b), rows[i].a,
			strlen(rows[i].a)) == rows[i].want);
	}
	names_init(&n);
	CHECK("empty", names_find(&n, "x", 1) == -1);
	CHECK("like nothing", names_like(&n.map, "xyz", 3) == -1);
	for (i = 0; i < MANY; i++) {
		len = (size_t)snprintf(s, sizeof s, "name%zu", i);
		if (names_add(&n, s, len, i + 1, &id) != 1 || id != (long)i)
			break;
	}
	CHECK("many are new", i == MANY);
	for (i = 0; i < MANY; i++) {
		len = (size_t)snprintf(s, sizeof s, "name%zu", i);
		if (names_find(&n, s, len) != (long)i ||
		    names_line(&n, (long)i) != i + 1 ||
		    names_add(&n, s, len, 0, &id) != 0 || id != (long)i)
			break;
	}
	CHECK("many are found", i == MANY);
	CHECK("not there", names_find(&n, "name", 4) == -1 &&
			       names_find(&n, "name50000", 9) == -1);
	CHECK("like", names_like(&n.map, "nmae4242", 8) == 4242);
	names_free(&n);
	return CHECK_DONE();
}
