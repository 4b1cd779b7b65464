/* SPDX-License-Identifier: ISC */
/* The texts of the operator: users, domains, aliases, forwards, lists, nets;
 * parts of the input, divided by a line "==".  What is taken without an error
 * resolves without one.
 *
 * Covers: cdb-tools/source_aliases.c cdb-tools/source_lists.c
 * cdb-tools/source_forwards.c cdb-tools/source_names.c
 * cdb-tools/source_replies.c cdb-tools/source_check.c
 * cdb-tools/users_file.c cdb-tools/users_fields.c cdb-tools/nets_source.c */
#include "cdb-tools/source.h"
#include "cdb-tools/users_file.h"
#include "cdb-tools/nets_source.h"
#include <sys/stat.h>
#include "tests/fuzz/fuzz.h"

static const char *const files[] = { "etc/users", "etc/domains", "etc/aliases",
	"etc/forwards", "etc/lists", "etc/senders", "etc/nets",
	"etc/lists.d/m", "etc/replies/demo", "etc/postmaster" };
#define FILES (sizeof files / sizeof *files)

static struct fuzz
next_text(struct fuzz *f)
{
	struct fuzz text = *f;
	const char *end = f->len ? memmem(f->p, f->len, "\n==\n", 4) : NULL;

	text.len = end ? (size_t)(end + 1 - f->p) : f->len;
	f->p += text.len + (end ? 3 : 0);
	f->len -= text.len + (end ? 3 : 0);
	return text;
}

static void
prepare(void)
{
	fuzz_scratch();
	if (mkdir("etc", 0700) || mkdir("etc/lists.d", 0700) ||
	    mkdir("etc/replies", 0700))
		abort();
}
FUZZ_BEGIN(prepare)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct source src;
	struct users users;
	struct fuzz f = { (const char *)data, size }, text;
	struct nets nets;
	long way[ALIAS_DEPTH_MAX + 1];
	const char *key;
	size_t i, len, n;

	if (!size)
		return 0;
	for (i = 0; i < FILES; i++) {
		text = next_text(&f);
		fuzz_file(files[i], text.p, text.len);
	}
	users_load(&users, NULL);
	FUZZ_HOLDS(!users.errors.n == !users.errors.text.len);
	users_free(&users);
	nets_load(&nets);
	nets_free(&nets);
	source_load(&src, NULL, NULL);
	FUZZ_HOLDS(!src.errors.n == !src.errors.text.len);
	for (i = 0; !src.errors.n && i < src.aliases.n; i++) {
		key = keymap_get(&src.aliases, (long)i, &len);
		if (*key != '@')
			FUZZ_HOLDS(source_follow(&src, key, len, way, &n).kind !=
			    SOURCE_DEEP);
	}
	source_free(&src);
	return 0;
}
