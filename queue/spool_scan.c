/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "queue/spool_dirs.h"
#include "queue/spool_load.h"

#define SCAN_THREADS 2

static void (*found_cb)(const struct spool_found *, unsigned, bool);
static unsigned left = SCAN_THREADS; /* scanning still; of the main loop */
static int even = 0, odd = 1;        /* which folders a thread reads */

struct chunk {
	struct job job;
	unsigned n;
	bool last; /* of its thread */
	struct spool_found f[SPOOL_SCAN_CHUNK];
};

static void
arrived(struct job *j)
{
	struct chunk *c = (struct chunk *)j;

	if (c->last)
		left--;
	found_cb(c->f, c->n, !left);
	free(c);
}

static struct chunk *
chunk_new(void)
{
	struct chunk *c = malloc(sizeof *c);

	if (!c)
		log_fatal(111, "out of memory");
	c->n = 0;
	c->last = false;
	c->job.done = arrived;
	return c;
}

static int
read_head(struct spool_found *f, const char *name)
{
	char buf[SPOOL_HEAD];
	int fd = spool_file(name, O_RDONLY), rc = -1;

	if (fd == -1)
		return -1;
	errno = EBADMSG;
	if (pread(fd, buf, sizeof buf, 0) == sizeof buf)
		rc = spool_head_scan(&f->head, buf);
	close(fd);
	strcpy(f->id, name);
	return rc;
}

static struct chunk *
scan_dir(struct chunk *c, unsigned n)
{
	char dot[2] = { spool_dir_name(n), 0 };
	int fd = openat(spool_dir(n), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		log_fatalsys(111, "unable to read queue/", dot);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (!spool_is_id(e->d_name) || spool_dir_of(e->d_name) != n) {
			log_warn("queue/", dot, "/", e->d_name,
			    ": not a message: left alone");
			continue;
		}
		if (read_head(&c->f[c->n], e->d_name) == 0)
			c->n++;
		else if (errno != ENOENT)
			log_warnsys("unable to read queue/", dot, "/",
			    e->d_name, ": left alone");
		if (c->n == SPOOL_SCAN_CHUNK) {
			pool_done(&c->job);
			c = chunk_new();
		}
	}
	closedir(d);
	return c;
}

static void *
scan(void *arg)
{
	struct chunk *c = chunk_new();
	unsigned n;

	for (n = *(int *)arg ? 1 : 0; n < SPOOL_DIRS; n += SCAN_THREADS)
		c = scan_dir(c, n);
	c->last = true;
	pool_done(&c->job);
	return NULL;
}

int
spool_scan_start(
    void (*found)(const struct spool_found *f, unsigned n, bool over))
{
	found_cb = found;
	if (pool_thread(scan, &even) == -1)
		return -1;
	return pool_thread(scan, &odd);
}
