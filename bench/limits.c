/* SPDX-License-Identifier: ISC */
/* limits - what this machine can do: files made durable in Maildirs, with
 * nothing around them.
 *
 *   limits PROCESSES SECONDS SIZE DIR...
 *
 * Each process creates DIR/tmp/NAME, writes SIZE bytes, syncs it, renames it to
 * DIR/new and syncs that folder, over and over.  Prints JSON: files a second, CPU
 * of all processes for each. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *body;
static size_t size;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
deliver(const char *dir, int process, unsigned long n)
{
	char tmp[4096], new[4096];
	int fd, folder;

	snprintf(tmp, sizeof tmp, "%s/tmp/%d.%lu", dir, process, n);
	snprintf(new, sizeof new, "%s/new/%d.%lu", dir, process, n);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1 || write(fd, body, size) != (ssize_t)size ||
	    fsync(fd) == -1 || close(fd) == -1 || rename(tmp, new) == -1) {
		perror(tmp);
		_exit(111);
	}
	snprintf(new, sizeof new, "%s/new", dir);
	folder = open(new, O_RDONLY | O_DIRECTORY);
	if (folder == -1 || fsync(folder) == -1) {
		perror(new);
		_exit(111);
	}
	close(folder);
}

int
main(int argc, char **argv)
{
	int processes, i, status, bad = 0;
	unsigned long *counts, n, all = 0;
	double began = now(), until;
	struct rusage used;

	if (argc < 5)
		return 100;
	processes = atoi(argv[1]);
	until = began + atof(argv[2]);
	size = strtoul(argv[3], NULL, 10);
	body = calloc(1, size);
	counts = mmap(NULL, sizeof *counts * (size_t)processes,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < processes; i++)
		if (fork() == 0) {
			for (n = 0; now() < until; n++)
				deliver(argv[4 + (n * 7 + (unsigned long)i) %
				    (unsigned long)(argc - 4)], i, n);
			counts[i] = n;
			_exit(0);
		}
	while (wait(&status) > 0)
		bad |= status;
	for (i = 0; i < processes; i++)
		all += counts[i];
	getrusage(RUSAGE_CHILDREN, &used);
	printf("{\"per_s\": %.1f, \"cpu_ms\": %.4f}\n",
	    (double)all / (now() - began), all ? ((double)
	    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 + (double)
	    (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3) /
	    (double)all : 0.0);
	return bad != 0;
}
