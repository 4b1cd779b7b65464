/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_IMPORT_APPLY_H
#define CDB_TOOLS_IMPORT_APPLY_H

/* From what was gathered to what is in force. */
#include "cdb-tools/import.h"

/* Drops what would lead nowhere, or back to where it came from, and says so. */
void import_settle(struct import *im);
/* Where a target leads at last; at: which new list, or new forward of the mailbox
 * that it comes to. */
enum import_end {
	IMPORT_NOWHERE,
	IMPORT_REFUSED,
	IMPORT_LIST,
	IMPORT_FORWARD,
	IMPORT_ELSE /* anything else that is right */
};
enum import_end import_end(
    const struct import *im, const char *target, size_t *at);
/* Of lists and forwards: takes out what closes a loop. */
void import_loops(struct import *im);
/* The report, for people. */
void import_report(struct import *im, bool apply);
/* import_text: what will be. */
void import_make(struct import *im);
/* Makes the new texts in a folder of their own and checks them there; they are
 * right, or the program ends (100) and nothing has changed. */
void import_stage(struct import *im);
/* Copies the mail, puts the texts in force, builds; undoes all when any of it
 * fails, and ends the program (111) then. */
void import_apply(struct import *im);
/* The texts and tables that will change get a second name, FILE.import: 0, or
 * -1, told. */
int import_keep(void);
/* Those are in force again, and nothing of the new ones: 0, or -1, told. */
int import_put_back(void);
/* The new ones stay. */
void import_keep_end(void);
void import_unstage(void);
/* The Maildir of a mailbox into mail/.import.NAME: 0, or -1, told. */
int import_mail_copy(struct import *im, struct import_box *box);
/* Counts what would be copied, and says what would not. */
void import_mail_look(struct import *im, struct import_box *box);
/* Unlinks what was copied, there. */
void import_mail_moved(struct import *im, const struct import_box *box);

/* The five texts, as they are and as they will be: between stage and apply. */
#define IMPORT_TEXTS 5
struct import_text {
	const char *path;
	stralloc old, new;
};
extern struct import_text import_text[IMPORT_TEXTS]; /* etc/users first */
/* The name of the file of a list's members: its own, where that may be one and none is there;
 * else one like it, with a number. */
void import_list_file(struct import *im, struct import_list *l);
/* Where a list's members go. */
void import_list_path(
    stralloc *path, const char *before, const struct import_list *l);
/* work in a process of its own, as checks end it: its exit code. */
int import_child(void (*work)(void));

#endif
