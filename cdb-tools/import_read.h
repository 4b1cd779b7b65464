/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_READ_H
#define CDB_TOOLS_IMPORT_READ_H

/* Reading another system's tree, and nothing beside it: postern-import's. */
#include "cdb-tools/import.h"

/* Opens below root; no link on the way is followed. */
int import_open(const struct import *im, const char *path, int flags);
/* The text of a link, not followed: its length, or -1: it is none. */
ssize_t import_link(const struct import *im, const char *path, char *out,
    size_t size);
/* Reads a text: its lines by line_next; what is wrong in it is a problem at
 * import_read_end.  1, 0: not there (or a problem, told). */
int import_read(struct import *im, struct line_reader *r, const char *path);
/* import_read's: as UTF-8; lines that are not are taken for Latin-1. */
void import_utf8(stralloc *out, const char *s, size_t size);
void import_read_end(struct import *im, struct line_reader *r);
/* Names in a folder, sorted, each ended by NUL; 0 or -1. */
int import_names(const struct import *im, stralloc *out, const char *path);

#endif
