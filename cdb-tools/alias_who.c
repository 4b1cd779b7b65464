/* SPDX-License-Identifier: ISC */
/* The reverse of a resolution, and what a mistyped address was meant to be. */
#include <string.h>
#include "cdb-tools/alias_show.h"
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/names.h"
#include "lib/log.h"

struct likeness {
	const char *s;
	size_t len;
	const char *kinds; /* letters of the records */
	unsigned best;
	stralloc *out;
};

static int
compare(void *arg, const char *key, size_t klen, const char *data, size_t len)
{
	struct likeness *l = arg;
	unsigned d;

	(void)data;
	(void)len;
	if (klen < 2 || !strchr(l->kinds, key[0]))
		return 0;
	d = names_distance(l->s, l->len, key + 1, klen - 1);
	if (d < l->best && d * 2 < l->len) {
		l->best = d;
		sa_copyb(l->out, key + 1, klen - 1);
		sa_0(l->out);
	}
	return 0;
}

void
alias_like(stralloc *out, struct table *t, const char *address)
{
	stralloc folded = { 0 };
	struct likeness l = { .kinds = "al", .best = NAMES_FAR, .out = out };

	sa_clear(out);
	sa_copys(&folded, address);
	sa_lower(&folded);
	l.s = folded.s;
	l.len = folded.len;
	if (folded.len > 1)
		table_each(t, compare, &l);
	sa_free(&folded);
}

/* Does it lead, by whatever way, to the mailbox? */
static bool
leads(struct alias_show *s, const char *target, size_t len)
{
	struct alias_answer a = { 0 };
	bool is = false;

	if (addr_at(target, len) == len)
		is = len == strlen(s->mailbox) &&
		     !memcmp(target, s->mailbox, len);
	else if (alias_resolve(&a, s->table, target, len, NULL, NULL) ==
		 ALIAS_MAILBOX)
		is = sa_is(&a.target, s->mailbox);
	alias_answer_free(&a);
	return is;
}

static void
found(struct alias_show *s, const char *kind, const char *key, size_t klen,
    const char *target, size_t len)
{
	stralloc k = { 0 }, v = { 0 };

	sa_copys(&k, strcmp(kind, "catch-all") ? "" : "@");
	sa_catb(&k, key, klen);
	sa_0(&k);
	sa_copyb(&v, target, len);
	sa_0(&v);
	alias_print(s, kind, k.s, v.s);
	s->n++;
	sa_free(&k);
	sa_free(&v);
}

/* Members behind the first skip strings, or the targets of a forward. */
static void
who_many(struct alias_show *s, const char *kind, const char *key, size_t klen,
    const char *data, size_t len, int skip)
{
	const char *end = data + len;
	size_t n;

	for (; data < end; data += n + 1) {
		n = strnlen(data, (size_t)(end - data));
		if (skip-- <= 0 && leads(s, data, n))
			found(s, kind, key, klen, data, n);
	}
}

static int
who_record(
    void *arg, const char *key, size_t klen, const char *data, size_t len)
{
	struct alias_show *s = arg;

	if (klen == 1 && key[0] == 'p' && leads(s, data, len))
		found(s, "postmaster", "postmaster", 10, data, len);
	if (klen < 2)
		return 0;
	if ((key[0] == 'a' || key[0] == 'c') && leads(s, data, len))
		found(s, key[0] == 'c' ? "catch-all" : "alias", key + 1,
		    klen - 1, data, len);
	else if (key[0] == 'l')
		who_many(s, "list", key + 1, klen - 1, data, len, 3);
	else if (key[0] == 'f' && len)
		who_many(s, "forward", key + 1, klen - 1, data + 1, len - 1, 0);
	return 0;
}

/* Nothing leads there: is there such a mailbox at all? */
static void __attribute__((noreturn))
tell_none(const char *mailbox)
{
	struct mailbox_info info;
	stralloc like = { 0 };
	struct likeness l = { .s = mailbox,
		.len = strlen(mailbox),
		.kinds = "m",
		.best = NAMES_FAR,
		.out = &like };
	struct table t;
	int r;

	table_init(&t, MAILBOXES_CDB);
	r = mailbox_lookup(&info, &t, mailbox);
	if (r == 0)
		table_each(&t, compare, &l);
	if (like.len)
		log_fatal(1, "no mailbox ", mailbox, "; did you mean ", like.s,
		    "?");
	if (r == 0 && strchr(mailbox, '@'))
		log_fatal(1, "no mailbox ", mailbox, "; where an address leads "
		    "says aliasdb explain");
	if (r == 0)
		log_fatal(1, "no mailbox ", mailbox, "; userdb list shows all");
	log_fatal(1, "no address leads to ", mailbox);
}

int
alias_show_who(const struct tool *t, const char *mailbox)
{
	struct table walked, looked_up;
	stralloc folded = { 0 };
	struct alias_show s = { .t = t, .table = &looked_up };

	sa_copys(&folded, mailbox);
	sa_lower(&folded);
	sa_0(&folded);
	s.mailbox = folded.s;
	alias_open_table(&walked);
	table_init(&looked_up, ALIASES_CDB);
	if (table_each(&walked, who_record, &s) == -1)
		log_fatalsys(111, "unable to read " ALIASES_CDB);
	tool_print(&s.out);
	if (!s.n)
		tell_none(folded.s);
	sa_free(&s.out);
	sa_free(&folded);
	table_close(&walked);
	table_close(&looked_up);
	return 0;
}
