/* SPDX-License-Identifier: ISC */
#include "cdb-tools/tool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service.h"

/* Those that are on their way: what fails takes them along. */
static struct outfile *begun;

void
outfile_drop(void)
{
	struct outfile *o;
	int saved = errno;

	for (o = begun; o; o = o->next)
		if (o->tmp.len)
			unlink(o->tmp.s);
	begun = NULL;
	errno = saved;
}

static void
end(struct outfile *o)
{
	struct outfile **at = &begun;

	while (*at && *at != o)
		at = &(*at)->next;
	if (*at)
		*at = o->next;
	sa_free(&o->tmp);
}

static void
fail(const struct outfile *o, const char *what)
{
	outfile_drop();
	log_fatalsys(
	    111, "unable to ", what, " ", o->path, "; it is as it was");
}

/* Who reads it: the account's own group; where there is one account, that. */
static void
give(int fd, const char *account, mode_t shared, mode_t own,
    const struct outfile *o)
{
	bool separate = !service_collapsed();
	mode_t mode = account && !separate ? own : shared;
	gid_t gid = (gid_t)-1;
	struct stat st;

	if (account && separate)
		gid = (gid_t)service_uid(account);
	/* p-admin's folders are setgid: it has the right group from the start,
	 * and is not asked for */
	if (fstat(fd, &st) == -1 ||
	    ((geteuid() == 0 || (account && separate && st.st_gid != gid)) &&
		fchown(fd, geteuid() == 0 ? tool_owner() : (uid_t)-1, gid) ==
		    -1))
		fail(o, "give away");
	if (fchmod(fd, mode) == -1)
		fail(o, "chmod");
}

/* What a killed tool left: with the lock held nobody else's is in use. */
static void
sweep(int dirfd, const char *name)
{
	size_t len = strlen(name);
	struct dirent *e;
	DIR *d = fdopendir(dirfd);

	if (!d) {
		close(dirfd);
		return;
	}
	while ((e = readdir(d)))
		if (!strncmp(e->d_name, name, len) &&
		    !strncmp(e->d_name + len, ".tmp.", 5))
			unlinkat(dirfd, e->d_name, 0);
	closedir(d);
}

void
tool_sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	stralloc dir = { 0 };
	int fd;

	sa_copyb(&dir, path, (size_t)(slash - path));
	sa_0(&dir);
	fd = open(dir.s, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1)
		sweep(fd, slash + 1);
	sa_free(&dir);
}

static void
enter_folder(const struct outfile *o, const char *account)
{
	const char *slash = strrchr(o->path, '/');
	stralloc dir = { 0 };
	bool made;
	int fd;

	sa_copyb(&dir, o->path, (size_t)(slash - o->path));
	sa_0(&dir);
	made = mkdir(dir.s, 0700) == 0;
	if (!made && errno != EEXIST)
		fail(o, "make the folder of");
	fd = open(dir.s, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		fail(o, "open the folder of");
	if (made)
		give(fd, account, account ? 02750 : 0755, 0700, o);
	sweep(fd, slash + 1);
	sa_free(&dir);
}

void
outfile_begin(struct outfile *o, const char *path, const char *account)
{
	*o = (struct outfile){ .path = path, .fd = -1, .next = begun };
	begun = o;
	enter_folder(o, account);
	o->fd = safefile_begin(&o->tmp, path, 0600);
	if (o->fd == -1) {
		sa_clear(&o->tmp);
		fail(o, "write");
	}
	give(o->fd, account, account ? 0640 : 0644, 0600, o);
}

void
outfile_cdb(struct outfile *o)
{
	o->cdb = cdbout_start(o->fd);
	if (!o->cdb)
		fail(o, "write");
	outfile_put(o, "v", 1, "1", 1);
}

void
outfile_put(struct outfile *o, const void *key, size_t keylen, const void *data,
    size_t len)
{
	if (cdbout_put(o->cdb, key, keylen, data, len) == -1)
		fail(o, "write");
}

void
outfile_write(struct outfile *o, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(o->fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			fail(o, "write");
		data += n;
		len -= (size_t)n;
	}
}

void
outfile_ready(struct outfile *o)
{
	struct cdbout *c = o->cdb;

	o->cdb = NULL;
	if (c && cdbout_finish(c) == -1)
		fail(o, "write");
	if (fsync(o->fd) == -1)
		fail(o, "sync");
}

void
outfile_commit(struct outfile *o)
{
	struct timespec times[2];

	tool_stamp(times);
	if (futimens(o->fd, times) == -1 ||
	    safefile_commit(o->fd, &o->tmp, o->path) == -1) {
		outfile_drop();
		log_fatalsys(111, "unable to replace ", o->path,
		    "; when that is mended, run make -C etc");
	}
	end(o);
}
