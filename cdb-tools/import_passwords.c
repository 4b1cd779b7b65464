/* SPDX-License-Identifier: ISC */
#include "cdb-tools/import_passwords.h"
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/import_read.h"
#include "cdb-tools/source_parts.h"
#include "cdb-tools/users_parts.h"

struct import_password {
	stralloc hash;
	uint64_t quota, messages; /* of Dovecot's passwd-file */
	bool disabled;
};
void
import_passwords_start(struct import_passwords *p)
{
	*p = (struct import_passwords){ 0 };
	names_init(&p->users);
}

void
import_passwords_free(struct import_passwords *p)
{
	size_t i;

	for (i = 0; i < p->users.map.n; i++)
		sa_wipe(&p->password[i].hash);
	free(p->password);
	names_free(&p->users);
}

/* Dovecot's quota rule; one of another kind is told. */
static void
take_rule(struct import *im, struct line_reader *r, struct import_password *to,
    const struct users_span *item)
{
	struct users_span rule = { item->s + strlen(USERS_QUOTA),
		item->len - strlen(USERS_QUOTA) };
	stralloc shown = { 0 };

	if (users_quota(&to->quota, &to->messages, rule) == -1) {
		to->quota = to->messages = 0;
		sa_copyb(&shown, item->s, item->len);
		sa_0(&shown);
		import_problem(im, r->file, r->line, shown.s, " is left out",
		    (char *)0);
		sa_free(&shown);
	}
}

/* What stands behind the name. */
static void
take_fields(struct import *im, struct line_reader *r, struct import_password *to,
    const char *s, size_t len)
{
	struct users_span field[USERS_FIELDS], rest, item;

	users_split(field, s, len);
	sa_copyb(&to->hash, field[USERS_HASH].s, field[USERS_HASH].len);
	sa_0(&to->hash);
	rest = field[USERS_EXTRAS];
	while (users_extra(&rest, &item)) {
		if (users_is(&item, "nologin"))
			to->disabled = true;
		if (users_is(&item, USERS_QUOTA))
			take_rule(im, r, to, &item);
	}
}

void
import_passwords(struct import_passwords *p, struct import *im, const char *path)
{
	stralloc name = { 0 };
	struct line_reader r;
	const char *s, *colon;
	unsigned column;
	size_t len;
	long id;

	if (!import_read(im, &r, path)) {
		import_problem(im, path, 0, "no passwords from it", (char *)0);
		return;
	}
	while (line_next(&r, &s, &len, &column)) {
		colon = memchr(s, ':', len);
		if (!colon)
			continue;
		sa_copyb(&name, s, (size_t)(colon - s));
		sa_lower(&name);
		if (!names_add(&p->users, name.s, name.len, r.line, &id))
			continue;
		p->password =
		    source_grow(p->password, (size_t)id, sizeof *p->password);
		p->password[id] = (struct import_password){ 0 };
		take_fields(im, &r, &p->password[id], s, len);
	}
	import_read_end(im, &r);
	sa_free(&name);
}

bool
import_password(const struct import_passwords *p, struct import_found *f,
    const char *who)
{
	stralloc folded = { 0 };
	long id;

	import_fold(&folded, who);
	id = names_find(&p->users, folded.s, folded.len);
	sa_free(&folded);
	f->hash = id == -1 ? "" : p->password[id].hash.s;
	if (id == -1)
		return false;
	f->quota = p->password[id].quota;
	f->messages = p->password[id].messages;
	f->disabled = p->password[id].disabled;
	return true;
}
