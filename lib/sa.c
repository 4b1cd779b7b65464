/* SPDX-License-Identifier: ISC */
#include "lib/sa.h"
#include <stdint.h>
#include <string.h>
#include "lib/log.h"
#include "lib/text.h"

static void
need(int ok)
{
	if (!ok)
		log_fatal(111, "out of memory");
}

void
sa_ready(stralloc *sa, size_t extra)
{
	need(extra <= SIZE_MAX / 2 && sa->len <= SIZE_MAX / 2);
	need(stralloc_ready(sa, sa->len + extra));
}

void
sa_catb(stralloc *sa, const char *buf, size_t len)
{
	sa_ready(sa, len);
	if (len)
		memcpy(sa->s + sa->len, buf, len);
	sa->len += len;
}

void
sa_copyb(stralloc *sa, const char *buf, size_t len)
{
	sa->len = 0;
	sa_catb(sa, buf, len);
}

void
sa_copys(stralloc *sa, const char *s)
{
	sa_copyb(sa, s, strlen(s));
}

void
sa_copy(stralloc *sa, const stralloc *from)
{
	sa_copyb(sa, from->s, from->len);
}

void
sa_cats(stralloc *sa, const char *s)
{
	sa_catb(sa, s, strlen(s));
}

void
sa_cat(stralloc *sa, const stralloc *from)
{
	sa_catb(sa, from->s, from->len);
}

void
sa_append(stralloc *sa, char ch)
{
	if (sa->len >= sa->a)
		sa_ready(sa, 1);
	sa->s[sa->len++] = ch;
}

void
sa_catul(stralloc *sa, unsigned long n)
{
	/* not stralloc_catulong0: Debian 12's leaves the digits unwritten */
	sa_cats(sa, log_num(n));
}

void
sa_0(stralloc *sa)
{
	sa_ready(sa, 1);
	sa->s[sa->len] = 0;
}

void
sa_cat0(stralloc *sa, const char *s)
{
	if (s)
		sa_cats(sa, s);
	sa_0(sa);
}

void
sa_lower(stralloc *sa)
{
	size_t i;

	for (i = 0; i < sa->len; i++)
		sa->s[i] = text_lower(sa->s[i]);
}

void
sa_copy_lower(stralloc *sa, const char *s)
{
	sa_copys(sa, s);
	sa_lower(sa);
	sa_0(sa);
}

bool
sa_is(const stralloc *sa, const char *s)
{
	size_t len = strlen(s);

	return sa->len == len && (!len || memcmp(sa->s, s, len) == 0);
}

bool
sa_same(const stralloc *a, const stralloc *b)
{
	return a->len == b->len && (!a->len || memcmp(a->s, b->s, a->len) == 0);
}

void
sa_clear(stralloc *sa)
{
	sa->len = 0;
}

void
sa_free(stralloc *sa)
{
	stralloc_free(sa);
	*sa = (stralloc){ 0 };
}

void
sa_wipe(stralloc *sa)
{
	if (sa->s)
		explicit_bzero(sa->s, sa->a);
	sa_free(sa);
}
