/* SPDX-License-Identifier: ISC */
#include "cdb-tools/import_apply.h"

static void
say(stralloc *out, size_t n, const char *one, const char *many)
{
	sa_cats(out, "  ");
	sa_catul(out, n);
	sa_cats(out, n == 1 ? one : many);
	sa_append(out, '\n');
}

void
import_report(struct import *im, bool apply)
{
	stralloc out = { 0 };
	size_t i, aliases = 0, lists = 0, forwards = 0;

	for (i = 0; i < im->nlists; i++)
		lists += im->list[i].members.len > 0;
	for (i = 0; i < im->forwards.map.n; i++)
		forwards += im->copies[i].targets.len > 0;
	for (i = 0; i < im->addresses.map.n; i++)
		aliases += !im->alias[i].dropped;
	sa_copys(&out, apply ? "Carried over:\n" : "Would be carried over:\n");
	say(&out, im->domains.map.n, " domain", " domains");
	say(&out, im->boxes.map.n, " mailbox", " mailboxes");
	say(&out, aliases - lists, " alias", " aliases");
	say(&out, lists, " list", " lists");
	say(&out, forwards, " forward", " forwards");
	if (im->already)
		say(&out, im->already, " is here already", " are here already");
	for (i = 0; i < im->boxes.map.n; i++) {
		sa_cats(&out, "mailbox ");
		sa_cat(&out, &im->box[i].name);
		sa_cats(&out, im->box[i].extras.len ? ": " : "");
		sa_cat(&out, &im->box[i].extras);
		if (im->box[i].maildir.len) {
			sa_cats(&out, ", messages ");
			sa_catul(&out, im->box[i].kept);
		}
		sa_append(&out, '\n');
	}
	if (im->nproblems) {
		sa_cats(&out, "Could not be carried over:\n");
		sa_cat(&out, &im->problems);
	}
	if (!apply)
		sa_cats(&out, "Nothing has changed; --apply does it.\n");
	tool_print(&out);
	sa_free(&out);
}
