/* SPDX-License-Identifier: ISC */
/* Copies Maildirs.  Names stay as they are: clients know messages by them.  The
 * old system's customers own the sources, so nothing there is trusted: no link
 * is followed, and only regular files of the Maildir's own owner are taken. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/import_read.h"
#include "lib/log.h"
#include "lib/maildir.h"
#include "lib/service.h"

#define OPEN_DIR  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* What other servers know about the messages. */
static const char *const kept[] = { "dovecot-uidlist", "dovecot-keywords",
	"dovecot-uidvalidity", "subscriptions", "maildirfolder",
	"courierpop3dsizelist", "courierimapuiddb", "courierimapsubscribed" };

struct copy {
	struct import *im;
	struct import_box *box;
	uid_t owner; /* of the source */
	bool failed, removing;
};

/* Whoever reads it: p-mail. */
static int
give(int fd)
{
	uid_t uid;

	if (geteuid() != 0)
		return 0;
	uid = service_uid("p-mail");
	return fchown(fd, uid, (gid_t)uid);
}

static int
copy_bytes(int from, int to)
{
	char buf[65536];
	ssize_t n, w;
	char *p;

	while ((n = read(from, buf, sizeof buf)) > 0)
		for (p = buf; n; p += w, n -= w) {
			w = write(to, p, (size_t)n);
			if (w == -1)
				return -1;
		}
	return (int)n;
}

static void
failed(struct copy *c, const char *what, const char *name)
{
	log_warnsys("unable to ", what, " ", c->box->maildir.s, ": ", name);
	c->failed = true;
}

/* 1: copied, 0: not taken (told). */
static int
copy_file(struct copy *c, int from_dir, int to_dir, const char *name)
{
	int from = openat(from_dir, name, OPEN_FILE), to;
	struct timespec times[2];
	struct stat st;

	if (from == -1 && (errno == ENOENT))
		return 0;
	if (from == -1 || fstat(from, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_uid != c->owner) {
		import_problem(c->im, c->box->maildir.s, 0, name,
		    " is no file of the mailbox's owner, left there",
		    (char *)0);
		if (from != -1)
			close(from);
		return 0;
	}
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (to == -1 || copy_bytes(from, to) == -1 || give(to) == -1 ||
	    futimens(to, times) == -1)
		failed(c, "copy", name);
	close(from);
	if (to != -1 && close(to) == -1)
		failed(c, "write", name);
	return 1;
}

/* One of new/ and cur/. */
static void
copy_messages(struct copy *c, int from, int to, const char *name)
{
	int sub = openat(from, name, OPEN_DIR), dest = openat(to, name, OPEN_DIR);
	DIR *dir = sub == -1 ? NULL : fdopendir(sub);
	struct maildir_name m;
	struct dirent *e;

	while (dir && dest != -1 && !c->failed && (e = readdir(dir))) {
		if (maildir_parse(&m, e->d_name, strlen(e->d_name)) != 1)
			continue;
		if (!c->removing)
			c->box->kept +=
			    (uint64_t)copy_file(c, sub, dest, e->d_name);
		else if (faccessat(dest, e->d_name, F_OK,
			     AT_SYMLINK_NOFOLLOW) == 0)
			unlinkat(sub, e->d_name, 0);
	}
	if (dest == -1)
		failed(c, "copy to", name);
	else
		close(dest);
	if (dir)
		closedir(dir);
}

/* A Maildir, or a folder in one: to has tmp, new, cur. */
static void
copy_maildir(struct copy *c, int from, int to)
{
	size_t i;
	int fd;

	for (i = 0; !c->removing && i < sizeof kept / sizeof *kept; i++)
		copy_file(c, from, to, kept[i]);
	copy_messages(c, from, to, "new");
	copy_messages(c, from, to, "cur");
	for (i = 0; i < 3 && !c->removing; i++) {
		fd = openat(to, ((const char *[]){ "tmp", "new", "cur" })[i],
		    OPEN_DIR);
		if (fd == -1 || give(fd) == -1)
			failed(c, "give away", "its folders");
		if (fd != -1)
			close(fd);
	}
	if (!c->removing && give(to) == -1)
		failed(c, "give away", "its folder");
}

/* .Sent and so on. */
static void
copy_folders(struct copy *c, int from, int to)
{
	DIR *dir = fdopendir(dup(from));
	struct dirent *e;
	int sub, dest;

	while (dir && !c->failed && (e = readdir(dir))) {
		if (e->d_name[0] != '.' || !strcmp(e->d_name, ".") ||
		    !strcmp(e->d_name, ".."))
			continue;
		sub = openat(from, e->d_name, OPEN_DIR);
		if (sub == -1)
			continue;
		if (!c->removing && maildir_create(to, e->d_name) == -1)
			failed(c, "make", e->d_name);
		dest = openat(to, e->d_name, OPEN_DIR);
		if (dest != -1) {
			copy_maildir(c, sub, dest);
			close(dest);
		}
		close(sub);
	}
	if (dir)
		closedir(dir);
}

/* From the source to a folder of mail/. */
static void
walk(struct copy *c, int from, const char *name)
{
	int mails = open("mail", OPEN_DIR), to = -1;
	struct stat st;

	if (mails == -1 ||
	    (!c->removing && maildir_create(mails, name) == -1) ||
	    (to = openat(mails, name, OPEN_DIR)) == -1 ||
	    fstat(from, &st) == -1) {
		failed(c, "make the mailbox of", name);
	} else {
		c->owner = st.st_uid;
		copy_maildir(c, from, to);
		copy_folders(c, from, to);
		if (!c->removing && syncfs(to) == -1)
			failed(c, "sync", name);
	}
	if (to != -1)
		close(to);
	if (mails != -1)
		close(mails);
}

static int
open_source(struct import *im, const struct import_box *box)
{
	int fd = -1;

	if (box->maildir.len)
		fd = import_open(im, box->maildir.s, O_RDONLY | O_DIRECTORY);
	if (fd == -1 && box->maildir.len && errno != ENOENT)
		import_problem(im, box->maildir.s, 0,
		    "its mail cannot be read: ", strerror(errno), (char *)0);
	return fd;
}

int
import_mail_copy(struct import *im, struct import_box *box)
{
	struct copy c = { .im = im, .box = box };
	stralloc name = { 0 };
	int from = open_source(im, box);

	if (from == -1)
		return 0;
	sa_copys(&name, ".import.");
	sa_cat(&name, &box->name);
	sa_0(&name);
	walk(&c, from, name.s);
	close(from);
	sa_free(&name);
	return c.failed ? -1 : 0;
}

void
import_mail_moved(struct import *im, const struct import_box *box)
{
	struct copy c = { .im = im,
		.box = (struct import_box *)(uintptr_t)box,
		.removing = true };
	int from = open_source(im, box);

	if (from == -1)
		return;
	walk(&c, from, box->name.s);
	close(from);
}
