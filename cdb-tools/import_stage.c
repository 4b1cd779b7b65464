/* SPDX-License-Identifier: ISC */
/* The new texts are made, and checked in a folder of their own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_purge.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define STAGE "import.tmp"

struct import_text import_text[IMPORT_TEXTS] = {
	{ .path = "etc/users" },
	{ .path = "etc/domains" },
	{ .path = "etc/aliases" },
	{ .path = "etc/forwards" },
	{ .path = "etc/lists" },
};
static const char *const others[] = { "etc/postmaster", "etc/senders" };

static void
read_old(const char *path, stralloc *out, bool *there)
{
	int got = safefile_read(out, path, SOURCE_ALIASES_MAX);

	if (got == -1)
		log_fatalsys(111, "unable to read ", path);
	*there = got == 1;
}

/* What is there, and the lines that come to it. */
static void
join(size_t i, const stralloc *lines)
{
	sa_copy(&import_text[i].new, &import_text[i].old);
	if (import_text[i].new.len && import_text[i].new.s[import_text[i].new.len - 1] != '\n' && lines->len)
		sa_append(&import_text[i].new, '\n');
	sa_cat(&import_text[i].new, lines);
}

static void
make_users(const struct import *im, stralloc *out)
{
	const struct import_box *b;
	size_t i;

	for (i = 0; i < im->boxes.map.n; i++) {
		b = &im->box[i];
		sa_cat(out, &b->name);
		sa_append(out, ':');
		sa_cat(out, &b->hash);
		sa_cats(out, "::::::");
		sa_cat(out, &b->extras);
		sa_append(out, '\n');
	}
}

static void
make_aliases(const struct import *im, stralloc *out)
{
	const char *s;
	size_t len, i;

	for (i = 0; i < im->addresses.map.n; i++) {
		if (im->alias[i].dropped || sa_is(&im->alias[i].target, ":list"))
			continue;
		s = names_get(&im->addresses, (long)i, &len);
		source_cat_address(out, s, len);
		sa_cats(out, ": ");
		sa_cat(out, &im->alias[i].target);
		sa_append(out, '\n');
	}
}

static void
make_lists(const struct import *im, stralloc *out)
{
	size_t i;

	for (i = 0; i < im->nlists; i++) {
		if (!im->list[i].members.len)
			continue;
		source_cat_address(
		    out, im->list[i].name.s, im->list[i].name.len);
		sa_cats(out, ": owner=postmaster");
		sa_cats(out, strchr(im->list[i].name.s, '@'));
		sa_cats(out, ", post=anyone, file=");
		sa_cat(out, &im->list[i].file);
		sa_append(out, '\n');
	}
}

static void
stage_failed(const char *what, const char *path)
{
	int saved = errno;

	import_unstage();
	errno = saved;
	log_fatalsys(111, "unable to ", what, " ", path,
	    "; nothing has changed");
}

static void
put(const char *path, const stralloc *text)
{
	if (safefile_write(path, text->s, text->len, 0600, (uid_t)-1,
		(gid_t)-1) == -1)
		stage_failed("write", path);
}

void
import_list_path(
    stralloc *path, const char *before, const struct import_list *l)
{
	sa_copys(path, before);
	sa_cats(path, "etc/lists.d/");
	sa_cat(path, &l->file);
	sa_0(path);
}

/* All files of a folder of etc/ into the same one of the stage. */
static void
copy_folder(const char *folder)
{
	stralloc path = { 0 }, text = { 0 };
	struct dirent *e;
	DIR *dir = opendir(folder);
	bool there;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		sa_copys(&path, folder);
		sa_append(&path, '/');
		sa_cat0(&path, e->d_name);
		read_old(path.s, &text, &there);
		sa_copys(&path, STAGE "/");
		sa_cats(&path, folder);
		sa_append(&path, '/');
		sa_cat0(&path, e->d_name);
		put(path.s, &text);
	}
	if (dir)
		closedir(dir);
	sa_free(&path);
	sa_free(&text);
}

int
import_child(void (*work)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == -1) {
		log_warnsys("unable to fork");
		return 111;
	}
	if (!pid) {
		work();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}

static void
check(void)
{
	struct source src;
	struct users u;

	if (chdir(STAGE) == -1)
		log_fatalsys(111, "unable to enter " STAGE);
	users_load_right(&u, NULL);
	source_load(&src, NULL, NULL);
	tool_sources(&src.errors, "the texts stay as they were");
}

static void
make_stage(struct import *im)
{
	static const char *const dirs[] = { STAGE, STAGE "/etc",
		STAGE "/etc/lists.d", STAGE "/etc/replies" };
	stralloc path = { 0 }, text = { 0 };
	bool there;
	size_t i;

	for (i = 0; i < 4; i++)
		if (mkdir(dirs[i], 0700) == -1)
			stage_failed("make", dirs[i]);
	for (i = 0; i < IMPORT_TEXTS; i++) {
		sa_copys(&path, STAGE "/");
		sa_cat0(&path, import_text[i].path);
		put(path.s, &import_text[i].new);
	}
	for (i = 0; i < sizeof others / sizeof *others; i++) {
		read_old(others[i], &text, &there);
		sa_copys(&path, STAGE "/");
		sa_cat0(&path, others[i]);
		if (there)
			put(path.s, &text);
	}
	copy_folder("etc/lists.d");
	copy_folder("etc/replies");
	for (i = 0; i < im->nlists; i++) {
		if (!im->list[i].members.len)
			continue;
		import_list_path(&path, STAGE "/", &im->list[i]);
		put(path.s, &im->list[i].members);
	}
	sa_free(&path);
	sa_free(&text);
}

void
import_unstage(void)
{
	users_purge_tree(STAGE);
}

void
import_make(struct import *im)
{
	stralloc users = { 0 }, aliases = { 0 }, lists = { 0 };
	bool there;
	size_t i;

	for (i = 0; i < IMPORT_TEXTS; i++)
		read_old(import_text[i].path, &import_text[i].old, &there);
	make_users(im, &users);
	make_aliases(im, &aliases);
	make_lists(im, &lists);
	join(0, &users);
	join(1, &im->domain_lines);
	join(2, &aliases);
	join(3, &im->forward_lines);
	join(4, &lists);
	sa_wipe(&users);
	sa_free(&aliases);
	sa_free(&lists);
}

void
import_stage(struct import *im)
{
	int code;

	import_unstage(); /* of one that was killed */
	import_make(im);
	make_stage(im);
	code = import_child(check);
	import_unstage();
	if (code)
		log_fatal(code,
		    "the texts would not be right (the lines are those of the "
		    "new ones); mend that first.  Nothing has changed");
}
