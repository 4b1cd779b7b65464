/* SPDX-License-Identifier: ISC */
#include "lib/safefile.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/log.h"
#include "tests/lib/check.h"

#define SAME ((uid_t)-1)

static int
count_entries(const char *dir)
{
	DIR *d = opendir(dir);
	int n = -2;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static bool
holds(const char *path, const char *want)
{
	stralloc sa = { 0 };
	bool yes = safefile_read(&sa, path, 100000) == 1 && sa_is(&sa, want);

	sa_free(&sa);
	return yes;
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
test_write(void)
{
	umask(077);
	CHECK("new", safefile_write("d/f", "one", 3, 0644, SAME, SAME) == 0 &&
		holds("d/f", "one") && mode_of("d/f") == 0644);
	CHECK("replaced", safefile_write("d/f", "two", 3, 0, SAME, SAME) == 0 &&
		holds("d/f", "two") && mode_of("d/f") == 0644);
	CHECK("new without mode",
	    safefile_write("d/g", "", 0, 0, SAME, SAME) == 0 &&
		mode_of("d/g") == 0600);
	CHECK("here", safefile_write("here", "x", 1, 0600, SAME, SAME) == 0);
	CHECK("owner", safefile_write("d/g", "", 0, 0600, getuid(),
	    getgid()) == 0);
	CHECK("no folder",
	    safefile_write("none/f", "x", 1, 0600, SAME, SAME) == -1 &&
		errno == ENOENT);
	CHECK("a folder in the way", mkdir("d/sub", 0700) == 0 &&
		safefile_write("d/sub", "x", 1, 0600, SAME, SAME) == -1);
	CHECK("nothing left behind", count_entries("d") == 3);
	rmdir("d/sub");
}

/* A write that fails half way: the old file stays, whole. */
static void
test_full(void)
{
	static char big[8192];
	struct rlimit rl = { 4096, RLIM_INFINITY };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &rl);
		_exit(safefile_write("d/f", big, sizeof(big), 0, SAME, SAME) ==
			    -1 && errno == EFBIG ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CHECK("fails", status == 0);
	CHECK("old one stays", holds("d/f", "two"));
	CHECK("nothing left behind", count_entries("d") == 2);
}

static void
test_steps(void)
{
	stralloc tmp = { 0 };
	int fd = safefile_begin(&tmp, "d/f", 0600), again;

	CHECK("begun", fd != -1 && access(tmp.s, F_OK) == 0);
	CHECK("written", write(fd, "three", 5) == 5);
	CHECK("not yet", holds("d/f", "two"));
	safefile_abort(fd, &tmp);
	CHECK("aborted", holds("d/f", "two") && count_entries("d") == 2);
	fd = safefile_begin(&tmp, "d/f", 0600);
	again = safefile_begin(&tmp, "d/f", 0640);
	CHECK("a left-over is replaced", again != -1);
	close(fd);
	CHECK("written", write(again, "three", 5) == 5);
	CHECK("committed", safefile_commit(again, &tmp, "d/f") == 0 &&
		holds("d/f", "three") && mode_of("d/f") == 0640);
	CHECK("nothing left behind", count_entries("d") == 2);
	CHECK("root's folder", safefile_syncdir("/x") == 0);
	sa_free(&tmp);
}

static void
test_read(void)
{
	stralloc sa = { 0 };

	CHECK("missing", safefile_read(&sa, "none", 10) == 0 && !sa.len);
	CHECK("as long as may be", safefile_read(&sa, "d/f", 5) == 1);
	CHECK("too long", safefile_read(&sa, "d/f", 4) == -1 && errno == EFBIG);
	CHECK("folder", safefile_read(&sa, "d", 10) == -1 && errno == EISDIR);
	CHECK("endless", safefile_read(&sa, "/dev/zero", 10) == -1);
	CHECK("link", symlink("f", "d/link") == 0 &&
		safefile_read(&sa, "d/link", 10) == -1 && errno == ELOOP);
	CHECK("FIFO", mkfifo("d/fifo", 0600) == 0 &&
		safefile_read(&sa, "d/fifo", 10) == -1 && errno == EINVAL);
	sa_free(&sa);
}

static const struct {
	const char *name, *text, *value; /* value NULL: none */
	uint64_t number;                 /* of 10..2000, else 77 */
} settings[] = {
	{ "plain", "900\n", "900", 900 },
	{ "no newline", "900", "900", 900 },
	{ "blanks, CRLF", " \t900 \r\nrest\n", "900", 900 },
	{ "explained", "1800\nseconds that a window stays open\n", "1800", 1800 },
	{ "least", "10\n", "10", 10 },
	{ "most", "2000\n", "2000", 2000 },
	{ "too small", "9\n", "9", 77 },
	{ "too large", "2001\n", "2001", 77 },
	{ "far too large", "18446744073709551616\n", "18446744073709551616",
	    77 },
	{ "words", "half an hour\n", "half an hour", 77 },
	{ "negative", "-5\n", "-5", 77 },
	{ "unit", "900s\n", "900s", 77 },
	{ "empty", "", NULL, 77 },
	{ "empty line", "\n900\n", NULL, 77 },
	{ "blanks", "  \n", NULL, 77 },
};

static void
test_settings(void)
{
	stralloc sa = { 0 };
	char path[32], *name = path + 4;
	size_t i;

	mkdir("etc", 0700);
	CHECK("none", setting_get(&sa, "window") == 0 &&
		setting_number("window", 77, 10, 2000) == 77);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof path, "etc/window%zu", i);
		safefile_write(path, settings[i].text,
		    strlen(settings[i].text), 0600, SAME, SAME);
		CHECK(settings[i].name, setting_get(&sa, name) ==
			(settings[i].value != NULL));
		if (settings[i].value)
			CHECK(settings[i].name,
			    sa_is(&sa, settings[i].value) && !sa.s[sa.len]);
		CHECK(settings[i].name, setting_number(name, 77, 10,
		    2000) == settings[i].number);
	}
	safefile_write("etc/number", "50\n", 3, 0600, SAME, SAME);
	CHECK("good", setting_number("number", 77, 10, 2000) == 50);
	safefile_write("etc/number", "5O\n", 3, 0600, SAME, SAME);
	CHECK("stays as it was", setting_number("number", 77, 10, 2000) == 50);
	unlink("etc/number");
	CHECK("taken away", setting_number("number", 77, 10, 2000) == 77);
	safefile_write("etc/number", "5O\n", 3, 0600, SAME, SAME);
	CHECK("the default was the last", setting_number("number", 77, 10,
	    2000) == 77);
	sa_free(&sa);
}

/* One look without a free descriptor must not cost the value for good. */
static void
test_unread(void)
{
	struct rlimit was, none;
	struct stat seen = { 0 };

	safefile_write("etc/follow", "50\n", 3, 0600, SAME, SAME);
	getrlimit(RLIMIT_NOFILE, &was);
	none = was;
	none.rlim_cur = 0;
	CHECK("new", setting_changed(&seen, "etc/follow"));
	setrlimit(RLIMIT_NOFILE, &none);
	CHECK("unread: the default", setting_number_seen(&seen, "follow", 77,
		10, 2000) == 77);
	setrlimit(RLIMIT_NOFILE, &was);
	CHECK("looked at again", setting_changed(&seen, "etc/follow"));
	CHECK("read", setting_number_seen(&seen, "follow", 77, 10, 2000) == 50);
	CHECK("once is enough", !setting_changed(&seen, "etc/follow"));
}

/* The same bad value is told once, with the file, the value, what to write. */
static void
test_warning(void)
{
	static const char want[] =
	    "t: warning: etc/budget:1:1: 'lots' is not a number; write 1 to 9; "
	    "using 5\n"
	    "t: warning: etc/budget:1:1: '10' is too small or too large; write 1 "
	    "to 9; using 5\n"
	    "t: warning: etc/sub: Is a directory; using 5\n";
	char buf[1000];
	int p[2], old = dup(2), i;
	ssize_t n;

	mkdir("etc/sub", 0700);
	if (pipe(p) == -1 || dup2(p[1], 2) == -1)
		abort();
	for (i = 0; i < 3; i++) {
		safefile_write("etc/budget", "lots\n", 5, 0, SAME, SAME);
		setting_number("budget", 5, 1, 9);
		safefile_write("etc/budget", "10\n", 3, 0, SAME, SAME);
		setting_number("budget", 5, 1, 9);
		setting_number("sub", 5, 1, 9);
	}
	dup2(old, 2);
	close(p[1]);
	n = read(p[0], buf, sizeof(buf));
	CHECK("once each", n == sizeof(want) - 1 && !memcmp(buf, want,
	    sizeof(want) - 1));
	close(p[0]);
	close(old);
}

int
main(void)
{
	char dir[] = "/tmp/t_safefile.XXXXXX", cmd[64];
	int null = open("/dev/null", O_WRONLY), err = dup(2);

	log_rename("t");
	if (!mkdtemp(dir) || chdir(dir) == -1 || mkdir("d", 0700) == -1)
		return 111;
	test_write();
	test_full();
	test_steps();
	test_read();
	dup2(null, 2); /* its warnings are not of interest here */
	test_settings();
	test_unread();
	dup2(err, 2);
	test_warning();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	CHECK("removed", system(cmd) == 0);
	return CHECK_DONE();
}
