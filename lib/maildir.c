/* SPDX-License-Identifier: ISC */
#include "lib/maildir.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/text.h"

#define HOST_MAX 100 /* bytes of the host's name that go into a file name */

/* The number of ",S=123" (letter 'S'); 1 or 0. */
static int
scan_size(const char *name, size_t len, char letter, uint64_t *n)
{
	size_t i, digits;

	for (i = 0; i + 3 < len; i++) {
		if (name[i] != ',' || name[i + 1] != letter ||
		    name[i + 2] != '=')
			continue;
		i += 3;
		digits = text_scan(n, name + i, len - i);
		return digits && (i + digits == len || name[i + digits] == ',');
	}
	return 0;
}

int
maildir_found(struct maildir_name *m, const char *name, size_t len)
{
	const char *colon;

	*m = (struct maildir_name){ .flags = "" };
	if (!len || len > MAILDIR_NAME_MAX || name[0] == '.' ||
	    memchr(name, '/', len) || memchr(name, '\0', len))
		return 0;
	colon = memchr(name, ':', len);
	m->baselen = colon ? (size_t)(colon - name) : len;
	if (!m->baselen)
		return 0;
	if (len - m->baselen > 3 && memcmp(colon, ":2,", 3) == 0) {
		m->flags = colon + 3;
		m->flagslen = len - m->baselen - 3;
	}
	m->has_size = scan_size(name, m->baselen, 'S', &m->size);
	m->has_wsize = scan_size(name, m->baselen, 'W', &m->wsize);
	return 1;
}

int
maildir_parse(struct maildir_name *m, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return 0;
	return maildir_found(m, name, len);
}

/* FNV-1a: tells the few paths of one message apart; nobody gains by making
 * two of his own message's copies collide. */
static void
cat_path_hash(stralloc *out, const char *path)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t h = 14695981039346656037ULL;
	int shift;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 1099511628211ULL;
	for (shift = 60; shift >= 0; shift -= 4)
		sa_append(out, hex[h >> shift & 15]);
}

static void
cat_safe(stralloc *out, const char *s)
{
	size_t i;

	for (i = 0; i < HOST_MAX && s[i]; i++) {
		bool ok = (s[i] >= 'a' && s[i] <= 'z') ||
			  (s[i] >= 'A' && s[i] <= 'Z') ||
			  (s[i] >= '0' && s[i] <= '9') || s[i] == '.' ||
			  s[i] == '-';

		sa_append(out, ok ? s[i] : '_');
	}
}

void
maildir_make(stralloc *out, uint64_t wall_s, const char *rootid,
    const char *path, const char *host, uint64_t size, uint64_t wsize)
{
	sa_clear(out);
	sa_catul(out, wall_s);
	sa_cats(out, ".P");
	cat_safe(out, rootid);
	sa_append(out, '.');
	cat_path_hash(out, path);
	sa_append(out, '.');
	cat_safe(out, host);
	/* a file name holds 255 bytes, and ":2," with flags comes behind */
	if (out->len > MAILDIR_NAME_MAX - 80)
		out->len = MAILDIR_NAME_MAX - 80;
	sa_cats(out, ",S=");
	sa_catul(out, size);
	sa_cats(out, ",W=");
	sa_catul(out, wsize);
	sa_0(out);
}

const char *const maildir_folders[MAILDIR_FOLDERS] = { "tmp", "new", "cur" };

/* 1 made, 0 was there, -1. */
static int
make_dir(int fd, const char *name)
{
	if (mkdirat(fd, name, 0700) == 0)
		return 1;
	return errno == EEXIST ? 0 : -1;
}

/* New folders are on disk before anything lies in them.  Those that may not be
 * go again: the next one who comes would take them for old. */
static int
make_inside(int fd)
{
	bool made[MAILDIR_FOLDERS] = { false };
	int rc = 0, saved;
	size_t i;

	for (i = 0; i < MAILDIR_FOLDERS && rc != -1; i++) {
		rc = make_dir(fd, maildir_folders[i]);
		made[i] = rc == 1;
	}
	if (rc != -1)
		rc = made[0] || made[1] || made[2] ? fsync(fd) : 0;
	if (rc == 0)
		return 0;
	saved = errno;
	for (i = 0; i < MAILDIR_FOLDERS; i++)
		if (made[i])
			unlinkat(fd, maildir_folders[i], AT_REMOVEDIR);
	errno = saved;
	return -1;
}

static void
remove_empty(int maildirs_fd, int fd, const char *mailbox)
{
	size_t i;

	for (i = 0; i < MAILDIR_FOLDERS; i++)
		unlinkat(fd, maildir_folders[i], AT_REMOVEDIR);
	unlinkat(maildirs_fd, mailbox, AT_REMOVEDIR);
}

int
maildir_create(int maildirs_fd, const char *mailbox)
{
	int made, fd, rc, saved;

	if (!*mailbox || strchr(mailbox, '/') || strcmp(mailbox, ".") == 0 ||
	    strcmp(mailbox, "..") == 0) {
		errno = EINVAL;
		return -1;
	}
	made = make_dir(maildirs_fd, mailbox);
	if (made == -1)
		return -1;
	fd = openat(maildirs_fd, mailbox,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = make_inside(fd);
	if (rc == 0 && made)
		rc = fsync(maildirs_fd);
	saved = errno;
	if (rc == -1 && made)
		remove_empty(maildirs_fd, fd, mailbox);
	close(fd);
	errno = saved;
	return rc;
}
