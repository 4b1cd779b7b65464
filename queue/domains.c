/* SPDX-License-Identifier: ISC */
#include "queue/domains.h"

#include <string.h>
#include <strings.h>
#include "cdb-tools/cdb-tools.h"
#include "queue/queue_proto.h"

static struct table *
table_here(void)
{
	static struct table t;

	if (!t.path)
		table_init(&t, ALIASES_CDB);
	return &t;
}

static int
is_local(struct table *t, const char *address)
{
	size_t len = strlen(address), at = addr_at(address, len);

	if (at == len)
		return 1;
	return alias_is_local(t, address + at + 1, len - at - 1);
}

int
domains_is_local(const char *address)
{
	return is_local(table_here(), address);
}

bool
domains_same(const char *a, const char *b)
{
	return domains_same_in(NULL, a, b);
}

bool
domains_same_in(struct table *t, const char *a, const char *b)
{
	return strcmp(a, b) == 0 || (strcasecmp(a, b) == 0 &&
	    is_local(t ? t : table_here(), a) == 1);
}

int
domains_count(struct table *t, const char *list, size_t len, uint32_t *foreign)
{
	const char *s;
	size_t at = 0;
	int local;

	*foreign = 0;
	while ((s = queue_list_next(list, len, &at))) {
		local = is_local(t, s);
		if (local == -1)
			return -1;
		*foreign += !local;
	}
	return 0;
}

int
domains_count_here(const char *list, size_t len, uint32_t *foreign)
{
	return domains_count(table_here(), list, len, foreign);
}

int
domains_postmaster(stralloc *out)
{
	struct alias_answer a = { 0 };
	enum alias_result r =
	    alias_resolve(&a, table_here(), "postmaster", 10, NULL, NULL);
	int rc = -1;

	if (r == ALIAS_MAILBOX || r == ALIAS_REMOTE || r == ALIAS_LIST) {
		sa_copy(out, &a.target);
		sa_0(out);
		rc = 0;
	}
	alias_answer_free(&a);
	return rc;
}
