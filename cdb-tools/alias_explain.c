/* SPDX-License-Identifier: ISC */
/* Where mail for an address goes, step by step. */
#include "cdb-tools/alias_show.h"
#include <string.h>
#include <strings.h>
#include "cdb-tools/cdb-tools.h"
#include "lib/log.h"

static void
explain_step(void *arg, const char *what, const char *value)
{
	struct alias_show *s = arg;

	if (s->t->json) {
		if (s->n++)
			sa_append(&s->out, ',');
		sa_cats(&s->out, "{");
		tool_json_pair(&s->out, "step", what);
		tool_json_pair(&s->out, "value", value);
		sa_cats(&s->out, "}");
		return;
	}
	sa_cats(&s->out, "  ");
	sa_cats(&s->out, what);
	sa_cats(&s->out, ": ");
	sa_cats(&s->out, value);
	sa_append(&s->out, '\n');
}

static const struct {
	const char *name, *text;
	int code;
} results[] = {
	[ALIAS_MAILBOX] = { "mailbox", "goes to mailbox ", 0 },
	[ALIAS_REMOTE] = { "remote", "goes on to ", 0 },
	[ALIAS_LIST] = { "list", "goes to the list ", 0 },
	[ALIAS_SRS] = { "srs", "leads a bounce back: ", 0 },
	[ALIAS_UNKNOWN] = { "unknown", "is refused: 550 5.1.1 no such mailbox",
	    1 },
	[ALIAS_REFUSED] = { "refused", "is refused: 550 5.7.1 ", 1 },
	[ALIAS_FOREIGN] = { "foreign",
	    "is not of a domain of ours (etc/domains)"
	    ": relaying",
	    1 },
	[ALIAS_TEMP] = { "temp", "cannot be told now: 451 ", 111 },
};

/* What is behind the mailbox: is it there, who gets copies?  Where it all goes,
 * if none stays, is added to more. */
static enum alias_result
explain_mailbox(struct alias_show *s, const char *mailbox, stralloc *more)
{
	struct mailbox_info info = { .disabled = false };
	struct alias_forward f;
	struct table t;
	const char *to;
	int r;

	table_init(&t, MAILBOXES_CDB);
	r = mailbox_lookup(&info, &t, mailbox);
	table_close(&t);
	if (r == 0) {
		explain_step(s, "not in etc/users", mailbox);
		return ALIAS_UNKNOWN;
	}
	if (r == -1)
		log_warnsys("unable to read " MAILBOXES_CDB);
	if (info.disabled)
		explain_step(s, "disabled, and takes mail", mailbox);
	if (alias_forward(&f, s->table, mailbox) == 1) {
		explain_step(s, "forward (etc/forwards)",
		    f.keep ? "a copy stays" : "no copy stays");
		for (to = f.targets; to < f.targets + f.len;
		     to += strlen(to) + 1) {
			explain_step(s, "forward to", to);
			if (f.keep)
				continue;
			sa_cats(more, to == f.targets ? ", and from there to "
						      : ", ");
			sa_cats(more, to);
		}
	}
	if (alias_reply(s->table, mailbox) == 1)
		explain_step(s, "autoresponder (etc/replies)", mailbox);
	return ALIAS_MAILBOX;
}

static void
explain_list(struct alias_show *s, const char *address)
{
	struct alias_list l;
	const char *member;
	unsigned long n = 0;

	if (alias_list(&l, s->table, address) != 1)
		return;
	for (member = l.members; member < l.members + l.len;
	     member += strlen(member) + 1)
		n++;
	explain_step(s, "owner", l.owner);
	explain_step(s, "who may post", l.post);
	explain_step(s, "members in etc/lists.d", log_num(n));
}

static void
print_end(struct alias_show *s, const char *address, enum alias_result r,
    const struct alias_answer *a, const stralloc *more)
{
	bool to = results[r].code == 0;
	const char *target = to ? a->target.s : r == ALIAS_UNKNOWN ? "" : a->text.s;
	stralloc like = { 0 }, own = { 0 };

	addr_normalise(&own, address, strlen(address));
	if (r == ALIAS_UNKNOWN || r == ALIAS_FOREIGN)
		alias_like(&like, s->table, address);
	if (sa_same(&like, &own)) /* it is there; its mailbox is not */
		sa_clear(&like);
	if (s->t->json) {
		sa_cats(&s->out, "]");
		tool_json_pair(&s->out, "result", results[r].name);
		tool_json_pair(&s->out, "target", target);
		tool_json_pair(&s->out, "tag", a->tag.s);
		if (like.len)
			tool_json_pair(&s->out, "like", like.s);
		sa_cats(&s->out, "}\n");
	} else {
		sa_cats(&s->out, address);
		sa_append(&s->out, ' ');
		sa_cats(&s->out, results[r].text);
		sa_cats(&s->out, target);
		sa_cat(&s->out, more);
		if (like.len) {
			sa_cats(&s->out, "; did you mean ");
			sa_cat(&s->out, &like);
			sa_append(&s->out, '?');
		}
		sa_append(&s->out, '\n');
	}
	sa_free(&like);
	sa_free(&own);
}

/* What no client could say in RCPT is a slip of who asks. */
static void
check_address(const char *address)
{
	const char *why;
	size_t len = strlen(address);

	if (strcasecmp(address, "postmaster") == 0 ||
	    addr_check(address, len, &why) == 1)
		return;
	log_fatal(100, "'", address, "' is not an address: ", why,
	    "; write local@domain");
}

int
alias_show_explain(const struct tool *t, const char *address)
{
	struct alias_answer a = { 0 };
	stralloc more = { 0 };
	struct table table;
	struct alias_show s = { .t = t, .table = &table };
	enum alias_result r;

	check_address(address);
	alias_open_table(&table);
	if (t->json) {
		sa_cats(&s.out, "{");
		tool_json_pair(&s.out, "address", address);
		sa_cats(&s.out, ",\"steps\":[");
	} else {
		sa_cats(&s.out, address);
		sa_append(&s.out, '\n');
	}
	r = alias_resolve(
	    &a, &table, address, strlen(address), explain_step, &s);
	if (r == ALIAS_MAILBOX)
		r = explain_mailbox(&s, a.target.s, &more);
	if (r == ALIAS_LIST)
		explain_list(&s, a.target.s);
	print_end(&s, address, r, &a, &more);
	tool_print(&s.out);
	sa_free(&s.out);
	sa_free(&more);
	alias_answer_free(&a);
	table_close(&table);
	return results[r].code;
}
