/* SPDX-License-Identifier: ISC */
#include "lib/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/service_dirs.h"
#include "lib/service_rest.h"
#include "lib/service_uids.h"
#include "lib/sock.h"

#define LETTERS_MAX 64 /* option letters of a program */
#define KEEP_MAX    64 /* descriptors from outside */

/* The descriptor that an environment variable names, or -1. */
static int
env_fd(const char *name)
{
	const char *s = getenv(name);
	char *end;
	long n;

	if (!s || !*s)
		return -1;
	n = strtol(s, &end, 10);
	return *end || n < 0 || n > 65535 ? -1 : (int)n;
}

/* Closes what nobody meant for us.  LISTEN_FDS and POSTERN_LISTEN_FDS count
 * descriptors from 3 on. */
static void
close_strays(const struct service *sv)
{
	int keep[KEEP_MAX] = { sv->ready_fd, sv->notify_fd, env_fd("SSLCTLFD"),
		env_fd("SSLREADFD"), env_fd("SSLWRITEFD") };
	int n = 5, i, passed = env_fd("LISTEN_FDS");
	int ours = env_fd("POSTERN_LISTEN_FDS");

	if (ours > passed)
		passed = ours;
	for (i = 0; i < passed && n < KEEP_MAX; i++)
		keep[n++] = 3 + i;
	confine_close_fds(keep, n);
}

/* Connected before the confinement, so that service_ready only writes. */
static int
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(sun.sun_path) || !strchr("/@", path[0]))
		return -1;
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun, (socklen_t)
	    (offsetof(struct sockaddr_un, sun_path) + len)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
take_options(struct service *sv, const char **home, const char *letters,
    void (*take)(void *arg, int letter, const char *value), void *arg)
{
	char all[LETTERS_MAX];
	int c;

	snprintf(all, sizeof(all), "C:d:%s", letters);
	while ((c = getopt(sv->argc, sv->argv, all)) != -1) {
		if (c == 'C')
			*home = optarg;
		else if (c == 'd')
			sv->ready_fd = atoi(optarg);
		else if (c == '?')
			log_fatal(100, "usage: ", sv->row->program,
			    " [-C HOME] [-d FD] ...; its man page tells all");
		else
			take(arg, c, optarg);
	}
	sv->argi = optind;
	if (sv->ready_fd != -1 && sv->ready_fd < 3)
		log_fatal(100, "-d wants a descriptor from 3 on");
}

/* Nobody else's uids: a wrong block would hand our files to a stranger. */
static void
check_uids(void)
{
	char home[SERVICE_LINE_MAX], why[SERVICE_LINE_MAX];
	uid_t base = service_uid(service_accounts[0].name) -
	    service_accounts[0].index;

	if (!getcwd(home, sizeof(home)))
		log_fatalsys(111, "unable to name the home");
	if (service_uids_taken(why, sizeof(why), base, home, SERVICE_REGISTRY))
		log_fatal(100, "cannot use uids from ", log_num(base), ": ",
		    why, "; run postern-uids ", home, " to get a free block");
}

static void
make_dirs(const struct service_row *row)
{
	const struct service_dir *dir;
	struct stat st;
	int i;

	for (i = 0; row->writes[i]; i++) {
		dir = service_dir_find(row->writes[i]);
		if (dir && service_dir_mend(dir) == -1)
			log_fatalsys(111, "unable to make or own ", dir->path);
	}
	for (i = 0; row->reads[i]; i++) {
		dir = service_dir_find(row->reads[i]);
		if (dir && stat(dir->path, &st) == -1 && errno == ENOENT &&
		    service_dir_mend(dir) == -1)
			log_fatalsys(111, "unable to make ", dir->path);
	}
}

/* Only a single account as caller can be told by mode; the rest, and this too,
 * is asked of the kernel at every connection. */
static void
bind_socket(struct service *sv, int i)
{
	const struct service_socket *s = &sv->row->serves[i];
	const char *group = NULL;
	struct service_dir dir = { .owner = "root", .group = "root",
		.mode = 0755 };
	uid_t uid = (uid_t)-1;
	char parent[64];
	int k;

	for (k = 0; s->callers[k]; k++)
		if (strcmp(s->callers[k], "root") != 0)
			group = group ? "" : s->callers[k];
	if (group && strcmp(group, "admin") == 0)
		group = "p-admin";
	if (group && (!*group || strcmp(group, "any") == 0 ||
	    strcmp(group, "members") == 0))
		group = NULL;
	snprintf(parent, sizeof(parent), "%.*s",
	    (int)(strrchr(s->path, '/') - s->path), s->path);
	dir.path = parent;
	if (service_dir_mend(&dir) == -1)
		log_fatalsys(111, "unable to make ", parent);
	if (sv->root)
		uid = service_uid(sv->row->account);
	sv->listeners[i] = (sv->row->late ? sock_bind : sock_listen)(s->path,
	    group ? 0660 : 0666, uid,
	    sv->root && group ? service_uid(group) : uid);
	if (sv->listeners[i] == -1)
		log_fatalsys(111, "unable to bind ", s->path);
}

void
service_start_with(struct service *sv, const char *program, int argc,
    char **argv, const char *letters,
    void (*take)(void *arg, int letter, const char *value), void *arg)
{
	const char *home = NULL;
	int i;

	log_program(program);
	memset(sv, 0, sizeof(*sv));
	sv->row = service_find(program);
	if (!sv->row || strcmp(sv->row->account, "caller") == 0)
		log_fatal(100, "no daemon ", program, " in conf-services");
	sv->ready_fd = -1;
	sv->argc = argc;
	sv->argv = argv;
	sv->root = geteuid() == 0;
	for (i = 0; i < SERVICE_SERVES_MAX; i++)
		sv->listeners[i] = -1;
	umask(077);
	take_options(sv, &home, letters, take, arg);
	sv->notify_fd = notify_open();
	close_strays(sv);
	/* a listener's acceptor starts in the home, and may not look above it */
	service_home(env_fd("POSTERN_LISTEN_FDS") == -1 ? home : ".");
	service_uid(sv->row->account);
	if (sv->root)
		check_uids();
	make_dirs(sv->row);
	for (i = 0; sv->row->serves[i].path; i++)
		bind_socket(sv, i);
}

void
service_start(struct service *sv, const char *program, int argc, char **argv)
{
	service_start_with(sv, program, argc, argv, "", NULL, NULL);
}

void
service_ready(struct service *sv)
{
	static const char ready[] = "READY=1\n";

	if (sv->ready_fd != -1) {
		if (write(sv->ready_fd, "\n", 1) == -1)
			log_warnsys("unable to tell readiness");
		close(sv->ready_fd);
		sv->ready_fd = -1;
	}
	if (sv->notify_fd != -1) {
		if (send(sv->notify_fd, ready, sizeof(ready) - 1,
		    MSG_NOSIGNAL) == -1)
			log_warnsys("unable to tell readiness");
		close(sv->notify_fd);
		sv->notify_fd = -1;
	}
	service_rest();
}

bool
service_may_call(const struct service *sv, int i, uid_t uid)
{
	const char *const *c;

	for (c = sv->row->serves[i].callers; *c; c++) {
		if (strcmp(*c, "any") == 0 || strcmp(*c, "members") == 0)
			return true;
		if (strcmp(*c, "root") == 0 && uid == 0)
			return true;
		if (strcmp(*c, "admin") == 0 &&
		    (uid == 0 || uid == service_uid("p-admin")))
			return true;
		if (strcmp(*c, "root") != 0 && strcmp(*c, "admin") != 0 &&
		    uid == service_uid(*c))
			return true;
	}
	return false;
}

void
service_stranger(const struct service *sv, int i, uid_t uid)
{
	static time_t last;
	static unsigned long unsaid;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == last) {
		unsaid++;
		return;
	}
	last = now.tv_sec;
	log_event("refused", "socket", sv->row->serves[i].path, "uid",
	    log_num(uid), "reason", "not a caller of this socket", "unsaid",
	    unsaid ? log_num(unsaid) : NULL);
	unsaid = 0;
}

int
service_accept(struct service *sv, int i, int flags, uid_t *uid)
{
	uid_t peer = (uid_t)-1;
	int fd;

	for (;;) {
		fd = sock_accept(sv->listeners[i], flags, &peer, NULL);
		if (fd == -1)
			return -1;
		if (service_may_call(sv, i, peer))
			break;
		service_stranger(sv, i, peer);
		close(fd);
	}
	if (uid)
		*uid = peer;
	return fd;
}
