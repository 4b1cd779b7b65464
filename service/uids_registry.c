/* SPDX-License-Identifier: ISC */
#include "service/uids_registry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service.h"
#include "lib/service_uids.h"

#define REGISTRY_MAX 1048576 /* bytes of the file */

/* Makes the folder of the registry where it is missing. */
static int
make_folder(const char *path)
{
	stralloc dir = { 0 };
	const char *slash = strrchr(path, '/');
	int r = 0;

	if (slash && slash != path) {
		sa_copyb(&dir, path, (size_t)(slash - path));
		sa_0(&dir);
		r = mkdir(dir.s, 0755);
		if (r == -1 && errno == EEXIST)
			r = 0;
		else if (r == 0)
			r = chmod(dir.s, 0755);
	}
	sa_free(&dir);
	return r;
}

static int
lock_of(const char *path)
{
	stralloc name = { 0 };
	int fd;

	sa_copys(&name, path);
	sa_cat0(&name, ".lock");
	fd = open(name.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	sa_free(&name);
	if (fd != -1 && flock(fd, LOCK_EX) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
take_line(struct uids_registry *r, char *line, const char *home)
{
	unsigned long base;
	char *other;

	if (!service_uids_line(line, &base, &other))
		return;
	if (strcmp(other, home) == 0) {
		r->mine = base;
	} else if (access(other, F_OK) == 0) {
		sa_catul(&r->others, base);
		sa_cats(&r->others, " ");
		sa_cats(&r->others, other);
		sa_cats(&r->others, "\n");
	}
}

int
uids_registry_open(struct uids_registry *r, const char *path, const char *home)
{
	stralloc text = { 0 };
	char *line, *next;
	int got;

	memset(r, 0, sizeof(*r));
	r->path = path;
	if (make_folder(path) == -1)
		return -1;
	r->lock = lock_of(path);
	if (r->lock == -1)
		return -1;
	got = safefile_read(&text, path, REGISTRY_MAX);
	if (got == 1) {
		sa_0(&text);
		for (next = text.s; (line = strsep(&next, "\n"));)
			take_line(r, line, home);
	}
	sa_free(&text);
	return got == -1 ? -1 : 0;
}

int
uids_registry_write(struct uids_registry *r, const char *home,
    unsigned long base)
{
	stralloc text = { 0 };
	int result;

	sa_copy(&text, &r->others);
	if (base) {
		sa_catul(&text, base);
		sa_cats(&text, " ");
		sa_cats(&text, home);
		sa_cats(&text, "\n");
	}
	result = safefile_write(r->path, text.s, text.len, 0644, 0, 0);
	sa_free(&text);
	return result;
}

void
uids_registry_close(struct uids_registry *r)
{
	close(r->lock);
	sa_free(&r->others);
}

unsigned long
uids_pick(const struct uids_registry *r, const char *home)
{
	unsigned long wanted[2] = { r->mine, 0 }, base;
	char why[SERVICE_LINE_MAX];
	int i;

	if (service_uids_read(&wanted[1]) != 1)
		wanted[1] = 0;
	for (i = 0; i < 2; i++) {
		if (!wanted[i])
			continue;
		if (!service_uids_taken(why, sizeof(why), wanted[i], home,
		    r->path))
			return wanted[i];
		log_warn("the block of this home is taken, it gets another: ",
		    why);
	}
	base = service_uidbase_default;
	for (i = 0; i < UIDS_BLOCKS_MAX; i++, base += service_uidblock)
		if (!service_uids_taken(why, sizeof(why), base, home, r->path))
			return base;
	return 0;
}
