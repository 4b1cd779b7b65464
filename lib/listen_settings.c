/* SPDX-License-Identifier: ISC */
#include "lib/listen_settings.h"

#include <errno.h>
#include <string.h>
#include "lib/listen.h"
#include "lib/log.h"
#include "lib/netfile.h"
#include "lib/safefile.h"

static bool
changed(struct stat *seen, const char *name)
{
	struct stat st = { 0 };

	if (stat(name, &st) == -1)
		memset(&st, 0, sizeof(st));
	if (st.st_ino == seen->st_ino && st.st_size == seen->st_size &&
	    st.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == seen->st_mtim.tv_nsec)
		return false;
	*seen = st;
	return true;
}

static unsigned
number(const char *name, unsigned fallback)
{
	return (unsigned)setting_number(name, fallback, 1, LISTEN_ALL_MOST);
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
	if (changed(&s->seen[0], "etc/connections") || first)
		l->all = number("connections", LISTEN_ALL_DEFAULT);
	if (changed(&s->seen[1], "etc/connections-ip") || first)
		l->ip = number("connections-ip", LISTEN_IP_DEFAULT);
	if (changed(&s->seen[2], "etc/connections-net") || first)
		l->net = number("connections-net", LISTEN_NET_DEFAULT);
	if (changed(&s->seen[3], "etc/proxies"))
		s->proxies = s->seen[3].st_ino != 0;
	return true;
}

int
listen_settings_proxy(struct listen_settings *s, const struct ip *ip,
    uint64_t now_ms)
{
	struct line_errors errors = { 0 };
	int r;

	if (!s->proxies)
		return 0;
	r = netfile_has("etc/proxies", ip, &errors);
	if (r == -1 && errno == ENOENT)
		r = 0;
	if (r == -1 && now_ms >= s->said_ms) {
		s->said_ms = now_ms + LISTEN_SAID_MS;
		sa_0(&errors.text);
		log_warn("etc/proxies: mend it, nobody is served until then: ",
		    errors.text.len ? errors.text.s : strerror(errno));
	}
	line_errors_free(&errors);
	return r;
}
