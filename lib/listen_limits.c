/* SPDX-License-Identifier: ISC */
#include "lib/listen_limits.h"

#include <string.h>

#define BITS_V4_NET  120 /* a /24, counted in 128 */
#define BITS_V6_HOST 64
#define BITS_V6_NET  48

static struct ip
masked(const struct ip *ip, unsigned v4, unsigned v6)
{
	struct ip m = *ip;

	ip_mask(&m, ip_is_v4(ip) ? v4 : v6);
	return m;
}

const char *
listen_limits_passed(const struct listen_limits *l, const struct ip *ip,
    bool uncounted)
{
	struct ip host = masked(ip, 128, BITS_V6_HOST);
	struct ip net = masked(ip, BITS_V4_NET, BITS_V6_NET);
	unsigned i, hosts = 0, nets = 0, bits = ip_is_v4(ip) ? 15 : 6;

	if (l->n >= l->all || l->n >= LISTEN_SESSIONS_MAX)
		return "connections";
	if (uncounted)
		return NULL;
	for (i = 0; i < l->n; i++) {
		/* net ends on a byte: /24 of IPv4 is 15 bytes, /48 six */
		if (l->live[i].uncounted ||
		    memcmp(l->live[i].ip.b, net.b, bits) != 0)
			continue;
		nets++;
		hosts += ip_equal(&l->live[i].ip, &host);
	}
	if (hosts >= l->ip)
		return "connections-ip";
	return nets >= l->net ? "connections-net" : NULL;
}

void
listen_limits_add(struct listen_limits *l, pid_t pid, const struct ip *ip,
    bool uncounted)
{
	struct listen_live *live;

	if (l->n >= LISTEN_SESSIONS_MAX)
		return;
	live = &l->live[l->n++];
	live->pid = pid;
	live->own = true;
	live->uncounted = uncounted;
	live->ip = masked(ip, 128, BITS_V6_HOST);
}

bool
listen_limits_remove(struct listen_limits *l, pid_t pid,
    struct listen_live *live)
{
	unsigned i;

	for (i = 0; i < l->n; i++) {
		if (l->live[i].pid != pid)
			continue;
		*live = l->live[i];
		l->live[i] = l->live[--l->n];
		return true;
	}
	return false;
}

bool
listen_marked(const struct listen_marks *m, const struct ip *ip,
    uint64_t now_ms)
{
	struct ip host = masked(ip, 128, BITS_V6_HOST);
	unsigned i;

	for (i = 0; i < LISTEN_MARKS_MAX; i++)
		if (m->mark[i].until_ms > now_ms &&
		    ip_equal(&m->mark[i].ip, &host))
			return true;
	return false;
}

bool
listen_mark(struct listen_marks *m, const struct ip *ip, uint64_t now_ms,
    uint64_t for_ms)
{
	if (listen_marked(m, ip, now_ms))
		return false;
	m->mark[m->next].ip = masked(ip, 128, BITS_V6_HOST);
	m->mark[m->next].until_ms = now_ms + for_ms;
	m->next = (m->next + 1) % LISTEN_MARKS_MAX;
	return true;
}

void
listen_limits_merge(struct listen_limits *l, const struct listen_limits *from,
    bool own_only)
{
	unsigned i;

	l->slow = from->slow;
	if (l->slow.next >= LISTEN_MARKS_MAX)
		l->slow.next = 0;
	for (i = 0; i < from->n && i < LISTEN_SESSIONS_MAX; i++) {
		if ((own_only && !from->live[i].own) ||
		    l->n >= LISTEN_SESSIONS_MAX || from->live[i].pid <= 1)
			continue;
		l->live[l->n] = from->live[i];
		l->live[l->n++].own = false;
	}
}
