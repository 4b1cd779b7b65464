/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <errno.h>
#include <string.h>

/* Looks up letter and s. */
static int
get(struct table *t, char letter, const char *s, size_t len, const char **data,
    size_t *dlen)
{
	char key[1 + ADDR_MAX];

	if (len > ADDR_MAX)
		return 0;
	key[0] = letter;
	memcpy(key + 1, s, len);
	return table_get(t, key, len + 1, data, dlen);
}

static int
damaged(void)
{
	errno = EBADMSG;
	return -1;
}

/* Strings each ended by NUL, and nothing behind the last? */
static bool
is_strings(const char *s, size_t len)
{
	return len == 0 || s[len - 1] == 0;
}

/* The next of them, or NULL. */
static const char *
next_string(const char **s, size_t *len)
{
	const char *one = *s;
	size_t n;

	if (*len == 0)
		return NULL;
	n = strlen(one) + 1;
	*s += n;
	*len -= n;
	return one;
}

int
alias_is_local(struct table *t, const char *domain, size_t len)
{
	char lower[ADDR_DOMAIN_MAX];
	const char *data;
	size_t i, dlen;

	if (len == 0 || len > sizeof lower)
		return 0;
	for (i = 0; i < len; i++)
		lower[i] = domain[i] >= 'A' && domain[i] <= 'Z'
			       ? domain[i] - 'A' + 'a'
			       : domain[i];
	return get(t, 'd', lower, len, &data, &dlen);
}

int
alias_forward(struct alias_forward *f, struct table *t, const char *mailbox)
{
	const char *data;
	size_t len;
	int r;

	r = get(t, 'f', mailbox, strlen(mailbox), &data, &len);
	if (r != 1)
		return r;
	if (len < 2 || (data[0] != 'k' && data[0] != '-') ||
	    !is_strings(data, len))
		return damaged();
	f->keep = data[0] == 'k';
	f->targets = data + 1;
	f->len = len - 1;
	return 1;
}

int
alias_reply(struct table *t, const char *mailbox)
{
	const char *data;
	size_t len;

	return get(t, 'r', mailbox, strlen(mailbox), &data, &len);
}

int
alias_list(struct alias_list *l, struct table *t, const char *address)
{
	const char *data;
	size_t len;
	int r;

	r = get(t, 'l', address, strlen(address), &data, &len);
	if (r != 1)
		return r;
	if (!is_strings(data, len))
		return damaged();
	l->owner = next_string(&data, &len);
	l->post = next_string(&data, &len);
	l->file = next_string(&data, &len);
	if (!l->file)
		return damaged();
	l->options = l->post + strcspn(l->post, " ");
	l->members = data;
	l->len = len;
	return 1;
}

static int
sender_record(struct table *t, const char *s, size_t slen,
    int (*may)(void *arg, const char *mailbox), void *arg)
{
	const char *data, *one;
	size_t len;
	int r;

	r = get(t, 's', s, slen, &data, &len);
	if (r != 1)
		return r;
	if (!is_strings(data, len))
		return damaged();
	while ((one = next_string(&data, &len))) {
		r = may(arg, one);
		if (r != 0)
			return r;
	}
	return 0;
}

int
alias_senders(struct table *t, const char *address, size_t len,
    int (*may)(void *arg, const char *mailbox), void *arg)
{
	stralloc norm = { 0 };
	const char *why;
	size_t at;
	int r;

	if (addr_check(address, len, &why) != 1)
		return 0;
	addr_normalise(&norm, address, len);
	at = addr_at(norm.s, norm.len);
	r = sender_record(t, norm.s, norm.len, may, arg);
	if (r == 0)
		r = sender_record(t, norm.s + at, norm.len - at, may, arg);
	sa_free(&norm);
	return r;
}

static int
is_it(void *arg, const char *mailbox)
{
	return strcmp(arg, mailbox) == 0;
}

int
alias_sender_allowed(
    struct table *t, const char *address, size_t len, const char *mailbox)
{
	return alias_senders(t, address, len, is_it, (void *)mailbox);
}

void
alias_answer_free(struct alias_answer *a)
{
	sa_free(&a->target);
	sa_free(&a->text);
	sa_free(&a->tag);
	sa_free(&a->addr);
	sa_free(&a->key);
}
