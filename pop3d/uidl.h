/* SPDX-License-Identifier: ISC */
#ifndef POP3D_UIDL_H
#define POP3D_UIDL_H

/* Unique ids (RFC 1939: 1 to 70 bytes of 0x21 to 0x7E), by the rule in
 * etc/uidl. */
#include <stddef.h>

#define UIDL_MAX 70 /* bytes */

enum uidl_rule {
	UIDL_OWN /* the name's part before its first ',', or a hash of it */
};
/* The rule of that name (empty: the default).  1, or 0: no such rule. */
int uidl_rule(enum uidl_rule *rule, const char *name, size_t len);
/* The id of a message by its base name.  Its length; no NUL is added. */
size_t uidl_make(
    char out[UIDL_MAX], enum uidl_rule rule, const char *base, size_t len);

#endif
