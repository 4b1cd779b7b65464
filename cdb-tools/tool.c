/* SPDX-License-Identifier: ISC */
#include "cdb-tools/tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "admin/admin.h"
#include "cdb-tools/texts.h"
#include "lib/log.h"
#include "lib/service.h"

/* For people: a command a line. */
void
tool_usage(const struct tool *t)
{
	const char *p = t->usage, *end;

	fputs("usage: ", stderr);
	while ((end = strstr(p, " | "))) {
		fprintf(stderr, "%.*s\n    ", (int)(end - p), p);
		p = end + 1;
	}
	fprintf(stderr, "%s\n", p);
	_exit(100);
}

/* Options wherever they stand; what is left are words. */
static void
read_options(struct tool *t, const char **home, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
		{ "keep-apps", no_argument, NULL, 'k' },
		{ "purge", no_argument, NULL, 'p' },
		{ "hash", required_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "C:", longs, NULL)) != -1) {
		if (c == 'C')
			*home = optarg;
		else if (c == 'j')
			t->json = true;
		else if (c == 'f')
			t->force = true;
		else if (c == 'k')
			t->keep_apps = true;
		else if (c == 'p')
			t->purge = true;
		else if (c == 'h')
			t->hash = optarg;
		else
			tool_usage(t);
	}
	t->argc = argc - optind;
	t->argv = argv + optind;
	if (t->argc < 1)
		tool_usage(t);
}

void
tool_start(struct tool *t, const struct admin_tool *who, const char *usage,
    int argc, char **argv)
{
	const char *home = NULL;

	*t = (struct tool){ .program = who->name, .usage = usage };
	log_program(who->name);
	read_options(t, &home, argc, argv);
	umask(077);
	service_home(home);
	admin_pass(who, t->argv[0], argc, argv);
	if (t->json && t->argc == 1 && !strcmp(t->argv[0], "-")) {
		argv = admin_request(who, &argc);
		read_options(t, &home, argc, argv);
	}
	admin_audit(who, t->argv[0], argc, argv);
}

bool
tool_is(const struct tool *t, const char *command, int min, int max)
{
	if (strcmp(t->argv[0], command) != 0)
		return false;
	if (t->argc - 1 < min || t->argc - 1 > max)
		tool_usage(t);
	return true;
}

uid_t
tool_owner(void)
{
	return service_uid("p-admin");
}

/* As root in a user's home, who could put a link in the way: nothing here
 * follows one. */
static void
make_cdb(void)
{
	int r;

	umask(022);
	r = mkdir("cdb", 0755);
	umask(077);
	if (r == -1 && errno == EEXIST)
		return;
	if (r == -1 ||
	    (geteuid() == 0 && lchown("cdb", tool_owner(), (gid_t)-1) == -1))
		log_fatalsys(111, "unable to make cdb");
}

static int
open_lock(void)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW, fd;

	fd = open(TOOL_LOCK_PATH, flags | O_CREAT | O_EXCL, 0600);
	if (fd == -1 && errno == EEXIST)
		return open(TOOL_LOCK_PATH, flags);
	if (fd != -1 && geteuid() == 0 &&
	    fchown(fd, tool_owner(), (gid_t)-1) == -1)
		log_fatalsys(111, "unable to give away " TOOL_LOCK_PATH);
	return fd;
}

static struct timespec began;

/* Waits for the next tick of the clock that stamps files: what was written
 * before is older than it, what will be written is not. */
static void
mark_time(void)
{
	static const struct timespec nap = { .tv_nsec = 300000 };
	struct timespec first;

	clock_gettime(CLOCK_REALTIME_COARSE, &first);
	do {
		nanosleep(&nap, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &began);
	} while (
	    began.tv_sec == first.tv_sec && began.tv_nsec == first.tv_nsec);
	if (began.tv_nsec == 0) {
		began.tv_sec--;
		began.tv_nsec = 1000000000;
	}
	began.tv_nsec--; /* older than anything from now on */
}

void
tool_stamp(struct timespec times[2])
{
	times[0] = times[1] = began;
}

static void
on_alarm(int sig)
{
	(void)sig;
}

void
tool_lock(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	static bool held;
	int fd;

	if (held)
		return;
	held = true;
	make_cdb();
	fd = open_lock();
	if (fd == -1)
		log_fatalsys(111, "unable to open " TOOL_LOCK_PATH);
	sigaction(SIGALRM, &sa, NULL); /* without SA_RESTART: ends the wait */
	alarm(TOOL_LOCK_SECONDS);
	if (flock(fd, LOCK_EX) == -1) {
		if (errno == EINTR)
			log_fatal(111,
			    "another userdb, aliasdb or netdb has "
			    "held " TOOL_LOCK_PATH " for a minute; try again");
		log_fatalsys(111, "unable to lock " TOOL_LOCK_PATH);
	}
	alarm(0);
	texts_settle();
	mark_time();
}

static void
write_all(int fd, const char *what, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			log_fatalsys(111, "unable to write ", what);
		data += n;
		len -= (size_t)n;
	}
}

void
tool_sources(const struct line_errors *e, const char *kept)
{
	if (!e->n)
		return;
	write_all(2, "stderr", e->text.s, e->text.len);
	if (e->n > LINE_ERRORS_SHOWN)
		log_info("and ", log_num(e->n - LINE_ERRORS_SHOWN), " more");
	log_fatal(
	    100, log_num(e->n), e->n == 1 ? " error; " : " errors; ", kept);
}

void
tool_print(stralloc *out)
{
	write_all(1, "stdout", out->s, out->len);
	sa_clear(out);
}

void
tool_json(stralloc *out, const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c;
	size_t i;

	sa_append(out, '"');
	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (c == '"' || c == '\\') {
			sa_append(out, '\\');
			sa_append(out, s[i]);
		} else if (c < 0x20) {
			sa_cats(out, "\\u00");
			sa_append(out, hex[c >> 4]);
			sa_append(out, hex[c & 15]);
		} else {
			sa_append(out, s[i]);
		}
	}
	sa_append(out, '"');
}

void
tool_json_pair(stralloc *out, const char *key, const char *value)
{
	if (out->len && out->s[out->len - 1] != '{')
		sa_append(out, ',');
	tool_json(out, key, strlen(key));
	sa_append(out, ':');
	tool_json(out, value, strlen(value));
}

void
tool_json_errors(stralloc *out, const struct line_errors *e)
{
	const char *s = e->text.s, *end = s + e->text.len, *nl;

	sa_append(out, '[');
	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			break;
		if (s != e->text.s)
			sa_append(out, ',');
		tool_json(out, s, (size_t)(nl - s));
	}
	sa_append(out, ']');
}
