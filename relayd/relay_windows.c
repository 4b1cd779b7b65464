/* SPDX-License-Identifier: ISC */
#include "relayd/relay.h"

#include <stdio.h>
#include <string.h>
#include "lib/log.h"
#include "lib/setting_table.h"

#define FULL_LOG_MS 60000

struct ip
relay_mask(const struct relay *r, const struct ip *ip)
{
	struct ip masked = *ip;

	if (!ip_is_v4(ip))
		ip_mask(&masked, (unsigned)r->settings.value[SETTINGS_V6BITS]);
	return masked;
}

uint32_t
relay_now_s(const struct relay *r)
{
	return (uint32_t)(r->now_ms / 1000);
}

static void
say(const char *event, const struct window *w, const char *key,
    const char *value)
{
	char ip[IP_TEXT_SIZE], mailbox[ADDR_MAILBOX_MAX + 1];

	ip_format(ip, &w->ip);
	windows_mailbox(mailbox, w);
	log_event(event, "ip", ip, "mailbox", mailbox, key, value);
}

/* journalled: it must not come back at a restart. */
static void
end_window(struct relay *r, struct window *w, const char *reason,
    bool journalled)
{
	say("window-closed", w, "reason", reason);
	if (journalled)
		journal_closed(&r->journal, &w->ip, w->mailbox);
	windows_close(&r->windows, w);
	r->counts.closed++;
}

void
relay_expire(struct relay *r)
{
	struct window *w;

	while ((w = windows_first(&r->windows)) != NULL &&
	    w->expires <= relay_now_s(r))
		end_window(r, w, "expired", false);
}

/* The limits: one more of this mailbox, one more in all. */
static void
make_room(struct relay *r, const char *mailbox)
{
	struct window *w, *oldest = NULL;
	unsigned n = 0;

	for (w = windows_of_mailbox(&r->windows, mailbox); w;
	    w = windows_next_of_mailbox(&r->windows, w)) {
		n++;
		if (!oldest || w->renewed < oldest->renewed)
			oldest = w;
	}
	if (n >= RELAYD_WINDOWS_MAILBOX_MAX)
		end_window(r, oldest, "too-many-of-mailbox", true);
	if (r->windows.n < r->settings.value[SETTINGS_WINDOWS_MAX])
		return;
	if (!r->full_ms || r->now_ms - r->full_ms >= FULL_LOG_MS) {
		r->full_ms = r->now_ms;
		log_warn("as many windows as etc/windows-max allows (",
		    log_num(r->settings.value[SETTINGS_WINDOWS_MAX]),
		    "): the ones that end first yield");
	}
	while (r->windows.n >= r->settings.value[SETTINGS_WINDOWS_MAX])
		end_window(r, windows_first(&r->windows), "too-many", true);
}

void
relay_open(struct relay *r, const struct ip *ip, const char *mailbox,
    uint64_t seconds, struct relayd_answer *an)
{
	struct ip masked = relay_mask(r, ip);
	uint32_t now = relay_now_s(r), ends;
	struct window *w;
	bool fresh;

	if (!seconds)
		seconds = settings_now(&r->settings, SETTINGS_WINDOW);
	if (seconds > setting_table[SETTING_WINDOW].most)
		seconds = setting_table[SETTING_WINDOW].most;
	ends = now + (uint32_t)seconds;
	w = windows_find(&r->windows, &masked, mailbox);
	an->op = 'Y';
	if (w && w->expires == ends && w->renewed == now)
		return;
	if (!w)
		make_room(r, mailbox);
	w = windows_open(&r->windows, &masked, mailbox, now, ends, &fresh);
	if (!w) {
		an->op = 'T';
		snprintf(an->v.reason, sizeof an->v.reason, "out of memory");
		return;
	}
	journal_opened(&r->journal, &w->ip, w->mailbox, w->expires);
	if (fresh)
		r->counts.opened++;
	else
		r->counts.renewed++;
	if (fresh || now - w->logged >= RELAY_LOG_SECONDS) {
		w->logged = now;
		say(fresh ? "window-opened" : "window-renewed", w, "seconds",
		    log_num(seconds));
	}
}

/* The next window that a close means, or NULL. */
static struct window *
next_to_close(struct relay *r, const struct ip *masked, const char *mailbox)
{
	if (!masked)
		return windows_of_mailbox(&r->windows, mailbox);
	if (!*mailbox)
		return windows_of_ip(&r->windows, masked);
	return windows_find(&r->windows, masked, mailbox);
}

void
relay_close(struct relay *r, const struct ip *ip, const char *mailbox,
    struct relayd_answer *an)
{
	struct ip masked;
	struct window *w;

	if (ip)
		masked = relay_mask(r, ip);
	while ((w = next_to_close(r, ip ? &masked : NULL, mailbox)) != NULL) {
		end_window(r, w, "closed", true);
		an->count++;
	}
	if (*mailbox)
		seal_revoke(&r->seal, mailbox, NULL, r->now_ms);
	else
		seal_revoke(&r->seal, NULL, &masked, r->now_ms);
	if (an->count)
		journal_settle(&r->journal);
	an->op = 'Y';
}

void
relay_restore_window(void *arg, const struct ip *ip, const char *mailbox,
    uint32_t left)
{
	struct relay *r = arg;
	struct window *w;
	bool fresh;

	if (left && (r->windows.n < r->settings.value[SETTINGS_WINDOWS_MAX] ||
	    windows_find(&r->windows, ip, mailbox))) {
		windows_open(&r->windows, ip, mailbox, relay_now_s(r),
		    relay_now_s(r) + left, &fresh);
	} else if (!left) {
		w = windows_find(&r->windows, ip, mailbox);
		if (w)
			windows_close(&r->windows, w);
	}
}

void
relay_close_all(void *arg)
{
	struct relay *r = arg;
	struct window *w;

	while ((w = windows_first(&r->windows)) != NULL)
		windows_close(&r->windows, w);
}
