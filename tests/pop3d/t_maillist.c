/* SPDX-License-Identifier: ISC */
#include "pop3d/maillist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/check.h"

static char dir[] = "/tmp/t_maillist.XXXXXX";
static int new_fd, cur_fd;

/* In the order in which they are to come out; put in backwards. */
static const char *const order[] = { "a.first", "7.old", "900000000.x",
	"1000000000.M1P1.h:2,S", "1000000000.M1P2.h", "1000000000.M2P1.h",
	"1000000000.M2P1.h2", "1000000001.A", "1999999999.Z", "10000000000.Q" };

static const struct {
	const char *name, *file;
	bool taken;
	uint64_t octets;
} names[] = {
	{ "both sizes", "1.a,S=5,W=7", true, 7 },
	{ "flags behind", "2.a,S=5,W=70:2,FRS", true, 70 },
	{ "no size with CRLF", "3.a,S=5", true, OCTETS_UNKNOWN },
	{ "no number", "4.a,W=x", true, OCTETS_UNKNOWN },
	{ "hidden", ".5.a", false, 0 },
	{ "empty", "", false, 0 },
};

static void
put(const char *name, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) == EOF || fclose(f) == EOF)
		abort();
}

static void
move(const char *from, const char *to)
{
	char a[300], b[300];

	snprintf(a, sizeof a, "%s/%s", dir, from);
	snprintf(b, sizeof b, "%s/%s", dir, to);
	if (rename(a, b) == -1)
		abort();
}

static bool
is_there(const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
test_order(void)
{
	size_t n = sizeof order / sizeof *order, i, k;
	struct maillist l;

	for (k = 1; k <= n; k++) { /* every length, to shake the merging */
		memset(&l, 0, sizeof l);
		for (i = k; i-- > 0;)
			maillist_add(&l, order[(i * 7) % k % n],
			    strlen(order[(i * 7) % k % n]), i % 2);
		maillist_sort(&l);
		for (i = 1; i < l.n; i++)
			CHECK("order", l.mails[i - 1].key <= l.mails[i].key);
		if (k == n)
			for (i = 0; i < n; i++)
				CHECK(order[i],
				    i < l.n &&
					strcmp(maillist_name(&l, &l.mails[i]),
					    order[i]) == 0);
		maillist_free(&l);
	}
}

static void
test_names(void)
{
	struct maillist l = { 0 };
	size_t i, before;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		before = l.n;
		maillist_add(&l, names[i].file, strlen(names[i].file), false);
		CHECK(names[i].name, l.n == before + names[i].taken);
		if (names[i].taken)
			CHECK(names[i].name,
			    l.mails[before].octets == names[i].octets);
	}
	maillist_free(&l);
}

static void
test_twice(void)
{
	struct maillist l = { 0 };

	maillist_add(&l, "1.a", 3, true);
	maillist_add(&l, "2.b", 3, true);
	maillist_add(&l, "1.a:2,S", 7, false);
	maillist_sort(&l);
	CHECK("moved while we read", l.n == 2 && !l.mails[0].in_new);
	maillist_free(&l);
}

static void
test_files(void)
{
	struct maillist l;
	struct mail *m;
	int fd;

	put("new/1.a", "x\ny");
	put("cur/2.b,S=2,W=3:2,", "x\n");
	put("cur/3.c:2,T", "");
	CHECK("read", maillist_read(&l, new_fd, cur_fd) == 0 && l.n == 3);
	m = l.mails;
	CHECK("octets by reading",
	    maillist_octets(&l, &m[0]) == 0 && m[0].octets == 6);
	CHECK("octets of the name",
	    maillist_octets(&l, &m[1]) == 0 && m[1].octets == 3);
	move("new/1.a", "cur/1.a:2,F");
	fd = maillist_open(&l, &m[0]);
	CHECK("moved from new to cur", fd != -1);
	close(fd);
	maillist_mark_seen(&l, &m[0]);
	maillist_mark_seen(&l, &m[1]);
	maillist_mark_seen(&l, &m[2]);
	CHECK("S behind F", is_there("cur/1.a:2,FS"));
	CHECK("S alone", is_there("cur/2.b,S=2,W=3:2,S"));
	CHECK("S before T", is_there("cur/3.c:2,ST"));
	/* the list still has the old names */
	CHECK("unlink finds it", maillist_unlink(&l, &m[0]) == 0);
	CHECK("... and removes it", !is_there("cur/1.a:2,FS"));
	unlinkat(cur_fd, "2.b,S=2,W=3:2,S", 0);
	errno = 0;
	CHECK("gone",
	    maillist_open(&l, &m[1]) == -1 && errno == ENOENT && m[1].gone);
	CHECK("gone is as good as removed", maillist_unlink(&l, &m[1]) == 0);
	CHECK("the third", maillist_unlink(&l, &m[2]) == 0);
	maillist_free(&l);
	put("new/4.d", "");
	put("new/5.e:1,x", "");
	CHECK("read", maillist_read(&l, new_fd, cur_fd) == 0 && l.n == 2);
	maillist_mark_seen(&l, &l.mails[0]);
	maillist_mark_seen(&l, &l.mails[1]);
	CHECK("new goes to cur", is_there("cur/4.d:2,S"));
	CHECK("another kind of flags is left alone", is_there("new/5.e:1,x"));
	maillist_free(&l);
}

int
main(void)
{
	char path[300];

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof path, "%s/new", dir);
	mkdir(path, 0700);
	new_fd = open(path, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof path, "%s/cur", dir);
	mkdir(path, 0700);
	cur_fd = open(path, O_RDONLY | O_DIRECTORY);
	test_order();
	test_names();
	test_twice();
	test_files();
	snprintf(path, sizeof path, "rm -rf %s", dir);
	return system(path) || CHECK_DONE();
}
