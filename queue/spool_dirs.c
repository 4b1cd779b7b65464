/* SPDX-License-Identifier: ISC */
#include "queue/spool_dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TIME_DIGITS 10
#define DIR_DIGIT   5 /* of an id: the one that names its folder */
#define OPEN_DIR    (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static int root_fd = -1, tmp_fd = -1, dir_fds[SPOOL_DIRS];

static int
open_dir(const char *name)
{
	if (mkdirat(root_fd, name, 0700) == -1 && errno != EEXIST)
		return -1;
	return openat(root_fd, name, OPEN_DIR);
}

/* What a dead queued left half-written on a file system without O_TMPFILE. */
static int
empty_tmp(void)
{
	int fd = dup(tmp_fd);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return -1;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(tmp_fd, e->d_name, 0);
	closedir(d);
	return 0;
}

static int
take_lock(void)
{
	int fd = openat(root_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return fd == -1 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
}

int
spool_dirs_open(void)
{
	char name[2] = "";
	unsigned i;

	root_fd = open("queue", OPEN_DIR);
	if (root_fd == -1 || take_lock() == -1)
		return -1;
	for (i = 0; i < SPOOL_DIRS; i++) {
		name[0] = digits[i];
		dir_fds[i] = open_dir(name);
		/* a queued before us may have been killed before it could */
		if (dir_fds[i] == -1 || fsync(dir_fds[i]) == -1)
			return -1;
	}
	tmp_fd = open_dir("tmp");
	if (tmp_fd == -1 || empty_tmp() == -1)
		return -1;
	return fsync(root_fd);
}

int
spool_root(void)
{
	return root_fd;
}

int
spool_tmp(void)
{
	return tmp_fd;
}

int
spool_dir(unsigned n)
{
	return dir_fds[n];
}

char
spool_dir_name(unsigned n)
{
	return digits[n];
}

unsigned
spool_dir_of(const char *id)
{
	return (unsigned)(strchr(digits, id[DIR_DIGIT]) - digits);
}

bool
spool_is_id(const char *s)
{
	size_t n = strspn(s, digits);

	return !s[n] && n >= SPOOL_ID_LEN && n < QUEUE_ID_MAX;
}

static void
put_base36(char *out, uint64_t n, unsigned len)
{
	while (len--) {
		out[len] = digits[n % 36];
		n /= 36;
	}
}

void
spool_new_id(char id[QUEUE_ID_MAX])
{
	static uint64_t last;
	static uint32_t start;
	struct timespec ts;
	uint64_t now;

	while (!start)
		if (getrandom(&start, sizeof start, 0) != sizeof start)
			start = (uint32_t)getpid();
	clock_gettime(CLOCK_REALTIME, &ts);
	now = (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
	last = now > last ? now : last + 1;
	put_base36(id, last, TIME_DIGITS);
	put_base36(id + TIME_DIGITS, start, SPOOL_ID_LEN - TIME_DIGITS);
	id[SPOOL_ID_LEN] = 0;
}

int
spool_child_id(char out[QUEUE_ID_MAX], const char *id, char letter,
    unsigned long n)
{
	char num[16];
	size_t len = strlen(id), i = sizeof num;

	do {
		num[--i] = digits[n % 36];
		n /= 36;
	} while (n && i);
	if (len + 1 + sizeof num - i >= QUEUE_ID_MAX)
		return -1;
	memcpy(out, id, len);
	out[len] = letter;
	memcpy(out + len + 1, num + i, sizeof num - i);
	out[len + 1 + sizeof num - i] = 0;
	return 0;
}

int
spool_file(const char *id, int flags)
{
	return openat(spool_dir(spool_dir_of(id)), id,
	    flags | O_CLOEXEC | O_NOFOLLOW);
}
