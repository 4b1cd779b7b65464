/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdbout.h"
#include "cdb-tools/password_make.h"
#include "lib/log.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1
#define SHA512                                                                 \
	"{SHA512-CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817" \
	"G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
#define ONE "8:widget01,2:ok,10:{CRYPT}abc,0:,0:,"
#define TWO "8:widget01,8:disabled,10:{CRYPT}def,5:phone,9:pop3,smtp,"

static const struct {
	const char *name, *data;
	size_t len;
	int want; /* groups before the end; negative: damaged behind so many + 1
		   */
} rows[] = {
	{ "one", B(ONE), 1 },
	{ "two", B(ONE TWO), 2 },
	{ "nothing", B(""), 0 },
	{ "cut", B(ONE "8:widget01,2:ok"), -2 },
	{ "no mailbox", B("2:..,2:ok,1:x,0:,0:,"), -1 },
	{ "a field missing", B("8:widget01,2:ok,1:x,0:,"), -1 },
	{ "garbage", B("xyz"), -1 },
};

static const struct {
	const char *name, *hash, *password;
	int want;
} hashes[] = {
	{ "sha512", SHA512, "Hello world!", 1 },
	{ "sha512, wrong", SHA512, "Hello world", 0 },
	{ "sha256, small letters",
	    "{sha256-crypt}$5$saltstring$5B8vYYiY.CVt1RlTT"
	    "f8KbXBH3hsxY/GNooZaBBGWEc5",
	    "Hello world!", 1 },
	{ "bcrypt",
	    "{BLF-CRYPT}$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQ"
	    "Yb4YMJKvyOeW",
	    "U*U", 1 },
	{ "yescrypt",
	    "{CRYPT}$y$j9T$F5Jx5fExrKuPp53xLKQ..1$Ib0wRmjxJy4oW/OLIcnd"
	    "jjFPnLfhn6hkoluNc4Rsyj.",
	    "secret pass", 1 },
	{ "plain", "{PLAIN}secret", "secret", -1 },
	{ "none", "", "", -1 },
	{ "no scheme", "secret", "secret", -1 },
	{ "crypt of nothing", "{CRYPT}", "", -1 },
	{ "a star", "{CRYPT}*", "*", -1 },
	{ "argon2 broken", "{ARGON2ID}$argon2id$v=19$m=8", "x", 0 },
};

static int
walk(const char *data, size_t len)
{
	struct user_record u;
	int n = 0, r;

	while ((r = user_next(&u, &data, &len)) == 1)
		n++;
	return r == 0 ? n : -n - 1;
}

static void
check_sweep(const char *data, size_t len, size_t one)
{
	struct guard g;
	size_t n;

	for (n = 1; n < len; n++)
		if (n != one) {
			CHECK(
			    "cut short", walk(guard_copy(&g, data, n), n) < 0);
			guard_free(&g);
		}
}

static void
check_passwords(void)
{
	char password[PASSWORD_CHARS + 1], other[PASSWORD_CHARS + 1];
	char hash[PASSWORD_HASH_SIZE];
	size_t i;
	int r;

	for (i = 0; i < sizeof hashes / sizeof *hashes; i++) {
		r = password_check(hashes[i].hash, hashes[i].password);
		CHECK(hashes[i].name, r == hashes[i].want);
	}
	password_make(password);
	password_make(other);
	CHECK("random", strcmp(password, other) != 0);
	CHECK("long enough", strlen(password) == PASSWORD_CHARS);
	CHECK("nothing ambiguous",
	    !strpbrk(password, "0O1lIo") && !strpbrk(other, "0O1lIo"));
	CHECK("hashed", password_hash(hash, password) == 0 &&
			    strlen(hash) <= USER_HASH_MAX);
	CHECK("right", password_check(hash, password) == 1);
	CHECK("wrong", password_check(hash, other) == 0);
}

/* A password is never wrong because there is no memory to tell. */
static void
check_no_memory(void)
{
	char password[PASSWORD_CHARS + 1], hash[PASSWORD_HASH_SIZE];
	struct rlimit before, none;

	password_make(password);
	CHECK("hashed", password_hash(hash, password) == 0);
	getrlimit(RLIMIT_AS, &before);
	none = before;
	none.rlim_cur = 4096;
	setrlimit(RLIMIT_AS, &none);
	errno = 0;
	CHECK("no memory",
	    password_check(hash, password) == -1 && errno == ENOMEM);
	setrlimit(RLIMIT_AS, &before);
	CHECK("memory again", password_check(hash, password) == 1);
	CHECK("four lanes, of elsewhere",
	    password_check("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=4$"
			   "c29tZXNhbHRzb21lc2E$"
			   "bm90aGluZyBvZiB0aGUga2luZCBhdCBhbGwuLi4uLi4",
		password) == 0);
}

static void
put_mailbox(const char *data, size_t len)
{
	struct cdbout *c;
	int fd = open("t.cdb", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	c = cdbout_start(fd);
	if (fd == -1 || !c || cdbout_put(c, "mwidget01", 9, data, len) == -1 ||
	    cdbout_finish(c) == -1)
		abort();
	close(fd);
}

static void
check_mailboxes(void)
{
	static const char data[] = "8:widget01,7:1048576,2:ok,16:00112233445566"
				   "77,";
	struct mailbox_info m;
	struct table t;
	size_t n;

	table_init(&t, "t.cdb");
	CHECK("no table",
	    mailbox_lookup(&m, &t, "widget01") == -1 && errno == ENOENT);
	put_mailbox(data, sizeof data - 1);
	CHECK("found", mailbox_lookup(&m, &t, "widget01") == 1 &&
			   m.quota == 1048576 && !m.messages && !m.disabled &&
			   !strcmp(m.folder, "widget01"));
	CHECK("none", mailbox_lookup(&m, &t, "widget02") == 0);
	CHECK("no name", mailbox_lookup(&m, &t, "../x") == 0);
	for (n = 0; n < sizeof data - 1; n++) {
		put_mailbox(data, n);
		CHECK("cut short", mailbox_lookup(&m, &t, "widget01") == -1);
	}
	put_mailbox(B(
	    "8:widget01,7:1048576,2:ok,16:0011223344556677,4:1000,"));
	CHECK("a number of messages",
	    mailbox_lookup(&m, &t, "widget01") == 1 && m.quota == 1048576 &&
		m.messages == 1000);
	put_mailbox(B("8:widget01,1:0,2:ok,1:e,1:x,"));
	CHECK("no number", mailbox_lookup(&m, &t, "widget01") == -1);
	put_mailbox(B("8:widget01,1:0,2:ok,1:e,1:1,1:2,"));
	CHECK("too much", mailbox_lookup(&m, &t, "widget01") == -1);
	put_mailbox(B("8:widget01,1:0,5:other,1:e,"));
	CHECK("a state we don't know is shut",
	    mailbox_lookup(&m, &t, "widget01") == 1 && m.disabled);
	CHECK("messages without a limit", m.messages == 0);
	put_mailbox(B("8:widget01,1:0,2:ok,1:e,4:1000,"));
	CHECK("messages", mailbox_lookup(&m, &t, "widget01") == 1 &&
			      m.messages == 1000);
	put_mailbox(B("8:widget01,1:0,2:ok,1:e,4:10x0,"));
	CHECK("no number", mailbox_lookup(&m, &t, "widget01") == -1);
	put_mailbox(B("8:widget01,1:0,2:ok,1:e,4:1000,1:1,"));
	CHECK("a field more", mailbox_lookup(&m, &t, "widget01") == -1);
	put_mailbox(B("8:widget01,1:0,2:ok,1:e,4:10"));
	CHECK("a limit cut short", mailbox_lookup(&m, &t, "widget01") == -1);
	put_mailbox(B("5:../xy,1:0,2:ok,1:e,"));
	CHECK("a folder that climbs", mailbox_lookup(&m, &t, "widget01") == -1);
	table_close(&t);
}

int
main(void)
{
	char dir[] = "/tmp/t_user_records.XXXXXX";
	size_t i;

	log_program("t_user_records");
	if (!mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(rows[i].name,
		    walk(rows[i].data, rows[i].len) == rows[i].want);
	check_sweep(B(ONE TWO), sizeof ONE - 1);
	check_passwords();
	check_no_memory();
	check_mailboxes();
	unlink("t.cdb");
	rmdir(dir);
	return CHECK_DONE();
}
