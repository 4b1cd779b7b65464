/* SPDX-License-Identifier: ISC */
#include "cdb-tools/nets_source.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/log.h"

#define NET_TEXT_SIZE (IP_TEXT_SIZE + 4) /* bytes of "address/128" and NUL */

/* "allow" or "deny", and nothing behind it.  1, 0: reported. */
static int
take_rule(struct nets *n, const struct line_reader *r, bool *allow,
    const char *s, size_t len, unsigned column)
{
	unsigned at = column;
	const char *item;
	size_t ilen;

	if (line_item(&s, &len, &column, false, &item, &ilen, &at)) {
		*allow = ilen == 5 && !strncasecmp(item, "allow", 5);
		if ((*allow || (ilen == 4 && !strncasecmp(item, "deny", 4))) &&
		    !len)
			return 1;
	}
	line_error(&n->errors, r->file, r->line, at,
	    "write allow or deny behind the network, and nothing else",
	    (char *)0);
	return 0;
}

static void
add(struct nets *n, const struct line_reader *r, unsigned column,
    const char *text, const struct ip *net, unsigned bits, bool allow)
{
	char key[NETS_KEY];
	long id;

	key[0] = (char)bits;
	memcpy(key + 1, net->b, sizeof net->b);
	if (!names_add(&n->keys, key, sizeof key, r->line, &id)) {
		line_error(&n->errors, r->file, r->line, column, text,
		    " stands here for the second time, first in line ",
		    log_num(names_line(&n->keys, id)),
		    "; remove one of the two", (char *)0);
		return;
	}
	if (((size_t)id & ((size_t)id - 1)) == 0) {
		n->allow = realloc(n->allow, id ? (size_t)id * 2 : 1);
		if (!n->allow)
			log_fatal(111, "out of memory");
	}
	n->allow[id] = allow;
}

static void
take_net(struct nets *n, const struct line_reader *r, const char *s, size_t len,
    unsigned column)
{
	char text[NET_TEXT_SIZE];
	const char *item, *why;
	unsigned bits, icol;
	bool allow = false;
	struct ip net;
	size_t ilen;

	if (!line_item(&s, &len, &column, false, &item, &ilen, &icol))
		return;
	if (ilen >= sizeof text) {
		line_error(&n->errors, r->file, r->line, icol,
		    "not a network; "
		    "write 192.0.2.0/24 or 2001:db8::/32",
		    (char *)0);
		return;
	}
	memcpy(text, item, ilen);
	text[ilen] = 0;
	if (ip_parse_net(&net, &bits, text, &why) != 1) {
		line_error(&n->errors, r->file, r->line, icol, text, ": ", why,
		    (char *)0);
		return;
	}
	if (take_rule(n, r, &allow, s, len, column))
		add(n, r, icol, text, &net, bits, allow);
}

void
nets_load(struct nets *n)
{
	struct line_reader r;
	const char *s;
	unsigned column;
	size_t len;

	*n = (struct nets){ 0 };
	names_init(&n->keys);
	if (line_open(&r, NETS_TEXT, NETS_TEXT_MAX, &n->errors) == -1)
		log_fatalsys(111, "unable to read " NETS_TEXT);
	while (line_next(&r, &s, &len, &column))
		take_net(n, &r, s, len, column);
	line_close(&r);
}

void
nets_free(struct nets *n)
{
	names_free(&n->keys);
	free(n->allow);
	line_errors_free(&n->errors);
}
