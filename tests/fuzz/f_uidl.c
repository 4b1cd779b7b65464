/* SPDX-License-Identifier: ISC */
/* etc/uidl, and the ids that another server left: the setting, a line "==", the
 * server's file.
 *
 * Covers: pop3d/uidl.c pop3d/uidl_list.c */
#include "pop3d/uidl_list.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = { "1.a,S=5", "1600000000.M1P2.h",
	"1600000000.M1P3.h:2,S", "b" };

static bool
is_id(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return len >= 1 && len <= UIDL_MAX;
}

static void
list(const struct uidl_setting *u, const char *text, size_t len)
{
	struct maillist mail = { .new_fd = -1, .cur_fd = -1 };
	struct uidl_list l = { 0 };
	char *copy = fuzz_copy(text, len);
	const char *id;
	uint32_t i;

	for (i = 0; i < sizeof files / sizeof *files; i++)
		maillist_add(&mail, files[i], strlen(files[i]), i % 2);
	maillist_sort(&mail);
	uidl_list_scan(&l, &mail, u, copy, len);
	for (i = 0; i < mail.n; i++)
		if ((id = uidl_list_get(&l, i)))
			FUZZ_HOLDS(is_id(id, strlen(id)));
	uidl_list_free(&l);
	maillist_free(&mail);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size }, line = fuzz_part(&f, '\n');
	char *copy = fuzz_copy(line.p, line.len), id[UIDL_MAX];
	struct uidl_setting u = { 0 };
	size_t n;

	if (uidl_setting(&u, copy, line.len)) {
		FUZZ_HOLDS(strlen(u.format) <= UIDL_FORMAT_MAX);
		n = uidl_format(id, u.format, 4711, 1600000000);
		FUZZ_HOLDS(n <= UIDL_MAX);
		if (u.rule == UIDL_DOVECOT || u.rule == UIDL_COURIER)
			list(&u, f.p, f.len);
	}
	free(copy);
	return 0;
}
