/* SPDX-License-Identifier: ISC */
#include "queue/sendmail_header.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include "lib/clock.h"
#include "queue/mailaddr.h"

enum { ADDRESSES = 1, RECIPIENTS = 2, RESENT = 4, HIDDEN = 8 };
static const struct {
	const char *name;
	unsigned what;
} known[] = {
	{ "to", ADDRESSES | RECIPIENTS },
	{ "cc", ADDRESSES | RECIPIENTS },
	{ "bcc", ADDRESSES | RECIPIENTS | HIDDEN },
	{ "from", ADDRESSES },
	{ "sender", ADDRESSES },
	{ "reply-to", ADDRESSES },
	{ "resent-to", ADDRESSES | RECIPIENTS | RESENT },
	{ "resent-cc", ADDRESSES | RECIPIENTS | RESENT },
	{ "resent-bcc", ADDRESSES | RECIPIENTS | RESENT | HIDDEN },
	{ "resent-from", ADDRESSES },
	{ "resent-sender", ADDRESSES },
};
struct field {
	const char *s, *value;
	size_t len, name_len, value_len; /* len with its line end */
	unsigned what;
};

bool
sendmail_is_field(const char *line, size_t len, bool first)
{
	size_t i;

	if (!first && len && (*line == ' ' || *line == '\t'))
		return true;
	for (i = 0; i < len && line[i] > ' ' && line[i] < 0x7f; i++)
		if (line[i] == ':')
			return i > 0;
	while (i && i < len && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i && i < len && line[i] == ':';
}

/* The field at *at with its folded lines: 1, or 0 at the end. */
static int
next_field(struct field *f, const stralloc *fields, size_t *at)
{
	const char *p, *end, *e;
	size_t i;

	if (*at == fields->len)
		return 0;
	e = p = fields->s + *at;
	end = fields->s + fields->len;
	do {
		e = memchr(e, '\n', (size_t)(end - e));
		e = e ? e + 1 : end;
	} while (e < end && (*e == ' ' || *e == '\t'));
	f->s = p;
	f->len = (size_t)(e - p);
	*at += f->len;
	f->value = memchr(p, ':', f->len);
	f->name_len = (size_t)(f->value - p);
	while (f->name_len && strchr(" \t", p[f->name_len - 1]))
		f->name_len--;
	f->value++;
	f->value_len = (size_t)(e - f->value);
	f->what = 0;
	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strlen(known[i].name) == f->name_len &&
		    strncasecmp(known[i].name, p, f->name_len) == 0)
			f->what = known[i].what;
	return 1;
}

static bool
is_named(const struct field *f, const char *name)
{
	return strlen(name) == f->name_len &&
	    strncasecmp(f->s, name, f->name_len) == 0;
}

static void
look(struct sendmail_header *h)
{
	struct field f;
	size_t at = 0;

	while (next_field(&f, &h->fields, &at)) {
		h->from |= is_named(&f, "from");
		h->date |= is_named(&f, "date");
		h->id |= is_named(&f, "message-id");
		h->to |= f.what & RECIPIENTS && !(f.what & (HIDDEN | RESENT));
		h->resent |= (f.what & RESENT) != 0;
	}
}

int
sendmail_take_recipients(struct sendmail_header *h, struct inject *in,
    const char **why)
{
	struct mailaddr m;
	struct field f;
	size_t at = 0, pos;

	look(h);
	while (next_field(&f, &h->fields, &at)) {
		if (!(f.what & RECIPIENTS) ||
		    h->resent != ((f.what & RESENT) != 0))
			continue;
		for (pos = 0; mailaddr_next(&m, f.value, f.value_len, &pos);)
			if (in->nrcpt >= QUEUE_RECIPIENTS_MAX ||
			    !inject_recipient(in, m.s, m.len, why))
				return -1;
	}
	return 0;
}

/* A field of addresses, "@me" behind each bare name. */
static void
cat_qualified(stralloc *out, const struct field *f, const struct inject *in)
{
	const char *done = f->s;
	struct mailaddr m;
	size_t at = 0;

	while (mailaddr_next(&m, f->value, f->value_len, &at)) {
		if (addr_at(m.s, m.len) < m.len ||
		    memchr(m.s, ' ', m.len)) /* no address: leave it */
			continue;
		sa_catb(out, done, (size_t)(m.s + m.len - done));
		sa_append(out, '@');
		sa_cats(out, in->me.s);
		done = m.s + m.len;
	}
	sa_catb(out, done, (size_t)(f->s + f->len - done));
}

static void
cat_from(struct sendmail_header *h, const struct inject *in)
{
	const char *s = h->full_name;

	sa_cats(&h->out, "From: ");
	if (s && *s) {
		sa_append(&h->out, '"');
		for (; *s; s++)
			if ((unsigned char)*s >= ' ' && !strchr("\"\\\177", *s))
				sa_append(&h->out, *s);
		sa_cats(&h->out, "\" ");
	}
	sa_append(&h->out, '<');
	if (in->sender.len)
		sa_cat(&h->out, &in->sender);
	else
		sa_cats(&h->out, "postmaster@");
	if (!in->sender.len)
		sa_cats(&h->out, in->me.s);
	sa_cats(&h->out, ">\n");
}

static void
cat_id(struct sendmail_header *h, const struct inject *in)
{
	unsigned char r[12];
	size_t i;

	if (getrandom(r, sizeof r, 0) != sizeof r)
		return;
	sa_cats(&h->out, "Message-ID: <");
	sa_catul(&h->out, (unsigned long)clock_wall_s());
	sa_append(&h->out, '.');
	for (i = 0; i < sizeof r; i++) {
		sa_append(&h->out, "0123456789abcdef"[r[i] >> 4]);
		sa_append(&h->out, "0123456789abcdef"[r[i] & 15]);
	}
	sa_append(&h->out, '@');
	sa_cats(&h->out, in->me.s);
	sa_cats(&h->out, ">\n");
}

void
sendmail_complete(struct sendmail_header *h, const struct inject *in)
{
	char date[CLOCK_RFC5322_SIZE];
	struct field f;
	size_t at = 0;

	look(h);
	if (!h->from)
		cat_from(h, in);
	if (!h->date) {
		clock_rfc5322(date, clock_wall_s());
		sa_cats(&h->out, "Date: ");
		sa_cats(&h->out, date);
		sa_cats(&h->out, "\n");
	}
	if (!h->id)
		cat_id(h, in);
	if (!h->to)
		sa_cats(&h->out, "To: undisclosed-recipients:;\n");
	while (next_field(&f, &h->fields, &at)) {
		if (f.what & HIDDEN)
			continue;
		if (f.what & ADDRESSES)
			cat_qualified(&h->out, &f, in);
		else
			sa_catb(&h->out, f.s, f.len);
	}
}
