/* SPDX-License-Identifier: ISC */
/* What the texts would change: a table is made of them as build makes it, held
 * against the one in force, and thrown away. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/alias_build.h"
#include "cdb-tools/alias_show.h"
#include "lib/log.h"

#define PRINT_CHUNK 65536 /* bytes */

struct diff {
	const struct tool *t;
	struct table *other;
	bool adding; /* walking the new table, for what the old has not */
	stralloc out;
	unsigned long added, removed, changed;
};

static const struct {
	char letter;
	const char *kind, *before; /* of its key, when shown */
} kinds[] = {
	{ 'd', "domain", "" },
	{ 'a', "alias", "" },
	{ 'c', "catch-all", "@" },
	{ 'p', "postmaster", "postmaster" },
	{ 'f', "forward", "" },
	{ 'l', "list", "" },
	{ 'r', "reply", "" },
	{ 's', "sender", "" },
};

/* A record's data for people: the NULs in it are blanks. */
static void
show_data(stralloc *out, char letter, const char *data, size_t len)
{
	size_t i;

	sa_clear(out);
	if (letter == 'f' && len) {
		sa_cats(out, data[0] == 'k' ? "keep " : "");
		data++;
		len--;
	}
	while (len && !data[len - 1])
		len--;
	for (i = 0; i < len; i++)
		sa_append(out, data[i] ? data[i] : ' ');
	sa_0(out);
}

static void
print_json(struct diff *d, const char *how, const char *kind, const char *key,
    const stralloc *was, const stralloc *is)
{
	sa_cats(&d->out, "{");
	tool_json_pair(&d->out, "change", how);
	tool_json_pair(&d->out, "kind", kind);
	tool_json_pair(&d->out, "address", key);
	if (was)
		tool_json_pair(&d->out, "old", was->s);
	if (is)
		tool_json_pair(&d->out, "new", is->s);
	sa_cats(&d->out, "}\n");
}

static void
print_line(struct diff *d, const char *sign, const char *kind, const char *key,
    const stralloc *data)
{
	sa_cats(&d->out, sign);
	sa_cats(&d->out, kind);
	sa_cats(&d->out, " ");
	sa_cats(&d->out, key);
	if (data->len) {
		sa_cats(&d->out, ": ");
		sa_cat(&d->out, data);
	}
	sa_append(&d->out, '\n');
}

/* was or is NULL: added, removed. */
static void
tell(struct diff *d, const char *key, size_t klen, const stralloc *was,
    const stralloc *is)
{
	const char *how = !was ? "add" : !is ? "remove" : "change";
	stralloc shown = { 0 };
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].letter == key[0])
			break;
	if (i == sizeof kinds / sizeof *kinds)
		return; /* the version */
	sa_copys(&shown, kinds[i].before);
	sa_catb(&shown, key + 1, klen - 1);
	sa_0(&shown);
	if (!was)
		d->added++;
	else if (!is)
		d->removed++;
	else
		d->changed++;
	if (d->t->json) {
		print_json(d, how, kinds[i].kind, shown.s, was, is);
	} else {
		if (was)
			print_line(d, "- ", kinds[i].kind, shown.s, was);
		if (is)
			print_line(d, "+ ", kinds[i].kind, shown.s, is);
	}
	if (d->out.len > PRINT_CHUNK)
		tool_print(&d->out);
	sa_free(&shown);
}

static int
compare(void *arg, const char *key, size_t klen, const char *data, size_t len)
{
	stralloc mine = { 0 }, theirs = { 0 };
	struct diff *d = arg;
	const char *odata;
	size_t olen;
	int r;

	if (!klen)
		return 0;
	r = table_get_same(d->other, key, klen, &odata, &olen);
	if (r == -1 && errno != ENOENT)
		return -1;
	if (r == 1 &&
	    (d->adding || (len == olen && !memcmp(data, odata, len))))
		return 0;
	show_data(&mine, key[0], data, len);
	if (r == 1)
		show_data(&theirs, key[0], odata, olen);
	if (d->adding)
		tell(d, key, klen, NULL, &mine);
	else
		tell(d, key, klen, &mine, r == 1 ? &theirs : NULL);
	sa_free(&mine);
	sa_free(&theirs);
	return 0;
}

/* No table in force yet is an empty one. */
static int
walk(struct diff *d, struct table *t, struct table *other, bool adding)
{
	d->other = other;
	d->adding = adding;
	if (table_refresh(other) == -1 && errno != ENOENT)
		return -1;
	if (table_each(t, compare, d) == 0)
		return 0;
	return errno == ENOENT && !adding ? 0 : -1;
}

int
alias_show_diff(const struct tool *t)
{
	struct diff d = { .t = t };
	struct table old, new;
	struct outfile made;
	struct source src;
	int r;

	tool_lock();
	source_load(&src, NULL, NULL);
	tool_sources(&src.errors, "nothing was compared");
	alias_write(&made, &src);
	table_init(&old, ALIASES_CDB);
	table_init(&new, made.tmp.s);
	r = walk(&d, &old, &new, false) == -1 ||
	    walk(&d, &new, &old, true) == -1;
	outfile_drop();
	if (r)
		log_fatalsys(111, "unable to compare with " ALIASES_CDB);
	tool_print(&d.out);
	if (!t->json && d.added + d.removed + d.changed)
		log_info(log_num(d.added), " added, ", log_num(d.removed),
		    " removed, ", log_num(d.changed),
		    " changed; make -C etc puts it in force");
	table_close(&old);
	table_close(&new);
	close(made.fd);
	source_free(&src);
	sa_free(&made.tmp);
	sa_free(&d.out);
	return d.added + d.removed + d.changed ? 1 : 0;
}
