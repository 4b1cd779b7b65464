/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_HASH_H
#define CDB_TOOLS_USERS_HASH_H

#include "cdb-tools/users_file.h"

/* Why no password can ever fit the hash, {SCHEME} in front; NULL: one may.  Told
 * from its shape; a hash that is none is no error in etc/users. */
const char *users_hash_never(const struct users_span *hash);
/* '!' or '*' in its place: on purpose. */
bool users_hash_locks(const struct users_span *hash);

#endif
