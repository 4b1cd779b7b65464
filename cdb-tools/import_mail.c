/* SPDX-License-Identifier: ISC */
/* Copies Maildirs.  Names stay as they are: clients know messages by them.  The
 * old system's customers own the sources, so nothing there is trusted: no link
 * is followed, and only regular files of the Maildir's own owner are taken. */
#include "cdb-tools/import_mail.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/import_read.h"
#include "lib/maildir.h"

#define OPEN_DIR  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* What other servers know about the messages. */
static const char *const kept[] = { "dovecot-uidlist", "dovecot-keywords",
	"dovecot-uidvalidity", "subscriptions", "maildirfolder",
	"courierpop3dsizelist", "courierimapuiddb", "courierimapsubscribed" };

/* One of new/ and cur/. */
static void
copy_messages(struct import_copy *c, int from, int to, const char *name)
{
	int sub = openat(from, name, OPEN_DIR);
	int dest = c->looking ? -1 : openat(to, name, OPEN_DIR);
	DIR *dir = sub == -1 ? NULL : fdopendir(sub);
	struct maildir_name m;
	struct dirent *e;

	while (dir && (c->looking || dest != -1) && !c->failed &&
	       (e = readdir(dir))) {
		if (maildir_parse(&m, e->d_name, strlen(e->d_name)) != 1) {
			if (e->d_name[0] != '.' && !c->removing)
				import_left(c, e->d_name, " is no message's name");
			continue;
		}
		if (!c->removing)
			c->box->kept +=
			    (uint64_t)import_copy_file(c, sub, dest, e->d_name);
		else if (faccessat(dest, e->d_name, F_OK,
			     AT_SYMLINK_NOFOLLOW) == 0)
			unlinkat(sub, e->d_name, 0);
	}
	if (dest == -1 && !c->looking)
		import_copy_failed(c, "copy to", name);
	if (dest != -1)
		close(dest);
	if (dir)
		closedir(dir);
}

/* A Maildir, or a folder in one: to has tmp, new, cur. */
static void
copy_maildir(struct import_copy *c, int from, int to)
{
	size_t i;
	int fd;

	for (i = 0; !c->removing && i < sizeof kept / sizeof *kept; i++)
		import_copy_file(c, from, to, kept[i]);
	copy_messages(c, from, to, "new");
	copy_messages(c, from, to, "cur");
	for (i = 0; i < MAILDIR_FOLDERS && !c->removing && !c->looking; i++) {
		fd = openat(to, maildir_folders[i], OPEN_DIR);
		if (fd == -1 || import_give(fd) == -1)
			import_copy_failed(c, "give away", "its folders");
		if (fd != -1)
			close(fd);
	}
	if (!c->removing && !c->looking && import_give(to) == -1)
		import_copy_failed(c, "give away", "its folder");
}

/* A folder that is none of Maildir++'s, with mail in it? */
static void
look_beside(struct import_copy *c, int from, const char *name)
{
	stralloc cur = { 0 };

	if (!strcmp(name, "tmp") || !strcmp(name, "new") ||
	    !strcmp(name, "cur") || c->removing)
		return;
	sa_copys(&cur, name);
	sa_cat0(&cur, "/cur");
	if (faccessat(from, cur.s, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		import_left(c, name, " is a folder of mail that is not called ."
			      "NAME, as Maildir++ has it");
	sa_free(&cur);
}

static void
copy_folder(struct import_copy *c, int from, int to, const char *name)
{
	int sub = openat(from, name, OPEN_DIR), dest;

	if (sub == -1 && (errno == ELOOP || errno == ENOTDIR))
		import_left(c, name, " is no folder");
	if (sub == -1)
		return;
	if (c->looking)
		copy_maildir(c, sub, -1);
	else if (!c->removing && maildir_create(to, name) == -1)
		import_copy_failed(c, "make", name);
	dest = c->looking ? -1 : openat(to, name, OPEN_DIR);
	if (dest != -1) {
		copy_maildir(c, sub, dest);
		close(dest);
	}
	close(sub);
}

/* .Sent and so on. */
static void
copy_folders(struct import_copy *c, int from, int to)
{
	DIR *dir = fdopendir(dup(from));
	struct dirent *e;

	while (dir && !c->failed && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (e->d_name[0] == '.')
			copy_folder(c, from, to, e->d_name);
		else
			look_beside(c, from, e->d_name);
	}
	if (dir)
		closedir(dir);
}

/* From the source to a folder of mail/. */
static void
walk(struct import_copy *c, int from, const char *name)
{
	int mails = open("mail", OPEN_DIR), to = -1;
	struct stat st;

	if (mails == -1 ||
	    (!c->removing && maildir_create(mails, name) == -1) ||
	    (to = openat(mails, name, OPEN_DIR)) == -1 ||
	    fstat(from, &st) == -1) {
		import_copy_failed(c, "make the mailbox of", name);
	} else {
		c->owner = st.st_uid;
		copy_maildir(c, from, to);
		copy_folders(c, from, to);
		if (!c->removing && syncfs(to) == -1)
			import_copy_failed(c, "sync", name);
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

void
import_mail_look(struct import *im, struct import_box *box)
{
	struct import_copy c = { .im = im, .box = box, .looking = true };
	int from = open_source(im, box);
	struct stat st;

	if (from == -1)
		return;
	if (fstat(from, &st) == 0) {
		c.owner = st.st_uid;
		copy_maildir(&c, from, -1);
		copy_folders(&c, from, -1);
	}
	close(from);
}

int
import_mail_copy(struct import *im, struct import_box *box)
{
	struct import_copy c = { .im = im, .box = box };
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
	struct import_copy c = { .im = im,
		.box = (struct import_box *)(uintptr_t)box,
		.removing = true };
	int from = open_source(im, box);

	if (from == -1)
		return;
	walk(&c, from, box->name.s);
	close(from);
}
