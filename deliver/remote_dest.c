/* SPDX-License-Identifier: ISC */
#include "deliver/remote_dest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/addr.h"

#define TEXT_SIZE   384 /* bytes of one word, NUL included */
#define PORT_DIGITS 5
#define PORT_MAX    65535

struct parse {
	struct remote_dest *dest;
	const struct remote_place *place;
	unsigned column; /* of the word at hand */
};

static int
wrong(const struct parse *p, const char *word, const char *why)
{
	line_error(p->place->errors, p->place->file, p->place->line, p->column,
	    word, ": ", why, (char *)NULL);
	return -1;
}

static int
set_port(struct parse *p, const char *s)
{
	size_t n = strspn(s, "0123456789");
	unsigned long port = n && n <= PORT_DIGITS ? strtoul(s, NULL, 10) : 0;

	if (s[n] || port == 0 || port > PORT_MAX)
		return wrong(p, s,
		    "is no port; write host:port, as in "
		    "mail.example.net:587");
	p->dest->peer.port = (uint16_t)port;
	return 0;
}

static int
set_host(struct parse *p, const char *host)
{
	struct remote_dest *d = p->dest;

	if (strlen(host) > RESOLVER_NAME_MAX)
		return wrong(p, host, "is too long for a host name");
	snprintf(d->peer.name, sizeof(d->peer.name), "%.*s", RESOLVER_NAME_MAX,
	    host);
	d->has_ip = ip_parse(&d->peer.ip, host) == 1;
	if (d->has_ip || addr_is_domain(host, strlen(host)))
		return 0;
	return wrong(p, host,
	    "is neither a host name nor an address (an "
	    "IPv6 address stands in brackets)");
}

/* host, host:port, [ip6], [ip6]:port. */
static int
host_port(struct parse *p, char *text)
{
	char *end, *port = NULL;

	if (text[0] == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return wrong(p, text, "write [address]:port");
		if (end[1])
			port = end + 2;
		*end = 0;
		text++;
	} else if ((end = strchr(text, ':'))) {
		if (strchr(end + 1, ':'))
			return wrong(p, text,
			    "an IPv6 address stands in "
			    "brackets: [2001:db8::1]:25");
		*end = 0;
		port = end + 1;
	}
	if (set_host(p, text) == -1)
		return -1;
	return port ? set_port(p, port) : 0;
}

static int
lmtp(struct parse *p, char *text)
{
	struct smtp_peer *peer = &p->dest->peer;

	peer->lmtp = true;
	peer->port = 0;
	peer->tls = SMTP_TLS_NONE;
	if (strncmp(text, "unix:", 5) == 0) {
		text += 5;
		if (!*text || strlen(text) >= SMTP_UNIX_PATH_SIZE)
			return wrong(p, text,
			    "is no path of a UNIX socket "
			    "(at most 107 bytes)");
		strcpy(peer->unix_path, text);
		strcpy(peer->name, "lmtp");
		return 0;
	}
	if (host_port(p, text) == -1)
		return -1;
	if (peer->port == 0)
		return wrong(
		    p, text, "write lmtp:host:port or lmtp:unix:/path");
	return 0;
}

static int
target(struct parse *p, char *text)
{
	p->dest->peer.port = REMOTE_PORT_SMTP;
	p->dest->peer.tls = SMTP_TLS_MAY;
	if (strcasecmp(text, "mx") == 0) {
		p->dest->mx = true;
		return 0;
	}
	if (strncmp(text, "lmtp:", 5) == 0)
		return lmtp(p, text + 5);
	return host_port(p, text);
}

static int
set_tls(struct parse *p, const char *value)
{
	static const char *const names[] = { "none", "may", "required",
		"verified" };
	int i;

	for (i = SMTP_TLS_NONE; i <= SMTP_TLS_VERIFIED; i++)
		if (strcmp(value, names[i]) == 0) {
			p->dest->peer.tls = (enum smtp_tls)i;
			return 0;
		}
	return wrong(p, value,
	    "is no TLS policy; write tls=none, tls=may, "
	    "tls=required or tls=verified");
}

static int
option(struct parse *p, const char *text)
{
	struct smtp_peer *peer = &p->dest->peer;

	if (p->dest->mx || peer->unix_path[0])
		return wrong(p, text, "mx and lmtp:unix: take no options");
	if (strncmp(text, "tls=", 4) == 0)
		return set_tls(p, text + 4);
	if (strncmp(text, "auth=", 5) != 0)
		return wrong(p, text, "is no option; those are tls= and auth=");
	if (!text[5] || strlen(text + 5) >= SMTP_ACCOUNT_SIZE)
		return wrong(p, text,
		    "write auth=NAME, a line of "
		    "etc/smarthost-auth");
	strcpy(peer->account, text + 5);
	return 0;
}

/* What only the whole tells. */
static int
finish(struct parse *p)
{
	struct smtp_peer *peer = &p->dest->peer;

	if (peer->account[0] && peer->tls == SMTP_TLS_NONE)
		return wrong(p, peer->account,
		    "AUTH is never done without "
		    "TLS: leave auth= out, or write tls=required");
	if (peer->port == REMOTE_PORT_SMTPS && peer->tls != SMTP_TLS_NONE &&
	    !peer->lmtp)
		peer->implicit_tls = true;
	return 0;
}

static int
one_dest(struct parse *p, const char *s, size_t len)
{
	char text[TEXT_SIZE];
	const char *item;
	unsigned column = p->column;
	size_t ilen;
	bool first = true;

	memset(p->dest, 0, sizeof(*p->dest));
	while (line_item(&s, &len, &column, false, &item, &ilen, &p->column)) {
		if (ilen >= sizeof(text))
			return wrong(p, "this", "is too long");
		memcpy(text, item, ilen);
		text[ilen] = 0;
		if ((first ? target(p, text) : option(p, text)) == -1)
			return -1;
		first = false;
	}
	if (first)
		return wrong(p, "a destination", "is missing: write host:port");
	return finish(p);
}

int
remote_dests_parse(struct remote_dest dests[REMOTE_DESTS_MAX], unsigned *n,
    const char *s, size_t len, const struct remote_place *place)
{
	struct parse p = { .place = place };
	const char *comma, *start = s;
	size_t part;

	for (;;) {
		p.column = place->column + (unsigned)(s - start);
		comma = memchr(s, ',', len);
		part = comma ? (size_t)(comma - s) : len;
		if (*n == REMOTE_DESTS_MAX)
			return wrong(&p, "this",
			    "is more destinations than "
			    "the 16 that can be");
		p.dest = &dests[*n];
		if (one_dest(&p, s, part) == -1)
			return -1;
		if (++*n > 1 && (p.dest->mx || dests[0].mx))
			return wrong(&p, "mx",
			    "stands alone: its mail goes "
			    "another way for each domain");
		if (!comma)
			return 0;
		s += part + 1;
		len -= part + 1;
	}
}
