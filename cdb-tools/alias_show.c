/* SPDX-License-Identifier: ISC */
#include "cdb-tools/alias_show.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/source.h"
#include "lib/log.h"

#define PRINT_CHUNK 65536 /* bytes */

void
alias_open_table(struct table *t)
{
	struct stat text, compiled;

	table_init(t, ALIASES_CDB);
	if (table_refresh(t) == -1)
		tool_unread(ALIASES_CDB, "aliasdb");
	if (stat("etc/aliases", &text) == 0 &&
	    stat(ALIASES_CDB, &compiled) == 0 &&
	    (text.st_mtim.tv_sec > compiled.st_mtim.tv_sec ||
		(text.st_mtim.tv_sec == compiled.st_mtim.tv_sec &&
		    text.st_mtim.tv_nsec > compiled.st_mtim.tv_nsec)))
		log_warn("etc/aliases is newer than the table; "
			 "run make -C etc");
}

/* As etc/aliases has it: a refusal's text in quotes. */
static void
cat_target(stralloc *out, const char *value)
{
	bool refuse = strncmp(value, ":refuse ", 8) == 0;

	sa_cats(out, refuse ? ":refuse \"" : value);
	if (!refuse)
		return;
	sa_cats(out, value + 8);
	sa_append(out, '"');
}

void
alias_print(struct alias_show *s, const char *kind, const char *key, const char *value)
{
	if (s->t->json) {
		sa_cats(&s->out, "{");
		tool_json_pair(&s->out, "kind", kind);
		tool_json_pair(&s->out, "address", key);
		tool_json_pair(&s->out, "target", value);
		sa_cats(&s->out, "}\n");
	} else {
		source_cat_address(&s->out, key, strlen(key));
		sa_cats(&s->out, ": ");
		cat_target(&s->out, value);
		sa_append(&s->out, '\n');
	}
	if (s->out.len > PRINT_CHUNK)
		tool_print(&s->out);
}

static int
list_record(
    void *arg, const char *key, size_t klen, const char *data, size_t len)
{
	struct alias_show *s = arg;
	stralloc k = { 0 }, v = { 0 };

	if (klen < 2)
		return 0;
	if (key[0] == 'c')
		sa_copys(&k, "@");
	sa_catb(&k, key + 1, klen - 1);
	sa_0(&k);
	sa_copyb(&v, data, len);
	sa_0(&v);
	if (key[0] == 'a')
		alias_print(s, "alias", k.s, v.s);
	else if (key[0] == 'c')
		alias_print(s, "catch-all", k.s, v.s);
	else if (key[0] == 'd' && len)
		alias_print(s, "domain", k.s, v.s);
	else if (key[0] == 'l')
		alias_print(s, "list", k.s, "a list");
	sa_free(&k);
	sa_free(&v);
	return 0;
}

int
alias_show_list(const struct tool *t)
{
	struct table table;
	struct alias_show s = { .t = t, .table = &table };

	alias_open_table(&table);
	if (table_each(&table, list_record, &s) == -1)
		log_fatalsys(111, "unable to read " ALIASES_CDB);
	tool_print(&s.out);
	sa_free(&s.out);
	table_close(&table);
	return 0;
}
