/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_REPLY_H
#define DELIVER_SMTP_REPLY_H

/* One reply of an SMTP or LMTP server, parsed as its bytes come in.
 *
 * Pure.  Whatever a server sends, a reply takes a fixed amount of memory and
 * ends: past a limit it is broken.  Text is made printable (ASCII) here. */
#include <stdbool.h>
#include <stddef.h>

#define SMTP_LINE_MAX   2048 /* bytes of a line, CRLF included; RFC 5321: 512 */
#define SMTP_LINES_MAX  128  /* lines of a reply */
#define SMTP_REPLY_MAX  16384 /* bytes of a reply */
#define SMTP_KEEP_MAX   2048  /* bytes of its text that are kept */
#define SMTP_STATUS_MAX 11    /* bytes of "5.123.123" and NUL, and a spare */

struct smtp_reply {
	int code;                     /* 200 to 599 */
	char status[SMTP_STATUS_MAX]; /* "5.1.1" (RFC 2034), or "" */
	char text[SMTP_KEEP_MAX + 1]; /* of all lines, each ended by '\n' */
	/* the parser's */
	size_t textlen, total, column;
	unsigned lines;
	int linecode;
	bool cr, last;
};

void smtp_reply_init(struct smtp_reply *r);
/* Takes bytes up to the end of the reply; *used says how many.  1: whole.  0:
 * more to come.  -1: broken (no code, codes that differ, too long). */
int smtp_reply_feed(
    struct smtp_reply *r, const char *buf, size_t len, size_t *used);
/* "550 5.1.1 no such user", the lines joined by blanks; cut to size. */
void smtp_reply_format(char *out, size_t size, const struct smtp_reply *r);
/* The status, or the general one of the code: "4.0.0". */
const char *smtp_reply_status(const struct smtp_reply *r);
/* Is it 2xx (3xx, 4xx, 5xx): the first digit. */
int smtp_reply_class(const struct smtp_reply *r);
/* A status "4.7.1" at the beginning of s whose class is that of code.  Length
 * of it, or 0. */
size_t smtp_status_scan(const char *s, int code);

#endif
