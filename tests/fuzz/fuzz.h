/* SPDX-License-Identifier: ISC */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/* What the harnesses f_*.c share.  Each has LLVMFuzzerTestOneInput and may
 * have FUZZ_BEGIN; they run under libFuzzer (make fuzz) or under
 * tests/fuzz/main.c (make test). */
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What must hold for every input. */
#define FUZZ_HOLDS(cond) ((cond) ? (void)0 : fuzz_broken(#cond, __LINE__))

static inline void
fuzz_broken(const char *what, int line)
{
	fprintf(stderr, "line %d: does not hold: %s\n", line, what);
	abort();
}

/* A copy of exactly len bytes, so that a byte too far is seen; free it. */
static inline char *
fuzz_copy(const void *data, size_t len)
{
	char *p = malloc(len ? len : 1);

	if (!p)
		abort();
	*p = 0;
	if (len)
		memcpy(p, data, len);
	return p;
}

/* The same with a NUL behind it. */
static inline char *
fuzz_string(const void *data, size_t len)
{
	char *p = malloc(len + 1);

	if (!p)
		abort();
	if (len)
		memcpy(p, data, len);
	p[len] = 0;
	return p;
}

/* The input taken apart: bytes for choices, then parts. */
struct fuzz {
	const char *p;
	size_t len;
};

static inline unsigned
fuzz_byte(struct fuzz *f)
{
	if (!f->len)
		return 0;
	f->len--;
	return (unsigned char)*f->p++;
}

/* Up to the next byte "end" (dropped), or all there is. */
static inline struct fuzz
fuzz_part(struct fuzz *f, char end)
{
	struct fuzz part = { f->p, f->len };
	const char *at = f->len ? memchr(f->p, end, f->len) : NULL;

	if (at)
		part.len = (size_t)(at - f->p);
	f->p += part.len + (at != NULL);
	f->len -= part.len + (at != NULL);
	return part;
}

/* A folder of our own to work in, removed at the end; a file in it. */
static inline int
fuzz_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void
fuzz_remove(void)
{
	const char *dir = getenv("FUZZ_SCRATCH");

	if (dir && nftw(dir, fuzz_remove_one, 8, FTW_DEPTH | FTW_PHYS) == -1)
		perror(dir);
}

static inline void
fuzz_scratch(void)
{
	char disk[] = "/tmp/postern-fuzz.XXXXXX";
	char memory[] = "/dev/shm/postern-fuzz.XXXXXX";
	char *dir = mkdtemp(memory);

	if (!dir)
		dir = mkdtemp(disk);
	if (!dir || chdir(dir) == -1 ||
	    setenv("FUZZ_SCRATCH", dir, 1) == -1 || atexit(fuzz_remove))
		abort();
}

/* Once, before the first input: prepare(), often fuzz_scratch. */
#define FUZZ_BEGIN(prepare)                                                    \
	int LLVMFuzzerInitialize(int *argc, char ***argv)                      \
	{                                                                      \
		(void)argc;                                                    \
		(void)argv;                                                    \
		prepare();                                                     \
		return 0;                                                      \
	}

static inline void
fuzz_file(const char *name, const void *data, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len || close(fd))
		abort();
}

#endif
