/* SPDX-License-Identifier: ISC */
#include "deliver/answered.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "deliver/local_key.h"
#include "lib/safefile.h"

struct entry {
	char hash[8];
	uint64_t when;
};

/* Under our key: who wrote is nobody's to read from a mailbox's folder. */
static void
hash_of(char out[8], const char *who)
{
	unsigned char key[TOKEN_KEY_BYTES];
	char token[TOKEN_MAX + 1];
	stralloc lower = { 0 };

	local_key(key, "answered");
	sa_copy_lower(&lower, who);
	token_make(token, 8, key, lower.s);
	memcpy(out, token, 8);
	sa_free(&lower);
}

/* The one entry to write to: who's own, a free one, or the oldest. */
static struct entry *
find(struct entry *all, size_t *n, const char *hash)
{
	struct entry *e, *oldest = all;

	for (e = all; e < all + *n; e++) {
		if (memcmp(e->hash, hash, 8) == 0)
			return e;
		if (e->when < oldest->when)
			oldest = e;
	}
	if (*n == ANSWERED_MAX)
		return oldest;
	++*n;
	e->when = 0;
	return e;
}

static unsigned
count_since(const struct entry *all, size_t n, uint64_t since)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += all[i].when >= since;
	return sum;
}

/* The entries of the file, and how many; -1. */
static int
load(struct entry all[ANSWERED_MAX], size_t *n, const char *path)
{
	stralloc text = { 0 };
	int rc = safefile_read(&text, path, ANSWERED_MAX * sizeof *all);

	if (rc == -1)
		return -1;
	*n = rc == 1 ? text.len / sizeof *all : 0;
	memcpy(all, text.s ? text.s : "", *n * sizeof *all);
	sa_free(&text);
	return 0;
}

static int
save(const struct entry *all, size_t n, const char *path)
{
	return safefile_write(path, (const char *)all, n * sizeof *all, 0600,
	    (uid_t)-1, (gid_t)-1);
}

static struct entry entries[ANSWERED_MAX];

static int
note(const char *path, const char *hash, uint64_t now, uint64_t seconds,
    unsigned most)
{
	struct entry *e;
	size_t n;

	if (load(entries, &n, path) == -1)
		return -1;
	if (most && count_since(entries, n, now - seconds) >= most)
		return 0;
	e = find(entries, &n, hash);
	if (memcmp(e->hash, hash, 8) == 0 && e->when && e->when <= now &&
	    now - e->when < seconds)
		return 0;
	memcpy(e->hash, hash, 8);
	e->when = now;
	return save(entries, n, path) == 0 ? 1 : -1;
}

static int
forget(const char *path, const char *hash)
{
	size_t n, i;

	if (load(entries, &n, path) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (memcmp(entries[i].hash, hash, 8) == 0)
			break;
	if (i == n)
		return 0;
	entries[i] = entries[n - 1];
	return save(entries, n - 1, path);
}

/* The lock of the file; -1. */
static int
lock(const char *path)
{
	stralloc name = { 0 };
	int fd;

	sa_copys(&name, path);
	sa_cat0(&name, ".lock");
	fd = open(
	    name.s, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	sa_free(&name);
	if (fd != -1 && flock(fd, LOCK_EX) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
answered_note(const char *path, const char *who, uint64_t now,
    uint64_t seconds, unsigned most)
{
	int fd = lock(path), rc;
	char hash[8];

	if (fd == -1)
		return -1;
	hash_of(hash, who);
	rc = note(path, hash, now, seconds, most);
	close(fd);
	return rc;
}

int
answered_forget(const char *path, const char *who)
{
	int fd = lock(path), rc;
	char hash[8];

	if (fd == -1)
		return -1;
	hash_of(hash, who);
	rc = forget(path, hash);
	close(fd);
	return rc;
}
