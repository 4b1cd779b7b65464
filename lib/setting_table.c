/* SPDX-License-Identifier: ISC */
#include "lib/setting_table.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "lib/listen_limits.h"
#include "lib/text.h"

#define SHOWN_MAX  60 /* bytes of a wrong value that are repeated */
#define DAY        86400
#define BYTES_MOST (UINT64_C(1) << 32) /* fsize of conf-services */

#define NUMBER(name, unit, fallback, least, most) \
	{ name, "etc/" name, unit, fallback, least, most, { NULL } }
#define WORD(name, ...) { name, "etc/" name, NULL, 0, 0, 0, { __VA_ARGS__ } }

const struct setting_row setting_table[SETTINGS] = {
	/* 0: as many as there are processors */
	[SETTING_AUTH_THREADS] = NUMBER("auth-threads", "threads", 0, 1,
	    SETTING_AUTH_THREADS_MOST),
	[SETTING_BUDGET] =
	    NUMBER("budget", "recipients an hour", 500, 0, 1000000),
	[SETTING_CONNECTIONS] =
	    NUMBER("connections", "connections", 1000, 1, LISTEN_SESSIONS_MAX),
	[SETTING_CONNECTIONS_IP] =
	    NUMBER("connections-ip", "connections", 150, 1, LISTEN_SESSIONS_MAX),
	[SETTING_CONNECTIONS_NET] =
	    NUMBER("connections-net", "connections", 500, 1, LISTEN_SESSIONS_MAX),
	[SETTING_DATABYTES] =
	    NUMBER("databytes", "bytes", 52428800, 1, BYTES_MOST),
	[SETTING_DELAY_NOTICE] =
	    NUMBER("delay-notice", "seconds", 14400, 0, 365 * DAY),
	[SETTING_INJECT_BUDGET] =
	    NUMBER("inject-budget", "recipients an hour", 1000, 1, 1000000000),
	[SETTING_LIFETIME] =
	    NUMBER("lifetime", "seconds", 432000, 1, 365 * DAY),
	[SETTING_MX_PORT] = NUMBER("mx-port", "a port", 25, 1, 65535),
	[SETTING_POP3_SESSIONS] =
	    NUMBER("pop3-sessions", "sessions", 1000, 1, 3500),
	[SETTING_QUEUE_MAX] =
	    NUMBER("queue-max", "messages", 1000000, 1, 1000000000),
	[SETTING_QUOTA_WARNING] = NUMBER("quota-warning", "percent", 90, 0, 100),
	[SETTING_REMOTE_TIMEOUT] =
	    NUMBER("remote-timeout", "seconds", 0, 0, 3600),
	[SETTING_RETRY] = NUMBER("retry", "seconds", 60, 1, DAY),
	[SETTING_WINDOW] = NUMBER("window", "seconds", 1800, 1, 604800),
	[SETTING_WINDOW_IPV6] = NUMBER("window-ipv6", "bits", 64, 32, 128),
	[SETTING_WINDOWS_MAX] =
	    NUMBER("windows-max", "windows", 200000, 1, 1000000),
	[SETTING_DNSSEC] = WORD("dnssec", "no", "yes"),
	[SETTING_HIDE_CLIENT] = WORD("hide-client", "no", "yes"),
	[SETTING_OVER_QUOTA] = WORD("over-quota", "defer", "refuse"),
	[SETTING_SENDER_POLICY] = WORD("sender-policy", "own", "any"),
};

static bool
is_digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		;
	return len && i == len;
}

static void
show(char out[SHOWN_MAX + 1], const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < SHOWN_MAX; i++)
		out[i] = (char)(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	out[i] = 0;
}

static int
judge_number(uint64_t *n, char why[SETTING_WHY_SIZE],
    const struct setting_row *row, const char *value, size_t len)
{
	char shown[SHOWN_MAX + 1];
	bool fits = text_scan(n, value, len) == len;

	if (len && fits && *n >= row->least && *n <= row->most)
		return 1;
	show(shown, value, len);
	snprintf(why, SETTING_WHY_SIZE,
	    "'%s' is %s; write %" PRIu64 " to %" PRIu64 " (%s)", shown,
	    !is_digits(value, len)    ? "not a number"
	    : fits && *n < row->least ? "too small"
				      : "too large",
	    row->least, row->most, row->unit);
	return 0;
}

int
setting_judge(uint64_t *n, char why[SETTING_WHY_SIZE],
    const struct setting_row *row, const char *value, size_t len)
{
	char shown[SHOWN_MAX + 1];
	size_t i;

	if (row->unit)
		return judge_number(n, why, row, value, len);
	for (i = 0; i < SETTING_WORDS_MAX && row->words[i]; i++)
		if (len == strlen(row->words[i]) &&
		    !memcmp(value, row->words[i], len)) {
			*n = i;
			return 1;
		}
	show(shown, value, len);
	snprintf(why, SETTING_WHY_SIZE,
	    "'%s' is not a word of this setting; write %s or %s", shown,
	    row->words[0], row->words[1]);
	return 0;
}
