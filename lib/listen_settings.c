/* SPDX-License-Identifier: ISC */
#include "lib/listen_settings.h"

#include "lib/listen.h"
#include "lib/safefile.h"

static void
look(struct listen_settings *s, int i, enum setting which, unsigned *limit,
    bool first)
{
	if (setting_changed(&s->seen[i], setting_table[which].path) || first)
		*limit = (unsigned)setting_number_seen(&s->seen[i], which);
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
	look(s, 0, SETTING_CONNECTIONS, &l->all, first);
	look(s, 1, SETTING_CONNECTIONS_IP, &l->ip, first);
	look(s, 2, SETTING_CONNECTIONS_NET, &l->net, first);
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
