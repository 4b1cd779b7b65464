/* SPDX-License-Identifier: ISC */
#include "lib/netfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "lib/safefile.h"

static void
add(struct netfile *f, const struct netfile_net *net)
{
	struct netfile_net *more;

	if ((f->n & (f->n - 1)) == 0) { /* full: 0, 1, 2, 4 ... */
		more = reallocarray(f->nets, f->n ? 2 * f->n : 1, sizeof *more);
		if (!more)
			log_fatal(111, "out of memory");
		f->nets = more;
	}
	f->nets[f->n++] = *net;
}

static void
entry(struct netfile *f, const char *s, size_t len, unsigned column,
    struct line_reader *r)
{
	char text[64];
	struct netfile_net net = { .line = r->line, .column = column };
	const char *why = "too long for a network";

	if (len < sizeof text) {
		memcpy(text, s, len);
		text[len] = '\0';
		if (ip_parse_net(&net.net, &net.bits, text, &why)) {
			add(f, &net);
			return;
		}
	}
	line_error(r->errors, r->file, r->line, column, why,
	    strchr(why, ';')
		? ""
		: "; write a network such as 192.0.2.0/24 or 2001:db8::/32",
	    (char *)0);
}

static void
warn(const struct netfile *f, struct line_errors *errors,
    const char *consequence)
{
	char *s, *rest;

	if (!errors->n)
		log_warnsys("unable to read ", f->path);
	sa_0(&errors->text);
	for (rest = errors->text.s; (s = strsep(&rest, "\n"));)
		if (*s)
			log_warn(s);
	log_warn(f->path, " is broken: ", consequence);
}

static void
read_it(struct netfile *f, struct line_errors *errors)
{
	struct line_reader r = { 0 };
	const char *s;
	size_t len;
	unsigned column;
	unsigned long before = errors->n;

	f->n = 0;
	switch (line_open(&r, f->path, NETFILE_MAX, errors)) {
	case 0:
		f->state = NETFILE_NONE;
		return;
	case -1:
		f->state = NETFILE_BROKEN;
		return;
	}
	while (line_next(&r, &s, &len, &column) == 1)
		entry(f, s, len, column, &r);
	line_close(&r);
	f->state = errors->n > before ? NETFILE_BROKEN : NETFILE_THERE;
}

void
netfile_look(struct netfile *f, const char *consequence)
{
	struct line_errors errors = { 0 };
	bool news =
	    setting_changed(&f->seen, f->path) || f->state == NETFILE_UNREAD;

	if (!news && !f->unreadable)
		return;
	read_it(f, &errors);
	f->unreadable = f->state == NETFILE_BROKEN && !errors.n;
	if (news && f->state == NETFILE_BROKEN)
		warn(f, &errors, consequence);
	line_errors_free(&errors);
}

void
netfile_check(const char *path, struct line_errors *errors)
{
	struct netfile f = { .path = path };
	const struct netfile_net *a, *b;
	unsigned long before = errors->n;

	read_it(&f, errors);
	if (f.state == NETFILE_BROKEN && errors->n == before)
		line_error(errors, path, 1, 1, "cannot be read: ",
		    strerror(errno), (char *)0);
	for (a = f.nets; a < f.nets + f.n; a++) {
		for (b = f.nets; b < a; b++)
			if (a->bits == b->bits && ip_equal(&a->net, &b->net))
				break;
		if (b < a)
			line_error(errors, path, a->line, a->column,
			    "this network is there twice, first in line ",
			    log_num(b->line), "; remove one", (char *)0);
	}
	netfile_free(&f);
}

bool
netfile_has(const struct netfile *f, const struct ip *ip)
{
	size_t i;

	for (i = 0; f->state == NETFILE_THERE && i < f->n; i++)
		if (ip_in_net(ip, &f->nets[i].net, f->nets[i].bits))
			return true;
	return false;
}

void
netfile_free(struct netfile *f)
{
	free(f->nets);
	*f = (struct netfile){ .path = f->path };
}
