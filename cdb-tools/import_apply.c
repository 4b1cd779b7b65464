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

/* Everything as it was; n mailboxes have their mail in place.  Where the texts
 * or tables stay, the mail that they promise does, too. */
static void
undo(struct import *im, size_t n)
{
	stralloc path = { 0 };
	size_t i;

	if (import_put_back() == -1)
		log_fatal(111, "the import is half done: what could not be put "
		    "back is in force, and the copied mail is kept.  Put each "
		    "FILE.import that is left in etc/ and cdb/ in the place of "
		    "FILE, then run make -C etc");
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
		if (rename(from.s, to.s) == -1 && errno != ENOENT) {
			log_warnsys("unable to make ", to.s);
			break;
		}
	}
	sa_free(&from);
	sa_free(&to);
	return i;
}

static int
place(const char *path, const stralloc *text, bool secret)
{
	if (tool_replace(path, text, secret) == 0)
		return 0;
	log_warnsys("unable to write ", path);
	return -1;
}

static int
place_texts(struct import *im)
{
	stralloc path = { 0 };
	int rc = import_keep();
	size_t i;

	if (im->nlists)
		mkdir("etc/lists.d", 0755);
	for (i = 0; i < im->nlists && rc == 0; i++) {
		if (!im->list[i].members.len)
			continue;
		import_list_path(&path, "", &im->list[i]);
		rc = place(path.s, &im->list[i].members, false);
	}
	for (i = 0; i < IMPORT_TEXTS && rc == 0; i++)
		if (!sa_same(&import_text[i].old, &import_text[i].new))
			rc = place(import_text[i].path, &import_text[i].new,
			    i == 0);
	sa_free(&path);
	return rc;
}

void
import_apply(struct import *im)
{
	size_t i, n = 0;

	for (i = 0; i < im->boxes.map.n; i++)
		if (import_mail_copy(im, &im->box[i]) == -1)
			break;
	if (i == im->boxes.map.n)
		n = place_mail(im);
	if (i < im->boxes.map.n || n < i || place_texts(im) == -1 ||
	    import_child(build) != 0) {
		undo(im, n);
		log_fatal(111, "nothing has changed; see above for the reason");
	}
	import_keep_end();
	for (i = 0; im->move && i < im->boxes.map.n; i++)
		import_mail_moved(im, &im->box[i]);
}
