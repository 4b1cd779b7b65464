/* SPDX-License-Identifier: ISC */
/* The new texts replace the old ones; whatever fails puts the old ones back. */
#include "cdb-tools/import_apply.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/alias_build.h"
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_purge.h"
#include "lib/log.h"

static void
build(void)
{
	users_build();
	alias_build();
}

static void
mail_path(stralloc *path, const char *before, const struct import_box *b)
{
	sa_copys(path, before);
	sa_cat(path, &b->name);
	sa_0(path);
}

/* Everything as it was; n mailboxes have their mail in place. */
static void
undo(struct import *im, size_t ntexts, size_t n)
{
	stralloc path = { 0 };
	size_t i;

	for (i = 0; i < ntexts; i++)
		if (import_text[i].was ? tool_replace(import_text[i].path, &import_text[i].old, i == 0) == -1
			   : unlink(import_text[i].path) == -1 && errno != ENOENT)
			log_warnsys("unable to put back ", import_text[i].path);
	for (i = 0; i < im->nlists; i++) {
		import_list_path(&path, "", &im->list[i]);
		unlink(path.s);
	}
	for (i = 0; i < im->boxes.map.n; i++) {
		mail_path(&path, i < n ? "mail/" : "mail/.import.", &im->box[i]);
		users_purge_tree(path.s);
	}
	sa_free(&path);
}

static size_t
place_mail(struct import *im)
{
	stralloc from = { 0 }, to = { 0 };
	size_t i;

	for (i = 0; i < im->boxes.map.n; i++) {
		mail_path(&from, "mail/.import.", &im->box[i]);
		mail_path(&to, "mail/", &im->box[i]);
		if (rename(from.s, to.s) == -1 && errno != ENOENT)
			break;
	}
	sa_free(&from);
	sa_free(&to);
	return i;
}

static size_t
place_texts(struct import *im)
{
	stralloc path = { 0 };
	size_t i;

	if (im->nlists)
		mkdir("etc/lists.d", 0755);
	for (i = 0; i < im->nlists; i++) {
		if (!im->list[i].members.len)
			continue;
		import_list_path(&path, "", &im->list[i]);
		if (tool_replace(path.s, &im->list[i].members, false) == -1)
			return 0;
	}
	for (i = 0; i < IMPORT_TEXTS; i++)
		if (!sa_same(&import_text[i].old, &import_text[i].new) &&
		    tool_replace(import_text[i].path, &import_text[i].new, i == 0) == -1)
			break;
	sa_free(&path);
	return i;
}

void
import_apply(struct import *im)
{
	size_t i, n = 0, placed = 0;

	for (i = 0; i < im->boxes.map.n; i++)
		if (import_mail_copy(im, &im->box[i]) == -1)
			break;
	if (i == im->boxes.map.n)
		n = place_mail(im);
	if (i == im->boxes.map.n && n == i)
		placed = place_texts(im);
	if (placed < IMPORT_TEXTS || import_child(build) != 0) {
		undo(im, IMPORT_TEXTS, n);
		if (placed == IMPORT_TEXTS)
			import_child(build);
		log_fatal(111, "nothing has changed; see above for the reason");
	}
	for (i = 0; im->move && i < im->boxes.map.n; i++)
		import_mail_moved(im, &im->box[i]);
}
