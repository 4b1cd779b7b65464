/* SPDX-License-Identifier: ISC */
#include "queue/queuectl_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/inspect.h"
#include "queue/queue_proto.h"
#include "queue/queuectl_known.h"
#include "queue/queuectl_print.h"
#include "queue/spool_dirs.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct checking {
	const struct queuectl_options *o;
	int root;      /* queue/ */
	uid_t owner;
	int live;      /* a connection to queued, or -1 */
	stralloc ids;  /* live: those found */
	stralloc again; /* live: "D/ID" of those to look at once more */
	uint64_t messages, bad, notes;
};

static void
print(struct checking *c, const char *file, const struct finding *f)
{
	stralloc out = { 0 };

	if (f->bad)
		c->bad++;
	else
		c->notes++;
	sa_copys(&out, c->o->json ? "{" : "queue/");
	if (c->o->json) {
		print_json(&out, "file", file);
		sa_cats(&out, f->bad ? ",\"bad\":true," : ",\"bad\":false,");
		print_json(&out, "what", f->what);
		sa_append(&out, ',');
		print_json(&out, "mend", f->mend);
		sa_cats(&out, "}\n");
	} else {
		print_visible(&out, file);
		sa_cats(&out, f->bad ? ": bad: " : ": note: ");
		print_visible(&out, f->what);
		sa_cats(&out, "; ");
		sa_cats(&out, f->mend);
		sa_cats(&out, "\n");
	}
	fwrite(out.s, 1, out.len, stdout);
	sa_free(&out);
}

static void
tell(struct checking *c, const char *file, bool bad, const char *what,
    const char *mend)
{
	struct inspection in = { 0 };

	inspect_note(&in, bad, mend, what);
	print(c, file, &in.list[0]);
}

static void
unreadable(struct checking *c, const char *file)
{
	if (errno == ENOENT)
		return; /* delivered meanwhile */
	if (errno == EACCES || errno == EPERM)
		log_fatalsys(111, "unable to read queue/", file,
		    " (root may, and the owner of queue/)");
	if (errno == ELOOP || errno == ENXIO)
		tell(c, file, true, "is no file",
		    "queued leaves it alone; remove it");
	else
		tell(c, file, true, strerror(errno),
		    "queued tries again each minute; see to the disk");
}

/* file: "D/ID". */
static void
check_file(struct checking *c, const char *file, bool again)
{
	int fd = openat(c->root, file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct inspection in;
	unsigned i;

	if (fd == -1 || inspect_file(&in, fd, file + 2, c->owner) == -1) {
		unreadable(c, file);
	} else if (in.n && c->live != -1 && !again) {
		sa_catb(&c->again, file, strlen(file) + 1);
	} else {
		for (i = 0; i < in.n; i++)
			print(c, file, &in.list[i]);
	}
	if (fd != -1)
		close(fd);
}

static bool
is_wanted(const struct checking *c, const char *id)
{
	const char *s;
	size_t at = 0;

	if (!c->o->ids.len)
		return true;
	while ((s = queue_list_next(c->o->ids.s, c->o->ids.len, &at)))
		if (strcmp(s, id) == 0)
			return true;
	return false;
}

static void
check_entry(struct checking *c, unsigned dir, const char *name)
{
	char file[300];

	if (!is_wanted(c, name))
		return;
	snprintf(file, sizeof file, "%c/%s", spool_dir_name(dir), name);
	if (!spool_is_id(name) || spool_dir_of(name) != dir) {
		tell(c, file, true, "is no message of this folder",
		    "queued leaves it alone; remove it");
		return;
	}
	c->messages++;
	if (c->live != -1)
		sa_catb(&c->ids, name, strlen(name) + 1);
	check_file(c, file, false);
}

/* Calls entry for each name in queue/DIR; 0, or -1: it cannot be read. */
static int
each(struct checking *c, const char *dir, unsigned n,
    void (*entry)(struct checking *c, unsigned n, const char *name))
{
	int fd = openat(c->root, dir, OPEN_DIR);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return -1;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			entry(c, n, e->d_name);
	closedir(d);
	return 0;
}

static void
check_tmp(struct checking *c, unsigned n, const char *name)
{
	char file[300];

	(void)n;
	snprintf(file, sizeof file, "tmp/%s", name);
	tell(c, file, false, "was left half-written",
	    "it is removed at the next start");
}

static void
check_top(struct checking *c, unsigned n, const char *name)
{
	(void)n;
	if (strcmp(name, "tmp") == 0 || strcmp(name, "lock") == 0 ||
	    (!name[1] && strchr("0123456789abcdefghijklmnopqrstuvwxyz",
			     name[0])))
		return;
	tell(c, name, true, "does not belong here",
	    "queued leaves it alone; remove it");
}

static void
check_all(struct checking *c)
{
	char name[2] = "";
	unsigned i;

	if (!c->o->ids.len && each(c, ".", 0, check_top) == -1)
		unreadable(c, "");
	for (i = 0; i < SPOOL_DIRS; i++) {
		name[0] = spool_dir_name(i);
		if (each(c, name, i, check_entry) == 0)
			continue;
		if (errno == ENOENT)
			tell(c, name, c->live != -1, "is not there",
			    c->live != -1 ? "restart queued, which makes it"
					  : "it is made at the next start");
		else
			unreadable(c, name);
	}
	if (!c->o->ids.len && c->live == -1)
		each(c, "tmp", 0, check_tmp);
}

static void
check_unknown(struct checking *c)
{
	stralloc unknown = { 0 };
	char file[QUEUE_ID_MAX + 2];
	const char *id;
	size_t at = 0;

	queuectl_unknown(c->live, &c->ids, &unknown);
	while ((id = queue_list_next(unknown.s, unknown.len, &at))) {
		snprintf(file, sizeof file, "%c/%s",
		    spool_dir_name(spool_dir_of(id)), id);
		if (faccessat(c->root, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			tell(c, file, true, "queued does not know it",
			    "restart queued, which reads it then");
	}
	sa_free(&unknown);
}

static void
summary(const struct checking *c)
{
	printf(c->o->json ? "{\"messages\":%" PRIu64 ",\"bad\":%" PRIu64
			    ",\"notes\":%" PRIu64 ",\"live\":%s}\n"
			  : "%" PRIu64 " messages, %" PRIu64 " bad, %" PRIu64
			    " notes%s\n",
	    c->messages, c->bad, c->notes,
	    c->o->json		? c->live != -1 ? "true" : "false"
	    : c->live != -1 ? ""
			    : " (queued does not run)");
}

int
queuectl_check(const struct queuectl_options *o)
{
	struct checking c = { .o = o };
	struct stat st;
	const char *file;
	size_t at = 0;

	c.root = open("queue", OPEN_DIR);
	if (c.root == -1 || fstat(c.root, &st) == -1)
		log_fatalsys(111, "unable to read queue/ (root may, and its "
				  "owner)");
	c.owner = st.st_uid;
	c.live = sock_connect(QUEUE_CONTROL_PATH, CONTROL_TIMEOUT_MS);
	check_all(&c);
	if (c.live != -1) {
		usleep(CHECK_AGAIN_MS * 1000);
		while ((file = queue_list_next(c.again.s, c.again.len, &at)))
			check_file(&c, file, true);
		check_unknown(&c);
		close(c.live);
	}
	summary(&c);
	sa_free(&c.ids);
	sa_free(&c.again);
	if (fflush(stdout) == EOF)
		log_fatalsys(111, "unable to write");
	return c.bad > 0;
}
