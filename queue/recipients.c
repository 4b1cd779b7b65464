/* SPDX-License-Identifier: ISC */
#include "queue/recipients.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/addr.h"
#include "lib/log.h"
#include "queue/domains.h"
#include "queue/queue_proto.h"

/* An address; or, of the plain postmaster where our own name is no domain of
 * ours, a mailbox. */
static bool
is_recipient(const char *s)
{
	size_t len = strlen(s);
	const char *why;

	return addr_check(s, len, &why) || addr_is_mailbox(s, len);
}

const char *
recipients_check(const stralloc *list, uint32_t *n)
{
	const char *s;
	size_t at = 0;

	*n = 0;
	while ((s = queue_list_next(list->s, list->len, &at))) {
		if (++*n > QUEUE_RECIPIENTS_MAX)
			return "5.5.3 too many recipients";
		if (!is_recipient(s))
			return "5.1.3 a recipient that is no address";
	}
	return *n && at == list->len ? NULL : "5.5.0 no recipients";
}

/* Those that may be one stand together, the first of equal ones first. */
static int
by_text(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int differ = strcasecmp(x, y);

	if (!differ)
		differ = strcmp(x, y);
	return differ ? differ : (x > y) - (x < y);
}

static int
by_place(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	return (x > y) - (x < y);
}

void
recipients_once(stralloc *list, uint32_t *n, struct table *t)
{
	const char **all, *s;
	stralloc once = { 0 };
	uint32_t i, kept = 0;
	size_t at = 0;

	if (*n < 2)
		return;
	all = reallocarray(NULL, *n, sizeof *all);
	if (!all)
		log_fatal(111, "out of memory");
	for (i = 0; (s = queue_list_next(list->s, list->len, &at)); i++)
		all[i] = s;
	qsort(all, *n, sizeof *all, by_text);
	for (i = 0; i < *n; i++)
		if (!kept || !domains_same_in(t, all[kept - 1], all[i]))
			all[kept++] = all[i];
	if (kept < *n) {
		qsort(all, kept, sizeof *all, by_place);
		for (i = 0; i < kept; i++)
			sa_catb(&once, all[i], strlen(all[i]) + 1);
		sa_copy(list, &once);
		sa_free(&once);
		*n = kept;
	}
	free(all);
}
