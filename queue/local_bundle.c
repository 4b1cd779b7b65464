/* SPDX-License-Identifier: ISC */
#include "queue/local_bundle.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/msg.h"
#include "lib/sock.h"
#include "queue/sealed.h"

#define FRAME_MAX 8 /* bytes of a netstring around its content */

static char one[DELIVER_MSG_MAX], all[DELIVER_MSG_MAX];
static struct msg_writer w;
static size_t first, first_len; /* of the first request in all */
static int fds[SOCK_FDS_MAX], nfds;
static unsigned n;
static bool has_message; /* its descriptor is the first one */

void
local_bundle_start(void)
{
	msg_start(&w, all, sizeof all, 'B');
	nfds = 0;
	n = 0;
	has_message = false;
}

static void
add_fd(const struct active *a, const struct target *t)
{
	if (t->phase != PHASE_LOCAL) {
		if (t->fd != -1)
			fds[nfds++] = t->fd;
	} else if (!has_message) { /* links may stand before it */
		memmove(fds + 1, fds, (size_t)nfds * sizeof *fds);
		*fds = a->fd;
		nfds++;
		has_message = true;
	}
}

bool
local_bundle_add(unsigned job, const struct active *a, uint32_t t,
    bool unnamed)
{
	long len = local_request_make(one, job, a, t, unnamed);

	if (len == -1 || n == DELIVER_BUNDLE_MAX ||
	    w.len + (size_t)len + FRAME_MAX > sizeof all)
		return false;
	msg_putb(&w, one, (size_t)len);
	if (!n) {
		first_len = (size_t)len;
		first = w.len - 1 - first_len;
	}
	add_fd(a, &a->targets[t]);
	n++;
	return true;
}

int
local_bundle_send(int conn)
{
	if (n == 1)
		return sock_send(conn, all + first, first_len, fds, nfds, 0);
	return sock_send(conn, all, (size_t)msg_end(&w), fds, nfds, 0);
}

/* Descriptors of a packet that no answer has yet. */
struct left {
	int fds[SOCK_FDS_MAX], n, at;
};

static int
take(struct left *l)
{
	return l->at < l->n ? l->fds[l->at++] : -1;
}

/* 0, or -1: it needs a descriptor, and there is none. */
static int
give_fd(struct local_answer *x, struct left *l)
{
	int fd, rc = 0;

	if (x->op == 'H' || x->op == 'M')
		return (x->fd = take(l)) == -1 ? -1 : 0;
	if (x->op != 'X' || x->targets.len)
		return 0;
	fd = take(l);
	if (fd == -1)
		return 0;
	rc = sealed_read(&x->targets, fd, LOCAL_TARGETS_MAX);
	close(fd);
	return rc;
}

static bool
scan_one(const char *p, size_t len, struct left *l,
    bool (*each)(void *arg, struct local_answer *x), void *arg)
{
	struct local_answer x;
	bool ok;

	if (local_answer_scan(&x, p, len) == -1)
		return false;
	ok = give_fd(&x, l) == 0 && each(arg, &x);
	local_answer_free(&x);
	return ok;
}

static bool
scan_all(const char *p, size_t len, struct left *l,
    bool (*each)(void *arg, struct local_answer *x), void *arg)
{
	struct msg_reader r;
	const char *item;
	size_t item_len;

	if (*p != 'B')
		return scan_one(p, len, l, each, arg);
	msg_open(&r, p, len);
	while (msg_more(&r))
		if (msg_getb(&r, &item, &item_len, DELIVER_MSG_MAX) == -1 ||
		    !scan_one(item, item_len, l, each, arg))
			return false;
	return msg_close(&r) == 0;
}

int
local_receive(int conn, bool (*each)(void *arg, struct local_answer *x),
    void *arg)
{
	static char buf[DELIVER_MSG_MAX];
	struct left l = { .n = 0 };
	ssize_t len;
	bool ok;

	len = sock_recv(conn, buf, sizeof buf, l.fds, SOCK_FDS_MAX, &l.n, 0);
	if (len == -1 && errno == EAGAIN)
		return 0;
	if (len <= 0)
		return -1;
	ok = scan_all(buf, (size_t)len, &l, each, arg) && l.at == l.n;
	while (l.at < l.n)
		close(take(&l));
	return ok ? 1 : -1;
}
