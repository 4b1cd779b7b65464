/* SPDX-License-Identifier: ISC */
#include "queue/queuectl_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
	char status;
	const char *name;
} states[] = { { 'p', "pending" }, { 's', "staged" }, { 'd', "done" },
	{ 'f', "failed" }, { 'b', "bounced" }, { 'x', "expanded" },
	{ 'h', "held" } };

static const char *
state_name(char status)
{
	size_t i;

	for (i = 0; i < sizeof states / sizeof states[0]; i++)
		if (states[i].status == status)
			return states[i].name;
	return "unknown";
}

void
print_json(stralloc *out, const char *key, const char *s)
{
	char hex[8];

	if (key) {
		sa_cats(out, "\"");
		sa_cats(out, key);
		sa_cats(out, "\":");
	}
	sa_append(out, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			sa_append(out, '\\');
		if (c >= 0x20 && c < 0x7f) {
			sa_append(out, (char)c);
		} else {
			snprintf(hex, sizeof hex, "\\u%04x", c);
			sa_cats(out, hex);
		}
	}
	sa_append(out, '"');
}

static void
cat_json_number(stralloc *out, const char *key, uint64_t n)
{
	sa_cats(out, ",\"");
	sa_cats(out, key);
	sa_cats(out, "\":");
	sa_catul(out, n);
}

void
listing_begin(struct listing *l, const struct control_message *m)
{
	listing_end(l);
	l->m = *m;
	l->any = true;
	sa_clear(&l->recipients);
	sa_clear(&l->targets);
}

static void
json_target(struct listing *l, const struct control_target *t)
{
	stralloc *out = &l->targets;

	if (l->recipients.len)
		sa_append(&l->recipients, ',');
	print_json(&l->recipients, NULL, t->address);
	sa_cats(out, out->len ? ",{" : "{");
	print_json(out, "address", t->address);
	sa_append(out, ',');
	print_json(out, "state", state_name(*t->status));
	if (*t->class) {
		sa_append(out, ',');
		print_json(out, "status", t->reply);
		sa_append(out, ',');
		print_json(out, "host", t->host);
		sa_append(out, ',');
		print_json(out, "text", t->text);
		cat_json_number(out, "when", t->when);
	}
	sa_append(out, '}');
}

void
print_visible(stralloc *out, const char *s)
{
	for (; *s; s++)
		sa_append(out, *s >= ' ' && *s < 0x7f ? *s : '?');
}

static void
text_target(struct listing *l, const struct control_target *t)
{
	stralloc *out = &l->targets;

	if (!l->show && strchr("dbx", *t->status))
		return;
	sa_cats(out, "\t");
	print_visible(out, t->address);
	sa_cats(out, " ");
	sa_cats(out, state_name(*t->status));
	sa_cats(out, "\n");
	if (!*t->class)
		return;
	sa_cats(out, "\t\t");
	if (*t->host) {
		print_visible(out, t->host);
		sa_cats(out, ": ");
	}
	print_visible(out, t->reply);
	sa_cats(out, " ");
	print_visible(out, t->text);
	sa_cats(out, "\n");
}

void
listing_target(struct listing *l, const struct control_target *t)
{
	if (l->json)
		json_target(l, t);
	else
		text_target(l, t);
}

static void
print_listing(const struct listing *l)
{
	const struct control_message *m = &l->m;
	stralloc out = { 0 };

	sa_append(&out, '{');
	print_json(&out, "id", m->id);
	sa_append(&out, ',');
	print_json(&out, "sender", m->sender);
	sa_cats(&out, ",\"recipients\":[");
	sa_cat(&out, &l->recipients);
	sa_cats(&out, "],");
	print_json(&out, "state", m->state);
	cat_json_number(&out, "next", m->next);
	cat_json_number(&out, "size", m->size);
	cat_json_number(&out, "age", m->age);
	cat_json_number(&out, "attempts", m->attempts);
	cat_json_number(&out, "accepted", m->accepted);
	sa_append(&out, ',');
	print_json(&out, "origin", m->origin);
	sa_append(&out, ',');
	print_json(&out, "ip", m->ip);
	sa_append(&out, ',');
	print_json(&out, "account", m->account);
	cat_json_number(&out, "uid", m->uid);
	sa_cats(&out, ",\"targets\":[");
	sa_cat(&out, &l->targets);
	sa_cats(&out, "]}\n");
	fwrite(out.s, 1, out.len, stdout);
	sa_free(&out);
}

static void
print_show(const struct control_message *m)
{
	time_t t = (time_t)m->next;
	char when[64] = "never";

	if (m->next)
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S",
		    localtime(&t));
	printf("\torigin %s", m->origin);
	if (*m->ip)
		printf(" ip %s", m->ip);
	if (*m->account)
		printf(" account %s", m->account);
	if (strcmp(m->origin, "local") == 0)
		printf(" uid %" PRIu64, m->uid);
	printf(" attempts %" PRIu64 " next %s\n", m->attempts, when);
}

void
listing_end(struct listing *l)
{
	const struct control_message *m = &l->m;

	if (!l->any)
		return;
	l->any = false;
	if (l->json) {
		print_listing(l);
		return;
	}
	printf("%s %s size %" PRIu64 " age %" PRIu64 " <%s>\n", m->id,
	    m->state, m->size, m->age, m->sender);
	if (l->show)
		print_show(m);
	fwrite(l->targets.s, 1, l->targets.len, stdout);
}
