/* SPDX-License-Identifier: ISC */
/* maildir - fills and checks the mailboxes of the benchmarks.
 *
 *   maildir fill COUNT SIZE DIR...    COUNT messages into each DIR/cur
 *   maildir count DIR...              how many are in DIR/new, and when the last
 *                                     one came
 *   maildir check DIR...              the same; each is read and verified
 *
 * Prints JSON. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench/letter.h"

static struct letters letters;
static double last;
static unsigned long bytes;

static void
die(const char *what)
{
	perror(what);
	exit(111);
}

static void
check(int dir, const char *name)
{
	static char buf[1 << 20];
	struct letter l = { 0 };
	char *at = buf, *nl;
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n, have = 0;

	if (fd == -1)
		die(name);
	while ((n = read(fd, buf + have, sizeof buf - (size_t)have)) > 0)
		have += n;
	close(fd);
	bytes += (unsigned long)have;
	for (; (nl = memchr(at, '\n', (size_t)(buf + have - at))); at = nl + 1)
		letter_line(&l, at, (size_t)(nl - at) -
		    (nl > at && nl[-1] == '\r'));
	letters_add(&letters, &l);
	if (!letter_is_good(&l) && letters.wrong <= 3)
		fprintf(stderr, "%s is not what was sent\n", name);
}

static void
folder(const char *box, bool look)
{
	char path[4096];
	struct dirent *e;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof path, "%s/new", box);
	d = opendir(path);
	if (!d)
		return; /* nothing was delivered yet */
	if (fstat(dirfd(d), &st) == 0 && (double)st.st_mtim.tv_sec +
	    (double)st.st_mtim.tv_nsec / 1e9 > last)
		last = (double)st.st_mtim.tv_sec +
		    (double)st.st_mtim.tv_nsec / 1e9;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && look)
			check(dirfd(d), e->d_name);
		else
			letters.count += e->d_name[0] != '.';
	closedir(d);
}

static size_t
lines(const char *s, size_t len)
{
	size_t n = 0;

	while (len--)
		n += *s++ == '\n';
	return n;
}

static void
fill(const char *box, unsigned count, size_t size)
{
	static unsigned number;
	char path[4096], head[LETTER_HEAD_MAX];
	size_t len, hlen, wire;
	char *body = letter_body(size, "\n", &len);
	size_t crs = body ? lines(body, len) : 0;
	unsigned k;
	int fd;

	for (k = 0; k < count; k++) {
		hlen = (size_t)letter_head(head, number++, body, len, "\n");
		wire = hlen + len + lines(head, hlen) + crs;
		snprintf(path, sizeof path,
		    "%s/cur/%u.M%uP1.bench,S=%zu,W=%zu:2,S", box,
		    1700000000 + k, k, hlen + len, wire);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd == -1 || write(fd, head, hlen) != (ssize_t)hlen ||
		    write(fd, body, len) != (ssize_t)len || close(fd) == -1)
			die(path);
	}
	free(body);
}

int
main(int argc, char **argv)
{
	bool look = argc > 1 && strcmp(argv[1], "check") == 0;
	int i;

	if (argc > 4 && strcmp(argv[1], "fill") == 0) {
		for (i = 4; i < argc; i++)
			fill(argv[i], (unsigned)atoi(argv[2]),
			    strtoul(argv[3], NULL, 10));
		return 0;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: maildir fill|count|check ...\n");
		return 100;
	}
	for (i = 2; i < argc; i++)
		folder(argv[i], look);
	printf("{\"count\": %lu, \"distinct\": %lu, \"wrong\": %lu, "
	       "\"bytes\": %lu, \"last\": %.4f}\n", letters.count,
	    letters.distinct, letters.wrong, bytes, last);
	return 0;
}
