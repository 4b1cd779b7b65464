/* SPDX-License-Identifier: ISC */
#include "lib/listen_settings.h"

#include "lib/listen.h"
#include "lib/safefile.h"

static unsigned
number(struct stat *seen, const char *name, unsigned fallback)
{
	return (unsigned)setting_number_seen(
	    seen, name, fallback, 1, LISTEN_ALL_MOST);
}

bool
listen_settings_look(struct listen_settings *s, struct listen_limits *l,
    uint64_t now_ms)
{
	bool first = !s->looked;

	if (!first && now_ms < s->looked_ms + LISTEN_TICK_MS)
		return false;
	s->looked = true;
	s->looked_ms = now_ms;
	if (setting_changed(&s->seen[0], "etc/connections") || first)
		l->all = number(&s->seen[0], "connections", LISTEN_ALL_DEFAULT);
	if (setting_changed(&s->seen[1], "etc/connections-ip") || first)
		l->ip = number(&s->seen[1], "connections-ip", LISTEN_IP_DEFAULT);
	if (setting_changed(&s->seen[2], "etc/connections-net") || first)
		l->net = number(&s->seen[2], "connections-net", LISTEN_NET_DEFAULT);
	s->proxies.path = "etc/proxies";
	netfile_look(&s->proxies, "nobody is served until it is mended");
	return true;
}

int
listen_settings_proxy(const struct listen_settings *s, const struct ip *ip)
{
	return s->proxies.state == NETFILE_BROKEN ? -1
						  : netfile_has(&s->proxies, ip);
}
