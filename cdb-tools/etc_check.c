/* SPDX-License-Identifier: ISC */
#include "cdb-tools/etc_check.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "admin/admin.h"
#include "deliver/deliver.h"
#include "lib/addr.h"
#include "lib/ip.h"
#include "lib/log.h"
#include "lib/netfile.h"
#include "lib/safefile.h"
#include "pop3d/pop3d.h"

#define LISTEN_FILE "etc/listen"
#define LISTEN_MAX  65536 /* bytes */
#define TLS_CA      "etc/tls-ca"
#define TLS_CA_MAX  (1 << 20) /* bytes */
#define PORT_MAX    65535
#define WORD_SIZE   64 /* bytes of an address with its port, NUL included */

static void
values_of(const struct setting_row *row, struct line_errors *errors)
{
	char why[SETTING_WHY_SIZE];
	stralloc value = { 0 }, whole = { 0 };
	unsigned column = 1;
	uint64_t n;
	int rc = setting_get(&value, row->name);

	if (rc == -1) {
		line_error(errors, row->path, 1, 0, "cannot be read: ",
		    strerror(errno), (char *)NULL);
	} else if (rc == 1 &&
		   !setting_judge(&n, why, row, value.s, value.len)) {
		if (safefile_read(&whole, row->path, SETTING_MAX) == 1)
			while (column <= whole.len &&
			       isblank((unsigned char)whole.s[column - 1]))
				column++;
		line_error(errors, row->path, 1, column, why, (char *)NULL);
	}
	sa_free(&value);
	sa_free(&whole);
}

static void
check_values(struct line_errors *errors)
{
	const struct setting_row *row;

	for (row = setting_table; row < setting_table + SETTINGS; row++)
		values_of(row, errors);
}

static void
check_me(struct line_errors *errors)
{
	stralloc s = { 0 };

	if (setting_get(&s, "me") == 1 && !addr_is_domain(s.s, s.len))
		line_error(errors, "etc/me", 1, 1, SETTING_ME_FAULT,
		    (char *)NULL);
	sa_free(&s);
}

static bool
is_group(const char *s, size_t len)
{
	size_t digits = strspn(s, "0123456789");

	return digits ? digits == len && len <= 9
		      : strspn(s, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.-") == len && *s != '-';
}

/* One that is not there is only odd: it may be made later, and the one that we
 * propose often is not there at all. */
static void
check_admin_group(struct line_errors *errors, struct line_errors *warnings)
{
	stralloc s = { 0 };
	unsigned long gid;

	if (setting_get(&s, "admin-group") != 1)
		;
	else if (!is_group(s.s, s.len))
		line_error(errors, "etc/admin-group", 1, 1,
		    "no name of a group; write one of /etc/group, or its number",
		    (char *)NULL);
	else if (!sa_is(&s, ADMIN_GROUP) && admin_group(&gid) != 1)
		line_error(warnings, "etc/admin-group", 1, 1,
		    "no such group in /etc/group, so nobody is in it; write "
		    "one that is there, or a group's number", (char *)NULL);
	sa_free(&s);
}

/* Where one of our daemons listens. */
struct place {
	struct ip ip;
	bool any; /* every address */
	unsigned long port, line;
};
struct places {
	struct place *place;
	size_t n;
};

static bool
is_port(unsigned long *n, const char *s)
{
	char *end;

	*n = *s >= '0' && *s <= '9' ? strtoul(s, &end, 10) : 0;
	return *n && *n <= PORT_MAX && !*end;
}

/* "*:25", "192.0.2.1:25", "[2001:db8::1]:25" */
static bool
is_place(struct place *p, char *s)
{
	char *colon = strrchr(s, ':');

	if (!colon || !is_port(&p->port, colon + 1))
		return false;
	*colon = 0;
	p->any = strcmp(s, "*") == 0;
	if (p->any)
		return true;
	if (*s == '[' && colon[-1] == ']') {
		colon[-1] = 0;
		return ip_parse(&p->ip, s + 1) == 1;
	}
	return ip_parse(&p->ip, s) == 1 && ip_is_v4(&p->ip);
}

/* Of two that want one port none is served. */
static void
add_place(struct places *all, const struct place *p, struct line_errors *errors,
    unsigned column)
{
	const struct place *q;

	for (q = all->place; q < all->place + all->n; q++)
		if (q->port == p->port &&
		    (q->any || p->any || ip_equal(&q->ip, &p->ip))) {
			line_error(errors, LISTEN_FILE, p->line, column,
			    "this address and port are taken already, in line ",
			    log_num(q->line), "; remove one of the two",
			    (char *)NULL);
			return;
		}
	if ((all->n & (all->n - 1)) == 0)
		all->place = reallocarray(
		    all->place, all->n ? 2 * all->n : 1, sizeof *all->place);
	if (!all->place)
		log_fatal(111, "out of memory");
	all->place[all->n++] = *p;
}

static void
check_listen_line(struct line_reader *r, struct places *all, const char *s,
    size_t len, unsigned column)
{
	struct place place = { .line = r->line };
	static const char *const classes[] = { "smtp", "submission",
		"submissions", "pop3", "pop3s" };
	char text[WORD_SIZE] = "";
	const char *item;
	size_t ilen, i;
	unsigned icol;

	line_item(&s, &len, &column, false, &item, &ilen, &icol);
	for (i = 0; i < 5; i++)
		if (ilen == strlen(classes[i]) && !memcmp(item, classes[i], ilen))
			break;
	if (i == 5) {
		line_error(r->errors, LISTEN_FILE, r->line, icol,
		    "no such class; write smtp, submission, submissions, pop3 "
		    "or pop3s", (char *)NULL);
		return;
	}
	icol = column;
	if (line_item(&s, &len, &column, false, &item, &ilen, &icol) &&
	    ilen < WORD_SIZE)
		memcpy(text, item, ilen);
	i = icol;
	if (!is_place(&place, text) ||
	    line_item(&s, &len, &column, false, &item, &ilen, &icol))
		line_error(r->errors, LISTEN_FILE, r->line, icol,
		    "write class address:port, as in smtp *:25 or smtp "
		    "[2001:db8::1]:25", (char *)NULL);
	else
		add_place(all, &place, r->errors, (unsigned)i);
}

static void
check_listen(struct line_errors *errors)
{
	struct places all = { NULL, 0 };
	struct line_reader r;
	const char *s;
	size_t len;
	unsigned column;
	int rc;

	rc = line_open(&r, LISTEN_FILE, LISTEN_MAX, errors);
	if (rc == -1)
		line_error(errors, LISTEN_FILE, 1, 1, "cannot be read: ",
		    strerror(errno), (char *)NULL);
	if (rc != 1)
		return;
	while (line_next(&r, &s, &len, &column))
		check_listen_line(&r, &all, s, len, column);
	line_close(&r);
	free(all.place);
}

static void
check_tls_ca(struct line_errors *errors)
{
	stralloc s = { 0 };
	int rc = safefile_read(&s, TLS_CA, TLS_CA_MAX);

	if (rc == -1)
		line_error(errors, TLS_CA, 1, 1, "cannot be read: ",
		    strerror(errno), (char *)NULL);
	if (rc == 1 && s.len) { /* an empty one adds nothing: tlsd-out */
		sa_0(&s);
		if (!strstr(s.s, "-----BEGIN CERTIFICATE-----") ||
		    !strstr(s.s, "-----END CERTIFICATE-----"))
			line_error(errors, TLS_CA, 1, 1,
			    "no certificate; put it there as PEM, from "
			    "-----BEGIN CERTIFICATE----- on", (char *)NULL);
	}
	sa_free(&s);
}

void
etc_check(struct line_errors *errors, struct line_errors *warnings)
{
	etc_names(errors, warnings);
	check_values(errors);
	check_me(errors);
	check_admin_group(errors, warnings);
	netfile_check("etc/plaintext", errors);
	netfile_check("etc/proxies", errors);
	check_listen(errors);
	check_tls_ca(errors);
	pop3d_etc_check(errors);
	deliver_etc_check(errors);
}
