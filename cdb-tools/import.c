/* SPDX-License-Identifier: ISC */
#include "cdb-tools/import_read.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"

void
import_start(struct import *im)
{
	struct names *all[] = { &im->domains, &im->addresses, &im->boxes,
		&im->logins, &im->forwards, &im->files };
	size_t i;

	for (i = 0; i < sizeof all / sizeof *all; i++)
		names_init(all[i]);
	users_load(&im->users, NULL);
	tool_sources(&im->users.errors, "nothing has changed");
	source_load(&im->src, NULL, NULL);
}

static void
free_boxes(struct import *im)
{
	struct import_box *b;
	size_t i;

	for (i = 0; i < im->boxes.map.n; i++) {
		b = &im->box[i];
		sa_free(&b->name);
		sa_free(&b->login);
		sa_wipe(&b->hash);
		sa_free(&b->wish);
		sa_free(&b->maildir);
		sa_free(&b->extras);
	}
	free(im->box);
}

void
import_free(struct import *im)
{
	struct names *all[] = { &im->domains, &im->addresses, &im->boxes,
		&im->logins, &im->forwards, &im->files };
	size_t i;

	free_boxes(im);
	for (i = 0; i < im->addresses.map.n; i++) {
		sa_free(&im->alias[i].target);
		free(im->alias[i].file);
	}
	free(im->alias);
	for (i = 0; i < im->nlists; i++) {
		sa_free(&im->list[i].name);
		sa_free(&im->list[i].members);
		sa_free(&im->list[i].file);
	}
	free(im->list);
	for (i = 0; i < im->forwards.map.n; i++) {
		sa_free(&im->copies[i].targets);
		sa_free(&im->copies[i].file);
	}
	free(im->copies);
	for (i = 0; i < sizeof all / sizeof *all; i++)
		names_free(all[i]);
	sa_free(&im->domain_lines);
	sa_free(&im->forward_lines);
	sa_free(&im->list_lines);
	sa_free(&im->problems);
	users_free(&im->users);
	source_free(&im->src);
}

/* Whatever a customer wrote comes out as one harmless line. */
static void
cat_safe(stralloc *out, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	for (; *s; s++) {
		if ((unsigned char)*s >= 0x20 && *s != 0x7f) {
			sa_append(out, *s);
			continue;
		}
		sa_cats(out, "\\x");
		sa_append(out, hex[(unsigned char)*s >> 4]);
		sa_append(out, hex[*s & 15]);
	}
}

void
import_problem(
    struct import *im, const char *file, unsigned long line, ...)
{
	const char *s;
	va_list ap;

	cat_safe(&im->problems, file);
	sa_append(&im->problems, ':');
	if (line) {
		sa_catul(&im->problems, line);
		sa_append(&im->problems, ':');
	}
	sa_append(&im->problems, ' ');
	va_start(ap, line);
	while ((s = va_arg(ap, const char *)))
		cat_safe(&im->problems, s);
	va_end(ap);
	sa_append(&im->problems, '\n');
	im->nproblems++;
}

int
import_open(const struct import *im, const char *path, int flags)
{
	int at = dup(im->root), next, saved;
	stralloc part = { 0 };
	const char *slash;
	size_t n;

	while (at != -1 && *path) {
		slash = strchr(path, '/');
		n = slash ? (size_t)(slash - path) : strlen(path);
		sa_copyb(&part, path, n);
		sa_0(&part);
		path += n + (slash != NULL);
		if (!n || !strcmp(part.s, "."))
			continue;
		next = -1;
		errno = EPERM;
		if (strcmp(part.s, "..") != 0)
			next = openat(at, part.s,
			    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
				(*path ? O_RDONLY | O_DIRECTORY : flags));
		saved = errno;
		close(at);
		errno = saved;
		at = next;
	}
	sa_free(&part);
	return at;
}

ssize_t
import_link(const struct import *im, const char *path, char *out, size_t size)
{
	int fd = import_open(im, path, O_PATH);
	ssize_t n = -1;

	if (fd != -1) {
		n = readlinkat(fd, "", out, size);
		close(fd);
	}
	return n;
}

/* 1 or -1; a regular file of at most IMPORT_FILE_MAX. */
static int
read_fd(int fd, stralloc *out)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > IMPORT_FILE_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return -1;
	}
	do {
		sa_ready(out, 65536);
		n = read(fd, out->s + out->len, 65536);
		if (n > 0)
			out->len += (size_t)n;
	} while (n > 0 && out->len <= IMPORT_FILE_MAX);
	return n == 0 ? 1 : -1;
}

int
import_read(struct import *im, struct line_reader *r, const char *path)
{
	int fd = import_open(im, path, O_RDONLY), got = -1, saved;
	stralloc raw = { 0 };

	*r = (struct line_reader){ .file = path };
	r->errors = calloc(1, sizeof *r->errors);
	if (!r->errors)
		log_fatal(111, "out of memory");
	if (fd != -1)
		got = read_fd(fd, &raw);
	if (got == 1)
		import_utf8(&r->text, raw.s, raw.len);
	saved = errno;
	sa_wipe(&raw);
	errno = saved;
	if (got == -1 && errno != ENOENT)
		import_problem(im, path, 0, "cannot be read: ",
		    errno == ELOOP || errno == ENOTDIR
			? "there is a link on the way"
			: strerror(errno),
		    (char *)0);
	if (fd != -1)
		close(fd);
	if (got == -1)
		import_read_end(im, r);
	return got == 1;
}

void
import_read_end(struct import *im, struct line_reader *r)
{
	if (r->errors->n) {
		sa_cat(&im->problems, &r->errors->text);
		im->nproblems += r->errors->n;
	}
	line_errors_free(r->errors);
	free(r->errors);
	line_close(r);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
import_names(const struct import *im, stralloc *out, const char *path)
{
	int fd = import_open(im, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	char **all = NULL;
	struct dirent *e;
	size_t n = 0, i;

	sa_clear(out);
	sa_0(out);
	if (!dir)
		return -1;
	rewinddir(dir); /* the root's descriptor is shared */
	while ((e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!(n & (n - 1)))
			all = realloc(all, (n ? 2 * n : 1) * sizeof *all);
		if (!all || !(all[n++] = strdup(e->d_name)))
			log_fatal(111, "out of memory");
	}
	closedir(dir);
	if (n)
		qsort(all, n, sizeof *all, by_name);
	for (i = 0; i < n; i++) {
		sa_catb(out, all[i], strlen(all[i]) + 1);
		free(all[i]);
	}
	free(all);
	return 0;
}

void
import_targets(stralloc *out, const char *s, size_t len)
{
	size_t i = 0, end;

	sa_clear(out);
	sa_0(out);
	while (i < len) {
		while (i < len && strchr(" \t,", s[i]))
			i++;
		for (end = i; end < len && !strchr(" \t,", s[end]); end++)
			;
		if (end > i) {
			sa_catb(out, s + i, end - i);
			sa_append(out, '\0');
		}
		i = end;
	}
}
