/* SPDX-License-Identifier: ISC */
/* calls - counts what the processes of a cgroup ask of the kernel.
 *
 *   calls CGROUP TRACEFS
 *
 * CGROUP is a folder of a cgroup v2 file system, TRACEFS where tracefs is
 * mounted.  Says "ready", counts until its input ends, prints JSON: system
 * calls, those that sync, forks, execs, context switches.  As root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPUS_MAX 1024

static const struct count {
	const char *name, *event; /* NULL: context switches */
	int call[4];              /* of these only; 0 ends them */
} counts[] = {
	{ "syscalls", "raw_syscalls/sys_enter", { 0 } },
	{ "fsync", "raw_syscalls/sys_enter",
	    { SYS_fsync, SYS_fdatasync, SYS_sync_file_range, 0 } },
	{ "syncfs", "raw_syscalls/sys_enter", { SYS_syncfs, SYS_sync, 0 } },
	{ "fork", "sched/sched_process_fork", { 0 } },
	{ "exec", "sched/sched_process_exec", { 0 } },
	{ "switches", NULL, { 0 } },
};
#define COUNTS (sizeof counts / sizeof counts[0])

static void
die(const char *what)
{
	fprintf(stderr, "calls: %s: %s\n", what, strerror(errno));
	exit(111);
}

static unsigned long
event_id(const char *tracefs, const char *event)
{
	char path[4096];
	unsigned long id = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/events/%s/id", tracefs, event);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lu", &id) != 1)
		die(path);
	fclose(f);
	return id;
}

static void
narrow(int fd, const int *call)
{
	char filter[256];
	size_t n = 0;

	for (; *call; call++)
		n += (size_t)snprintf(filter + n, sizeof filter - n,
		    "%sid == %d", n ? " || " : "", *call);
	if (n && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter) == -1)
		die(filter);
}

static int
counter(const struct count *c, int group, int cpu, const char *tracefs)
{
	struct perf_event_attr a = { .size = sizeof a };
	int fd;

	a.type = c->event ? PERF_TYPE_TRACEPOINT : PERF_TYPE_SOFTWARE;
	a.config = c->event ? event_id(tracefs, c->event) :
	    PERF_COUNT_SW_CONTEXT_SWITCHES;
	fd = (int)syscall(SYS_perf_event_open, &a, group, cpu, -1,
	    PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC);
	if (fd == -1)
		die("perf_event_open");
	narrow(fd, c->call);
	return fd;
}

int
main(int argc, char **argv)
{
	static int fds[COUNTS][CPUS_MAX];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu;
	uint64_t sum[COUNTS] = { 0 }, n;
	size_t i;
	int group;

	if (argc != 3 || cpus > CPUS_MAX)
		return 100;
	group = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (group == -1)
		die(argv[1]);
	for (i = 0; i < COUNTS; i++)
		for (cpu = 0; cpu < cpus; cpu++)
			fds[i][cpu] = counter(&counts[i], group, (int)cpu,
			    argv[2]);
	printf("ready\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (i = 0; i < COUNTS; i++)
		for (cpu = 0; cpu < cpus; cpu++)
			if (read(fds[i][cpu], &n, sizeof n) == sizeof n)
				sum[i] += n;
	for (i = 0; i < COUNTS; i++)
		printf("%s\"%s\": %llu", i ? ", " : "{", counts[i].name,
		    (unsigned long long)sum[i]);
	printf("}\n");
	return 0;
}
