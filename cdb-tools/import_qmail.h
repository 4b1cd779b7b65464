/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_QMAIL_H
#define CDB_TOOLS_IMPORT_QMAIL_H

/* .qmail files, as vpopmail and people write them. */
#include "cdb-tools/import.h"

struct qmail_file {
	stralloc targets; /* addresses, each ended by NUL */
	bool keep;        /* a delivery to the mailbox itself */
	bool found;
};
/* Bare names get the domain.  What is neither address nor Maildir is a problem.
 */
void import_qmail(struct import *im, struct qmail_file *q, const char *path,
    const char *domain);

#endif
