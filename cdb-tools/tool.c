/* SPDX-License-Identifier: ISC */
#include "cdb-tools/tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/service.h"

void
tool_usage(const struct tool *t)
{
	log_info("usage: ", t->usage);
	_exit(100);
}

void
tool_start(struct tool *t, const char *program, const char *usage, int argc,
    char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
		{ 0 },
	};
	const char *home = NULL;
	int c;

	*t = (struct tool){ .program = program, .usage = usage };
	log_program(program);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "C:", longs, NULL)) != -1) {
		if (c == 'C')
			home = optarg;
		else if (c == 'j')
			t->json = true;
		else if (c == 'f')
			t->force = true;
		else
			tool_usage(t);
	}
	t->argc = argc - optind;
	t->argv = argv + optind;
	if (t->argc < 1)
		tool_usage(t);
	umask(077);
	service_home(home);
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

static void
make_folder(const char *path, mode_t mode)
{
	if (mkdir(path, 0700) == 0) {
		if (chmod(path, mode) == -1)
			log_fatalsys(111, "unable to chmod ", path);
	} else if (errno != EEXIST) {
		log_fatalsys(111, "unable to make ", path);
	}
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
	int fd;

	make_folder("cdb", 0755);
	fd = open(TOOL_LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
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
