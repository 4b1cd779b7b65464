/* SPDX-License-Identifier: ISC */
/* lib/confine.c: account, limits, descriptors; confine_alone. */
#include "lib/confine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/lib/check.h"
#include "tests/service/tries.h"

static int
memory_64m(void)
{
	void *p = malloc(64 << 20);

	return p ? 0 : -1;
}
static int
many_files(void)
{
	int i;

	for (i = 0; i < 100; i++)
		if (dup(0) == -1)
			return -1;
	return 0;
}
/* One byte behind the first MiB; no signal comes of it. */
static int
write_far(int fd)
{
	return lseek(fd, 1 << 20, SEEK_SET) != -1 && write(fd, "x", 1) == 1 ?
	    0 : -1;
}
static int
large_file(void)
{
	return write_far(open("write/large", O_WRONLY | O_CREAT, 0600));
}
static int
large_memfd(void)
{
	return write_far(memfd_create("large", 0));
}
static int
larger_memfd(void)
{
	return ftruncate(memfd_create("larger", 0), (1 << 20) + 1);
}
static int
whole_memfd(void)
{
	int fd = memfd_create("whole", 0);

	return lseek(fd, (1 << 20) - 1, SEEK_SET) != -1 &&
	    write(fd, "x", 1) == 1 ? 0 : -1;
}
static int
become_root(void)
{
	return setuid(0);
}
static int
read_roots(void)
{
	return tries_open("outside/secret", O_RDONLY);
}

static const struct try rows[] = {
	{ "signal to a stranger, alone", TRIES_ALONE, 6, { 0 }, tries_signal_parent,
	    TRIES_FAILS },
	{ "make, link, move, remove, alone", TRIES_DIRS | TRIES_ALONE, 2, { 0 },
	    tries_work_inside, TRIES_WORKS },
	{ "fork, alone", TRIES_ALONE | TRIES_DROP, 0, { 0 }, tries_child, TRIES_FAILS },
	{ "much memory", TRIES_NUMB, 0, { 0 }, memory_64m, TRIES_FAILS },
	{ "many files", TRIES_NUMB, 0, { 0 }, many_files, TRIES_FAILS },
	{ "a large file", TRIES_NUMB, 0, { 0 }, large_file, TRIES_FAILS },
	{ "a large memfd", TRIES_NUMB, 0, { 0 }, large_memfd, TRIES_FAILS },
	{ "a larger memfd", TRIES_NUMB, 0, { 0 }, larger_memfd, TRIES_FAILS },
	{ "up to the limit", TRIES_NUMB, 0, { 0 }, whole_memfd, TRIES_WORKS },
	{ "root again", TRIES_DROP, 0, { 0 }, become_root, TRIES_FAILS },
	{ "a file of root's", TRIES_DROP, 0, { 0 }, read_roots, TRIES_FAILS },
};

static void
descriptors(void)
{
	int a = dup(0), b = dup(0), c = fcntl(0, F_DUPFD, 200), keep[2];

	keep[0] = c;
	keep[1] = b;
	confine_close_fds(keep, 2);
	CHECK("0 stays", fcntl(0, F_GETFD) != -1);
	CHECK("a stray goes", fcntl(a, F_GETFD) == -1);
	CHECK("one in the middle stays", fcntl(b, F_GETFD) != -1);
	CHECK("a high one stays", fcntl(c, F_GETFD) != -1);
	confine_close_fds(NULL, 0);
	CHECK("all go", fcntl(b, F_GETFD) == -1 && fcntl(c, F_GETFD) == -1);
}

int
main(void)
{
	return tries_main(rows, sizeof(rows) / sizeof(rows[0]), descriptors);
}
