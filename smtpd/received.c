/* SPDX-License-Identifier: ISC */
#include "smtpd/received.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "deliver/deliver.h"
#include "lib/clock.h"
#include "smtpd/settings.h"

/* The client's confirmed name, asked for once a session.  Only addresses of the
 * internet have one worth a look-up. */
static const char *
ptr_name(struct session *s)
{
	static char name[ADDR_DOMAIN_MAX + 1];

	if (!s->ptr) {
		if (!ip_is_loopback(&s->ip))
			resolver_ptr(name, &s->ip);
		if (!command_is_helo(name))
			name[0] = 0;
		s->ptr = name;
	}
	return *s->ptr ? s->ptr : "unknown";
}

static void
cat_client(stralloc *out, struct session *s)
{
	sa_cats(out, "from ");
	sa_cat(out, &s->helo);
	sa_cats(out, " (");
	sa_cats(out, ptr_name(s));
	sa_cats(out, ip_is_v4(&s->ip) ? " [" : " [IPv6:");
	sa_cats(out, s->ip_text);
	sa_cats(out, "])\n\t");
}

/* RFC 3848. */
static void
cat_with(stralloc *out, const struct session *s)
{
	bool esmtp = s->greeted == COMMAND_EHLO;

	sa_cats(out, " with ");
	sa_cats(out, esmtp ? "ESMTP" : "SMTP");
	if (esmtp && s->tls)
		sa_append(out, 'S');
	if (esmtp && s->authed)
		sa_append(out, 'A');
	if (s->tls_text[0]) {
		sa_cats(out, " (");
		sa_cats(out, s->tls_text);
		sa_append(out, ')');
	}
}

static void
cat_date(stralloc *out)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(date, clock_wall_s());
	sa_cats(out, date);
	sa_append(out, '\n');
}

void
received_make(stralloc *out, struct session *s, bool submitted)
{
	sa_copys(out, "Received: ");
	if (!submitted || !settings_hide_client())
		cat_client(out, s);
	sa_cats(out, "by ");
	sa_cat(out, &s->me);
	cat_with(out, s);
	if (s->t.nrcpts == 1) {
		sa_cats(out, "\n\tfor <");
		sa_cats(out, s->t.rcpts.s);
		sa_append(out, '>');
	}
	sa_cats(out, "; ");
	cat_date(out);
}

void
received_date(stralloc *out)
{
	sa_cats(out, "Date: ");
	cat_date(out);
}

void
received_message_id(stralloc *out, const struct session *s)
{
	unsigned char random[12];
	char hex[2 * sizeof random + 1];
	size_t i;

	if (getrandom(random, sizeof random, 0) != sizeof random)
		memset(random, 0, sizeof random);
	for (i = 0; i < sizeof random; i++)
		snprintf(hex + 2 * i, 3, "%02x", random[i]);
	sa_cats(out, "Message-ID: <");
	sa_catul(out, clock_wall_s());
	sa_append(out, '.');
	sa_cats(out, hex);
	sa_append(out, '@');
	sa_cat(out, &s->me);
	sa_cats(out, ">\n");
}
