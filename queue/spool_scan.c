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
read_whole(int fd, char *buf)
{
	size_t have = 0;
	ssize_t n;

	while (have < SPOOL_HEAD) {
		n = pread(fd, buf + have, SPOOL_HEAD - have, (off_t)have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EBADMSG;
		if (n <= 0)
			return -1;
		have += (size_t)n;
	}
	return 0;
}

static int
read_head(struct spool_found *f, const char *name)
{
	char buf[SPOOL_HEAD];
	int fd, rc = -1;

	strcpy(f->id, name);
	memset(&f->head, 0, sizeof f->head);
	do
		fd = spool_file(name, O_RDONLY);
	while (fd == -1 && errno == EINTR);
	if (fd == -1)
		return -1;
	if (read_whole(fd, buf) == 0)
		rc = spool_head_scan(&f->head, buf);
	close(fd);
	return rc;
}

/* A message of this chunk?  One that cannot be read just now is: work_run()
 * tries again. */
static bool
is_message(struct spool_found *f, const char *name)
{
	bool again;

	if (read_head(f, name) == 0)
		return true;
	if (errno == ENOENT)
		return false;
	again = errno != EBADMSG;
	log_warnsys("unable to read the spool file ", name,
	    again ? ", trying again" : ", left alone");
	f->head.due = 'F'; /* maybe: its bounces wait for it */
	return again;
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
	for (errno = 0; (e = readdir(d)); errno = 0) {
		if (e->d_name[0] == '.')
			continue;
		if (!spool_is_id(e->d_name) || spool_dir_of(e->d_name) != n) {
			log_warn("queue/", dot, "/", e->d_name,
			    ": not a message: left alone");
			continue;
		}
		if (is_message(&c->f[c->n], e->d_name))
			c->n++;
		if (c->n == SPOOL_SCAN_CHUNK) {
			pool_done(&c->job);
			c = chunk_new();
		}
	}
	if (errno) /* the rest of the folder would be forgotten */
		log_fatalsys(111, "unable to read queue/", dot);
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
