/* SPDX-License-Identifier: ISC */
#include "cdb-tools/alias_parts.h"
#include <errno.h>
#include <string.h>

/* One resolution on its way. */
struct walk {
	struct alias_answer *a;
	struct table *t;
	void (*step)(void *arg, const char *what, const char *value);
	void *arg;
	bool looked;
	int aliases; /* passed so far */
	int steps;   /* ... and with them the domain aliases */
};

enum found {
	FOUND_TARGET, /* in a->target */
	FOUND_LIST,   /* its address in a->target */
	FOUND_SRS,
	FOUND_NONE,
	FOUND_BROKEN
};

static void
tell(struct walk *w, const char *what, const char *value)
{
	if (w->step)
		w->step(w->arg, what, value);
}

static enum alias_result
temp(struct walk *w, const char *why)
{
	sa_copys(&w->a->text, why);
	sa_0(&w->a->text);
	tell(w, "cannot tell", w->a->text.s);
	return ALIAS_TEMP;
}

static enum alias_result
temp_table(struct walk *w)
{
	if (errno == ENOENT)
		return temp(
		    w, ALIASES_CDB " does not exist; run aliasdb build");
	if (errno == EBADMSG)
		return temp(w, ALIASES_CDB " is damaged; run aliasdb build");
	return temp(w, strerror(errno));
}

/* Looks up letter, then the bytes of s, then those of tail, in any case.  A hit's
 * value goes to a->target. */
static enum found
get(struct walk *w, char letter, const char *s, size_t len, const char *tail,
    size_t taillen)
{
	const char *data;
	size_t dlen;
	int r;

	sa_clear(&w->a->key);
	sa_append(&w->a->key, letter);
	sa_catb(&w->a->key, s, len);
	sa_catb(&w->a->key, tail, taillen);
	sa_lower(&w->a->key);
	/* one resolution goes by one file */
	r = (w->looked ? table_get_same : table_get)(
	    w->t, w->a->key.s, w->a->key.len, &data, &dlen);
	w->looked = true;
	if (r == -1)
		return FOUND_BROKEN;
	if (r == 0)
		return FOUND_NONE;
	if (letter == 'l')
		sa_copyb(&w->a->target, w->a->key.s + 1, w->a->key.len - 1);
	else
		sa_copyb(&w->a->target, data, dlen);
	sa_0(&w->a->target);
	return letter == 'l' ? FOUND_LIST : FOUND_TARGET;
}

static enum found
find_entry(struct walk *w, size_t local, const char *domain, size_t dlen,
    const char *what)
{
	enum found f;

	f = get(w, 'a', w->a->addr.s, local, domain, dlen);
	if (f == FOUND_NONE)
		f = get(w, 'l', w->a->addr.s, local, domain, dlen);
	if (f == FOUND_TARGET)
		tell(w, what, w->a->target.s);
	return f;
}

/* "staff-subscribe", of a list that is there. */
static enum found
find_command(struct walk *w, size_t base, const char *domain, size_t dlen)
{
	enum alias_command command = alias_command(w->a->addr.s, &base);
	enum found f = FOUND_NONE;

	if (command != ALIAS_POST)
		f = get(w, 'l', w->a->addr.s, base, domain, dlen);
	if (f == FOUND_LIST) {
		w->a->command = command;
		tell(w, "a command of the list", w->a->target.s);
	}
	return f;
}

/* at: where the '@' of addr is. */
static enum found
find(struct walk *w, size_t at)
{
	const char *domain = w->a->addr.s + at; /* with its '@' */
	size_t dlen = w->a->addr.len - at, base = alias_untagged(w->a->addr.s, at);
	enum found f;

	f = find_entry(w, at, domain, dlen, "exact entry");
	if (f == FOUND_NONE && base != at)
		f = find_entry(w, base, domain, dlen, "entry without the tag");
	if (f == FOUND_NONE)
		f = find_command(w, base, domain, dlen);
	if (f == FOUND_NONE && alias_is_srs(w->a->addr.s, at))
		return FOUND_SRS;
	if (f == FOUND_NONE && alias_is_role(w->a->addr.s, base)) {
		f = get(w, 'p', "", 0, "", 0);
		if (f == FOUND_TARGET)
			tell(w, "the postmaster", w->a->target.s);
	}
	if (f == FOUND_NONE) {
		f = get(w, 'c', "", 0, domain + 1, dlen - 1);
		if (f == FOUND_TARGET) {
			w->a->catchall = true;
			tell(w, "catch-all", w->a->target.s);
		}
	}
	return f;
}

static enum alias_result
refused(struct walk *w)
{
	const char *text = w->a->target.s + strlen(":refuse");

	while (*text == ' ')
		text++;
	sa_copys(&w->a->text, text);
	sa_0(&w->a->text);
	sa_clear(&w->a->target);
	sa_0(&w->a->target);
	tell(w, "refused", w->a->text.s);
	return ALIAS_REFUSED;
}

static enum alias_result
unknown(struct walk *w)
{
	sa_clear(&w->a->target);
	sa_0(&w->a->target);
	tell(w, "no such mailbox", w->a->addr.s);
	return ALIAS_UNKNOWN;
}

static enum alias_result
finish(struct walk *w, enum alias_result result, const char *what)
{
	tell(w, what, w->a->target.s);
	return result;
}

/* Nothing of ours, or ours by its form: the way's end is where we are. */
static enum alias_result
elsewhere(struct walk *w, enum alias_result result)
{
	static const char *const what[] = { [ALIAS_REMOTE] = "remote address",
		[ALIAS_FOREIGN] = "not our domain",
		[ALIAS_SRS] = "a bounce of what was passed on" };

	sa_copy(&w->a->target, &w->a->addr);
	sa_0(&w->a->target);
	return finish(w, result, what[result]);
}

/* Where a target leads: true when *result is the end, false when addr is the
 * next address. */
static bool
follow(struct walk *w, enum alias_result *result)
{
	stralloc *target = &w->a->target;

	if (!strncmp(target->s, ":refuse", 7)) {
		*result = refused(w);
	} else if (addr_is_mailbox(target->s, target->len)) {
		*result = finish(w, ALIAS_MAILBOX, "mailbox");
	} else if (addr_at(target->s, target->len) == target->len) {
		*result = temp(w, ALIASES_CDB " is damaged; run aliasdb build");
	} else {
		sa_copy(&w->a->addr, target);
		sa_0(&w->a->addr);
		w->aliases++;
		return false;
	}
	return true;
}

/* One step: as follow. */
static bool
advance(struct walk *w, enum alias_result *result)
{
	size_t at = addr_at(w->a->addr.s, w->a->addr.len);
	stralloc *target = &w->a->target;
	enum found f;

	f = get(w, 'd', "", 0, w->a->addr.s + at + 1, w->a->addr.len - at - 1);
	if (f == FOUND_TARGET && target->len) {
		tell(w, "domain alias", target->s);
		w->a->addr.len = at + 1;
		sa_cat(&w->a->addr, target);
		sa_0(&w->a->addr);
		return false;
	}
	if (f == FOUND_NONE) {
		*result = elsewhere(w, w->aliases ? ALIAS_REMOTE : ALIAS_FOREIGN);
		return true;
	}
	if (f == FOUND_TARGET)
		f = find(w, at);
	if (f == FOUND_TARGET)
		return follow(w, result);
	if (f == FOUND_LIST)
		*result = finish(w, ALIAS_LIST, "list");
	else if (f == FOUND_SRS)
		*result = elsewhere(w, ALIAS_SRS);
	else
		*result = f == FOUND_NONE ? unknown(w) : temp_table(w);
	return true;
}

static enum alias_result
plain(struct walk *w, const char *s, size_t len)
{
	enum found f;

	if (len != 10 || strncasecmp(s, "postmaster", 10) != 0) {
		sa_copyb(&w->a->addr, s, len);
		sa_0(&w->a->addr);
		return unknown(w);
	}
	f = get(w, 'p', "", 0, "", 0);
	if (f == FOUND_BROKEN)
		return temp_table(w);
	if (f == FOUND_NONE)
		return temp(w, "no postmaster is set; see etc/postmaster");
	return finish(w, ALIAS_MAILBOX, "mailbox");
}

enum alias_result
alias_resolve(struct alias_answer *a, struct table *t, const char *address,
    size_t len, void (*step)(void *arg, const char *what, const char *value),
    void *arg)
{
	struct walk w = { .a = a, .t = t, .step = step, .arg = arg };
	enum alias_result result = ALIAS_TEMP;
	size_t at = addr_at(address, len), base;
	const char *why;

	sa_clear(&a->target), sa_0(&a->target);
	sa_clear(&a->text), sa_0(&a->text);
	sa_clear(&a->tag), sa_0(&a->tag);
	a->catchall = false;
	a->command = ALIAS_POST;
	if (at == len || addr_check(address, len, &why) != 1)
		return plain(&w, address, len);
	base = alias_untagged(address, at);
	if (base != at)
		sa_copyb(&a->tag, address + base + 1, at - base - 1);
	sa_0(&a->tag);
	addr_envelope(&a->addr, address, len);
	sa_0(&a->addr);
	while (!advance(&w, &result))
		if (w.aliases > ALIAS_DEPTH_MAX ||
		    ++w.steps > 2 * ALIAS_DEPTH_MAX + 1)
			return temp(&w, "more than 16 aliases in a row");
	return result;
}
