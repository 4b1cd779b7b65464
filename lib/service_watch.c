/* SPDX-License-Identifier: ISC */
#include "lib/service_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/service.h"

#define PATH_BYTES 64
#define LINE_BYTES 200

/* A daemon whose socket was removed, or taken by another's, serves nobody and
 * does not notice.  It cannot bind anew: run/ is not its own any more.  So it
 * ends, as after a kill, and its supervisor starts it again.  The kernel tells
 * of changes in the folder by SIGURG (dnotify), which costs nothing until
 * then; a daemon's every wait takes EINTR. */
static struct {
	const char *path;
	dev_t dev;
	ino_t ino;
	char line[LINE_BYTES];
} watched[SERVICE_SERVES_MAX];
static int nwatched;
static int folders[SERVICE_SERVES_MAX], nfolders;

/* Only what a signal handler may call. */
static void
look(int sig)
{
	int saved = errno, i;
	struct stat st;

	(void)sig;
	for (i = 0; i < nwatched; i++) {
		if (lstat(watched[i].path, &st) == 0
			? st.st_dev == watched[i].dev &&
			    st.st_ino == watched[i].ino
			: errno != ENOENT)
			continue;
		if (write(2, watched[i].line, strlen(watched[i].line)) == -1)
			_exit(111);
		_exit(111);
	}
	errno = saved;
}

static int
tell_changes(const char *path)
{
	char parent[PATH_BYTES];
	int fd;

	snprintf(parent, sizeof(parent), "%.*s",
	    (int)(strrchr(path, '/') - path), path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fcntl(fd, F_SETSIG, SIGURG) == -1 ||
	    fcntl(fd, F_NOTIFY, DN_DELETE | DN_RENAME | DN_MULTISHOT) == -1) {
		close(fd);
		return -1;
	}
	folders[nfolders++] = fd; /* stays open: it is the watch */
	return 0;
}

static void
in_child(void)
{
	while (nfolders)
		close(folders[--nfolders]);
	nwatched = 0;
}

pid_t
service_fork(void)
{
	pid_t pid = _Fork();

	if (pid == 0)
		in_child();
	return pid;
}

static bool
is_sibling(const char *a, const char *b)
{
	size_t n = (size_t)(strrchr(a, '/') - a);

	return strncmp(a, b, n + 1) == 0 && !strchr(b + n + 1, '/');
}

void
service_watch(const struct service *sv)
{
	const char *path;
	struct stat st;
	int i;

	sigaction(SIGURG,
	    &(struct sigaction){ .sa_handler = look, .sa_flags = SA_RESTART },
	    NULL);
	pthread_atfork(NULL, NULL, in_child);
	for (i = 0; (path = sv->row->serves[i].path); i++) {
		if (lstat(path, &st) == -1)
			log_fatalsys(111, "its socket ", path, " is gone");
		watched[i].path = path;
		watched[i].dev = st.st_dev;
		watched[i].ino = st.st_ino;
		snprintf(watched[i].line, sizeof(watched[i].line),
		    "%s: warning: its socket %s was removed or replaced: "
		    "ending, to be started again\n", sv->row->program, path);
		nwatched = i + 1;
		if ((!i || !is_sibling(path, watched[i - 1].path)) &&
		    tell_changes(path) == -1) {
			log_warnsys("unable to watch the socket ", path);
			return;
		}
	}
	look(0);
}
