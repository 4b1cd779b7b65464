/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "deliver/list.h"
#include "deliver/srs.h"
#include "lib/clock.h"

static char
may_list(const struct alias_answer *a, const char *sender, const char **why)
{
	struct list l;
	char answer = 'T';

	*why = "the list's record cannot be read";
	if (list_open(&l, a->target.s) != 1)
		goto out;
	answer = 'Y';
	if (a->command == ALIAS_BOUNCES || a->command == ALIAS_OWNER)
		goto out;
	answer = 'N';
	*why = "5.7.1 lists take no bounces";
	if (!*sender)
		goto out;
	*why = "5.7.2 you may not post to this list; write to its owner";
	if (a->command != ALIAS_POST || list_may_post(&l, sender))
		answer = 'Y';
out:
	list_free(&l);
	return answer;
}

static char
may_srs(const char *address, const char *sender, const char **why)
{
	stralloc to = { 0 };
	bool ok;

	*why = "5.7.1 this address takes bounces only";
	if (*sender)
		return 'N';
	*why = "5.1.1 no bounce of a message that was passed on here, or too "
	       "old";
	ok = srs_back(&to, address, clock_wall_s());
	sa_free(&to);
	return ok ? 'Y' : 'N';
}

char
local_may(const char *address, const char *sender, const char **why)
{
	struct alias_answer a = { 0 };
	char answer = 'Y';

	switch (alias_resolve(
	    &a, local_aliases(), address, strlen(address), NULL, NULL)) {
	case ALIAS_LIST:
		answer = may_list(&a, sender, why);
		break;
	case ALIAS_SRS:
		answer = may_srs(address, sender, why);
		break;
	case ALIAS_TEMP:
		answer = 'T';
		*why = "the table of addresses cannot be read";
		break;
	default:
		break;
	}
	alias_answer_free(&a);
	return answer;
}
