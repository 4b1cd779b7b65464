/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_ALIAS_PARTS_H
#define CDB_TOOLS_ALIAS_PARTS_H

/* What a local part means by its form alone: for the look-ups and for aliasdb,
 * which have to agree.  s: as envelopes carry it. */
#include "cdb-tools/cdb-tools.h"

/* Where the tag begins ("fred+tag": 4), or the whole length.  A quoted local
 * part has none, nor has one that begins with '+'. */
size_t alias_untagged(const char *s, size_t len);
/* RFC 5321 wants a postmaster of every domain, RFC 2142 an abuse; neither may
 * drown in a catch-all. */
bool alias_is_role(const char *s, size_t len);
/* "srs0=..." or "srs1=..." */
bool alias_is_srs(const char *s, size_t len);
/* "staff-subscribe": ALIAS_SUBSCRIBE, *len then that of "staff"; ALIAS_POST:
 * no command. */
enum alias_command alias_command(const char *s, size_t *len);

#endif
