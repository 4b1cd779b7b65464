/* SPDX-License-Identifier: ISC */
#ifndef LIB_TABLE_H
#define LIB_TABLE_H

/* A compiled cdb, read by mmap, that notices when it is replaced.
 *
 * The table is opened at its first look-up; every look-up (or the first one of a
 * turn, see table_turn) does one stat of the path and maps the new file when
 * inode, size or mtime changed.  A file that
 * is cut short or damaged fails with EBADMSG, never a crash (every offset is
 * checked; a file is written aside and renamed, so it never shrinks in place).
 * lib/table.c is one of the two files that include tinycdb's <cdb.h>. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct table {
	const char *path; /* borrowed; relative to the home */
	int dirfd;        /* AT_FDCWD unless set by table_init_at */
	struct table_map *map;
};

void table_init(struct table *t, const char *path);
/* 1: *data points into the map, good until the next call on t.  0: no such
 * key.  -1: errno (ENOENT: no file; EBADMSG: damaged). */
int table_get(struct table *t, const char *key, size_t keylen,
    const char **data, size_t *len);
/* The same in the file that the last call looked at, without the stat: for
 * look-ups that belong together. */
int table_get_same(struct table *t, const char *key, size_t keylen,
    const char **data, size_t *len);
/* Looks at the file now.  1: it was replaced since the last call (or first
 * opened), 0: as before, -1: errno. */
int table_refresh(struct table *t);
/* A number that changes whenever the file is replaced. */
unsigned long table_generation(const struct table *t);
/* Calls each(key, value) for every record of the table as it is now; stops and
 * returns what each returned when that is not 0. */
int table_each(struct table *t,
    int (*each)(void *arg, const char *key, size_t keylen, const char *data,
	size_t len),
    void *arg);
void table_close(struct table *t);
/* A program that answers many questions at once calls this before each lot of
 * them: they all get what the tables said at their first look-up in it. */
void table_turn(void);

#endif
