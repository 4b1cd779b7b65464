/* SPDX-License-Identifier: ISC */
#include "deliver/remote_routes.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/addr.h"
#include "lib/log.h"

void
remote_routes_free(struct remote_routes *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->routes[i].dests);
	free(r->routes);
	memset(r, 0, sizeof(*r));
}

static int
wrong(const struct remote_place *place, const char *why)
{
	line_error(place->errors, place->file, place->line, place->column, why,
	    (char *)NULL);
	return -1;
}

static bool
is_pattern(const char *s, size_t len)
{
	if (len == 1 && s[0] == '*')
		return true;
	if (len && s[0] == '.')
		return addr_is_domain(s + 1, len - 1);
	return addr_is_domain(s, len);
}

static int
set_pattern(struct remote_route *route, const char *s, size_t len,
    const struct remote_place *place)
{
	size_t i;

	if (len > ROUTES_PATTERN_MAX || !is_pattern(s, len))
		return wrong(place, "this is no domain; write example.com, "
				    ".example.com (all names below it) or *");
	for (i = 0; i < len; i++)
		route->pattern[i] =
		    (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] | 32 : s[i]);
	route->pattern[len] = 0;
	return 0;
}

static void *
more(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

static int
route_line(struct remote_routes *r, const char *s, size_t len,
    struct remote_place *place)
{
	struct remote_dest dests[REMOTE_DESTS_MAX];
	struct remote_route route = { .line = place->line,
		.column = place->column };
	const char *key, *value;
	size_t klen, vlen;
	unsigned vcol;

	if (r->n == ROUTES_MAX)
		return wrong(place, "there are more than 10000 routes");
	if (!line_pair(
		s, len, place->column, &key, &klen, &value, &vlen, &vcol))
		return wrong(place, "write domain: host:port");
	if (set_pattern(&route, key, klen, place) == -1)
		return -1;
	place->column = vcol;
	if (remote_dests_parse(dests, &route.ndests, value, vlen, place) == -1)
		return -1;
	route.dests = more(NULL, route.ndests, sizeof(*dests));
	memcpy(route.dests, dests, route.ndests * sizeof(*dests));
	if ((r->n & (r->n - 1)) == 0)
		r->routes =
		    more(r->routes, r->n ? 2 * r->n : 1, sizeof(*r->routes));
	r->routes[r->n++] = route;
	return 0;
}

/* Calls each for every entry of file.  0, or -1: it cannot be read. */
static int
read_file(struct remote_routes *r, const char *file, struct line_errors *errors,
    int (*each)(struct remote_routes *r, const char *s, size_t len,
	struct remote_place *place))
{
	struct remote_place place = { .errors = errors, .file = file };
	struct line_reader reader;
	const char *s;
	size_t len;
	int rc;

	rc = line_open(&reader, file, ROUTES_FILE_MAX, errors);
	if (rc == -1)
		line_error(errors, file, 1, 1,
		    "cannot be read: ", strerror(errno), (char *)NULL);
	if (rc != 1)
		return rc;
	while (line_next(&reader, &s, &len, &place.column)) {
		place.line = reader.line;
		each(r, s, len, &place);
	}
	line_close(&reader);
	return 0;
}

static int
smarthost_line(struct remote_routes *r, const char *s, size_t len,
    struct remote_place *place)
{
	if (remote_dests_parse(r->smarthosts, &r->nsmarthosts, s, len, place) ==
	    -1)
		return -1;
	if (r->smarthosts[r->nsmarthosts - 1].mx)
		return wrong(place, "mx is for etc/routes only; without any "
				    "smarthost all mail goes to MX hosts");
	return 0;
}

static int
by_pattern(const void *a, const void *b)
{
	const struct remote_route *x = a, *y = b;

	return strcmp(x->pattern, y->pattern);
}

static void
find_twice(
    const struct remote_routes *r, const char *file, struct line_errors *errors)
{
	const struct remote_route *a, *b;
	size_t i;

	for (i = 1; i < r->n; i++) {
		a = &r->routes[i - 1];
		b = &r->routes[i];
		if (strcmp(a->pattern, b->pattern) == 0)
			line_error(errors, file,
			    a->line > b->line ? a->line : b->line,
			    a->line > b->line ? a->column : b->column,
			    b->pattern, " is there twice, also in line ",
			    log_num(a->line > b->line ? b->line : a->line),
			    "; remove one", (char *)NULL);
	}
}

int
remote_routes_read(struct remote_routes *r, const char *routes_file,
    const char *smarthosts_file, struct line_errors *errors)
{
	remote_routes_free(r);
	read_file(r, routes_file, errors, route_line);
	read_file(r, smarthosts_file, errors, smarthost_line);
	if (r->n)
		qsort(r->routes, r->n, sizeof(*r->routes), by_pattern);
	find_twice(r, routes_file, errors);
	if (errors->n == 0)
		return 0;
	remote_routes_free(r);
	return -1;
}

static const struct remote_route *
exact(const struct remote_routes *r, const char *pattern)
{
	size_t low = 0, high = r->n, mid;
	int c;

	while (low < high) {
		mid = (low + high) / 2;
		c = strcmp(pattern, r->routes[mid].pattern);
		if (c == 0)
			return &r->routes[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct remote_route *
remote_routes_find(const struct remote_routes *r, const char *domain)
{
	const struct remote_route *route;
	const char *s;

	if (r->n == 0)
		return NULL;
	route = exact(r, domain);
	for (s = domain; !route && (s = strchr(s, '.')); s++)
		route = exact(r, s);
	return route ? route : exact(r, "*");
}
