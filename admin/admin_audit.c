/* SPDX-License-Identifier: ISC */
/* log/audit/current: who changed what, a line each.
 *
 * Written by the tools themselves, whether root runs them or admind; root
 * follows no link there, since the folder is p-admin's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "admin/admin_proto.h"
#include "admin/admin_members.h"
#include "lib/log.h"
#include "lib/service.h"

#define FOLDER     "log/audit"
#define FILE_BYTES (8L << 20) /* then it is current.1, and so on */
#define FILES      10         /* that are kept, with current */

static struct {
	bool on;
	uid_t caller; /* (uid_t)-1: whoever we are */
	const struct admin_tool *tool;
	stralloc what;
	size_t start; /* of what: the command and its first word */
} audit = { .caller = (uid_t)-1 };

void
admin_caller(uid_t uid)
{
	audit.caller = uid;
}

static int
open_folder(void)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, fd;

	fd = open(FOLDER, flags);
	if (fd != -1 || errno != ENOENT || mkdir(FOLDER, 0750) == -1)
		return fd;
	fd = open(FOLDER, flags);
	if (fd != -1 && geteuid() == 0 &&
	    fchown(fd, service_uid("p-admin"), service_uid("p-admin")) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
rotate(int folder)
{
	char from[32], to[32];
	int i;

	for (i = FILES - 1; i > 0; i--) {
		snprintf(to, sizeof to, "current.%d", i);
		snprintf(from, sizeof from, i > 1 ? "current.%d" : "current",
		    i - 1);
		renameat(folder, from, folder, to);
	}
}

/* Held by who turns the files over: nobody writes to one that has gone. */
static int
open_file(int folder)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
		    O_CLOEXEC, fd;
	struct stat st;

	fd = openat(folder, "current", flags, 0640);
	if (fd == -1 || fstat(fd, &st) == -1)
		return fd;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	if (st.st_size >= FILE_BYTES) {
		close(fd);
		rotate(folder);
		fd = openat(folder, "current", flags, 0640);
	}
	if (fd != -1 && geteuid() == 0 &&
	    fchown(fd, service_uid("p-admin"), service_uid("p-admin")) == -1)
		log_warnsys("unable to give away " FOLDER "/current");
	return fd;
}

static int
append(const char *line, size_t len)
{
	int folder = open_folder(), fd, rc;

	if (folder == -1)
		return -1;
	if (flock(folder, LOCK_EX) == -1) {
		close(folder);
		return -1;
	}
	fd = open_file(folder);
	rc = fd != -1 && write(fd, line, len) == (ssize_t)len ? 0 : -1;
	if (fd != -1)
		close(fd);
	close(folder);
	return rc;
}

/* Why it failed, or NULL.  What was not understood may be a password in the wrong
 * place: then neither the words from there on nor what was said of them. */
static const char *
reason(int code)
{
	const char *said = admin_errors_said(), *line = admin_errors_line();

	if (code == 0)
		return NULL;
	if (!audit.tool->passwords)
		return line ? line : said;
	if (code != 100 || line)
		return said;
	audit.what.len = audit.start;
	sa_0(&audit.what);
	return "what it was asked for is not understood";
}

static void
at_end(int code, void *arg)
{
	uid_t uid = audit.caller == (uid_t)-1 ? getuid() : audit.caller;
	char line[LOG_LINE_MAX], stamp[32] = "-";
	const char *sudo = uid ? NULL : getenv("SUDO_USER"), *why;
	stralloc name = { 0 };
	time_t now = time(NULL);
	struct tm tm;
	size_t len;

	(void)arg;
	if (!audit.on)
		return;
	audit.on = false;
	why = reason(code);
	if (gmtime_r(&now, &tm))
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
	members_uid_name(&name, uid);
	len = log_format_event(line, sizeof line, stamp, "audit",
	    (const char *const[]){ "uid", log_num(uid), "name", name.s, "sudo",
		sudo, "result", log_num((unsigned)code), "program",
		audit.tool->name, "what", audit.what.s, "reason", why, NULL });
	if (append(line, len) == -1)
		log_warnsys("unable to write to " FOLDER "/current");
	sa_free(&name);
}

static void
cat_word(stralloc *out, const char *word)
{
	static unsigned words;

	if (out->len)
		sa_append(out, ' ');
	sa_cats(out, word);
	if (++words <= 2)
		audit.start = out->len;
}

void
admin_audit(const struct admin_tool *t, const char *command, int argc,
    char **argv)
{
	int i;

	if (!admin_changes(t, command))
		return;
	if (!admin_may())
		admin_refuse(t, command);
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-C") == 0)
			i++;
		else if (strncmp(argv[i], "--h", 3) == 0) {
			cat_word(&audit.what, "--hash");
			i += !strchr(argv[i], '=');
		} else if (strncmp(argv[i], "-C", 2) != 0 &&
			   strcmp(argv[i], "--") != 0 &&
			   strncmp(argv[i], "--j", 3) != 0)
			cat_word(&audit.what, argv[i]);
	}
	sa_0(&audit.what);
	audit.tool = t;
	audit.on = true;
	admin_errors_keep();
	on_exit(at_end, NULL);
}
