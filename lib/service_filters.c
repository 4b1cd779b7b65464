/* SPDX-License-Identifier: ISC */
#include "lib/service_filters.h"

#include <string.h>

bool
service_filter_groups(const char *groups[SERVICE_GROUPS_MAX + 1],
    const struct service_row *row, enum service_filter which)
{
	static const char *const parent[] = { "exec", "fork", "confine", "unix",
		"fdpass", "files", NULL };
	const char *const *from =
	    which == SERVICE_FILTER_CHILD ? row->child : row->sys;
	int n = 0, i;

	if (which == SERVICE_FILTER_PARENT && !row->tcp)
		from = NULL;
	groups[0] = NULL;
	if (!from || !*from)
		return false;
	if (which == SERVICE_FILTER_PARENT)
		for (i = 0; parent[i]; i++)
			groups[n++] = parent[i];
	for (i = 0; from[i] && n < SERVICE_GROUPS_MAX; i++)
		groups[n++] = from[i];
	groups[n] = NULL;
	return true;
}

int
service_filter_text(char text[CONFINE_GROUPS_TEXT], const char *const *groups)
{
	size_t len = 0, n;

	for (; *groups; groups++) {
		n = strlen(*groups);
		if (len + 1 + n >= CONFINE_GROUPS_TEXT)
			return -1;
		if (len)
			text[len++] = ' ';
		memcpy(text + len, *groups, n);
		len += n;
	}
	text[len] = '\0';
	return 0;
}
