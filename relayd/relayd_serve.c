/* SPDX-License-Identifier: ISC */
#include "relayd/relayd_serve.h"

#include <errno.h>
#include <string.h>
#include "lib/clock.h"

static void
send_end(struct relayd_server *s, struct conn *c)
{
	char buf[RELAYD_MSG_MAX];
	struct msg_writer w;

	msg_start(&w, buf, sizeof buf, 'E');
	msg_putn(&w, s->relay->windows.n);
	conn_answer(&s->conns, c, buf, (size_t)msg_end(&w));
}

static void
put_window(struct msg_writer *w, const struct window *win, uint32_t now)
{
	char ip[IP_TEXT_SIZE], mailbox[ADDR_MAILBOX_MAX + 1];

	ip_format(ip, &win->ip);
	windows_mailbox(mailbox, win);
	msg_puts(w, ip);
	msg_puts(w, mailbox);
	msg_putn(w, win->expires > now ? win->expires - now : 0);
}

/* The list from slot c->cursor on, as far as the peer takes it. */
static void
list_some(void *arg, struct conn *c)
{
	struct relayd_server *s = arg;
	const struct windows *ws = &s->relay->windows;
	const struct window *win;
	struct msg_writer w;
	char buf[RELAYD_LIST_MSG_MAX];
	uint32_t at, rows;

	for (;;) {
		at = (uint32_t)c->cursor;
		if (at >= ws->used) {
			send_end(s, c);
			return;
		}
		msg_start(&w, buf, sizeof buf, 'W');
		for (rows = 0; rows < RELAYD_LIST_ROWS && at < ws->used; at++)
			if ((win = windows_slot(ws, at)) != NULL) {
				put_window(&w, win, relay_now_s(s->relay));
				rows++;
			}
		if (conn_part(&s->conns, c, buf, (size_t)msg_end(&w)) != 1)
			return;
		c->cursor = at;
	}
}

static void
stats(struct relayd_server *s, struct conn *c)
{
	const struct relay *r = s->relay;
	const struct {
		const char *name;
		uint64_t n;
	} rows[] = {
		{ "windows", r->windows.n }, { "opened", r->counts.opened },
		{ "renewed", r->counts.renewed },
		{ "closed", r->counts.closed }, { "checks", r->counts.checks },
		{ "denied", r->counts.denied },
		{ "redeemed", r->counts.redeemed },
		{ "over-budget", r->counts.over_budget },
		{ "refused-grants", r->counts.refused },
		{ "journal-lost", r->journal.lost },
	};
	char buf[RELAYD_MSG_MAX];
	struct msg_writer w;
	size_t i;

	msg_start(&w, buf, sizeof buf, 'Y');
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		msg_puts(&w, rows[i].name);
		msg_putn(&w, rows[i].n);
	}
	conn_answer(&s->conns, c, buf, (size_t)msg_end(&w));
}

static void
decide(struct relay *r, int port, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	switch (port << 8 | rq->op) {
	case RELAYD_CHECK << 8 | 'C': relay_check(r, rq, an); break;
	case RELAYD_CHECK << 8 | 'W': relay_owns(r, rq, an); break;
	case RELAYD_OPEN << 8 | 'O':
	case RELAYD_CONTROL << 8 | 'O':
		relay_open(r, &rq->ip, rq->mailbox, rq->n, an);
		break;
	case RELAYD_OPEN << 8 | 'A': relay_auth(r, rq, an); break;
	case RELAYD_OPEN << 8 | 'X':
	case RELAYD_CONTROL << 8 | 'X':
		relay_close(r, rq->has_ip ? &rq->ip : NULL, rq->mailbox, an);
		break;
	case RELAYD_REDEEM << 8 | 'R': relay_redeem(r, rq, an); break;
	default: relay_query(r, rq, an); break;
	}
}

static int
request(void *arg, struct conn *c, char *packet, size_t len)
{
	struct relayd_server *s = arg;
	struct relayd_request rq;
	struct relayd_answer an;
	char buf[RELAYD_MSG_MAX];
	long n;

	if (relayd_request_scan(&rq, (enum relayd_port)c->port, packet,
	    len) == -1)
		return -1;
	relay_tick(s->relay, s->conns.now_ms, clock_wall_s());
	if (c->port == RELAYD_CONTROL && rq.op == 'L') {
		c->cursor = 0;
		list_some(s, c);
		return 0;
	}
	if (c->port == RELAYD_CONTROL && rq.op == 'S') {
		stats(s, c);
		return 0;
	}
	if (c->port == RELAYD_CONTROL && rq.op == 'X' && !rq.has_ip &&
	    !*rq.mailbox)
		return -1;
	memset(&an, 0, sizeof an);
	decide(s->relay, c->port, &rq, &an);
	n = relayd_answer_format(buf, sizeof buf, (enum relayd_port)c->port,
	    rq.op, &an);
	if (n == -1)
		return -1;
	conn_answer(&s->conns, c, buf, (size_t)n);
	return 0;
}

/* A port's number decides what may be asked there: it must be its socket's
 * place in conf-services. */
static bool
is_as_expected(const struct service *sv)
{
	static const char *const paths[RELAYD_PORTS] = { RELAYD_CHECK_PATH,
		RELAYD_OPEN_PATH, RELAYD_REDEEM_PATH, RELAYD_CONTROL_PATH };
	int i;

	for (i = 0; i < RELAYD_PORTS; i++)
		if (!sv->row->serves[i].path ||
		    strcmp(sv->row->serves[i].path, paths[i]) != 0)
			return false;
	return true;
}

int
relayd_serve_init(struct relayd_server *s, struct relay *relay,
    const struct service *sv)
{
	struct conns_spec spec = { .request_max = RELAYD_MSG_MAX,
		.max = { RELAYD_CHECK_CONNS, RELAYD_OPEN_CONNS,
		    RELAYD_REDEEM_CONNS, RELAYD_CONTROL_CONNS },
		.request = request, .more = list_some, .arg = s };

	if (!is_as_expected(sv)) {
		errno = EPROTO;
		return -1;
	}
	s->relay = relay;
	return conns_init(&s->conns, sv, &spec);
}

void
relayd_serve(struct relayd_server *s)
{
	conns_wait(&s->conns, relay_wait_ms(s->relay));
	relay_tick(s->relay, s->conns.now_ms, clock_wall_s());
}
