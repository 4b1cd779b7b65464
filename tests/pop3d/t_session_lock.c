/* SPDX-License-Identifier: ISC */
#include "pop3d/session_lock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/check.h"

#define B(s) s, sizeof(s) - 1

static char dir[] = "/tmp/t_session_lock.XXXXXX";

/* What may stand in the file, and what is made of it while it is held. */
static const struct {
	const char *name, *text;
	size_t len;
	uint64_t since;
	const char *ip;
	uint64_t cleaned;
} rows[] = {
	{ "whole", B("1700000000 192.0.2.1 1600000000 \n"), 1700000000,
	    "192.0.2.1", 1600000000 },
	{ "IPv6", B("5 2001:db8::1 0\n"), 5, "2001:db8::1", 0 },
	{ "empty", B(""), 0, "", 0 },
	{ "cut", B("1700000000 192.0"), 0, "", 0 },
	{ "no address", B("1 2 3"), 0, "", 0 },
	{ "NUL", B("17\0 192.0.2.1 3"), 0, "", 0 },
	{ "nonsense", B("\xff\xfe"), 0, "", 0 },
	{ "long",
	    B("1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1"),
	    0, "", 0 },
};

static void
test_content(int fd)
{
	struct session_lock k, other;
	size_t i;
	int file;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(rows[i].name,
		    session_lock_take(&k, fd, "192.0.2.9", 1) == 1);
		file = openat(fd, SESSION_LOCK_FILE, O_WRONLY | O_TRUNC);
		if (write(file, rows[i].text, rows[i].len) !=
		    (ssize_t)rows[i].len)
			abort();
		close(file);
		CHECK(rows[i].name,
		    session_lock_take(&other, fd, "192.0.2.8", 2) == 0);
		CHECK(rows[i].name, other.since == rows[i].since &&
					strcmp(other.ip, rows[i].ip) == 0 &&
					other.cleaned == rows[i].cleaned);
		close(other.fd);
		close(k.fd);
		CHECK(rows[i].name,
		    session_lock_take(&k, fd, "192.0.2.9", 77) == 1);
		CHECK(rows[i].name, k.cleaned == rows[i].cleaned);
		session_lock_take(&other, fd, "192.0.2.8", 2);
		CHECK(rows[i].name,
		    other.since == 77 && strcmp(other.ip, "192.0.2.9") == 0);
		close(other.fd);
		close(k.fd);
	}
}

int
main(void)
{
	struct session_lock k;
	char path[100];
	int fd, status;

	if (!mkdtemp(dir))
		abort();
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	test_content(fd);
	/* the lock ends with its process */
	if (fork() == 0)
		_exit(session_lock_take(&k, fd, "::1", 1) != 1);
	wait(&status);
	CHECK("a child takes it", status == 0);
	CHECK(
	    "... and cannot keep it", session_lock_take(&k, fd, "::1", 1) == 1);
	close(k.fd);
	unlinkat(fd, SESSION_LOCK_FILE, 0);
	if (symlinkat("elsewhere", fd, SESSION_LOCK_FILE) == -1)
		abort();
	CHECK("no link is followed", session_lock_take(&k, fd, "::1", 1) == -1);
	snprintf(path, sizeof path, "rm -r %s", dir);
	return system(path) || CHECK_DONE();
}
