/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>
#include "deliver/list.h"
#include "lib/addr.h"

void
list_name(stralloc *out, const struct list *l, const char *suffix)
{
	size_t at = addr_at(l->address.s, l->address.len);

	sa_copyb(out, l->address.s, at);
	sa_cats(out, suffix);
	sa_catb(out, l->address.s + at, l->address.len - at);
	sa_0(out);
}

void
list_person(stralloc *out, const char *sender)
{
	const char *eq;

	if (strncasecmp(sender, "prvs=", 5) == 0 &&
	    (eq = strchr(sender + 5, '=')) && eq[1])
		sender = eq + 1;
	addr_envelope(out, sender, strlen(sender));
	sa_0(out);
}

bool
list_is_plain(const char *member)
{
	return *member && !strchr("-#", *member);
}
