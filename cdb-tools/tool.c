/* SPDX-License-Identifier: ISC */
#include "cdb-tools/tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "admin/admin.h"
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
	if (t->json)
		admin_json_usage();
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

/* Where one is closed, no file of ours may come to be what we print to: in its
 * place stands what cannot be read, or written. */
static void
open_standard(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(111);
}

void
tool_start(struct tool *t, const struct admin_tool *who, const char *usage,
    int argc, char **argv)
{
	const char *home = NULL;

	*t = (struct tool){ .program = who->name, .usage = usage };
	open_standard();
	log_program(who->name);
	read_options(t, &home, argc, argv);
	umask(077);
	service_home(home);
	if (t->json)
		admin_json_errors();
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

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

void
tool_sources(const struct line_errors *e, const char *kept)
{
	if (!e->n)
		return;
	if (write_all(2, e->text.s, e->text.len) == -1)
		log_fatalsys(111, "unable to write stderr");
	admin_json_lines(e->text.s, e->text.len);
	if (e->n > LINE_ERRORS_SHOWN)
		log_info("and ", log_num(e->n - LINE_ERRORS_SHOWN), " more");
	log_fatal(
	    100, log_num(e->n), e->n == 1 ? " error; " : " errors; ", kept);
}

int
tool_try_print(const stralloc *out)
{
	return write_all(1, out->s, out->len);
}

void
tool_print(stralloc *out)
{
	if (tool_try_print(out) == -1)
		log_fatalsys(111, "unable to write stdout");
	sa_clear(out);
}

void
tool_json(stralloc *out, const char *s, size_t len)
{
	admin_json_string(out, s, len);
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
tool_json_errors(stralloc *out, const char *key, const struct line_errors *e)
{
	const char *s = e->text.s, *end = s + e->text.len, *nl;

	sa_cats(out, ",\"");
	sa_cats(out, key);
	sa_cats(out, "\":[");
	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			break;
		if (s != e->text.s)
			sa_append(out, ',');
		tool_json(out, s, (size_t)(nl - s));
	}
	sa_cats(out, "],\"");
	sa_cats(out, key);
	sa_cats(out, "_total\":");
	sa_catul(out, e->n);
}
