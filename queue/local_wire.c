/* SPDX-License-Identifier: ISC */
#include "queue/local_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/msg.h"
#include "queue/domains.h"
#include "queue/printable.h"
#include "queue/passing.h"
#include "queue/queue_proto.h"
#include "queue/round.h"

static long
make_deliver(char *buf, char op, unsigned job, const struct active *a,
    uint32_t t)
{
	const struct target *g = &a->targets[t];
	stralloc path = { 0 }, head = { 0 };
	struct msg_writer w;

	active_path(&path, a, t);
	passing_head(&head, g);
	msg_start(&w, buf, DELIVER_MSG_MAX, op);
	msg_putn(&w, DELIVER_VERSION);
	msg_putn(&w, job);
	msg_puts(&w, a->m->id);
	msg_puts(&w, path.s);
	msg_puts(&w, g->sender);
	msg_puts(&w, g->address);
	msg_putn(&w, active_offset(a));
	msg_putn(&w, a->head.size);
	msg_putn(&w, a->head.accepted);
	msg_puts(&w, head.s);
	sa_free(&path);
	sa_free(&head);
	return msg_end(&w);
}

long
local_request_make(char *buf, unsigned job, const struct active *a, uint32_t t,
    bool unnamed)
{
	const struct target *g = &a->targets[t];
	struct msg_writer w;

	if (g->phase == PHASE_LOCAL)
		return make_deliver(buf, unnamed ? 'C' : 'D', job, a, t);
	msg_start(&w, buf, DELIVER_MSG_MAX,
	    g->fd != -1 ? 'L' : a->abandoned ? 'U' : 'R');
	msg_putn(&w, DELIVER_VERSION);
	msg_putn(&w, job);
	msg_puts(&w, g->mailbox);
	msg_puts(&w, g->name);
	return msg_end(&w);
}

/* Whole header lines of printable ASCII, which queued will send in front of a
 * message that it has checked. */
static bool
is_head(const char *s, size_t len)
{
	bool start = true;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '\n' ? start
				 : (s[i] < ' ' || s[i] > '~') && s[i] != '\t')
			return false;
		start = s[i] == '\n';
	}
	return start;
}

static void
scan_expand(struct local_answer *x, struct msg_reader *r)
{
	static const char *const kinds[] = { "remote", "forward", "list",
		"verp", "srs" };
	const char *targets = "", *head = "";
	char kind[16] = "";
	size_t len = 0, hlen = 0, i;

	msg_gets(r, kind, sizeof kind);
	msg_gets(r, x->sender, sizeof x->sender);
	msg_gets(r, x->away, sizeof x->away);
	msg_getb(r, &head, &hlen, DELIVER_HEAD_MAX);
	msg_gets(r, x->key, sizeof x->key);
	msg_gets(r, x->mailbox, sizeof x->mailbox);
	msg_getb(r, &targets, &len, QUEUE_INLINE_MAX);
	for (i = 0; i < 5 && strcmp(kind, kinds[i]) != 0; i++)
		;
	x->kind = kind[0];
	if (i == 5 || !is_head(head, hlen))
		r->broken = true;
	if (r->broken)
		return;
	sa_copyb(&x->targets, targets, len);
	sa_copyb(&x->head, head, hlen);
	sa_0(&x->head);
}

/* Names and addresses are what they should be: they go to the deliverers
 * again. */
static bool
is_place(const struct local_answer *x)
{
	const char *s = x->name, *why;

	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '/')
			return false;
	return *x->name != '.' && (!strchr("SH", x->op) || *x->name) &&
	    (!*x->mailbox ||
		addr_is_mailbox(x->mailbox, strlen(x->mailbox))) &&
	    (x->op != 'M' || addr_check(x->to, strlen(x->to), &why)) &&
	    (!*x->sender || addr_check(x->sender, strlen(x->sender), &why)) &&
	    (!*x->away || addr_check(x->away, strlen(x->away), &why));
}

int
local_answer_scan(struct local_answer *x, const char *packet, size_t len)
{
	struct msg_reader r;

	memset(x, 0, sizeof *x);
	if (msg_open(&r, packet, len) == -1)
		return -1;
	x->op = r.op;
	msg_getn(&r, &x->job, UINT32_MAX);
	x->fd = -1;
	if (x->op && strchr("SHKGM", x->op))
		msg_gets(&r, x->mailbox, sizeof x->mailbox);
	if (x->op == 'M')
		msg_gets(&r, x->to, sizeof x->to);
	if (x->op == 'S' || x->op == 'H')
		msg_gets(&r, x->name, sizeof x->name);
	if (x->op == 'N')
		msg_gets(&r, x->status, sizeof x->status);
	if (x->op == 'N' || x->op == 'T')
		msg_gets(&r, x->text, sizeof x->text);
	if (x->op == 'X')
		scan_expand(x, &r);
	if (!x->op || !strchr("SHKGNTXM", x->op) || !is_place(x))
		r.broken = true;
	printable(x->status);
	printable(x->text);
	if (msg_close(&r) == 0)
		return 0;
	local_answer_free(x);
	return -1;
}

void
local_answer_free(struct local_answer *x)
{
	sa_free(&x->targets);
	sa_free(&x->head);
	if (x->fd != -1)
		close(x->fd);
	x->fd = -1;
}

/* Those that differ only in case stand together. */
static int
by_text(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int differ = strcasecmp(x, y);

	return differ ? differ : strcmp(x, y);
}

/* Is this a mailbox name or an address? */
static bool
is_target(const char *s)
{
	const char *why;
	size_t len = strlen(s);

	return addr_is_mailbox(s, len) || addr_check(s, len, &why);
}

/* Targets that are not there yet, each once, sorted; how many, -1: one is no
 * address. */
static long
new_targets(stralloc *out, struct active *a, const struct local_answer *x)
{
	const char **all, *s;
	size_t at = 0, n = 0, i;
	long count = 0;

	all = reallocarray(NULL, x->targets.len / 2 + 1, sizeof *all);
	if (!all)
		log_fatal(111, "out of memory");
	while ((s = queue_list_next(x->targets.s, x->targets.len, &at))) {
		if (!is_target(s))
			count = -1;
		else if (!active_has(a, s))
			all[n++] = s;
	}
	qsort(all, n, sizeof *all, by_text);
	for (i = 0; i < n && count != -1; i++) {
		if (i && domains_same(all[i], all[i - 1]))
			continue;
		sa_catb(out, all[i], strlen(all[i]) + 1);
		count++;
	}
	free(all);
	return count;
}

/* Is one of these the target itself, or what led to it? */
static bool
leads_back(const struct active *a, uint32_t t, const struct local_answer *x)
{
	const char *s;
	size_t at;

	for (; t != SPOOL_NO_TARGET; t = a->targets[t].parent)
		for (at = 0; (s = queue_list_next(
				  x->targets.s, x->targets.len, &at));)
			if (domains_same(s, a->targets[t].address))
				return true;
	return false;
}

void
local_expanded(struct active *a, uint32_t t, const struct local_answer *x)
{
	struct journal_expand e = { .parent = t,
		.kind = (enum journal_kind)x->kind, .sender = x->sender,
		.away = x->away, .head = x->head.s, .key = x->key,
		.mailbox = x->mailbox };
	stralloc targets = { 0 };
	long n;

	n = new_targets(&targets, a, x);
	if (n == -1) {
		round_deferred(a, t, 'L', "4.3.0", "",
		    "deliver-local gave something that is no address");
	} else if (n == 0 && leads_back(a, t, x)) {
		round_failed(a, t, "5.4.6", "", "a loop of forwards");
	} else {
		e.n = (uint32_t)n;
		e.targets = targets.len ? targets.s : "";
		e.targets_len = targets.len;
		round_expanded(a, t, &e);
	}
	sa_free(&targets);
}
