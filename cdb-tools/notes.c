/* SPDX-License-Identifier: ISC */
#include "cdb-tools/notes.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/texts.h"
#include "cdb-tools/tool.h"
#include "lib/safefile.h"
#include "lib/service.h"

#define NOTE_MAX ((size_t)64 << 20) /* bytes */
#define OTHERS   9

static const struct kind {
	const char *name, *note, *table;
	const char *others[OTHERS]; /* up to NULL; "/" at the end: a folder */
	const char *own;
} kinds[NOTES] = {
	{ "users", NOTE_USERS, USERS_CDB, { NULL }, "etc/users" },
	{ "aliases", NOTE_ALIASES, ALIASES_CDB,
	    { "etc/users", "etc/domains", "etc/postmaster", "etc/forwards",
		"etc/lists", "etc/senders", "etc/lists.d/", "etc/replies/" },
	    "etc/aliases" },
	{ "nets", NOTE_NETS, NETS_CDB, { NULL }, "etc/nets" },
};

static void
cat_time(stralloc *out, const struct timespec *t)
{
	sa_append(out, ' ');
	sa_catul(out, (uint64_t)t->tv_sec);
	sa_append(out, '.');
	sa_catul(out, (uint64_t)t->tv_nsec);
}

/* A table's inode may change, as by a link to it, without anything new in it. */
static void
cat_file(stralloc *out, const char *path, bool table)
{
	struct stat st;

	sa_cats(out, path);
	if (lstat(path, &st) == -1) {
		sa_cats(out, " -\n");
		return;
	}
	sa_append(out, ' ');
	sa_catul(out, (uint64_t)st.st_ino);
	sa_append(out, ' ');
	sa_catul(out, (uint64_t)st.st_size);
	cat_time(out, &st.st_mtim);
	if (!table)
		cat_time(out, &st.st_ctim);
	sa_append(out, '\n');
}

static int
is_seen(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void
cat_folder(stralloc *out, const char *folder)
{
	stralloc path = { 0 };
	struct dirent **e;
	int n, i;

	cat_file(out, folder, false);
	n = scandir(folder, &e, is_seen, alphasort);
	for (i = 0; i < n; i++) {
		sa_copys(&path, folder);
		sa_cat0(&path, e[i]->d_name);
		cat_file(out, path.s, false);
		free(e[i]);
	}
	if (n >= 0)
		free(e);
	sa_free(&path);
}

void
notes_begin(struct notes *n, enum notes_of of)
{
	const struct kind *k = &kinds[of];
	const char *const *path;
	char *home;

	*n = (struct notes){ .of = of };
	/* what users.dovecot says */
	home = of == NOTES_USERS ? getcwd(NULL, 0) : NULL;
	if (home) {
		sa_cats(&n->text, home);
		sa_append(&n->text, ' ');
		sa_catul(&n->text, service_uid("p-mail"));
		sa_append(&n->text, '\n');
	}
	free(home);
	for (path = k->others; *path; path++)
		if ((*path)[strlen(*path) - 1] == '/')
			cat_folder(&n->text, *path);
		else
			cat_file(&n->text, *path, false);
	n->own = n->text.len;
	cat_file(&n->text, k->own, false);
}

/* Nobody else has changed it since. */
static bool
is_ours(const char *path)
{
	struct timespec times[2];
	struct stat st;

	tool_stamp(times);
	return lstat(path, &st) == 0 && st.st_mtim.tv_sec == times[1].tv_sec &&
	       st.st_mtim.tv_nsec == times[1].tv_nsec;
}

void
notes_end(struct notes *n, bool replaced)
{
	const struct kind *k = &kinds[n->of];
	bool right = true;

	if (replaced) {
		n->text.len = n->own;
		cat_file(&n->text, k->own, false);
		right = is_ours(k->own);
	}
	cat_file(&n->text, k->table, true);
	if (!right ||
	    safefile_write(k->note, n->text.s, n->text.len, 0644,
		geteuid() == 0 ? tool_owner() : (uid_t)-1, (gid_t)-1) == -1)
		unlink(k->note);
	sa_free(&n->text);
}

void
notes_stale(stralloc *out)
{
	stralloc noted = { 0 };
	struct notes n;
	size_t i;

	for (i = 0; i < NOTES; i++) {
		notes_begin(&n, (enum notes_of)i);
		cat_file(&n.text, kinds[i].table, true);
		/* what is made of it is right, but a build mends the mode */
		if ((i == NOTES_USERS && texts_open()) ||
		    safefile_read(&noted, kinds[i].note, NOTE_MAX) != 1 ||
		    !sa_same(&noted, &n.text)) {
			sa_cats(out, kinds[i].name);
			sa_append(out, '\n');
		}
		sa_free(&n.text);
	}
	sa_free(&noted);
}
