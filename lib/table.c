/* SPDX-License-Identifier: ISC */
#include "lib/table.h"
#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOC_BYTES   2048 /* 256 pairs of position and slots begin a cdb */
#define TOC_ENTRIES 256
#define SLOT_BYTES  8

struct table_map {
	struct cdb cdb;
	bool open; /* cdb is mapped, and is the file of st */
	struct stat st;
	unsigned long generation, told;
	unsigned long looked; /* in this turn: not again */
};

static _Atomic unsigned long turn; /* 0: this program has none */

void
table_turn(void)
{
	turn++;
}

void
table_init(struct table *t, const char *path)
{
	*t = (struct table){ .path = path, .dirfd = AT_FDCWD };
}

void
table_close(struct table *t)
{
	if (!t->map)
		return;
	if (t->map->open)
		cdb_free(&t->map->cdb);
	free(t->map);
	t->map = NULL;
}

unsigned long
table_generation(const struct table *t)
{
	return t->map ? t->map->generation : 0;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Do the hash tables fill exactly what lies behind the records?  A file cut
 * short anywhere fails here, so that no look-up meets half of one.  Damage
 * inside is left to cdb_find, which checks every offset it follows. */
static bool
is_whole(const struct cdb *c)
{
	unsigned long long slots = 0;
	unsigned i, pos, n, first = UINT_MAX;

	for (i = 0; i < TOC_ENTRIES; i++) {
		pos = cdb_unpack(c->cdb_mem + 8 * i);
		n = cdb_unpack(c->cdb_mem + 8 * i + 4);
		if (pos < TOC_BYTES || pos > c->cdb_fsize ||
		    n > (c->cdb_fsize - pos) / SLOT_BYTES)
			return false;
		if (pos < first)
			first = pos;
		slots += n;
	}
	return first == c->cdb_dend &&
	       first + slots * SLOT_BYTES == c->cdb_fsize;
}

/* Maps the file at fd; its stat is in m->st. */
static int
map_file(struct table_map *m, int fd)
{
	if (fstat(fd, &m->st) == -1)
		return -1;
	if (!S_ISREG(m->st.st_mode) || m->st.st_size < TOC_BYTES ||
	    m->st.st_size > (off_t)UINT_MAX) {
		errno = EBADMSG;
		return -1;
	}
	if (cdb_init(&m->cdb, fd) == -1) {
		if (errno == EPROTO)
			errno = EBADMSG;
		return -1;
	}
	if (!is_whole(&m->cdb)) {
		cdb_free(&m->cdb);
		errno = EBADMSG;
		return -1;
	}
	m->open = true;
	m->generation++;
	return 0;
}

static int
reopen(struct table *t)
{
	struct table_map *m = t->map;
	int fd, rc, saved;

	if (m->open)
		cdb_free(&m->cdb);
	m->open = false;
	fd = openat(t->dirfd, t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return -1;
	rc = map_file(m, fd);
	saved = errno;
	close(fd); /* the map stays */
	errno = saved;
	return rc;
}

/* Makes sure that the file as it is now is mapped. */
static int
follow(struct table *t)
{
	unsigned long now = turn;
	struct stat st;

	if (!t->map) {
		t->map = calloc(1, sizeof(*t->map));
		if (!t->map)
			return -1;
	}
	if (t->map->open && now && t->map->looked == now)
		return 0;
	t->map->looked = now;
	if (t->map->open && fstatat(t->dirfd, t->path, &st, 0) == 0 &&
	    same_file(&st, &t->map->st))
		return 0;
	return reopen(t);
}

int
table_refresh(struct table *t)
{
	if (follow(t) == -1)
		return -1;
	if (t->map->told == t->map->generation)
		return 0;
	t->map->told = t->map->generation;
	return 1;
}

static int
find(struct table_map *m, const char *key, size_t keylen, const char **data,
    size_t *len)
{
	int rc;

	if (keylen > UINT_MAX)
		return 0;
	rc = cdb_find(&m->cdb, key, (unsigned)keylen);
	if (rc > 0) {
		*len = cdb_datalen(&m->cdb);
		*data = cdb_getdata(&m->cdb);
		if (*data)
			return 1;
		rc = -1;
	}
	if (rc == -1)
		errno = EBADMSG;
	return rc;
}

int
table_get(struct table *t, const char *key, size_t keylen, const char **data,
    size_t *len)
{
	if (follow(t) == -1)
		return -1;
	return find(t->map, key, keylen, data, len);
}

int
table_get_same(struct table *t, const char *key, size_t keylen,
    const char **data, size_t *len)
{
	if (!t->map || !t->map->open)
		return table_get(t, key, keylen, data, len);
	return find(t->map, key, keylen, data, len);
}

/* Walks the records itself: cdb_seqnext lets a huge length pass. */
int
table_each(struct table *t,
    int (*each)(void *arg, const char *key, size_t keylen, const char *data,
	size_t len),
    void *arg)
{
	size_t pos = TOC_BYTES, end, klen, dlen;
	const char *mem;
	int rc;

	if (follow(t) == -1)
		return -1;
	mem = (const char *)t->map->cdb.cdb_mem;
	end = t->map->cdb.cdb_dend;
	while (pos < end) {
		if (end - pos < 8)
			break;
		klen = cdb_unpack((const unsigned char *)mem + pos);
		dlen = cdb_unpack((const unsigned char *)mem + pos + 4);
		pos += 8;
		if (klen > end - pos || dlen > end - pos - klen)
			break;
		rc = each(arg, mem + pos, klen, mem + pos + klen, dlen);
		if (rc)
			return rc;
		pos += klen + dlen;
	}
	if (pos == end)
		return 0;
	errno = EBADMSG;
	return -1;
}
