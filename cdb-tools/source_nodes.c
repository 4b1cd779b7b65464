/* SPDX-License-Identifier: ISC */
/* What lists and forwards pass on to, and the loops among them: a list may be a
 * member of a list, a mailbox that forwards too. */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/source_parts.h"
#include "lib/log.h"

#define SHOWN_LOOP 8 /* nodes of a loop that are named */

enum seen { UNSEEN, ON_THE_WAY, DONE };

/* The way of the search: a node, and the ref of it that comes next. */
struct place {
	struct source_node *node;
	size_t next;
};
struct search {
	struct source *src;
	struct place *way; /* as long as it takes: no recursion */
	size_t depth;
};

static const char *
node_name(const struct source *src, const struct source_node *n)
{
	const struct names *names = n->post ? &src->lists : &src->forwards;
	long id = n->post ? n - src->list : n - src->forward;
	const char *s;
	size_t len;

	s = names_get(names, id, &len);
	return source_show(s, len);
}

static struct source_node *
node_at(const struct source *src, struct source_place place)
{
	const char *name;
	size_t len;
	long id;

	if (place.kind == SOURCE_LIST)
		return &src->list[place.id];
	if (place.kind != SOURCE_MAILBOX || place.id == -1)
		return NULL;
	name = names_get(&src->mailboxes, place.id, &len);
	id = names_find(&src->forwards, name, len);
	return id == -1 ? NULL : &src->forward[id];
}

/* ref, of the node on top of the way, closes a loop that began at node. */
static void
report_loop(struct search *s, const struct source_ref *ref,
    const struct source_node *node)
{
	stralloc text = { 0 };
	size_t i = s->depth, end;

	while (i && s->way[i - 1].node != node)
		i--;
	i -= i > 0;
	for (end = i + SHOWN_LOOP; i < s->depth && i < end; i++) {
		sa_cats(&text, node_name(s->src, s->way[i].node));
		sa_cats(&text, " (");
		sa_cats(&text, s->way[i].node->file);
		sa_cats(&text, " line ");
		sa_catul(&text, s->way[i].node->line);
		sa_cats(&text, ") -> ");
	}
	sa_cats(&text, i < s->depth ? "... -> " : "");
	sa_cats(&text, node_name(s->src, node));
	sa_0(&text);
	line_error(&s->src->errors, ref->file, ref->line, ref->column,
	    "a loop: ", text.s, "; take this address out", (char *)0);
	sa_free(&text);
}

static void
enter(struct search *s, struct source_node *node)
{
	s->way = source_grow(s->way, s->depth, sizeof *s->way);
	node->seen = ON_THE_WAY;
	/* the owner of a list, its first ref, gets no list mail */
	s->way[s->depth++] = (struct place){ node, node->post ? 1 : 0 };
}

/* Depth first; a loop closes where an address leads back onto the way. */
static void
visit(struct search *s, struct source_node *start)
{
	const struct source *src = s->src;
	long way[ALIAS_DEPTH_MAX + 1];
	const struct source_ref *ref;
	struct source_node *next;
	struct place *top;
	size_t n;

	enter(s, start);
	while (s->depth) {
		top = &s->way[s->depth - 1];
		if (top->next == top->node->n) {
			top->node->seen = DONE;
			s->depth--;
			continue;
		}
		ref = &src->refs[top->node->first + top->next++];
		next =
		    node_at(src, source_follow(src, src->refs_text.s + ref->off,
				     ref->len, way, &n));
		if (next && next->seen == ON_THE_WAY)
			report_loop(s, ref, next);
		else if (next && next->seen == UNSEEN)
			enter(s, next);
	}
}

static void
check_refs(struct source *src)
{
	long way[ALIAS_DEPTH_MAX + 1];
	const struct source_ref *ref;
	struct source_place place;
	size_t i, n;

	for (i = 0; i < src->nrefs; i++) {
		ref = &src->refs[i];
		place = source_follow(
		    src, src->refs_text.s + ref->off, ref->len, way, &n);
		if (place.kind == SOURCE_UNKNOWN && n == 0)
			source_unknown(src, ref->file, ref->line, ref->column,
			    "", src->refs_text.s + ref->off, ref->len);
		else if (place.kind == SOURCE_REFUSED)
			line_error(&src->errors, ref->file, ref->line,
			    ref->column, src->refs_text.s + ref->off,
			    " is refused by etc/aliases; take it out",
			    (char *)0);
	}
}

void
source_check_nodes(struct source *src)
{
	struct search s = { .src = src };
	size_t i;

	check_refs(src);
	for (i = 0; i < src->lists.map.n; i++)
		if (src->list[i].seen == UNSEEN)
			visit(&s, &src->list[i]);
	for (i = 0; i < src->forwards.map.n; i++)
		if (src->forward[i].seen == UNSEEN)
			visit(&s, &src->forward[i]);
	free(s.way);
}
