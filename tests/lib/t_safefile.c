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
	uint64_t number;                 /* etc/window-ipv6: 32..128, else 64 */
} settings[] = {
	{ "plain", "90\n", "90", 90 },
	{ "no newline", "90", "90", 90 },
	{ "blanks, CRLF", " \t90 \r\nrest\n", "90", 90 },
	{ "explained", "96\nbits that a window is for\n", "96", 96 },
	{ "least", "32\n", "32", 32 },
	{ "most", "128\n", "128", 128 },
	{ "too small", "31\n", "31", 64 },
	{ "too large", "129\n", "129", 64 },
	{ "far too large", "18446744073709551616\n", "18446744073709551616",
	    64 },
	{ "words", "half of it\n", "half of it", 64 },
	{ "negative", "-90\n", "-90", 64 },
	{ "unit", "90b\n", "90b", 64 },
	{ "empty", "", NULL, 64 },
	{ "empty line", "\n90\n", NULL, 64 },
	{ "blanks", "  \n", NULL, 64 },
};

static void
put(const char *path, const char *text)
{
	safefile_write(path, text, strlen(text), 0600, SAME, SAME);
}

static void
test_settings(void)
{
	static const char path[] = "etc/window-ipv6";
	stralloc sa = { 0 };
	size_t i;

	mkdir("etc", 0700);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		CHECK("none", setting_get(&sa, "window-ipv6") == 0 &&
			setting_number(SETTING_WINDOW_IPV6) == 64);
		put(path, settings[i].text);
		CHECK(settings[i].name, setting_get(&sa, "window-ipv6") ==
			(settings[i].value != NULL));
		if (settings[i].value)
			CHECK(settings[i].name,
			    sa_is(&sa, settings[i].value) && !sa.s[sa.len]);
		CHECK(settings[i].name, setting_number(SETTING_WINDOW_IPV6) ==
			settings[i].number);
		unlink(path);
	}
	put(path, "50\n");
	CHECK("good", setting_number(SETTING_WINDOW_IPV6) == 50);
	put(path, "5O\n");
	CHECK("stays as it was", setting_number(SETTING_WINDOW_IPV6) == 50);
	unlink(path);
	CHECK("taken away", setting_number(SETTING_WINDOW_IPV6) == 64);
	put(path, "5O\n");
	CHECK("the default was the last",
	    setting_number(SETTING_WINDOW_IPV6) == 64);
	unlink(path);
	sa_free(&sa);
}

static void
test_words(void)
{
	CHECK("default", !strcmp(setting_word(SETTING_OVER_QUOTA), "defer"));
	put("etc/over-quota", "refuse\nas we always did\n");
	CHECK("a word", !strcmp(setting_word(SETTING_OVER_QUOTA), "refuse"));
	put("etc/over-quota", "reject\n");
	CHECK("stays", !strcmp(setting_word(SETTING_OVER_QUOTA), "refuse"));
	put("etc/over-quota", "\n");
	CHECK("empty", !strcmp(setting_word(SETTING_OVER_QUOTA), "defer"));
	put("etc/hide-client", "ja\n");
	CHECK("never good", !strcmp(setting_word(SETTING_HIDE_CLIENT), "no"));
}

/* Each row can hold its default, and its bounds, and nothing beyond. */
static void
test_table(void)
{
	const struct setting_row *row;
	char why[SETTING_WHY_SIZE], text[32];
	uint64_t n;

	for (row = setting_table; row < setting_table + SETTINGS; row++) {
		CHECK("named", row->name && !strncmp(row->path, "etc/", 4) &&
			!strcmp(row->path + 4, row->name));
		if (!row->unit) {
			CHECK(row->name, row->words[0] && row->words[1]);
			continue;
		}
		CHECK(row->name, row->least <= row->most);
		snprintf(text, sizeof text, "%llu",
		    (unsigned long long)row->most);
		CHECK(row->name, setting_judge(&n, why, row, text,
		    strlen(text)) == 1 && n == row->most);
		snprintf(text, sizeof text, "%llu",
		    (unsigned long long)row->most + 1);
		CHECK(row->name,
		    !setting_judge(&n, why, row, text, strlen(text)));
		CHECK(row->name, strstr(why, text) && strstr(why, row->unit));
	}
	CHECK("not text", !setting_judge(&n, why, &setting_table[
	    SETTING_BUDGET], "\033[2J\0\377", 6) && strstr(why, "'?[2J?" "?'"));
}

/* One look without a free descriptor must not cost the value for good. */
static void
test_unread(void)
{
	struct rlimit was, none;
	struct stat seen = { 0 };

	put("etc/retry", "50\n");
	getrlimit(RLIMIT_NOFILE, &was);
	none = was;
	none.rlim_cur = 0;
	CHECK("new", setting_changed(&seen, "etc/retry"));
	setrlimit(RLIMIT_NOFILE, &none);
	CHECK("unread: the default",
	    setting_number_seen(&seen, SETTING_RETRY) == 60);
	setrlimit(RLIMIT_NOFILE, &was);
	CHECK("looked at again", setting_changed(&seen, "etc/retry"));
	CHECK("read", setting_number_seen(&seen, SETTING_RETRY) == 50);
	CHECK("once is enough", !setting_changed(&seen, "etc/retry"));
}

/* The same bad value is told once, with the file, the value, what to write. */
static void
test_warning(void)
{
	static const char want[] =
	    "t: warning: etc/budget:1:1: 'lots' is not a number; write 0 to "
	    "1000000 (recipients an hour); using 500\n"
	    "t: warning: etc/budget:1:1: '1000001' is too large; write 0 to "
	    "1000000 (recipients an hour); using 500\n"
	    "t: warning: etc/sender-policy:1:1: 'all' is not a word of this "
	    "setting; write own or any; using own\n"
	    "t: warning: etc/auth-threads:1:1: '0' is too small; write 1 to 6 "
	    "(threads); using the default\n"
	    "t: warning: etc/lifetime: Is a directory; using 432000\n";
	char buf[1000];
	int p[2], old = dup(2), i;
	ssize_t n;

	mkdir("etc/lifetime", 0700);
	put("etc/sender-policy", "all\n");
	put("etc/auth-threads", "0\n");
	if (pipe(p) == -1 || dup2(p[1], 2) == -1)
		abort();
	for (i = 0; i < 3; i++) {
		put("etc/budget", "lots\n");
		setting_number(SETTING_BUDGET);
		put("etc/budget", "1000001\n");
		setting_number(SETTING_BUDGET);
		setting_word(SETTING_SENDER_POLICY);
		setting_number(SETTING_AUTH_THREADS);
		setting_number(SETTING_LIFETIME);
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
	test_words();
	test_table();
	test_unread();
	dup2(err, 2);
	test_warning();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	CHECK("removed", system(cmd) == 0);
	return CHECK_DONE();
}
