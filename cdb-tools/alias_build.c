/* SPDX-License-Identifier: ISC */
#include "cdb-tools/alias_build.h"
#include <string.h>
#include <unistd.h>
#include "cdb-tools/notes.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define KEPT          ALIASES_CDB " stays as it was"
#define PROGRESS_FROM 200000 /* lines: shorter work needs no patience */

static bool progress_shown;

/* One line on a terminal, rewritten as it goes. */
static void
progress(const char *what, size_t done, size_t all)
{
	stralloc line = { 0 };

	if (all < PROGRESS_FROM || !isatty(2))
		return;
	sa_copys(&line, "\raliasdb: ");
	sa_cats(&line, what);
	sa_cats(&line, " ");
	sa_catul(&line, done * 100 / all);
	sa_cats(&line, "%   ");
	progress_shown = write(2, line.s, line.len) > 0;
	sa_free(&line);
}

static void
progress_end(void)
{
	if (progress_shown && write(2, "\r\033[K", 4) == -1)
		return;
	progress_shown = false;
}

static void
load(struct source *src, stralloc *text)
{
	source_load(src, text, progress);
	progress_end();
	tool_sources(&src->errors, KEPT);
}

void
alias_build(void)
{
	struct outfile out;
	struct notes notes;
	struct source src;

	tool_lock();
	notes_begin(&notes, NOTES_ALIASES);
	load(&src, NULL);
	alias_write(&out, &src);
	progress_end();
	outfile_commit(&out);
	notes_end(&notes, false);
	source_free(&src);
}

/* text becomes etc/aliases, if all is well with it, and the table is made. */
static void
change(stralloc *text)
{
	stralloc copy = { 0 };
	struct outfile out;
	struct notes notes;
	struct source src;

	notes_begin(&notes, NOTES_ALIASES);
	sa_copy(&copy, text); /* reading folds the text it is given */
	load(&src, &copy);
	alias_write(&out, &src);
	progress_end();
	if (tool_replace(ALIASES_TEXT, text, false) == -1) {
		outfile_drop();
		log_fatalsys(111,
		    "unable to write " ALIASES_TEXT, tool_eacces("aliasdb"),
		    "; nothing has changed");
	}
	outfile_commit(&out);
	notes_end(&notes, true);
	source_free(&src);
}

static void
read_text(stralloc *text)
{
	if (safefile_read(text, ALIASES_TEXT, SOURCE_ALIASES_MAX) == -1)
		log_fatalsys(111, "unable to read " ALIASES_TEXT);
}

/* The line that begins with this address: its bytes, with the line's end, or 0.
 * *line: which one it is. */
static size_t
find_line(
    const stralloc *text, const char *address, size_t *off, unsigned long *line)
{
	struct line_errors ignored = { 0 };
	struct line_reader r = {
		.file = ALIASES_TEXT, .text = *text, .errors = &ignored
	};
	stralloc want = { 0 }, norm = { 0 };
	const char *s, *key, *value;
	size_t len, klen, vlen, start = 0;
	unsigned column;

	addr_normalise(&want, address, strlen(address));
	for (*line = 0; line_next(&r, &s, &len, &column);) {
		if (!line_pair(
			s, len, column, &key, &klen, &value, &vlen, &column))
			continue;
		addr_normalise(&norm, key, klen);
		if (!sa_same(&norm, &want))
			continue;
		for (start = (size_t)(s - text->s);
		     start && text->s[start - 1] != '\n'; start--)
			;
		*line = r.line;
		break;
	}
	*off = start;
	line_errors_free(&ignored);
	sa_free(&want);
	sa_free(&norm);
	return *line ? r.pos - start : 0;
}

void
alias_add(const char *address, const char *target)
{
	stralloc text = { 0 };
	unsigned long line;
	size_t off;

	if (strpbrk(address, "\r\n") || strpbrk(target, "\r\n"))
		log_fatal(100, "an entry is one line");
	tool_lock();
	read_text(&text);
	if (find_line(&text, address, &off, &line))
		log_fatal(1, address,
		    " is there already (" ALIASES_TEXT " line ", log_num(line),
		    "); nothing has changed: remove it first, or "
		    "edit the line and run make -C etc");
	if (text.len && text.s[text.len - 1] != '\n')
		sa_append(&text, '\n');
	source_cat_address(&text, address, strlen(address));
	sa_cats(&text, ": ");
	sa_cats(&text, target);
	sa_append(&text, '\n');
	change(&text);
	sa_free(&text);
}

void
alias_remove(const char *address)
{
	stralloc text = { 0 };
	unsigned long line;
	size_t off, len;

	tool_lock();
	read_text(&text);
	len = find_line(&text, address, &off, &line);
	if (!len)
		log_fatal(1, address, " is not in " ALIASES_TEXT);
	memmove(text.s + off, text.s + off + len, text.len - off - len);
	text.len -= len;
	change(&text);
	sa_free(&text);
}

static void
check_json(stralloc *out, const struct source *src)
{
	sa_cats(out, src->errors.n ? "{\"ok\":false" : "{\"ok\":true");
	tool_json_errors(out, "errors", &src->errors);
	sa_cats(out, ",\"aliases\":");
	sa_catul(out, src->aliases.n);
	sa_cats(out, ",\"domains\":");
	sa_catul(out, src->domains.map.n);
	sa_cats(out, ",\"lists\":");
	sa_catul(out, src->lists.map.n);
	sa_cats(out, ",\"forwards\":");
	sa_catul(out, src->forwards.map.n);
	sa_cats(out, "}\n");
}

int
alias_check(const struct tool *t)
{
	stralloc out = { 0 };
	struct source src;
	int code;

	source_load(&src, NULL, progress);
	progress_end();
	code = src.errors.n ? 100 : 0;
	if (t->json) {
		check_json(&out, &src);
		tool_print(&out);
	} else {
		tool_sources(&src.errors, KEPT);
	}
	sa_free(&out);
	source_free(&src);
	return code;
}
