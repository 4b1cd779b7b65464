/* SPDX-License-Identifier: ISC */
#include "queue/routes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "deliver/deliver.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/sock.h"
#include "queue/bytes.h"
#include "queue/loop.h"
#include "queue/remote.h"
#include "queue/round.h"

#define BUCKETS    4096
#define CONNECT_MS 200
#define ROUTE_FEW  10 /* recipients */

struct waiting {
	struct waiting *next;
	struct active *a;
	uint32_t target;
};
struct route {
	struct route *chain;
	struct route *ask_next; /* of those to be asked */
	struct waiting *waiting;
	char *key; /* NULL: not known yet */
	uint64_t until;
	bool asking; /* in the line */
	bool first;  /* ... among those that go first */
	char domain[];
};
static struct route *buckets[BUCKETS];
static unsigned nroutes;
/* To be asked about; the first of those is being asked.  What messages with few
 * recipients wait for goes before the rest. */
static struct route *line, **few_end = &line, **line_end = &line;
static struct loop_fd conn = { .fd = -1 };
static bool asked;
static uint64_t asked_at, connect_at, down_since;

const char *
route_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? at + 1 : "";
}

static struct route **
bucket(const char *domain)
{
	return &buckets[bytes_sum(BYTES_SUM_START, domain, strlen(domain)) %
	    BUCKETS];
}

/* Routes that are out of date go when their bucket is looked at. */
static struct route *
find(const char *domain)
{
	size_t len = strlen(domain);
	struct route **b = bucket(domain), *r, *found = NULL;

	while ((r = *b)) {
		if (strcmp(r->domain, domain) == 0)
			found = r;
		if (found == r || r->asking ||
		    (r->until > loop_now() && nroutes < ROUTES_MAX)) {
			b = &r->chain;
			continue;
		}
		*b = r->chain;
		nroutes--;
		free(r->key);
		free(r);
	}
	if (found)
		return found;
	r = calloc(1, sizeof *r + len + 1);
	if (!r)
		log_fatal(111, "out of memory");
	memcpy(r->domain, domain, len);
	*b = r;
	nroutes++;
	return r;
}

bool
remote_quick(const char *address)
{
	const char *domain = route_domain(address);
	const struct route *r = *bucket(domain);

	while (r && strcmp(r->domain, domain) != 0)
		r = r->chain;
	return r && r->key && r->until > loop_now() &&
	    key_quick(key_find(r->key));
}

static void
line_up(struct route *r, struct route ***end)
{
	r->asking = true;
	r->first = end == &few_end;
	if (end == &few_end && few_end == &line && line && asked)
		few_end = &line->ask_next; /* never before the one being asked */
	r->ask_next = **end;
	**end = r;
	if (line_end == *end)
		line_end = &r->ask_next;
	if (end == &few_end)
		few_end = &r->ask_next;
}

/* To go first, unless it is being asked. */
static void
leave_line(struct route *r)
{
	struct route **at = &line;

	if (r == line && asked)
		return;
	while (*at != r)
		at = &(*at)->ask_next;
	*at = r->ask_next;
	if (line_end == &r->ask_next)
		line_end = at;
	r->asking = false;
}

void
remote_push(struct active *a, uint32_t target)
{
	struct route *r = find(route_domain(a->targets[target].address));
	struct waiting *w;

	if (r->key && r->until > loop_now()) {
		key_push(key_find(r->key), a, target);
		return;
	}
	w = malloc(sizeof *w);
	if (!w)
		log_fatal(111, "out of memory");
	w->a = a;
	w->target = target;
	w->next = r->waiting;
	r->waiting = w;
	if (r->asking && !r->first && a->ntargets <= ROUTE_FEW)
		leave_line(r);
	if (r->asking)
		return;
	line_up(r, a->ntargets <= ROUTE_FEW ? &few_end : &line_end);
}

/* The first in line has its answer (key), or none (why). */
static void
answered(const char *key, const char *why)
{
	struct route *r = line;
	struct waiting *w;

	line = r->ask_next;
	if (!line)
		line_end = &line;
	if (!line || few_end == &r->ask_next)
		few_end = &line;
	r->asking = false;
	free(r->key);
	r->key = key ? strdup(key) : NULL;
	r->until = loop_now() + ROUTE_SECONDS * 1000;
	while ((w = r->waiting)) {
		r->waiting = w->next;
		if (key)
			key_push(key_find(key), w->a, w->target);
		else
			round_deferred(w->a, w->target, 'L', "4.3.0", "", why);
		free(w);
	}
}

static void
lost(const char *why)
{
	log_warn("deliver-remote (routes): ", why);
	loop_close(&conn);
	asked = false;
	connect_at = loop_now() + REMOTE_AGAIN_MS;
	if (!down_since)
		down_since = loop_now();
}

static void
conn_ready(struct loop_fd *f, uint32_t ready)
{
	char buf[1024], key[512];
	struct msg_reader r;
	ssize_t len = sock_recv(f->fd, buf, sizeof buf, NULL, 0, NULL, 0);

	(void)ready;
	if (len == -1 && errno == EAGAIN)
		return;
	if (len <= 0 || !asked) {
		lost("closed the connection");
		return;
	}
	if (msg_open(&r, buf, (size_t)len) == -1 ||
	    msg_gets(&r, key, sizeof key) == -1 || msg_close(&r) == -1) {
		lost("answers nonsense");
		return;
	}
	asked = false;
	if (r.op == 'Y' && *key)
		answered(key, NULL);
	else
		answered(NULL, *key ? key : "no route");
}

static bool
connected(void)
{
	if (conn.fd != -1)
		return true;
	if (connect_at > loop_now())
		return false;
	conn.fd = sock_connect(DELIVER_REMOTE_PATH, CONNECT_MS);
	conn.ready = conn_ready;
	if (conn.fd != -1 && loop_add(&conn, EPOLLIN) == 0) {
		down_since = 0;
		return true;
	}
	if (conn.fd != -1)
		close(conn.fd);
	conn.fd = -1;
	connect_at = loop_now() + REMOTE_AGAIN_MS;
	if (!down_since)
		down_since = loop_now();
	return false;
}

static void
ask(const char *domain)
{
	char buf[512];
	struct msg_writer w;

	msg_start(&w, buf, sizeof buf, 'W');
	msg_putn(&w, DELIVER_VERSION);
	msg_puts(&w, domain);
	if (sock_send(conn.fd, buf, (size_t)msg_end(&w), NULL, 0, 0) == -1) {
		lost("takes no question");
		return;
	}
	asked = true;
	asked_at = loop_now();
}

void
routes_pump(void)
{
	if (asked && loop_now() - asked_at > ROUTE_SILENCE_MS)
		lost("is silent");
	if (!line || asked)
		return;
	if (connected())
		ask(line->domain);
	else if (loop_now() - down_since > ROUTE_PATIENCE_MS)
		while (line)
			answered(NULL, "deliver-remote does not answer");
}
