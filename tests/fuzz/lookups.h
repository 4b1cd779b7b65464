/* SPDX-License-Identifier: ISC */
#ifndef TESTS_FUZZ_LOOKUPS_H
#define TESTS_FUZZ_LOOKUPS_H

/* Every look-up that reads a cdb, in t.cdb as it is now. */
#include "cdb-tools/cdb-tools.h"
#include "tests/fuzz/fuzz.h"

static struct table t;

static int
each(void *arg, const char *key, size_t keylen, const char *data, size_t len)
{
	volatile char c = 0;
	size_t i;

	(void)arg;
	for (i = 0; i < keylen; i++)
		c ^= key[i];
	for (i = 0; i < len; i++)
		c ^= data[i];
	return 0;
}

static int
may(void *arg, const char *mailbox)
{
	(void)arg;
	return strlen(mailbox) > 1000;
}

static void
look_up(const char *name)
{
	struct alias_answer a = { 0 };
	struct alias_forward f;
	struct alias_list l;
	struct mailbox_info m;
	struct user_record u;
	const char *data;
	size_t len;

	alias_resolve(&a, &t, name, strlen(name), NULL, NULL);
	alias_is_local(&t, name, strlen(name));
	if (alias_forward(&f, &t, name) == 1)
		FUZZ_HOLDS(!f.len || !f.targets[f.len - 1]);
	if (alias_list(&l, &t, name) == 1)
		FUZZ_HOLDS(strlen(l.owner) + strlen(l.post) +
		    strlen(l.file) + 1 && (!l.len || !l.members[l.len - 1]));
	alias_senders(&t, name, strlen(name), may, NULL);
	if (mailbox_lookup(&m, &t, name) == 1)
		FUZZ_HOLDS(strlen(m.folder) <= ADDR_MAILBOX_MAX);
	if (user_lookup(&t, name, &data, &len) == 1)
		while (user_next(&u, &data, &len) == 1)
			FUZZ_HOLDS(strlen(u.hash) <= USER_HASH_MAX);
	alias_answer_free(&a);
}

static void
look_everything_up(void)
{
	static const char *const names[] = { "fred@widget.com", "widget01",
		"demo", "postmaster", "a+b@widget.com", "x@far.example" };
	struct ip ip;
	bool denied;
	size_t i;

	table_close(&t);
	table_init(&t, "t.cdb");
	table_each(&t, each, NULL);
	for (i = 0; i < sizeof names / sizeof *names; i++)
		look_up(names[i]);
	ip_parse(&ip, "192.0.2.1");
	nets_lookup(&t, &ip, &denied);
	table_close(&t);
}

#endif
