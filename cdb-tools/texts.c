/* SPDX-License-Identifier: ISC */
#include "cdb-tools/texts.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/tool.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service.h"
#include "lib/service_dirs.h"

#define TEXT_MAX ((size_t)1 << 30) /* bytes; who reads the text has its limit */

static const struct text {
	const char *path, *next;
	bool secret;
} texts[] = {
	{ "etc/users", "cdb/users.next", true },
	{ "etc/aliases", "cdb/aliases.next", false },
};
#define TEXTS (sizeof texts / sizeof texts[0])

static const struct text *
find(const char *path)
{
	size_t i;

	for (i = 0; i < TEXTS; i++)
		if (strcmp(texts[i].path, path) == 0)
			return &texts[i];
	return NULL;
}

/* May this account not make files in etc/? */
static bool
in_place(void)
{
	struct stat st;

	return geteuid() != 0 &&
	       (stat("etc", &st) == -1 || st.st_uid != geteuid());
}

/* Our own file, and no other by that name; or -1. */
static int
open_own(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return fd;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

static int
write_at(int fd, const char *s, size_t len)
{
	size_t at = 0;
	ssize_t n;

	while (at < len) {
		n = pwrite(fd, s + at, len - at, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

static int
write_over(const char *path, const stralloc *text)
{
	int fd = open_own(path), rc = -1;

	if (fd == -1)
		return -1;
	/* room first: what is there is whole as long as possible */
	if ((fallocate(fd, FALLOC_FL_KEEP_SIZE, 0,
		 text->len ? (off_t)text->len : 1) == 0 || errno != ENOSPC) &&
	    write_at(fd, text->s, text->len) == 0 &&
	    ftruncate(fd, (off_t)text->len) == 0)
		rc = fsync(fd);
	close(fd);
	return rc;
}

static int
rename_over(const char *path, const stralloc *text, bool secret)
{
	struct stat st = { .st_mode = secret ? 0600 : 0644,
		.st_uid = service_collapsed() ? tool_owner() : 0,
		.st_gid = (gid_t)-1 };

	if (lstat(path, &st) == -1 && errno != ENOENT)
		return -1;
	if (secret)
		st.st_mode &= ~(mode_t)07; /* whoever owns it, not the world */
	if (find(path))
		st.st_uid = tool_owner();
	if (geteuid() != 0) /* only root gives away */
		st.st_uid = (uid_t)-1, st.st_gid = (gid_t)-1;
	return safefile_write(path, text->s, text->len, st.st_mode & 0777,
	    st.st_uid, st.st_gid);
}

static int
finish(const struct text *t, const stralloc *text)
{
	if ((in_place() ? write_over(t->path, text)
			: rename_over(t->path, text, t->secret)) == -1 ||
	    unlink(t->next) == -1)
		return -1;
	return safefile_syncdir(t->next);
}

/* Once the note is durable there is no way back. */
static int
note_and_finish(const struct text *t, const stralloc *text)
{
	int fd = t ? open_own(t->path) : -1;

	if (fd == -1)
		return -1;
	close(fd);
	if (safefile_write(t->next, text->s, text->len, 0600, (uid_t)-1,
		(gid_t)-1) == -1)
		return -1;
	if (finish(t, text) == -1)
		log_warnsys("unable to write ", t->path, " yet; it is noted in ",
		    t->next, ", and the next tool that runs finishes it");
	return 0;
}

int
tool_replace(const char *path, const stralloc *text, bool secret)
{
	struct timespec times[2];

	if ((in_place() ? note_and_finish(find(path), text)
			: rename_over(path, text, secret)) == -1)
		return -1;
	/* what was compiled is this text; when it cannot be stamped, make
	 * compiles it once more */
	tool_stamp(times);
	utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static void
give_back(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid != tool_owner() && fchown(fd, tool_owner(), (gid_t)-1) == -1)
		log_warnsys("unable to give ", path, " to p-admin");
	close(fd);
}

static bool
is_secret(const struct service_dir *f)
{
	return !strncmp(f->path, "etc/", 4) && !(f->mode & 07);
}

/* As conf-services has it; without accounts of their own, and for who is not
 * root, no more than that others do not read it. */
static bool
is_kept(const struct service_dir *f, const struct stat *st)
{
	if (geteuid() != 0 || service_collapsed())
		return !(st->st_mode & 07) ||
		       (geteuid() != 0 && st->st_uid != geteuid());
	return (st->st_mode & 07777) == f->mode &&
	       st->st_uid == service_uid(f->owner) &&
	       st->st_gid == service_uid(f->group);
}

static void
keep_secret(const struct service_dir *f)
{
	int fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    !is_kept(f, &st)) {
		if (geteuid() == 0 && !service_collapsed())
			r = fchown(fd, service_uid(f->owner),
			    (gid_t)service_uid(f->group));
		if (r == -1 ||
		    fchmod(fd, service_collapsed() ? 0600 : f->mode) == -1)
			log_warnsys("unable to keep ", f->path,
			    " from being read by everybody");
	}
	close(fd);
}

bool
texts_open(void)
{
	const struct service_dir *f;
	struct stat st;

	for (f = service_files; f->path; f++)
		if (is_secret(f) && lstat(f->path, &st) == 0 &&
		    S_ISREG(st.st_mode) && !is_kept(f, &st))
			return true;
	return false;
}

void
texts_settle(void)
{
	const struct service_dir *f;
	stralloc text = { 0 };
	size_t i;
	int r;

	for (i = 0; i < TEXTS; i++) {
		tool_sweep(texts[i].path);
		tool_sweep(texts[i].next);
		r = safefile_read(&text, texts[i].next, TEXT_MAX);
		if (r == 1 && finish(&texts[i], &text) == 0)
			log_info("finished the change of ", texts[i].path,
			    " that ", texts[i].next, " had noted");
		else if (r != 0)
			log_fatalsys(111, "unable to finish the change of ",
			    texts[i].path, " that ", texts[i].next, " notes");
		if (geteuid() == 0)
			give_back(texts[i].path);
	}
	for (f = service_files; f->path; f++)
		if (is_secret(f))
			keep_secret(f);
	sa_wipe(&text);
}

bool
texts_pending(void)
{
	size_t i;

	for (i = 0; i < TEXTS; i++)
		if (access(texts[i].next, F_OK) == 0)
			return true;
	return false;
}

void
tool_settle(void)
{
	if (texts_pending())
		tool_lock();
}
