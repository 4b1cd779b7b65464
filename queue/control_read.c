/* SPDX-License-Identifier: ISC */
#include "queue/control_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/clock.h"
#include "queue/active.h"
#include "queue/bytes.h"
#include "queue/loop.h"
#include "queue/routes.h"
#include "queue/spool_load.h"

void
control_describe(struct control_message *c, const struct message *m)
{
	uint64_t now = clock_wall_s();

	memset(c, 0, sizeof *c);
	strcpy(c->id, m->id);
	strcpy(c->state, m->held ? "held"
			 : m->active || m->loading || m->fresh ? "active"
							       : "deferred");
	c->accepted = m->accepted;
	c->size = m->size;
	c->attempts = m->attempts;
	c->age = now > m->accepted ? now - m->accepted : 0;
	c->next = m->held ? 0 : now;
	if (!m->held && !m->active && m->next > loop_now())
		c->next = now + (m->next - loop_now()) / 1000;
}

bool
control_may_fit(const struct control_request *q,
    const struct control_message *c)
{
	if (*q->state && strcmp(q->state, c->state) != 0)
		return false;
	return c->age >= q->older;
}

static bool
has_domain(const struct active *a, const char *domain)
{
	uint32_t i;

	for (i = 0; i < a->ntargets; i++)
		if (strcmp(route_domain(a->targets[i].address), domain) == 0)
			return true;
	return false;
}

static bool
fits(const struct control_request *q, const struct active *a)
{
	const char *sender = *a->env.sender ? a->env.sender : "<>";

	if (*q->sender && strcasecmp(q->sender, sender) != 0)
		return false;
	return !*q->domain || has_domain(a, q->domain);
}

static void
cat_packet(stralloc *out, const struct msg_writer *w)
{
	char len[4];

	bytes_put(len, w->len, 4);
	sa_catb(out, len, 4);
	sa_catb(out, w->buf, w->len);
}

static void
put_target(struct msg_writer *w, const struct target *t)
{
	struct control_target c = { .status = { t->status, 0 } };

	snprintf(c.address, sizeof c.address, "%s", t->address);
	if (t->answer) {
		c.class[0] = t->answer->class;
		c.when = t->answer->when;
		snprintf(c.reply, sizeof c.reply, "%s", t->answer->status);
		snprintf(c.host, sizeof c.host, "%s", t->answer->host);
		snprintf(c.text, sizeof c.text, "%s", t->answer->text);
	}
	control_target_put(w, &c);
}

static void
put_message(stralloc *out, char *buf, struct control_message *c,
    const struct active *a)
{
	struct msg_writer w;
	uint32_t i;

	snprintf(c->sender, sizeof c->sender, "%s", a->env.sender);
	snprintf(c->origin, sizeof c->origin, "%s", a->env.origin);
	snprintf(c->ip, sizeof c->ip, "%s", a->env.ip);
	snprintf(c->account, sizeof c->account, "%s", a->env.account);
	c->uid = a->env.uid;
	msg_start(&w, buf, CONTROL_MSG_MAX, 'M');
	control_message_put(&w, c);
	cat_packet(out, &w);
	msg_start(&w, buf, CONTROL_MSG_MAX, 'N');
	msg_puts(&w, c->id);
	for (i = 0; i < a->ntargets; i++) {
		put_target(&w, &a->targets[i]);
		if (w.len > CONTROL_MSG_MAX / 2 - CONTROL_TARGET_BYTES) {
			cat_packet(out, &w);
			msg_start(&w, buf, CONTROL_MSG_MAX, 'N');
			msg_puts(&w, c->id);
		}
	}
	cat_packet(out, &w);
}

/* The head was whole when queued started; the rest is not. */
static void
put_damaged(stralloc *out, char *buf, struct control_message *c)
{
	struct msg_writer w;

	strcpy(c->state, "damaged");
	msg_start(&w, buf, CONTROL_MSG_MAX, 'M');
	control_message_put(&w, c);
	cat_packet(out, &w);
}

static void
read_one(struct control_chunk *k, unsigned i, char *buf)
{
	struct spool_image image = { 0 };
	struct active *a = NULL;

	spool_load(&image, k->m[i].id);
	if (!image.error)
		a = active_new(NULL, image.front.s, image.front.len,
		    image.journal.s, image.journal.len);
	if (a)
		k->fits[i] = fits(&k->q, a);
	else if (!image.error || image.error == EBADMSG)
		k->fits[i] = !*k->q.sender && !*k->q.domain;
	if (!k->fits[i] || (k->q.op != 'L' && k->q.op != 'W'))
		; /* no packet */
	else if (a)
		put_message(&k->packets, buf, &k->m[i], a);
	else
		put_damaged(&k->packets, buf, &k->m[i]);
	if (a)
		active_free(a);
	spool_image_free(&image);
}

void
control_read(struct job *j)
{
	struct control_chunk *k = (struct control_chunk *)j;
	char *buf = malloc(CONTROL_MSG_MAX);
	unsigned i;

	for (i = 0; buf && i < k->n; i++)
		read_one(k, i, buf);
	free(buf);
}
