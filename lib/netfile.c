/* SPDX-License-Identifier: ISC */
#include "lib/netfile.h"

#include <errno.h>
#include <string.h>

static int
entry(const struct ip *ip, const char *s, size_t len, unsigned column,
    struct line_reader *r)
{
	char text[64];
	struct ip net;
	unsigned bits;
	const char *why = "too long for a network";
	size_t i;

	if (len < sizeof text) {
		for (i = 0; i < len; i++)
			text[i] = s[i];
		text[len] = '\0';
		if (ip_parse_net(&net, &bits, text, &why))
			return ip_in_net(ip, &net, bits);
	}
	line_error(r->errors, r->file, r->line, column, why,
	    strchr(why, ';')
		? ""
		: "; write a network such as 192.0.2.0/24 or 2001:db8::/32",
	    (char *)0);
	return 0;
}

int
netfile_has(const char *path, const struct ip *ip, struct line_errors *errors)
{
	struct line_reader r = { 0 };
	unsigned long before = errors->n;
	const char *s;
	size_t len;
	unsigned column;
	int found = 0;

	switch (line_open(&r, path, NETFILE_MAX, errors)) {
	case 0:
		errno = ENOENT;
		return -1;
	case -1:
		return -1;
	}
	while (line_next(&r, &s, &len, &column) == 1)
		found |= entry(ip, s, len, column, &r);
	line_close(&r);
	if (errors->n != before) {
		errno = EINVAL;
		return -1;
	}
	return found;
}
