/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_SOURCE_PARTS_H
#define CDB_TOOLS_SOURCE_PARTS_H

/* What the source_*.c files share; nobody else includes this. */
#include "cdb-tools/source.h"

/* Opens a text; a missing one is empty.  Ends the program when it cannot. */
void source_open(
    struct source *src, struct line_reader *r, const char *file, size_t max);
/* s as a C string for messages, good for the next 7 calls; cut when long. */
const char *source_show(const char *s, size_t len);
/* The name in m that s was probably meant to be, or -1. */
long source_like(const struct source *src, const struct keymap *m,
    const char *s, size_t len);
/* Room for one more: doubles at powers of two. */
void *source_grow(void *p, size_t n, size_t size);

/* Checks an address at that place; false: reported. */
bool source_is_address(struct source *src, const struct line_reader *r,
    unsigned column, const char *s, size_t len);
bool source_is_domain(struct source *src, const struct line_reader *r,
    unsigned column, const char *s, size_t len);
/* Its domain must be one of ours, and no alias of another. */
bool source_is_ours(struct source *src, const struct line_reader *r,
    unsigned column, const char *domain, size_t len);
/* Finds the mailbox (any case); -1: reported, with what it may have been.
 * subject begins the message: "", or "fred@widget.com: ". */
long source_mailbox(struct source *src, const struct line_reader *r,
    unsigned column, const char *subject, const char *s, size_t len);
void source_twice(struct source *src, const struct line_reader *r,
    unsigned column, const char *s, size_t len, unsigned long before);
/* Reports that an address of ours leads nowhere, with what was probably meant.
 */
void source_unknown(struct source *src, const char *file, unsigned long line,
    unsigned column, const char *subject, const char *s, size_t len);
/* Adds an address to what a node passes on to. */
void source_add_ref(struct source *src, const char *file, unsigned long line,
    unsigned column, const char *s, size_t len);

void source_read_mailboxes(struct source *src);
void source_read_domains(struct source *src);
void source_read_postmaster(struct source *src);
void source_read_lists(struct source *src);
void source_read_aliases(struct source *src, stralloc *text);
void source_read_forwards(struct source *src);
void source_read_senders(struct source *src);
void source_read_replies(struct source *src);
void source_check_aliases(struct source *src);
void source_check_nodes(struct source *src);
/* What is wrong with a line that line_pair does not take. */
const char *source_no_pair(const char *line);
/* May a list's members stand in a file of that name? */
bool source_is_file_name(const char *s, size_t len);

#endif
