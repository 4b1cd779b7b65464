/* SPDX-License-Identifier: ISC */
#include "queue/recipients.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/log.h"
#include "queue/domains.h"
#include "queue/queue_proto.h"

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
