/* SPDX-License-Identifier: ISC */
#ifndef POP3D_UIDL_H
#define POP3D_UIDL_H

/* Unique ids (RFC 1939: 1 to 70 bytes of 0x21 to 0x7E), by the rule in
 * etc/uidl, so that customers who come from another server need not fetch all
 * their mail again:
 *   own                         the name up to its first ',', or a hash of it
 *   qmail                       the whole base name, as qmail-pop3d
 *   dovecot [FORMAT] [until=D]  from dovecot-uidlist; FORMAT as pop3_uidl_format
 *   courier [until=D]           from courierpop3dsizelist
 * Messages that are not in those files, or whose name's time is on or behind the
 * day D (2026-11-20), have our own ids. */
#include <stddef.h>
#include <stdint.h>

#define UIDL_MAX        70  /* bytes */
#define UIDL_QMAIL_MAX  255 /* bytes: qmail cuts nothing */
#define UIDL_FORMAT_MAX 31  /* bytes */

enum uidl_rule {
	UIDL_OWN,
	UIDL_QMAIL,
	UIDL_DOVECOT,
	UIDL_COURIER
};
struct uidl_setting {
	enum uidl_rule rule;
	uint64_t until; /* seconds; the name's time is below, UINT64_MAX: any */
	char format[UIDL_FORMAT_MAX + 1]; /* of UIDL_DOVECOT */
};
/* The first line of etc/uidl (empty: the default).  1, or 0: it is no rule. */
int uidl_setting(struct uidl_setting *u, const char *line, size_t len);
/* The id of a message by its base name (UIDL_OWN, and whatever is in no list;
 * or UIDL_QMAIL).  Its length; no NUL is added. */
size_t uidl_make(char out[UIDL_QMAIL_MAX], enum uidl_rule rule,
    const char *base, size_t len);
/* A Dovecot format (%u %v, with 08 and X) with these numbers.  Its length, or 0:
 * too long, or not understood. */
size_t uidl_format(char out[UIDL_MAX], const char *format, uint32_t uid,
    uint32_t validity);

#endif
