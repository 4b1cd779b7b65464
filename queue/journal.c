/* SPDX-License-Identifier: ISC */
#include "queue/journal.h"

#include <string.h>
#include "queue/bytes.h"

#define EXPAND_FIXED 9  /* bytes of 'X' before its status bytes */
#define ANSWER_FIXED 13 /* bytes of 'A' before its ranges */

/* The bytes of a body that may change in place: *from, their number. */
static size_t
changing(char type, const char *body, size_t len, size_t *from)
{
	size_t n;

	*from = EXPAND_FIXED;
	if (type != 'X' || len < EXPAND_FIXED)
		return 0;
	n = (size_t)bytes_get(body + 5, 4);
	return n <= len - EXPAND_FIXED ? n : 0;
}

static uint64_t
record_sum(uint64_t chain, const char *head, const char *body, size_t len)
{
	size_t from, n = changing(head[4], body, len, &from);

	chain = bytes_sum(chain, head, 5);
	if (!n)
		return bytes_sum(chain, body, len);
	chain = bytes_sum(chain, body, from);
	return bytes_sum(chain, body + from + n, len - from - n);
}

int
journal_next(struct journal_record *r, const char *buf, size_t len, size_t *at,
    uint64_t *chain)
{
	const char *p = buf + *at;
	size_t left = len - *at, n;
	uint64_t sum;

	if (left < JOURNAL_OVERHEAD)
		return 0;
	n = (size_t)bytes_get(p, 4);
	if (n > JOURNAL_RECORD_MAX || n > left - JOURNAL_OVERHEAD)
		return 0;
	sum = record_sum(*chain, p, p + 5, n);
	if (sum != bytes_get(p + 5 + n, 8))
		return 0;
	r->type = p[4];
	r->body = p + 5;
	r->len = n;
	r->at = *at + 5;
	*at += n + JOURNAL_OVERHEAD;
	*chain = sum;
	return 1;
}

void
journal_put(stralloc *out, uint64_t *chain, char type, const stralloc *body)
{
	char head[5], sum[8];

	bytes_put(head, body->len, 4);
	head[4] = type;
	*chain = record_sum(*chain, head, body->s, body->len);
	bytes_put(sum, *chain, 8);
	sa_catb(out, head, sizeof head);
	sa_cat(out, body);
	sa_catb(out, sum, sizeof sum);
}

static void
cat_number(stralloc *out, uint64_t n, unsigned len)
{
	char b[8];

	bytes_put(b, n, len);
	sa_catb(out, b, len);
}

static void
cat_string(stralloc *out, const char *s)
{
	sa_catb(out, s, strlen(s) + 1);
}

/* A NUL-ended string of the body at *at; NULL: it has no end. */
static const char *
string_at(const struct journal_record *r, size_t *at)
{
	const char *s = r->body + *at, *end = memchr(s, 0, r->len - *at);

	if (!end)
		return NULL;
	*at = (size_t)(end - r->body) + 1;
	return s;
}

void
journal_put_expand(stralloc *body, const struct journal_expand *x)
{
	uint32_t i;

	sa_clear(body);
	cat_number(body, x->parent, 4);
	sa_append(body, (char)x->kind);
	cat_number(body, x->n, 4);
	for (i = 0; i < x->n; i++)
		sa_append(body, 'p');
	cat_string(body, x->sender);
	cat_string(body, x->away);
	cat_string(body, x->head);
	cat_string(body, x->key);
	cat_string(body, x->mailbox);
	sa_catb(body, x->targets, x->targets_len);
}

int
journal_expand_scan(struct journal_expand *x, const struct journal_record *r)
{
	size_t at, from;
	uint32_t i;

	if (r->len < EXPAND_FIXED)
		return -1;
	x->parent = (uint32_t)bytes_get(r->body, 4);
	x->kind = (unsigned char)r->body[4];
	x->n = (uint32_t)bytes_get(r->body + 5, 4);
	if (x->n > r->len - EXPAND_FIXED)
		return -1;
	at = EXPAND_FIXED + x->n;
	x->status_at = EXPAND_FIXED;
	x->sender = string_at(r, &at);
	x->away = x->sender ? string_at(r, &at) : NULL;
	x->head = x->away ? string_at(r, &at) : NULL;
	x->key = x->head ? string_at(r, &at) : NULL;
	x->mailbox = x->key ? string_at(r, &at) : NULL;
	if (!x->mailbox)
		return -1;
	from = at;
	x->targets = r->body + from;
	for (i = 0; i < x->n; i++)
		if (!string_at(r, &at))
			return -1;
	x->targets_len = at - from;
	return at == r->len ? 0 : -1;
}

void
journal_put_staged(stralloc *body, uint32_t target, const char *mailbox,
    const char *name)
{
	cat_number(body, target, 4);
	cat_string(body, mailbox);
	cat_string(body, name);
}

int
journal_staged_next(const struct journal_record *r, size_t *at,
    uint32_t *target, const char **mailbox, const char **name)
{
	if (*at == r->len)
		return 0;
	if (r->len - *at < 4)
		return -1;
	*target = (uint32_t)bytes_get(r->body + *at, 4);
	*at += 4;
	*mailbox = string_at(r, at);
	*name = *mailbox ? string_at(r, at) : NULL;
	return *name ? 1 : -1;
}

void
journal_put_answer(stralloc *body, const struct journal_answer *a)
{
	sa_clear(body);
	cat_number(body, a->when, 8);
	sa_append(body, a->class);
	cat_number(body, a->nranges, 4);
	sa_catb(body, a->ranges, a->nranges * (size_t)8);
	cat_string(body, a->status);
	cat_string(body, a->host);
	cat_string(body, a->text);
}

int
journal_answer_scan(struct journal_answer *a, const struct journal_record *r)
{
	size_t at;

	if (r->len < ANSWER_FIXED)
		return -1;
	a->when = bytes_get(r->body, 8);
	a->class = r->body[8];
	a->nranges = (uint32_t)bytes_get(r->body + 9, 4);
	if (a->nranges > (r->len - ANSWER_FIXED) / 8)
		return -1;
	a->ranges = r->body + ANSWER_FIXED;
	at = ANSWER_FIXED + (size_t)8 * a->nranges;
	a->status = string_at(r, &at);
	a->host = a->status ? string_at(r, &at) : NULL;
	a->text = a->host ? string_at(r, &at) : NULL;
	return a->text && at == r->len ? 0 : -1;
}

void
journal_range(const struct journal_answer *a, uint32_t i, uint32_t *first,
    uint32_t *count)
{
	*first = (uint32_t)bytes_get(a->ranges + (size_t)8 * i, 4);
	*count = (uint32_t)bytes_get(a->ranges + (size_t)8 * i + 4, 4);
}
