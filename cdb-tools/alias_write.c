/* SPDX-License-Identifier: ISC */
#include "cdb-tools/alias_build.h"
#include <string.h>

#define PROGRESS_RECORDS 65536 /* between two calls */

static void
put(struct outfile *o, stralloc *key, char letter, const char *s, size_t len,
    const char *data, size_t dlen)
{
	sa_clear(key);
	sa_append(key, letter);
	sa_catb(key, s, len);
	outfile_put(o, key->s, key->len, data, dlen);
}

static void
write_domains(struct outfile *o, const struct source *src, stralloc *key)
{
	const char *s, *other;
	size_t len, olen;
	long id;

	for (id = 0; id < (long)src->domains.map.n; id++) {
		s = names_get(&src->domains, id, &len);
		other = names_get(&src->domains, src->domain_of[id], &olen);
		put(o, key, 'd', s, len, other,
		    src->domain_of[id] == id ? 0 : olen);
	}
	if (addr_is_mailbox(src->postmaster.s, src->postmaster.len))
		put(o, key, 'p', "", 0, src->postmaster.s, src->postmaster.len);
}

static void
write_aliases(struct outfile *o, const struct source *src)
{
	const struct source_alias *a;
	char key[1 + ADDR_MAX];
	const char *s, *target;
	size_t len;
	long id;

	for (id = 0; id < (long)src->aliases.n; id++) {
		a = &src->alias[id];
		target = src->text.text.s + a->target;
		s = keymap_get(&src->aliases, id, &len);
		if (s[0] == '@') {
			s++;
			len--;
			key[0] = 'c';
		} else {
			key[0] = 'a';
		}
		memcpy(key + 1, s, len);
		outfile_put(o, key, len + 1, target, a->len);
		if (id % PROGRESS_RECORDS == PROGRESS_RECORDS - 1)
			src->progress("writing", (size_t)id, src->aliases.n);
	}
}

static void
cat_refs(stralloc *out, const struct source *src, uint32_t first, uint32_t n)
{
	const struct source_ref *ref;
	uint32_t i;

	for (i = 0; i < n; i++) {
		ref = &src->refs[first + i];
		sa_catb(out, src->refs_text.s + ref->off, ref->len + 1);
	}
}

static void
write_lists(struct outfile *o, const struct source *src, stralloc *key)
{
	const struct source_node *list;
	const char *s, *file;
	stralloc data = { 0 };
	size_t len;
	long id;

	for (id = 0; id < (long)src->lists.map.n; id++) {
		list = &src->list[id];
		file = strrchr(list->member_file, '/') + 1;
		sa_clear(&data);
		cat_refs(&data, src, list->first, 1); /* the owner */
		sa_cats(&data, list->post);
		sa_catb(&data, list->options, strlen(list->options) + 1);
		sa_catb(&data, file, strlen(file) + 1);
		cat_refs(&data, src, list->first + 1, list->n - 1);
		s = names_get(&src->lists, id, &len);
		put(o, key, 'l', s, len, data.s, data.len);
	}
	sa_free(&data);
}

static void
write_forwards(struct outfile *o, const struct source *src, stralloc *key)
{
	const struct source_node *f;
	stralloc data = { 0 };
	const char *s;
	size_t len;
	long id;

	for (id = 0; id < (long)src->forwards.map.n; id++) {
		f = &src->forward[id];
		sa_copys(&data, f->keep ? "k" : "-");
		cat_refs(&data, src, f->first, f->n);
		s = names_get(&src->forwards, id, &len);
		put(o, key, 'f', s, len, data.s, data.len);
	}
	for (id = 0; id < (long)src->replies.map.n; id++) {
		s = names_get(&src->replies, id, &len);
		put(o, key, 'r', s, len, "", 0);
	}
	for (id = 0; id < (long)src->senders.map.n; id++) {
		s = names_get(&src->senders, id, &len);
		put(o, key, 's', s, len, src->sender[id].s,
		    src->sender[id].len);
	}
	sa_free(&data);
}

void
alias_write(struct outfile *o, const struct source *src)
{
	stralloc key = { 0 };

	outfile_begin(o, ALIASES_CDB, NULL);
	outfile_cdb(o);
	write_domains(o, src, &key);
	write_aliases(o, src);
	write_lists(o, src, &key);
	write_forwards(o, src, &key);
	outfile_ready(o);
	sa_free(&key);
}
