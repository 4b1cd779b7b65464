/* SPDX-License-Identifier: ISC */
#include "lib/sa.h"
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/lib/check.h"

static void
test_building(void)
{
	stralloc a = { 0 }, b = { 0 };

	sa_copys(&a, "ab");
	sa_catb(&a, "c\0d", 3);
	CHECK("bytes", a.len == 5 && memcmp(a.s, "abc\0d", 5) == 0);
	sa_copys(&a, "");
	sa_catul(&a, 0);
	sa_append(&a, '-');
	sa_catul(&a, 18446744073709551615UL);
	CHECK("numbers", sa_is(&a, "0-18446744073709551615"));
	sa_copys(&a, "tmp/");
	sa_cat0(&a, "x");
	CHECK("C string", strcmp(a.s, "tmp/x") == 0 && a.len == 5);
	sa_cat0(&a, NULL);
	CHECK("nothing appended", strcmp(a.s, "tmp/x") == 0 && a.len == 5);
	sa_copy(&b, &a);
	sa_cat(&b, &a);
	CHECK("of another", sa_is(&b, "tmp/xtmp/x") && !sa_same(&a, &b));
	sa_copys(&b, "Fred@EXAMPLE.test\xc3\x84[Z{");
	sa_lower(&b);
	CHECK("lower", sa_is(&b, "fred@example.test\xc3\x84[z{"));
	sa_clear(&b);
	CHECK("cleared", b.len == 0 && b.s);
	sa_free(&a);
	sa_wipe(&b);
	CHECK("freed", !a.s && !a.a && !b.s && !b.len);
	sa_free(&a);
	sa_wipe(&a);
}

static void
test_empty(void)
{
	stralloc a = { 0 }, b = { 0 };

	CHECK("both empty", sa_same(&a, &b) && sa_is(&a, ""));
	CHECK("not that", !sa_is(&a, "x"));
	sa_copy(&a, &b);
	sa_cat(&a, &b);
	sa_lower(&a);
	sa_0(&a);
	CHECK("still empty", a.len == 0 && a.s && !a.s[0]);
	sa_free(&a);
}

/* Out of memory is the end of the program: exit 111. */
static void
test_no_memory(void)
{
	struct rlimit rl = { 64 << 20, 64 << 20 };
	stralloc a = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(2);
		setrlimit(RLIMIT_AS, &rl);
		sa_ready(&a, 128 << 20);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK("exit 111", WIFEXITED(status) && WEXITSTATUS(status) == 111);
	pid = fork();
	if (pid == 0) {
		close(2);
		sa_copys(&a, "x");
		sa_ready(&a, (size_t)-1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK("overflow", WIFEXITED(status) && WEXITSTATUS(status) == 111);
}

int
main(void)
{
	test_building();
	test_empty();
	test_no_memory();
	return CHECK_DONE();
}
