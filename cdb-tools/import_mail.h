/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_MAIL_H
#define CDB_TOOLS_IMPORT_MAIL_H

/* One mailbox's mail on its way: for import_mail.c and import_file.c. */
#include "cdb-tools/import.h"

struct import_copy {
	struct import *im;
	struct import_box *box;
	uid_t owner; /* of the source */
	bool failed, removing;
	bool looking; /* what would be copied, and what not */
};
/* Gives what is made to whoever reads it: p-mail.  0 or -1. */
int import_give(int fd);
/* What could not be done; the whole import ends. */
void import_copy_failed(
    struct import_copy *c, const char *what, const char *name);
/* What is not taken, and why. */
void import_left(struct import_copy *c, const char *name, const char *why);
/* 1: copied (or would be), 0: not taken (told). */
int import_copy_file(
    struct import_copy *c, int from_dir, int to_dir, const char *name);

#endif
