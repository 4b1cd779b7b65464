/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_READERS_H
#define CDB_TOOLS_IMPORT_READERS_H

#include "cdb-tools/import.h"

/* The readers: what they find below the root. */
void import_vpopmail(struct import *im, char **args, int n);
void import_vmailmgr(struct import *im, char **args, int n);
void import_postfix(struct import *im, char **args, int n);
void import_cpanel(struct import *im, char **args, int n);

/* :fail: text, :blackhole:, "|program", a system user: told, or turned into what
 * we have.  false: addresses. */
bool import_cpanel_special(struct import *im, struct line_reader *r,
    const stralloc *address, const char *value, size_t vlen);

#endif
