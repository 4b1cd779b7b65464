/* SPDX-License-Identifier: ISC */
/* Domains and mailboxes: what the readers find becomes lines of etc/. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/import.h"
#include "cdb-tools/password_make.h"
#include "cdb-tools/source_parts.h"
#include "lib/log.h"

#define STEM_MAX 24 /* bytes of a name before its number */

void
import_fold(stralloc *out, const char *s)
{
	sa_copys(out, s);
	if (out->len && out->s[out->len - 1] == '.')
		out->len--;
	sa_lower(out);
	sa_0(out);
}

bool
import_is_domain(const struct import *im, const char *name)
{
	stralloc d = { 0 };
	bool is;

	import_fold(&d, name);
	is = names_find(&im->domains, d.s, d.len) != -1 ||
	     names_find(&im->src.domains, d.s, d.len) != -1;
	sa_free(&d);
	return is;
}

void
import_domain(struct import *im, const char *file, unsigned long line,
    const char *name, const char *other)
{
	stralloc d = { 0 }, o = { 0 };
	long id;

	import_fold(&d, name);
	import_fold(&o, other ? other : "");
	if (!addr_is_domain(d.s, d.len) ||
	    (other && !addr_is_domain(o.s, o.len))) {
		import_problem(im, file, line, "'", name, other ? "' or '" : "",
		    other ? other : "", "' is no domain name", (char *)0);
	} else if (other && !import_is_domain(im, o.s)) {
		import_problem(im, file, line, d.s, " is an alias of ", o.s,
		    ", which is not there", (char *)0);
	} else if (names_find(&im->src.domains, d.s, d.len) != -1) {
		im->already++;
	} else if (names_add(&im->domains, d.s, d.len, line, &id)) {
		sa_cat(&im->domain_lines, &d);
		sa_cats(&im->domain_lines, other ? " = " : "");
		sa_cat(&im->domain_lines, &o);
		sa_append(&im->domain_lines, '\n');
	}
	sa_free(&d);
	sa_free(&o);
}

static bool
is_free(const struct import *im, const stralloc *name)
{
	stralloc path = { 0 };
	bool is;

	sa_copys(&path, "mail/");
	sa_cat(&path, name);
	sa_0(&path);
	is = names_find(&im->boxes, name->s, name->len) == -1 &&
	     names_find(&im->users.logins, name->s, name->len) == -1 &&
	     access(path.s, F_OK) == -1;
	sa_free(&path);
	return is;
}

/* widget.com: widget01, widget02, ...; or the name wished for. */
static void
choose_name(
    const struct import *im, stralloc *out, const struct import_found *f)
{
	const char *s = im->prefix, *at;
	char number[16];
	unsigned n;
	size_t stem;

	if (f->wish) {
		import_fold(out, f->wish);
		if (addr_is_mailbox(out->s, out->len) && is_free(im, out))
			return;
	}
	at = f->address ? strchr(f->address, '@') : NULL;
	s = s ? s : at ? at + 1 : f->wish ? f->wish : "import";
	sa_clear(out);
	for (; *s && (im->prefix || *s != '.') && out->len < STEM_MAX; s++)
		if (isalnum((unsigned char)*s))
			sa_append(out, (char)tolower((unsigned char)*s));
	if (!out->len)
		sa_copys(out, "import");
	stem = out->len;
	for (n = 1; n < 1000000; n++) {
		snprintf(number, sizeof number, "%02u", n);
		out->len = stem;
		sa_cat0(out, number);
		out->len = stem + strlen(number);
		if (is_free(im, out))
			return;
	}
	log_fatal(100, "no free name for a mailbox");
}

/* Will a line of etc/users hold it? */
static bool
is_one_field(const char *s)
{
	for (; *s > ' ' && *s <= '~' && *s != ':'; s++)
		;
	return !*s;
}

/* The hash, behind its {SCHEME}; a locked one is one that disables. */
static void
take_hash(struct import *im, struct import_box *box, bool *disabled,
    const struct import_found *f)
{
	char password[PASSWORD_CHARS + 1], made[PASSWORD_HASH_SIZE];
	const char *hash = f->hash, *fault;
	struct users_span span;

	for (; *hash == '!'; hash++)
		*disabled = true;
	users_schemed(&box->hash, hash);
	span = (struct users_span){ box->hash.s, box->hash.len };
	fault = is_one_field(box->hash.s) ? users_hash_fault(&span)
					  : "the hash has odd bytes in it";
	if (!fault && *hash && !strchr("{$_", *hash) && strlen(hash) != 13)
		fault = "no crypt(3) hash";
	if (!fault && password_check(box->hash.s, "") == -1)
		fault = "crypt(3) does not know it";
	if (!fault && *hash && *hash != '*')
		return;
	password_make(password);
	if (password_hash(made, password) == -1)
		log_fatal(111, "not enough memory to hash a password");
	explicit_bzero(password, sizeof password);
	sa_copys(&box->hash, made);
	import_problem(im, f->file, f->line,
	    f->address ? f->address : f->wish,
	    *hash && *hash != '*' ? ": its password cannot be carried over ("
				  : ": it has no password (",
	    fault && *hash && *hash != '*' ? fault : "locked",
	    "); 'userdb passwd ", box->name.s, "' makes one", (char *)0);
}

static void
add_box(struct import *im, stralloc *name, const struct import_found *f,
    const stralloc *login)
{
	bool disabled = f->disabled;
	struct import_box *box;
	long id;

	choose_name(im, name, f);
	names_add(&im->boxes, name->s, name->len, f->line, &id);
	im->box = source_grow(im->box, (size_t)id, sizeof *im->box);
	box = &im->box[id];
	*box = (struct import_box){ 0 };
	sa_copy(&box->name, name);
	sa_0(&box->name);
	take_hash(im, box, &disabled, f);
	sa_copys(&box->maildir, f->maildir ? f->maildir : "");
	sa_0(&box->maildir);
	if (login->len) {
		sa_copy(&box->login, login);
		sa_0(&box->login);
		sa_cats(&box->extras, "login=");
		sa_cat(&box->extras, login);
		names_add(&im->logins, login->s, login->len, (size_t)id, &id);
	}
	if (!f->address)
		import_fold(&box->wish, f->wish);
	if (f->quota || f->messages) {
		sa_cats(&box->extras, box->extras.len ? " " : "");
		sa_cats(&box->extras, USERS_QUOTA);
	}
	if (f->quota) {
		sa_cats(&box->extras, "storage=");
		sa_cats(&box->extras, log_num(f->quota));
		sa_cats(&box->extras, f->messages ? "B:" : "B");
	}
	if (f->messages) {
		sa_cats(&box->extras, "messages=");
		sa_cats(&box->extras, log_num(f->messages));
	}
	if (disabled)
		sa_cats(&box->extras, box->extras.len ? " nologin" : "nologin");
}

/* A user of the old system that was found before. */
static bool
is_known(const struct import *im, stralloc *name, const struct import_found *f)
{
	stralloc wish = { 0 };
	bool known = false;
	size_t i;

	import_fold(&wish, f->wish);
	for (i = 0; !known && i < im->boxes.map.n; i++) {
		known = im->box[i].wish.len && sa_same(&im->box[i].wish, &wish);
		if (known)
			sa_copys(name, im->box[i].name.s), sa_0(name);
	}
	sa_free(&wish);
	return known;
}

void
import_mailbox(struct import *im, stralloc *name, const struct import_found *f)
{
	stralloc login = { 0 };
	const char *why, *s;
	size_t len;
	long id;

	sa_clear(name);
	sa_0(name);
	if (!f->address && is_known(im, name, f))
		return;
	if (f->address &&
	    addr_check(f->address, strlen(f->address), &why) != 1) {
		import_problem(im, f->file, f->line, "'", f->address,
		    "' is no address: ", why, (char *)0);
		return;
	}
	if (f->address)
		addr_normalise(&login, f->address, strlen(f->address));
	else
		import_fold(&login, f->wish);
	id = names_find(&im->users.logins, login.s, login.len);
	if (id != -1 && !(im->users.owner[id] & USERS_APP)) {
		im->already++;
		s = users_name(
		    &im->users, &im->users.user[im->users.owner[id]], &len);
		sa_copyb(name, s, len);
		sa_0(name);
	} else if (f->address &&
		   (id = names_find(&im->logins, login.s, login.len)) != -1) {
		import_problem(im, f->file, f->line, f->address,
		    " is there twice", (char *)0);
	} else {
		if (!f->address)
			sa_clear(&login);
		add_box(im, name, f, &login);
		sa_0(name);
	}
	sa_free(&login);
}
