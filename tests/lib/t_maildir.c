/* SPDX-License-Identifier: ISC */
#include "lib/maildir.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define NONE UINT64_MAX
#define A50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	int rc;
	size_t baselen;
	uint64_t size, wsize; /* NONE: not told */
	const char *flags;
} rows[] = {
	{ "1.Pa.b.h,S=10,W=12", 1, 18, 10, 12, "" },
	{ "1.Pa.b.h,S=10,W=12:2,", 1, 18, 10, 12, "" },
	{ "1.Pa.b.h,S=10,W=12:2,FS", 1, 18, 10, 12, "FS" },
	{ "1.M2P3.h,W=5,S=4:2,S", 1, 16, 4, 5, "S" },
	{ "1.2.h", 1, 5, NONE, NONE, "" },
	{ "1.2.h:2,RS", 1, 5, NONE, NONE, "RS" },
	{ "1.2.h,S=10", 1, 10, 10, NONE, "" },
	{ "1.2.h,S=:2,S", 1, 8, NONE, NONE, "S" },
	{ "1.2.h,S=1x,W=2", 1, 14, NONE, 2, "" },
	{ "1.2.h,S=-1", 1, 10, NONE, NONE, "" },
	{ "1.2.h,S=18446744073709551615", 1, 28, NONE - 0, NONE, "" },
	{ "1.2.h,S=18446744073709551616", 1, 28, NONE, NONE, "" },
	{ "1.2.h:1,exp", 1, 5, NONE, NONE, "" },
	{ "1.2.h:2,S:2,T", 1, 5, NONE, NONE, "S:2,T" },
	{ "x:2,,S=5", 1, 1, NONE, NONE, ",S=5" },
	{ "", 0, 0, 0, 0, NULL },
	{ ".", 0, 0, 0, 0, NULL },
	{ ".hidden", 0, 0, 0, 0, NULL },
	{ ":2,S", 0, 0, 0, 0, NULL },
	{ "a/b", 0, 0, 0, 0, NULL },
	{ "a\nb", 0, 0, 0, 0, NULL },
	{ "a\x7f", 0, 0, 0, 0, NULL },
	{ A50 A50 A50 A50 A50 "aaaaa", 1, 255, NONE, NONE, "" },
	{ A50 A50 A50 A50 A50 "aaaaaa", 0, 0, 0, 0, NULL },
};

static const struct {
	const char *name;
	size_t len;
	int rc;
} found[] = {
	{ "1.2.h,S=4\x01:2,S", 14, 1 },
	{ "a\nb\t\x7f", 5, 1 },
	{ "\x01", 1, 1 },
	{ ".\x01", 2, 0 },
	{ "a/b", 3, 0 },
	{ "a\0b", 3, 0 },
	{ "", 0, 0 },
	{ ":2,S", 4, 0 },
};

/* Others' files may have any byte in their names; ours, and what we are told, not. */
static void
test_found(void)
{
	struct maildir_name m;
	size_t i;

	for (i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		CHECK("found", maildir_found(&m, found[i].name,
		    found[i].len) == found[i].rc);
		CHECK("told", !maildir_parse(&m, found[i].name, found[i].len));
	}
}

static void
test_parse(void)
{
	struct maildir_name m;
	struct guard g;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].name;
		size_t len = strlen(name);

		CHECK(name, maildir_parse(&m, name, len) == rows[i].rc);
		if (rows[i].rc) {
			CHECK(name, m.baselen == rows[i].baselen);
			CHECK(name, m.flagslen == strlen(rows[i].flags) &&
				!memcmp(m.flags, rows[i].flags, m.flagslen));
			CHECK(name, (m.has_size ? m.size : NONE) ==
				rows[i].size);
			CHECK(name, (m.has_wsize ? m.wsize : NONE) ==
				rows[i].wsize);
		}
		for (n = 0; n < len; n++) {
			const char *p = guard_copy(&g, name, n);

			CHECK("cut", !maildir_parse(&m, p, n) ||
				m.baselen + m.flagslen <= n);
			guard_free(&g);
		}
	}
}

static void
test_make(void)
{
	stralloc a = { 0 }, b = { 0 };
	struct maildir_name m;

	maildir_make(&a, 1795202476, "k3x9", "fred@x>widget01", "mx.x.test",
	    1000, 1024);
	CHECK("form", strncmp(a.s, "1795202476.Pk3x9.", 17) == 0 &&
		strstr(a.s, ".mx.x.test,S=1000,W=1024"));
	CHECK("parses", maildir_parse(&m, a.s, a.len) == 1 && m.size == 1000 &&
		m.wsize == 1024 && m.baselen == a.len && !m.flagslen);
	maildir_make(&b, 1795202476, "k3x9", "fred@x>widget01", "mx.x.test",
	    1000, 1024);
	CHECK("the same again", sa_same(&a, &b));
	maildir_make(&b, 1795202476, "k3x9", "sales@x>widget01", "mx.x.test",
	    1000, 1024);
	CHECK("another path", !sa_same(&a, &b));
	maildir_make(&a, 1, "../x:y", "p", "a/b:c d\n\xc3", 1, 2);
	CHECK("no harm in a name", !strpbrk(a.s, "/: \n\xc3") &&
		maildir_parse(&m, a.s, a.len) == 1);
	maildir_make(&a, UINT64_MAX, A50 A50 A50, "p", A50 A50 A50 A50 A50,
	    UINT64_MAX, UINT64_MAX);
	CHECK("fits with flags", a.len + 20 <= MAILDIR_NAME_MAX &&
		maildir_parse(&m, a.s, a.len) == 1 && m.size == UINT64_MAX);
	sa_free(&a);
	sa_free(&b);
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    (st.st_mode & 07777) == 0700;
}

static void
test_create(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	CHECK("made", maildir_create(fd, "w") == 0 && is_dir("w") &&
		is_dir("w/tmp") && is_dir("w/new") && is_dir("w/cur"));
	CHECK("again", maildir_create(fd, "w") == 0);
	CHECK("half there", rmdir("w/cur") == 0 &&
		maildir_create(fd, "w") == 0 && is_dir("w/cur"));
	CHECK("link", symlink("w", "l") == 0 && maildir_create(fd, "l") == -1);
	CHECK("not a component", maildir_create(fd, "a/b") == -1 &&
		maildir_create(fd, "..") == -1 && maildir_create(fd, "") == -1 &&
		maildir_create(fd, ".") == -1 && errno == EINVAL);
	close(fd);
}

int
main(void)
{
	char dir[] = "/tmp/t_maildir.XXXXXX", cmd[64];

	if (!mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	test_parse();
	test_found();
	test_make();
	test_create();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	CHECK("removed", system(cmd) == 0);
	return CHECK_DONE();
}
