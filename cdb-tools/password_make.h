/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_PASSWORD_MAKE_H
#define CDB_TOOLS_PASSWORD_MAKE_H

/* New passwords: random, because users do not choose. */
#define PASSWORD_CHARS     16  /* of 31 letters and digits: 79 bits */
#define PASSWORD_HASH_SIZE 160 /* bytes, "{ARGON2ID}" and NUL included */

void password_make(char password[PASSWORD_CHARS + 1]);
/* Its hash, as etc/users holds it.  0, or -1: no memory. */
int password_hash(char hash[PASSWORD_HASH_SIZE], const char *password);

#endif
