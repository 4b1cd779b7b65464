/* SPDX-License-Identifier: ISC */
/* Files: reading, writing and moving what belongs to another room. */
#include "tests/breakout/breakout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OTHER "mail/widget02/new/1.secret"
#define QUEUED "queue/secret"
#define FDS 64

static int
read_some(int fd)
{
	char c;
	ssize_t n;

	if (fd == -1)
		return errno;
	n = read(fd, &c, 1);
	close(fd);
	return n == 1 ? 0 : n == 0 ? EIO : errno;
}

static int
try_read(const char *path)
{
	return read_some(open(path, O_RDONLY));
}

static int
try_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static int
try_truncate(const char *path)
{
	struct stat st = { 0 };

	stat(path, &st);
	return failed(truncate(path, st.st_size));
}

static int
try_list(const char *path)
{
	char buf[1024];
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	return fd == -1 ? errno : failed(syscall(SYS_getdents64, fd, buf,
	    sizeof(buf)));
}

static int
try_create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd == -1)
		return errno;
	close(fd);
	unlink(path);
	return 0;
}

static int
try_replace(const char *path)
{
	char aside[256];

	snprintf(aside, sizeof(aside), "%s.aside", path);
	return rename(path, aside) == -1 ? errno : failed(rename(aside, path));
}

static int
try_chmod(const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 ? errno :
	    failed(chmod(path, st.st_mode & 07777));
}

/* Folders that one program or the other may write to. */
static const char *const writable[] = { "mail/demo/tmp", "mail", "queue",
	"log/relayd", "log/lastlogin", "etc", "/tmp", NULL };

static int
try_hardlink(const char *path)
{
	char to[256];
	int i, e = 0;

	for (i = 0; writable[i]; i++) {
		snprintf(to, sizeof(to), "%s/stolen", writable[i]);
		if (link(path, to) == 0)
			return failed(unlink(to));
		e = errno;
	}
	return e;
}

static int
try_symlink(const char *path)
{
	char to[256];
	int i, e = 0;

	for (i = 0; writable[i]; i++) {
		snprintf(to, sizeof(to), "%s/pointer", writable[i]);
		if (symlink(path, to) == 0)
			return failed(unlink(to));
		e = errno;
	}
	return e;
}

static int
try_device(const char *arg)
{
	char to[256];
	int i, e = 0;

	(void)arg;
	for (i = 0; writable[i]; i++) {
		snprintf(to, sizeof(to), "%s/device", writable[i]);
		if (mknod(to, S_IFIFO | 0600, 0) == 0)
			return failed(unlink(to));
		e = errno;
	}
	return e;
}

/* Through a folder that is open already. */
static int
try_upwards(const char *name)
{
	char path[256];
	int dir, r = EBADF;

	for (dir = 3; dir < FDS && r; dir++) {
		snprintf(path, sizeof(path), "../%s", name);
		r = read_some(openat(dir, path, O_RDONLY));
		if (!r)
			break;
		snprintf(path, sizeof(path), "../../%s", name);
		r = read_some(openat(dir, path, O_RDONLY));
	}
	if (r == EBADF || r == ENOTDIR) {
		snprintf(path, sizeof(path), "mail/demo/../%s", name);
		r = try_read(path);
	}
	return r;
}

static int
try_handle(const char *path)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mount, at = open(".", O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, path, &u.h, &mount, 0) == -1)
		return errno == EOPNOTSUPP ? BREAKOUT_NA : errno;
	return read_some(open_by_handle_at(at, &u.h, O_RDONLY));
}

static int
try_nothing(const char *arg)
{
	(void)arg;
	return failed(poll(NULL, 0, 1));
}

const struct attempt attempts_files[] = {
	{ "work at all", "sys base", "self", try_nothing, NULL },
	{ "read the password hashes", "read cdb/auth", "root", try_read,
	    "cdb/auth/users.cdb" },
	{ "read Dovecot's users", "read cdb/auth", "root", try_read,
	    "cdb/auth/users.dovecot" },
	{ "read etc/users", "account p-admin", "root", try_read, "etc/users" },
	{ "read smarthosts' passwords", "account p-remote", "root", try_read,
	    "etc/smarthost-auth" },
	{ "read the private key", "read tls", "root", try_read,
	    "tls/default/key.pem" },
	{ "read another mailbox", "write mail", "root", try_read, OTHER },
	{ "... through an open folder", "write mail", "root", try_upwards,
	    "widget02/new/1.secret" },
	{ "list all mailboxes", "write mail", "root", try_list, "mail" },
	{ "read the queue", "write queue", "root", try_read, QUEUED },
	{ "list the queue", "write queue", "root", try_list, "queue" },
	{ "read the relay journal", "write log/relayd", "root", try_read,
	    "log/relayd/windows" },
	{ "read the last logins", "read log/lastlogin", "root", try_read,
	    "log/lastlogin/logins" },
	{ "read the log", NULL, "root", try_read, "log/current" },
	{ "read the system's /etc/passwd", "read /etc", "root", try_read,
	    "/etc/passwd" },
	{ "read /proc/1", NULL, "root", try_read, "/proc/1/cmdline" },
	{ "read a file by its handle", NULL, "root", try_handle, OTHER },

	{ "write the password hashes", "write cdb", "root", try_write,
	    "cdb/auth/users.cdb" },
	{ "write etc/users", "account p-admin", "root", try_write, "etc/users" },
	{ "write etc/nets", NULL, "root", try_write, "etc/nets" },
	{ "replace etc/aliases", NULL, "root", try_replace, "etc/aliases" },
	{ "replace the aliases", "write cdb", "root", try_replace,
	    "cdb/public/aliases.cdb" },
	{ "create a table", "write cdb", "root", try_create, "cdb/public/new.cdb" },
	{ "write the private key", NULL, "root", try_write,
	    "tls/default/key.pem" },
	{ "write another mailbox", "write mail", "root", try_write, OTHER },
	{ "truncate another's message", "write mail", "root", try_truncate,
	    OTHER },
	{ "write the queue", "write queue", "root", try_write, QUEUED },
	{ "write the relay journal", "write log/relayd", "root", try_write,
	    "log/relayd/windows" },
	{ "write the log", NULL, "root", try_write, "log/current" },
	{ "write a program", NULL, "root", try_write, "bin/relayctl" },
	{ "write a run script", NULL, "root", try_write, "service/authd/run" },
	{ "steer the supervisor", NULL, "root", try_write,
	    "service/authd/supervise/control" },
	{ "replace a socket", NULL, "root", try_replace, "run/relayd/spare" },
	{ "open a socket to all", "serve run/relayd/open", "root", try_chmod, "run/relayd/open" },
	{ "hard link to the queue", "write queue", "root", try_hardlink, QUEUED },
	{ "hard link to the hashes", NULL, "root", try_hardlink,
	    "cdb/auth/users.cdb" },
	{ "symbolic link to the queue", NULL, "root", try_symlink,
	    "../queue/secret" },
	{ "make a pipe or device", NULL, "root", try_device, NULL },
	{ 0 },
};
