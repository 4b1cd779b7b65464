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

	local_key(key, "answered");
	token_make(token, 8, key, who);
	memcpy(out, token, 8);
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

static int
note(const char *path, const char *hash, uint64_t now, uint64_t seconds,
    unsigned most)
{
	static struct entry all[ANSWERED_MAX];
	stralloc text = { 0 };
	struct entry *e;
	size_t n;
	int rc = safefile_read(&text, path, sizeof all);

	if (rc == -1)
		return -1;
	n = rc == 1 ? text.len / sizeof *all : 0;
	memcpy(all, text.s ? text.s : "", n * sizeof *all);
	sa_free(&text);
	if (most && count_since(all, n, now - seconds) >= most)
		return 0;
	e = find(all, &n, hash);
	if (memcmp(e->hash, hash, 8) == 0 && e->when && e->when <= now &&
	    now - e->when < seconds)
		return 0;
	memcpy(e->hash, hash, 8);
	e->when = now;
	return safefile_write(path, (char *)all, n * sizeof *all, 0600,
		   (uid_t)-1, (gid_t)-1) == 0
		   ? 1
		   : -1;
}

int
answered_note(const char *path, const char *who, uint64_t now,
    uint64_t seconds, unsigned most)
{
	stralloc name = { 0 };
	char hash[8];
	int fd, rc = -1;

	sa_copys(&name, path);
	sa_cat0(&name, ".lock");
	hash_of(hash, who);
	fd = open(
	    name.s, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1 && flock(fd, LOCK_EX) == 0)
		rc = note(path, hash, now, seconds, most);
	if (fd != -1)
		close(fd);
	sa_free(&name);
	return rc;
}
