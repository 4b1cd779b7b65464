/* SPDX-License-Identifier: ISC */
#ifndef LIB_SETTING_TABLE_H
#define LIB_SETTING_TABLE_H

/* The values of etc/, one a file: what each may be.  The daemons read by this
 * table (lib/safefile.h) and etccheck(8) judges by it, so that they cannot
 * disagree.  doc/ADMIN.md and postern-etc(5) are held against it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting {
	SETTING_AUTH_THREADS, /* numbers */
	SETTING_BUDGET,
	SETTING_CONNECTIONS,
	SETTING_CONNECTIONS_IP,
	SETTING_CONNECTIONS_NET,
	SETTING_DATABYTES,
	SETTING_DELAY_NOTICE,
	SETTING_INJECT_BUDGET,
	SETTING_LIFETIME,
	SETTING_MX_PORT,
	SETTING_POP3_SESSIONS,
	SETTING_QUEUE_MAX,
	SETTING_QUOTA_WARNING,
	SETTING_REMOTE_TIMEOUT,
	SETTING_RETRY,
	SETTING_WINDOW,
	SETTING_WINDOW_IPV6,
	SETTING_WINDOWS_MAX,
	SETTING_DNSSEC, /* words */
	SETTING_HIDE_CLIENT,
	SETTING_OVER_QUOTA,
	SETTING_SENDER_POLICY,
	SETTINGS
};
#define SETTING_WORDS_MAX 2
#define SETTING_AUTH_THREADS_MOST 6 /* 64 MiB each at work: authd's mem */

struct setting_row {
	const char *name, *path;
	const char *unit; /* of a number; NULL: it is a word */
	uint64_t fallback, least, most;
	const char *words[SETTING_WORDS_MAX]; /* the first is the default */
};
extern const struct setting_row setting_table[SETTINGS];

#define SETTING_WHY_SIZE 200 /* bytes, NUL included */
/* 1: it may be; *n is the number, or the word's place in words.  0: it may not;
 * why says what is wrong and what to write instead, in printable ASCII. */
int setting_judge(uint64_t *n, char why[SETTING_WHY_SIZE],
    const struct setting_row *row, const char *value, size_t len);

#endif
