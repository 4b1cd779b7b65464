/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_TOOL_H
#define CDB_TOOLS_TOOL_H

/* What userdb, aliasdb and netdb have in common: options, the lock, compiled
 * files that replace the old ones, JSON.  Calls here end the program with a
 * message when they cannot do their work: 100 usage, 111 try again. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>
#include "cdb-tools/cdbout.h"
#include "lib/line.h"
#include "lib/sa.h"

#define TOOL_LOCK_SECONDS 60 /* patience with another tool at work */
#define TOOL_LOCK_PATH    "cdb/lock"

struct admin_tool;
struct tool {
	const char *program, *usage; /* borrowed */
	bool json, force, keep_apps, purge;
	const char *hash; /* --hash HASH, NULL: not there */
	int argc; /* words behind the options, the command first */
	char **argv;
};
/* Reads -C DIR, --json and the like wherever they stand; enters the home; has
 * admind run it where we may not; from here on, changes are audited. */
void tool_start(struct tool *t, const struct admin_tool *who, const char *usage,
    int argc, char **argv);
void tool_usage(const struct tool *t) __attribute__((noreturn));
/* Does argv[0] say so, with min to max words behind it?  Wrong number: usage. */
bool tool_is(const struct tool *t, const char *command, int min, int max);
/* Who owns what we make: p-admin. */
uid_t tool_owner(void);
/* Replaces a text of etc/ by another.  secret: the world never reads it.  0 or
 * -1: nothing has changed.  Hold the lock. */
int tool_replace(const char *path, const stralloc *text, bool secret);
/* Removes what a killed tool left of writing that file.  Hold the lock. */
void tool_sweep(const char *path);
/* Keeps other tools out to our end; twice is once.  Read sources after it. */
void tool_lock(void);
/* For who only reads: no change is half way in the texts between these two.  Who
 * may not have the lock reads without. */
int tool_share(void);
void tool_unshare(int fd);
/* The time that compiled files carry: later than that of any source written
 * before tool_lock, earlier than that of any written after, so that make misses
 * no edit, however quick, and repeats no work. */
void tool_stamp(struct timespec times[2]);
/* Errors in the sources: prints them and ends the program with 100. */
void tool_sources(const struct line_errors *e, const char *kept);
/* All of out to stdout; out is empty then.  try: 0, or -1 with errno. */
void tool_print(stralloc *out);
int tool_try_print(const stralloc *out);
/* Before a change whose answer matters: ends the program (100) where stdout is
 * closed, or nobody reads it. */
void tool_need_stdout(void);
/* A change is made: says so where JSON is wanted.  0. */
int tool_done(const struct tool *t);
/* The exit code where a text cannot be read: 100 for who may not, else 111; ends
 * the program where admind, which might, is down. */
int tool_read_code(void);
/* A table cannot be read: says so and ends the program, by that code. */
void tool_unread(const char *table, const char *program)
    __attribute__((noreturn));
/* What to say of a text that p-admin may not read, where that is the reason. */
const char *tool_eacces(const char *program);
/* The first line of stdin, without its end; too long: 100. */
void tool_read_line(char *line, size_t size, const char *what);
/* "..." with what JSON wants escaped. */
void tool_json(stralloc *out, const char *s, size_t len);
/* ,"key":"value" (no comma behind a '{'). */
void tool_json_pair(stralloc *out, const char *key, const char *value);
/* ,"key":[the first of them],"key_total":how many there are */
void tool_json_errors(
    stralloc *out, const char *key, const struct line_errors *e);

/* A compiled file on its way.  Hold the lock. */
struct outfile {
	const char *path; /* borrowed */
	stralloc tmp;
	int fd;
	struct cdbout *cdb; /* NULL: plain bytes */
	struct outfile *next; /* of those that are on their way */
};
/* account: who alone may read it besides root, NULL: everybody.  Makes the
 * folder where it is missing. */
void outfile_begin(struct outfile *o, const char *path, const char *account);
void outfile_cdb(struct outfile *o); /* it is a cdb: begins with the version */
void outfile_put(struct outfile *o, const void *key, size_t keylen,
    const void *data, size_t len);
void outfile_write(struct outfile *o, const char *data, size_t len);
/* All is written and on disk; only the name is missing. */
void outfile_ready(struct outfile *o);
void outfile_commit(struct outfile *o);
/* Unlinks all that are on their way, as failures here do. */
void outfile_drop(void);

#endif
