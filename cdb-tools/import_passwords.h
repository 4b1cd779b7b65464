/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_PASSWORDS_H
#define CDB_TOOLS_IMPORT_PASSWORDS_H

/* The passwords of another system: Dovecot's passwd-file by address, or a shadow
 * file by name.  For import_postfix.c. */
#include "cdb-tools/import.h"

struct import_password;
struct import_passwords {
	struct names users; /* who has one */
	struct import_password *password; /* by user */
};
void import_passwords_start(struct import_passwords *p);
void import_passwords_free(struct import_passwords *p);
/* Reads one file more. */
void import_passwords(struct import_passwords *p, struct import *im,
    const char *path);
/* The password of an address or a name, with quota and state where its line tells
 * them, goes to f: was there one?  f->hash lives as long as p. */
bool import_password(const struct import_passwords *p, struct import_found *f,
    const char *who);

#endif
