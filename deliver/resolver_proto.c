/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_proto.h"
#include <errno.h>
#include <string.h>
#include "lib/msg.h"

#define STATUS_SIZE    16 /* bytes, NUL included */
#define FLAG_SIZE      2  /* bytes: "0" or "1" and NUL */
#define PREFERENCE_MAX 65535
#define PORT_MAX       65535

static const char *const status_names[] = { "found", "nullmx", "nxdomain",
	"nodata", "temp", "bogus", "down" };

const char *
resolver_status_name(enum resolver_status status)
{
	return status_names[status];
}

static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

long
resolver_request_put(char *buf, size_t size, const struct resolver_request *req)
{
	struct msg_writer w;
	char ip[IP_TEXT_SIZE];

	msg_start(&w, buf, size, req->op);
	msg_putn(&w, DELIVER_VERSION);
	if (req->op == 'L')
		msg_putn(&w, req->port);
	if (req->op == 'P') {
		ip_format(ip, &req->ip);
		msg_puts(&w, ip);
	} else {
		msg_puts(&w, req->name);
	}
	return msg_end(&w);
}

int
resolver_request_scan(
    struct resolver_request *req, const char *wire, size_t len)
{
	struct msg_reader r;
	char ip[IP_TEXT_SIZE] = "";
	uint64_t version = 0, port = 0;

	memset(req, 0, sizeof(*req));
	if (msg_open(&r, wire, len) == -1)
		return -1;
	req->op = r.op;
	if (!r.op || !strchr("MAPL", r.op))
		return broken();
	msg_getn(&r, &version, DELIVER_VERSION);
	if (r.op == 'L')
		msg_getn(&r, &port, PORT_MAX);
	if (r.op == 'P')
		msg_gets(&r, ip, sizeof(ip));
	else
		msg_gets(&r, req->name, sizeof(req->name));
	if (msg_close(&r) == -1)
		return -1;
	req->port = (uint16_t)port;
	if (version != DELIVER_VERSION)
		return broken();
	if (r.op == 'P' && ip_parse(&req->ip, ip) != 1)
		return broken();
	return 0;
}

static void
put_head(struct msg_writer *w, char *buf, size_t size,
    enum resolver_status status, bool secure)
{
	msg_start(w, buf, size, 'Y');
	msg_puts(w, resolver_status_name(status));
	msg_puts(w, secure ? "1" : "0");
}

static int
scan_head(struct msg_reader *r, const char *wire, size_t len,
    enum resolver_status *status, bool *secure)
{
	char name[STATUS_SIZE], flag[FLAG_SIZE];
	int i;

	if (msg_open(r, wire, len) == -1)
		return -1;
	if (r->op != 'Y' || msg_gets(r, name, sizeof(name)) == -1 ||
	    msg_gets(r, flag, sizeof(flag)) == -1)
		return broken();
	if (strcmp(flag, "0") != 0 && strcmp(flag, "1") != 0)
		return broken();
	*secure = flag[0] == '1';
	for (i = RESOLVER_FOUND; i < RESOLVER_DOWN; i++)
		if (strcmp(name, status_names[i]) == 0) {
			*status = (enum resolver_status)i;
			return 0;
		}
	return broken();
}

static void
put_host(struct msg_writer *w, const struct resolver_host *h)
{
	char ip[IP_TEXT_SIZE];
	unsigned i;

	msg_putn(w, h->preference);
	msg_puts(w, h->name);
	msg_putn(w, h->naddrs);
	for (i = 0; i < h->naddrs; i++) {
		ip_format(ip, &h->addrs[i]);
		msg_puts(w, ip);
	}
}

long
resolver_hosts_put(char *buf, size_t size, const struct resolver_answer *a)
{
	struct msg_writer w;
	unsigned i;

	put_head(&w, buf, size, a->status, a->secure);
	if (a->status == RESOLVER_FOUND)
		for (i = 0; i < a->nhosts; i++)
			put_host(&w, &a->hosts[i]);
	return msg_end(&w);
}

static int
scan_host(struct msg_reader *r, struct resolver_host *h)
{
	char ip[IP_TEXT_SIZE];
	uint64_t preference, naddrs;

	if (msg_getn(r, &preference, PREFERENCE_MAX) == -1 ||
	    msg_gets(r, h->name, sizeof(h->name)) == -1 ||
	    msg_getn(r, &naddrs, RESOLVER_ADDRS_MAX) == -1)
		return broken();
	h->preference = (unsigned)preference;
	for (h->naddrs = 0; h->naddrs < naddrs; h->naddrs++)
		if (msg_gets(r, ip, sizeof(ip)) == -1 ||
		    ip_parse(&h->addrs[h->naddrs], ip) != 1)
			return broken();
	return 0;
}

int
resolver_hosts_scan(struct resolver_answer *a, const char *wire, size_t len)
{
	struct msg_reader r;

	a->nhosts = 0;
	if (scan_head(&r, wire, len, &a->status, &a->secure) == -1)
		return -1;
	while (msg_more(&r)) {
		if (a->nhosts == RESOLVER_HOSTS_MAX)
			return broken();
		if (scan_host(&r, &a->hosts[a->nhosts]) == -1)
			return -1;
		a->nhosts++;
	}
	if ((a->nhosts != 0) != (a->status == RESOLVER_FOUND))
		return broken();
	return msg_close(&r);
}

long
resolver_list_put(char *buf, size_t size, const struct resolver_list *l)
{
	struct msg_writer w;
	unsigned i;

	put_head(&w, buf, size, l->status, l->secure);
	if (l->status == RESOLVER_FOUND)
		for (i = 0; i < l->nitems; i++)
			msg_puts(&w, l->items[i]);
	return msg_end(&w);
}

int
resolver_list_scan(struct resolver_list *l, const char *wire, size_t len)
{
	struct msg_reader r;

	l->nitems = 0;
	if (scan_head(&r, wire, len, &l->status, &l->secure) == -1)
		return -1;
	while (msg_more(&r)) {
		if (l->nitems == RESOLVER_ITEMS_MAX)
			return broken();
		if (msg_gets(&r, l->items[l->nitems], RESOLVER_ITEM_SIZE) == -1)
			return -1;
		l->nitems++;
	}
	if ((l->nitems != 0) != (l->status == RESOLVER_FOUND))
		return broken();
	return msg_close(&r);
}
