/* SPDX-License-Identifier: ISC */
#ifndef LIB_SAFEFILE_H
#define LIB_SAFEFILE_H

/* Files that are replaced whole or not at all, and small settings files. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "lib/sa.h"
#include "lib/setting_table.h"

/* Writes path.tmp.PID, fsyncs, renames over path, fsyncs the directory. 0 or
 * -1; on failure path is untouched and nothing is left behind.  Owner and
 * mode: as given (uid -1 keeps the process's; when path exists, mode 0 and uid
 * -1 keep the ones it has). */
int safefile_write(const char *path, const char *data, size_t len, mode_t mode,
    uid_t uid, gid_t gid);
/* The same in steps, for large output: the fd to write to, then commit or
 * abort.  *tmp receives the temporary name. */
int safefile_begin(stralloc *tmp, const char *path, mode_t mode);
int safefile_commit(int fd, const stralloc *tmp, const char *path);
void safefile_abort(int fd, const stralloc *tmp);
/* fsyncs the folder that path lies in. */
int safefile_syncdir(const char *path);

/* Reads a whole file of at most max bytes (EFBIG past it). 1, 0: no such file,
 * -1. Never follows a symlink in the last component. */
int safefile_read(stralloc *out, const char *path, size_t max);

/* etc/NAME, djb style: the first line is the value, blanks trimmed. */
#define SETTING_MAX 4096 /* bytes of a settings file */
/* 1: out holds the value; 0: no file, or an empty first line; -1. */
int setting_get(stralloc *out, const char *name);
/* The host name of etc/me: as setting_get, where it is one.  Where it is not, that
 * is logged once, and it is the last good one, or none (0). */
int setting_me(stralloc *out);
#define SETTING_ME_FAULT                                                       \
	"no host name; write this machine's full name, as in mail.example.com"
/* The number that a row of the table is about; the default where there is no
 * file.  A value that cannot be is logged once as a warning that names the
 * file, what is wrong, what to write, and the value used instead: the last
 * good one that this process (or the one it was forked from) saw, else the
 * default. */
uint64_t setting_number(enum setting which);
/* The same, for who reads only when setting_changed(seen) says so: where the
 * file could not be read, seen is forgotten, so that the next look tries it
 * again. */
uint64_t setting_number_seen(struct stat *seen, enum setting which);
/* The same for a word: one of the row's words. */
const char *setting_word(enum setting which);
/* Is the file (a path from the home) another one, or changed, since seen was
 * filled in?  Fills it in.  seen zeroed: false where there is no file. */
bool setting_changed(struct stat *seen, const char *path);

#endif
