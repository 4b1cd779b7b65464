/* SPDX-License-Identifier: ISC */
#include "queue/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/bytes.h"
#include "queue/control_read.h"
#include "queue/control_stats.h"
#include "queue/loop.h"
#include "queue/queue_proto.h"
#include "queue/steer.h"
#include "queue/work.h"

struct control_session {
	struct loop_fd lf;
	struct control_request q;
	stralloc ids;        /* asked for by name; ids_at: how far */
	size_t ids_at;
	unsigned long walk;  /* else over all: how far */
	uint64_t count, left; /* steered, and not */
	uint64_t told;       /* when something was last sent */
	stralloc out;        /* packets, each with its length in front */
	size_t sent;
	struct control_chunk *chunk; /* being read */
	bool busy;           /* an operation is under way */
	bool over;           /* ... and its last packet is in out */
};
static struct service *service;
static struct loop_fd listener;
static unsigned nsessions;

static void advance(struct control_session *s);

static void
close_session(struct control_session *s)
{
	if (s->chunk)
		s->chunk->s = NULL;
	loop_close(&s->lf);
	sa_free(&s->ids);
	sa_free(&s->out);
	nsessions--;
	free(s);
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
put_end(struct control_session *s)
{
	char buf[64];
	struct msg_writer w;

	msg_start(&w, buf, sizeof buf, 'E');
	msg_putn(&w, s->count);
	msg_putn(&w, s->left);
	cat_packet(&s->out, &w);
	s->over = true;
}

/* Sends what there is: 1: all, 0: the other side is slow, -1: it is gone. */
static int
send_out(struct control_session *s)
{
	size_t len;

	while (s->sent < s->out.len) {
		len = (size_t)bytes_get(s->out.s + s->sent, 4);
		if (sock_send(s->lf.fd, s->out.s + s->sent + 4, len, NULL, 0,
			0) == -1)
			return errno == EAGAIN ? 0 : -1;
		s->sent += 4 + len;
	}
	sa_clear(&s->out);
	s->sent = 0;
	return 1;
}

static void
add(struct control_chunk *k, const struct message *m)
{
	control_describe(&k->m[k->n], m);
	if (control_may_fit(&k->q, &k->m[k->n]))
		k->n++;
}

/* Fills a chunk; a bucket of the table is taken whole.  What does not fit takes
 * time, too: so it may be empty before the end. */
static void
fill(struct control_session *s, struct control_chunk *k)
{
	struct message *m;
	const char *id;
	unsigned looked = 0;

	while (s->ids.len && k->n < CONTROL_CHUNK &&
	    (id = queue_list_next(s->ids.s, s->ids.len, &s->ids_at)))
		if ((m = message_find(id)))
			add(k, m);
	while (!s->ids.len && k->n < CONTROL_CHUNK / 2 &&
	    looked < CONTROL_LOOKS && (m = message_walk(&s->walk)))
		for (; m && k->n < CONTROL_CHUNK; m = m->chain, looked++)
			add(k, m);
	k->last = !k->n && looked < CONTROL_LOOKS;
}

/* Which of those asked for are not here. */
static void
put_unknown(struct control_session *s)
{
	char buf[CONTROL_MSG_MAX];
	stralloc unknown = { 0 };
	struct msg_writer w;
	const char *id;

	while ((id = queue_list_next(s->ids.s, s->ids.len, &s->ids_at)))
		if (!message_find(id)) {
			sa_catb(&unknown, id, strlen(id) + 1);
			s->count++;
		}
	msg_start(&w, buf, sizeof buf, 'U');
	msg_putb(&w, unknown.len ? unknown.s : "", unknown.len);
	cat_packet(&s->out, &w);
	sa_free(&unknown);
	put_end(s);
}

static void
chunk_free(struct control_chunk *k)
{
	sa_free(&k->packets);
	free(k);
}

/* A caller waits a limited time only, and what fits no filter is not told. */
static void
put_progress(struct control_session *s)
{
	char buf[16];
	struct msg_writer w;

	if (s->out.len)
		s->told = loop_now();
	if (loop_now() - s->told < CONTROL_PROGRESS_MS)
		return;
	s->told = loop_now();
	msg_start(&w, buf, sizeof buf, 'P');
	cat_packet(&s->out, &w);
}

static void
chunk_done(struct job *j)
{
	struct control_chunk *k = (struct control_chunk *)j;
	struct control_session *s = k->s;
	struct message *m;
	unsigned i;

	for (i = 0; s && i < k->n; i++) {
		if (!k->fits[i])
			continue;
		s->count++;
		m = message_find(k->m[i].id);
		if (m && s->q.op != 'L' && s->q.op != 'W' &&
		    !steer(m, s->q.op)) {
			s->count--;
			s->left++;
		}
	}
	if (s) {
		sa_cat(&s->out, &k->packets);
		s->chunk = NULL;
		put_progress(s);
	}
	chunk_free(k);
	if (s)
		advance(s);
}

static void
next_chunk(struct control_session *s)
{
	struct control_chunk *k = calloc(1, sizeof *k);

	if (!k)
		log_fatal(111, "out of memory");
	k->s = s;
	k->q = s->q;
	fill(s, k);
	if (k->last) {
		chunk_free(k);
		put_end(s);
		return;
	}
	s->chunk = k;
	k->job.run = control_read;
	k->job.done = chunk_done;
	work_push(&k->job);
}

/* Sends, reads on, until the other side is slow, a thread reads, or it is
 * over. */
static void
advance(struct control_session *s)
{
	int rc = 1;

	while (s->busy && !s->chunk && (rc = send_out(s)) == 1) {
		if (s->over)
			s->busy = s->over = false;
		else
			next_chunk(s);
	}
	if (rc == -1)
		close_session(s);
	else
		loop_change(&s->lf, !s->busy ? EPOLLIN
			    : rc == 0        ? EPOLLOUT : 0);
}

static void
ready(struct loop_fd *f, uint32_t ev)
{
	static char packet[CONTROL_MSG_MAX];
	struct control_session *s = (struct control_session *)f;
	ssize_t len;

	if (s->busy && !(ev & (EPOLLHUP | EPOLLERR))) {
		advance(s);
		return;
	}
	len = s->busy ? -1
		      : sock_recv(f->fd, packet, sizeof packet, NULL, 0, NULL,
			    0);
	if (len == -1 && !s->busy && errno == EAGAIN)
		return;
	if (len <= 0 ||
	    control_request_scan(&s->q, packet, (size_t)len) == -1) {
		close_session(s);
		return;
	}
	s->busy = true;
	s->walk = s->ids_at = s->count = s->left = 0;
	s->told = loop_now();
	sa_copyb(&s->ids, s->q.ids_len ? s->q.ids : "", s->q.ids_len);
	if (s->q.op == 'T') {
		control_stats(&s->out);
		s->over = true;
	} else if (s->q.op == 'K') {
		put_unknown(s);
	}
	advance(s);
}

static void
accept_ready(struct loop_fd *f, uint32_t ev)
{
	struct control_session *s;
	int fd = service_accept(service, 2, SOCK_NONBLOCK, NULL);

	(void)f;
	(void)ev;
	if (fd == -1)
		return;
	s = nsessions < CONTROL_SESSIONS_MAX ? calloc(1, sizeof *s) : NULL;
	if (!s) {
		close(fd);
		return;
	}
	s->lf.fd = fd;
	s->lf.ready = ready;
	nsessions++;
	if (loop_add(&s->lf, EPOLLIN) == -1)
		close_session(s);
}

int
control_listen(struct service *sv)
{
	service = sv;
	listener.fd = sv->listeners[2];
	listener.ready = accept_ready;
	return loop_add(&listener, EPOLLIN);
}
