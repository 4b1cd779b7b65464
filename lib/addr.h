/* SPDX-License-Identifier: ISC */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

/* Mail addresses, as SMTP carries them and as the tables hold them.
 *
 * As envelopes carry one: the local part unquoted where the quotes are not
 * needed, '@', domain lower-cased (A-labels; no trailing dot).  The case of a
 * local part is for its own host to read (RFC 5321 section 2.4); here it means
 * nothing: look-ups go by the normal form, lower-cased as a whole, and two
 * addresses are compared with strcasecmp.  Limits are RFC
 * 5321 section 4.5.3.1, but for the local part, which senders make longer than
 * its 64 bytes (VERP, SRS).  Quoted local parts, address literals ("[192.0.2.1]")
 * and source routes ("<@a,@b:c@d>", dropped) are understood. UTF-8 is refused
 * (no SMTPUTF8). */
#include <stdbool.h>
#include <stddef.h>
#include "lib/sa.h"

#define ADDR_LOCAL_MAX  255 /* bytes */
#define ADDR_DOMAIN_MAX 255 /* bytes */
#define ADDR_MAX        320 /* bytes of local@domain */

/* Parses a path argument as MAIL and RCPT carry it, beginning at '<'.  Without
 * angle brackets the address is what stands before the first blank; who wants
 * to be strict looks at s[0].  *out: the address with its case kept, empty for
 * "<>", and without '@' only for postmaster.  *used: bytes read.  1, or 0: not
 * a path, *why says what is wrong. */
int addr_parse_path(
    stralloc *out, const char *s, size_t len, size_t *used, const char **why);
/* Is this local@domain, whole, within the limits?  A dot behind the domain is
 * let pass.  1, or 0 with *why. */
int addr_check(const char *s, size_t len, const char **why);
/* Is this a domain name (or an A-label one), within the limits? */
bool addr_is_domain(const char *s, size_t len);
/* An address that addr_check accepts, as envelopes carry it. */
void addr_envelope(stralloc *out, const char *s, size_t len);
/* ... in normal form. */
void addr_normalise(stralloc *out, const char *s, size_t len);
/* Where the last '@' is, or len when there is none. */
size_t addr_at(const char *s, size_t len);
/* Is this a mailbox name: 1 to 32 of a-z 0-9 . _ -, first a letter or digit,
 * no ".." in it?  Safe as one path component.  Upper case is not accepted:
 * fold first. */
#define ADDR_MAILBOX_MAX 32 /* bytes */
bool addr_is_mailbox(const char *s, size_t len);

#endif
