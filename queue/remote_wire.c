/* SPDX-License-Identifier: ISC */
#include "queue/remote_wire.h"

#include <errno.h>
#include <string.h>
#include "lib/msg.h"
#include "lib/sock.h"
#include "queue/passing.h"
#include "queue/printable.h"
#include "queue/routes.h"

int
remote_send(int conn, unsigned job, const struct active *a,
    const uint32_t *targets, unsigned n, int fd)
{
	static char buf[DELIVER_MSG_MAX];
	const struct target *first = &a->targets[targets[0]];
	stralloc list = { 0 }, sender = { 0 }, head = { 0 };
	char flags[3] = "", *f = flags;
	struct msg_writer w;
	unsigned i;
	long len;

	for (i = 0; i < n; i++) {
		const char *s = a->targets[targets[i]].address;

		sa_catb(&list, s, strlen(s) + 1);
	}
	if (*a->env.body == '8')
		*f++ = '8';
	if (strcmp(a->env.origin, "outside") != 0)
		*f++ = 's';
	passing_sender(&sender, first);
	passing_head(&head, first);
	msg_start(&w, buf, sizeof buf, 'D');
	msg_putn(&w, DELIVER_VERSION);
	msg_putn(&w, job);
	msg_puts(&w, a->m->id);
	msg_puts(&w, route_domain(first->address));
	msg_puts(&w, sender.s);
	msg_putb(&w, list.s, list.len);
	msg_puts(&w, flags);
	msg_putn(&w, active_offset(a));
	msg_putn(&w, a->head.size);
	msg_puts(&w, head.s);
	len = msg_end(&w);
	sa_free(&list);
	sa_free(&sender);
	sa_free(&head);
	return len == -1 ? -1
			 : sock_send(conn, buf, (size_t)len, &fd, 1, 0);
}

static int
scan_result(struct remote_answer *x, struct msg_reader *r)
{
	char class[2] = "";

	msg_getn(r, &x->index, UINT32_MAX);
	msg_gets(r, class, sizeof class);
	msg_gets(r, x->status, sizeof x->status);
	msg_gets(r, x->host, sizeof x->host);
	x->class = *class;
	return *class && strchr("KTNL", *class) ? 0 : -1;
}

static int
scan_refused(struct remote_answer *x, struct msg_reader *r)
{
	msg_gets(r, x->host, sizeof x->host);
	msg_gets(r, x->account, sizeof x->account);
	return *x->host && *x->account ? 0 : -1;
}

static int
scan_end(struct remote_answer *x, struct msg_reader *r)
{
	msg_getn(r, &x->slow, UINT32_MAX);
	return 0;
}

int
remote_answer_scan(struct remote_answer *x, const char *packet, size_t len)
{
	struct msg_reader r;
	int rc = -1;

	memset(x, 0, sizeof *x);
	if (msg_open(&r, packet, len) == -1)
		return -1;
	x->op = r.op;
	msg_getn(&r, &x->job, UINT32_MAX);
	if (x->op == 'P')
		rc = scan_result(x, &r);
	else if (x->op == 'A')
		rc = scan_refused(x, &r);
	else if (x->op == 'E')
		rc = scan_end(x, &r);
	msg_gets(&r, x->text, sizeof x->text);
	printable(x->status);
	printable(x->host);
	printable(x->account);
	printable(x->text);
	return rc == -1 ? -1 : msg_close(&r);
}

int
remote_receive(struct remote_answer *x, int conn)
{
	char buf[4096];
	ssize_t len = sock_recv(conn, buf, sizeof buf, NULL, 0, NULL, 0);

	if (len == -1 && errno == EAGAIN)
		return 0;
	if (len <= 0 || remote_answer_scan(x, buf, (size_t)len) == -1)
		return -1;
	return 1;
}
