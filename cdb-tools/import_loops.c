/* SPDX-License-Identifier: ISC */
/* Lists and forwards that lead back to themselves, as the old system may have let
 * them: aliasdb would refuse all of etc/ for one of them. */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/source_parts.h"
#include "lib/log.h"

enum seen { UNSEEN, ON_THE_WAY, DONE };

/* The way of the search: a list or (behind the lists) a forward, and where in its
 * text the next address stands. */
struct place {
	size_t node, next;
};
struct search {
	struct import *im;
	unsigned char *seen; /* by node */
	struct place *way;   /* as long as it takes: no recursion */
	size_t depth;
};

/* A node's addresses, each ended by *end. */
static stralloc *
refs_of(struct import *im, size_t node, char *end)
{
	*end = node < im->nlists ? '\n' : 0;
	return node < im->nlists ? &im->list[node].members
				 : &im->copies[node - im->nlists].targets;
}

static void
enter(struct search *s, size_t node)
{
	s->seen[node] = ON_THE_WAY;
	s->way = source_grow(s->way, s->depth, sizeof *s->way);
	s->way[s->depth++] = (struct place){ node, 0 };
}

static void
tell(struct import *im, size_t node, const char *address)
{
	const struct import_copies *c;

	if (node < im->nlists) {
		import_problem(im, im->list[node].name.s, 0, "member ", address,
		    " leads back to this list", (char *)0);
	} else {
		c = &im->copies[node - im->nlists];
		import_problem(im, c->file.s, c->line, "the forward to ",
		    address, " leads back to this mailbox", (char *)0);
	}
}

/* Takes len bytes out at offset. */
static void
cut(stralloc *text, size_t offset, size_t len)
{
	memmove(text->s + offset, text->s + offset + len,
	    text->len - offset - len);
	text->len -= len;
}

static void
visit(struct search *s, size_t start)
{
	stralloc one = { 0 }, *text;
	enum import_end how;
	struct place *top;
	size_t node, len;
	bool is_node;
	char end;

	enter(s, start);
	while (s->depth) {
		top = &s->way[s->depth - 1];
		text = refs_of(s->im, top->node, &end);
		if (top->next == text->len) {
			s->seen[top->node] = DONE;
			s->depth--;
			continue;
		}
		len = (size_t)((char *)memchr(text->s + top->next, end,
				   text->len - top->next) -
		    (text->s + top->next));
		sa_copyb(&one, text->s + top->next, len);
		sa_0(&one);
		how = import_end(s->im, one.s, &node);
		node += how == IMPORT_FORWARD ? s->im->nlists : 0;
		is_node = how == IMPORT_LIST || how == IMPORT_FORWARD;
		if (is_node && s->seen[node] == ON_THE_WAY) {
			tell(s->im, top->node, one.s);
			cut(text, top->next, len + 1);
			continue;
		}
		top->next += len + 1;
		if (is_node && s->seen[node] == UNSEEN)
			enter(s, node);
	}
	sa_free(&one);
}

void
import_loops(struct import *im)
{
	size_t n = im->nlists + im->forwards.map.n, i;
	struct search s = { .im = im };

	s.seen = calloc(n ? n : 1, 1);
	if (!s.seen)
		log_fatal(111, "out of memory");
	for (i = 0; i < n; i++)
		if (s.seen[i] == UNSEEN)
			visit(&s, i);
	free(s.seen);
	free(s.way);
}
