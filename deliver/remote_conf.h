/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_CONF_H
#define DELIVER_REMOTE_CONF_H

/* deliver-remote's part of etc/, read again when a file has changed.
 *
 *   me           our name in EHLO; a mail host of that name is a loop
 *   routes, smarthosts                       see smarthosts(5)
 *   source-ipv4, source-ipv6                 addresses to send from
 *   mx-port      port of mail hosts found by MX (default 25); for tests and
 *                labs: where it is set, mail hosts may be loopback addresses
 *   remote-timeout  seconds; no wait for a server is longer (default: RFC
 * 5321's own timeouts) */
#include "deliver/remote_routes.h"
#include "lib/sa.h"

#define REMOTE_KEY_MAX (ROUTES_PATTERN_MAX + 8) /* bytes */

struct remote_conf {
	stralloc me; /* NUL-ended */
	struct remote_routes routes;
	struct smtp_settings settings;
	uint16_t mx_port;
	bool mx_loopback; /* mx-port is set */
	unsigned timeout_cap;
	unsigned generation; /* changes with every reading */
	bool has_routes, has_smarthosts; /* the files were there */
	bool good;       /* it was read without a mistake */
	stralloc broken; /* not empty: what is wrong; nothing is delivered */
};

/* Looks whether files have changed and reads them.  Errors are logged once; what
 * was good before stays. */
void remote_conf_refresh(struct remote_conf *conf);
/* The part that may have mistakes: routes, smarthosts, source addresses. */
void remote_conf_texts(struct remote_conf *conf, struct line_errors *errors);
/* Where mail for a domain goes: "smarthost", "route:PATTERN" or the domain. */
void remote_conf_key(char key[REMOTE_KEY_MAX + 1],
    const struct remote_conf *conf, const char *domain);

#endif
