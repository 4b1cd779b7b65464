/* SPDX-License-Identifier: ISC */
#include "cdb-tools/nets_run.h"
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/nets_source.h"
#include "cdb-tools/notes.h"
#include "lib/log.h"

#define KEPT     NETS_CDB " stays as it was"
#define PREFIXES 129 /* lengths 0 to 128 */

static void
put_prefixes(struct outfile *o, const struct nets *n)
{
	bool used[PREFIXES] = { false };
	char bits[PREFIXES];
	const char *key;
	size_t len, m = 0;
	long id;
	int b;

	for (id = 0; id < (long)n->keys.map.n; id++) {
		key = names_get(&n->keys, id, &len);
		used[(unsigned char)key[0]] = true;
	}
	for (b = PREFIXES - 1; b >= 0; b--)
		if (used[b])
			bits[m++] = (char)b;
	outfile_put(o, "b", 1, bits, m);
}

void
nets_build(void)
{
	char key[1 + NETS_KEY];
	struct outfile o;
	struct notes notes;
	struct nets n;
	size_t len;
	long id;

	tool_lock();
	notes_begin(&notes, NOTES_NETS);
	nets_load(&n);
	tool_sources(&n.errors, KEPT);
	outfile_begin(&o, NETS_CDB, "p-relay");
	outfile_cdb(&o);
	put_prefixes(&o, &n);
	key[0] = 'n';
	for (id = 0; id < (long)n.keys.map.n; id++) {
		memcpy(key + 1, names_get(&n.keys, id, &len), NETS_KEY);
		outfile_put(&o, key, sizeof key, n.allow[id] ? "+" : "-", 1);
	}
	outfile_ready(&o);
	outfile_commit(&o);
	notes_end(&notes, false);
	nets_free(&n);
}

int
nets_check(const struct tool *t)
{
	stralloc out = { 0 };
	struct nets n;
	int code;

	nets_load(&n);
	code = n.errors.n ? 100 : 0;
	if (t->json) {
		sa_cats(&out, code ? "{\"ok\":false" : "{\"ok\":true");
		tool_json_errors(&out, "errors", &n.errors);
		sa_cats(&out, ",\"networks\":");
		sa_catul(&out, n.keys.map.n);
		sa_cats(&out, "}\n");
		tool_print(&out);
	} else {
		tool_sources(&n.errors, KEPT);
	}
	sa_free(&out);
	nets_free(&n);
	return code;
}

/* "192.0.2.0/24": an IPv4 network counts in 32 bits. */
static void
cat_net(stralloc *out, const struct ip *net, unsigned bits)
{
	char text[IP_TEXT_SIZE];
	bool v4 = ip_is_v4(net) && bits >= 96;

	ip_format(text, net);
	sa_cats(out, text);
	sa_cats(out, "/");
	sa_catul(out, v4 ? bits - 96 : bits);
}

/* The entry that nets_lookup went by: the longest that is there. */
static void
find_entry(stralloc *out, struct table *t, const struct ip *ip)
{
	char key[1 + NETS_KEY];
	const char *data;
	struct ip net;
	size_t len;
	int bits;

	key[0] = 'n';
	for (bits = PREFIXES - 1; bits >= 0; bits--) {
		net = *ip;
		ip_mask(&net, (unsigned)bits);
		key[1] = (char)bits;
		memcpy(key + 2, net.b, sizeof net.b);
		if (table_get(t, key, sizeof key, &data, &len) == 1) {
			cat_net(out, &net, (unsigned)bits);
			break;
		}
	}
}

int
nets_query(const struct tool *t, const char *address)
{
	stralloc out = { 0 }, net = { 0 };
	struct table table;
	struct ip ip;
	bool denied;
	int r;

	if (ip_parse(&ip, address) != 1)
		log_fatal(100, "'", address,
		    "' is no IP address; write "
		    "192.0.2.1 or 2001:db8::1");
	table_init(&table, NETS_CDB);
	r = nets_lookup(&table, &ip, &denied);
	if (r == -1)
		tool_unread(NETS_CDB, "netdb");
	if (r == 1 || denied)
		find_entry(&net, &table, &ip);
	sa_0(&net);
	if (t->json) {
		sa_cats(&out, "{");
		tool_json_pair(&out, "address", address);
		tool_json_pair(&out, "result",
		    r        ? "allow"
		    : denied ? "deny"
			     : "none");
		tool_json_pair(&out, "network", net.s);
		sa_cats(&out, "}\n");
	} else if (r == 1 || denied) {
		sa_cats(&out, net.s);
		sa_cats(&out, r ? " allow\n" : " deny\n");
	} else {
		sa_cats(&out, "no network of " NETS_TEXT " holds ");
		sa_cats(&out, address);
		sa_append(&out, '\n');
	}
	tool_print(&out);
	table_close(&table);
	sa_free(&out);
	sa_free(&net);
	return r == 1 ? 0 : 1;
}
