/* SPDX-License-Identifier: ISC */
#include "smtpd/from.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "lib/addr.h"

/* What is gathered on the way through the field. */
struct parse {
	const char *p, *end;
	stralloc *word; /* the words so far, without blanks and comments */
	bool gap;       /* a blank or comment since the last of them */
	bool phrase;    /* a gap inside: fit for a display name only */
	bool at;        /* an '@' that is not in quotes */
	stralloc name;  /* the words in front of '<' */
	const char *why;
};

/* Past a comment, which may hold others.  false: it does not end. */
static bool
skip_comment(struct parse *f)
{
	unsigned depth = 0;

	for (; f->p < f->end; f->p++) {
		if (*f->p == '\\' && f->p + 1 < f->end)
			f->p++;
		else if (*f->p == '(')
			depth++;
		else if (*f->p == ')' && --depth == 0) {
			f->p++;
			return true;
		}
	}
	f->why = "a comment does not end";
	return false;
}

static bool
skip_blanks(struct parse *f)
{
	while (f->p < f->end && strchr(" \t\n(", *f->p) && *f->p) {
		f->gap = true;
		if (*f->p != '(')
			f->p++;
		else if (!skip_comment(f))
			return false;
	}
	return true;
}

static bool
take_quoted(struct parse *f)
{
	do {
		if (*f->p == '\\' && f->p + 1 < f->end)
			sa_append(f->word, *f->p++);
		sa_append(f->word, *f->p++);
	} while (f->p < f->end && *f->p != '"');
	if (f->p == f->end) {
		f->why = "a quoted string does not end";
		return false;
	}
	sa_append(f->word, *f->p++);
	return true;
}

/* A blank is meaningless beside '.' and '@', and elsewhere splits words. */
static void
note_gap(struct parse *f, char next)
{
	const stralloc *w = f->word;

	if (f->gap && w->len && next != '.' && next != '@' &&
	    w->s[w->len - 1] != '.' && w->s[w->len - 1] != '@')
		f->phrase = true;
	f->gap = false;
}

/* Words up to one of stop or the end; *hit: which, 0 at the end. */
static bool
take_words(struct parse *f, const char *stop, char *hit)
{
	sa_clear(f->word);
	f->gap = f->phrase = f->at = false;
	for (;;) {
		if (!skip_blanks(f))
			return false;
		*hit = f->p < f->end ? *f->p : 0;
		if (f->p == f->end)
			return true;
		if (!*hit || strchr(stop, *hit))
			return true;
		note_gap(f, *hit);
		if (*hit == '"') {
			if (!take_quoted(f))
				return false;
		} else {
			f->at |= *hit == '@';
			sa_append(f->word, *f->p++);
		}
	}
}

static bool
parse(struct parse *f)
{
	char hit;
	bool at;

	if (!take_words(f, "<>,:;)", &hit))
		return false;
	if (hit == '<') {
		f->p++;
		at = f->at;
		sa_copy(&f->name, f->word);
		if (!take_words(f, "<>,:;)", &hit))
			return false;
		f->why = "no '>' where it should be";
		if (hit != '>')
			return false;
		/* a reader that is not strict takes that for the author */
		f->why = "another address in front of the one in brackets";
		if (at && (f->name.len != f->word->len ||
			strncasecmp(f->name.s, f->word->s, f->name.len) != 0))
			return false;
		f->p++;
		f->gap = false;
		if (!skip_blanks(f))
			return false;
		hit = f->p < f->end ? *f->p : 0;
	}
	f->why = hit == ',' ? "more than one address"
			    : "something that is no single address";
	return f->p == f->end && !f->phrase;
}

int
from_parse(stralloc *addr, const char *s, size_t len, const char **why)
{
	struct parse f = { .p = s, .end = s + len, .word = addr };
	bool good = parse(&f) && addr_check(addr->s, addr->len, &f.why) == 1;

	*why = f.why;
	sa_free(&f.name);
	sa_0(addr);
	return good;
}
