/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pop3d/maillist_sort.h"

struct scan {
	struct uidl_list *l;
	const struct maillist *mail;
	const struct uidl_setting *u;
	uint32_t validity; /* of dovecot-uidlist */
};

/* The number of the message with this base name, or -1. */
static long
find(const struct maillist *mail, const char *base, size_t len)
{
	uint64_t key = maillist_key(base, len);
	uint32_t low = 0, high = mail->n, mid;
	const struct mail *m;
	size_t n;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		m = &mail->mails[mid];
		if (m->key != key) {
			c = m->key < key ? -1 : 1;
		} else {
			n = m->baselen < len ? m->baselen : len;
			c = memcmp(maillist_name(mail, m), base, n);
			c = c ? c : (m->baselen > len) - (m->baselen < len);
		}
		if (c == 0)
			return (long)mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

/* Seconds at the beginning of a name. */
static uint64_t
name_time(const char *s, size_t len)
{
	uint64_t t = 0;
	size_t i;

	for (i = 0; i < len && i < 18 && s[i] >= '0' && s[i] <= '9'; i++)
		t = t * 10 + (uint64_t)(s[i] - '0');
	return t;
}

static void
keep(struct scan *s, const char *name, size_t namelen, const char *id,
    size_t len)
{
	struct uidl_list *l = s->l;
	const char *colon = memchr(name, ':', namelen);
	long n;

	if (colon)
		namelen = (size_t)(colon - name);
	if (!len || len > UIDL_MAX || name_time(name, namelen) >= s->u->until)
		return;
	n = find(s->mail, name, namelen);
	if (n == -1 || l->at[n])
		return;
	if (l->size - l->len < len + 1) {
		l->size += l->size + UIDL_MAX * 64;
		l->ids = maillist_grow(l->ids, l->size);
	}
	memcpy(l->ids + l->len, id, len);
	l->ids[l->len + len] = 0;
	l->at[n] = (uint32_t)l->len + 1;
	l->len += len + 1;
}

/* A decimal number; steps behind it.  1, or 0: none, or too large. */
static int
number(const char **p, const char *end, uint32_t *n)
{
	const char *s = *p;

	for (*n = 0; *p < end && **p >= '0' && **p <= '9'; ++*p)
		if (__builtin_mul_overflow(*n, 10u, n) ||
		    __builtin_add_overflow(*n, (uint32_t)(**p - '0'), n))
			return 0;
	return *p > s;
}

static bool
is_id(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return false;
	return len > 0 && len <= UIDL_MAX;
}

/* "UID [ext...] :NAME" of version 3, "UID NAME" of version 1. */
static void
dovecot_line(struct scan *s, const char *p, const char *end)
{
	const char *word, *given = NULL;
	size_t n, givenlen = 0;
	char id[UIDL_MAX];
	uint32_t uid;

	if (!number(&p, end, &uid) || p == end || *p != ' ')
		return;
	for (p++; p < end && *p != ':'; p += n + (p + n < end)) {
		word = p;
		n = strcspn(p, " \n");
		if (p + n == end)
			break; /* version 1: the name is the last word */
		if (*word == 'P' && is_id(word + 1, n - 1)) {
			given = word + 1;
			givenlen = n - 1;
		}
	}
	p += p < end && *p == ':';
	if (given)
		keep(s, p, (size_t)(end - p), given, givenlen);
	else
		keep(s, p, (size_t)(end - p), id,
		    uidl_format(id, s->u->format, uid, s->validity));
}

/* As Courier writes a name: "+XX" for what it escapes. */
static size_t
courier_name(char id[UIDL_MAX], const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, n = 0;

	for (i = 0; i < len && s[i] != ':'; i++) {
		if (n + 3 > UIDL_MAX)
			return 0;
		if (s[i] < 0x21 || s[i] > 0x7e || strchr("'\"+", s[i])) {
			id[n++] = '+';
			id[n++] = hex[(unsigned char)s[i] >> 4];
			id[n++] = hex[s[i] & 15];
		} else {
			id[n++] = s[i];
		}
	}
	return n;
}

/* "NAME SIZE UID:VALIDITY[:UTF8]". */
static void
courier_line(struct scan *s, const char *p, const char *end)
{
	const char *last = memrchr(p, ' ', (size_t)(end - p)), *size;
	uint32_t uid, validity = 0;
	char id[UIDL_MAX + 1];
	int n;

	size = last ? memrchr(p, ' ', (size_t)(last - p)) : NULL;
	if (!size || size == p)
		return;
	last++;
	if (!number(&last, end, &uid) || last == end || *last++ != ':' ||
	    !number(&last, end, &validity))
		return;
	if (uid == 0)
		n = (int)courier_name(id, p, (size_t)(size - p));
	else if (validity)
		n = snprintf(id, sizeof id, "UID%u-%u", uid, validity);
	else
		n = snprintf(id, sizeof id, "UID%u", uid);
	keep(s, p, (size_t)(size - p), id, (size_t)n);
}

/* The first line: 1, or 0: a version that we do not know. */
static int
header(struct scan *s, const char *p, const char *end)
{
	uint32_t version;

	if (s->u->rule == UIDL_COURIER)
		return end - p > 3 && p[0] == '/' &&
		       (p[1] == '2' || p[1] == '3') && p[2] == ' ';
	if (!number(&p, end, &version) || p == end || *p++ != ' ')
		return 0;
	if (version == 1)
		return number(&p, end, &s->validity);
	while (version == 3 && p < end) {
		if (*p == 'V') {
			p++;
			return number(&p, end, &s->validity);
		}
		while (p < end && *p++ != ' ')
			;
	}
	return 0;
}

void
uidl_list_none(struct uidl_list *l, const struct maillist *mail)
{
	*l = (struct uidl_list){ 0 };
	l->at = maillist_grow(NULL, (mail->n + 1) * sizeof *l->at);
	memset(l->at, 0, (mail->n + 1) * sizeof *l->at);
}

int
uidl_list_scan(struct uidl_list *l, const struct maillist *mail,
    const struct uidl_setting *u, const char *text, size_t len)
{
	struct scan s = { .l = l, .mail = mail, .u = u };
	const char *end = text + len, *nl = memchr(text, '\n', len);

	*l = (struct uidl_list){ 0 };
	if (!nl || !header(&s, text, nl)) {
		errno = EPROTO;
		return -1;
	}
	uidl_list_none(l, mail);
	while (text = nl + 1,
	    (nl = memchr(text, '\n', (size_t)(end - text)))) {
		if (u->rule == UIDL_DOVECOT)
			dovecot_line(&s, text, nl);
		else
			courier_line(&s, text, nl);
	}
	return 0;
}

const char *
uidl_list_get(const struct uidl_list *l, uint32_t n)
{
	return l->at && l->at[n] ? l->ids + l->at[n] - 1 : NULL;
}

void
uidl_list_free(struct uidl_list *l)
{
	free(l->ids);
	free(l->at);
	*l = (struct uidl_list){ 0 };
}
