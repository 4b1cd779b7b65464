/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/users_list.h"
#include "cdb-tools/users_view.h"
#include "lib/clock.h"
#include "lib/log.h"

/* What a customer has. */
struct customer {
	const char *prefix; /* into the users */
	size_t len;
	uint64_t active, disabled, recent, quota, used, messages;
};

static size_t
prefix_len(const char *name, size_t len)
{
	size_t n = len;

	while (n && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	return n ? n : len; /* digits alone are a name */
}

static void
count(struct customer *c, const struct user *user, const struct users_look *l,
    uint64_t now)
{
	const uint64_t recent = (uint64_t)REPORT_RECENT_DAYS * 86400;

	if (user->disabled)
		c->disabled++;
	else
		c->active++;
	if (l->login && l->login->when + recent >= now)
		c->recent++;
	c->quota += user->quota;
	c->used += l->usage.bytes;
	c->messages += l->usage.messages;
}

static int
by_prefix(const void *a, const void *b)
{
	const struct customer *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->prefix, y->prefix, n);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

static void
print_customer(struct users_view *v, const struct customer *c)
{
	bool counted = v->counts;
	stralloc *out = &v->out;

	if (v->json) {
		sa_cats(out, "{\"prefix\":");
		tool_json(out, c->prefix, c->len);
		users_json_number(out, "active", true, c->active);
		users_json_number(out, "disabled", true, c->disabled);
		users_json_number(out, "recent", v->seen.known, c->recent);
		users_json_number(out, "quota", true, c->quota);
		users_json_number(out, "used", counted, c->used);
		users_json_number(out, "messages", counted, c->messages);
		sa_cats(out, "}\n");
		return;
	}
	users_column(out, c->prefix, c->len, 20);
	users_number(out, true, c->active, 8);
	users_number(out, true, c->disabled, 8);
	users_number(out, v->seen.known, c->recent, 8);
	users_number(out, true, c->quota, 14);
	users_number(out, counted, c->used, 14);
	users_number(out, counted, c->messages, 0);
	out->s[out->len - 1] = '\n';
}

/* Each mailbox becomes a customer's line of its own; sorted, the same ones are
 * neighbours. */
static size_t
gather(struct users_view *v, struct customer *all, const char *prefix)
{
	uint64_t now = clock_wall_s();
	struct customer *c;
	struct users_look l;
	size_t i, n = 0;

	for (i = 0; i < v->u.n; i++) {
		c = &all[n];
		*c = (struct customer){ 0 };
		c->prefix = users_name(&v->u, &v->u.user[i], &c->len);
		c->len = prefix_len(c->prefix, c->len);
		if (prefix && (strlen(prefix) != c->len ||
				  strncasecmp(prefix, c->prefix, c->len) != 0))
			continue;
		users_look(v, &v->u.user[i], &l);
		count(c, &v->u.user[i], &l, now);
		n++;
	}
	qsort(all, n, sizeof *all, by_prefix);
	return n;
}

static void
add(struct customer *c, const struct customer *d)
{
	c->active += d->active;
	c->disabled += d->disabled;
	c->recent += d->recent;
	c->quota += d->quota;
	c->used += d->used;
	c->messages += d->messages;
}

int
users_report(const struct tool *t, const char *prefix)
{
	struct customer *all;
	struct users_view v;
	size_t i, n;

	users_view_open(&v, t->json);
	all = calloc(v.u.n + 1, sizeof *all);
	if (!all)
		log_fatal(111, "out of memory");
	n = gather(&v, all, prefix);
	for (i = 0; i < n; i++) {
		if (i + 1 < n && by_prefix(&all[i], &all[i + 1]) == 0)
			add(&all[i + 1], &all[i]);
		else
			print_customer(&v, &all[i]);
	}
	users_view_close(&v);
	free(all);
	if (!n && prefix)
		log_fatal(1, "no customer ", prefix, "; userdb report shows all");
	return 0;
}
