/* SPDX-License-Identifier: ISC */
#include "pop3d/maillist_sort.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define SECONDS_MAX (1ULL << 36) /* what fits the key */

void *
maillist_grow(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

/* Seconds, then four bytes of what follows the dot. */
uint64_t
maillist_key(const char *name, size_t len)
{
	uint64_t seconds = 0, rest = 0;
	size_t i = 0, k;

	for (; i < len && name[i] >= '0' && name[i] <= '9'; i++)
		if (seconds < SECONDS_MAX / 10)
			seconds = seconds * 10 + (uint64_t)(name[i] - '0');
	if (i < len && name[i] == '.')
		i++;
	for (k = 0; k < 4; k++, i++)
		rest =
		    rest << 7 |
		    (i < len && !(name[i] & 0x80) ? (unsigned char)name[i] : 0);
	return seconds << 28 | rest;
}

int
maillist_compare(const struct maillist *la, const struct mail *a,
    const struct maillist *lb, const struct mail *b)
{
	size_t n = a->baselen < b->baselen ? a->baselen : b->baselen;
	int c;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	c = memcmp(maillist_name(la, a), maillist_name(lb, b), n);
	return c ? c : a->baselen - b->baselen;
}

static void
merge(const struct maillist *l, struct mail *to, const struct mail *a,
    size_t na, size_t nb)
{
	const struct mail *b = a + na;

	while (na > 0 && nb > 0) {
		if (maillist_compare(l, a, l, b) <= 0) {
			*to++ = *a++;
			na--;
		} else {
			*to++ = *b++;
			nb--;
		}
	}
	memcpy(to, a, na * sizeof *a);
	memcpy(to + na, b, nb * sizeof *b);
}

/* Bottom-up, stable: no recursion and no libc that looks about in /proc. */
static void
merge_sort(struct maillist *l)
{
	struct mail *from = l->mails, *to, *swap;
	size_t n = l->n, width, i, na, nb;

	if (n < 2)
		return;
	to = maillist_grow(NULL, l->size * sizeof *to);
	for (width = 1; width < n; width *= 2) {
		for (i = 0; i < n; i += 2 * width) {
			na = n - i < width ? n - i : width;
			nb = n - i - na < width ? n - i - na : width;
			merge(l, to + i, from + i, na, nb);
		}
		swap = from;
		from = to;
		to = swap;
	}
	l->mails = from;
	free(to);
}

void
maillist_sort(struct maillist *l)
{
	uint32_t i, n = 0;

	merge_sort(l);
	for (i = 0; i < l->n; i++) {
		struct mail *m = &l->mails[i];

		/* new/ is read first: of two, the one in cur/ is the later */
		if (n > 0 && maillist_compare(l, &l->mails[n - 1], l, m) == 0)
			l->mails[n - 1] = *m;
		else
			l->mails[n++] = *m;
	}
	l->n = n;
}
