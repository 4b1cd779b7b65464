/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_LIST_H
#define DELIVER_LIST_H

/* Mailing lists: the record of etc/lists, and who came and left by mail.
 *
 * Members are compared without case, and written to as they are given.
 * mail/.lists/NAME has an address a line: one that subscribed, or, with '-' in
 * front, one of etc/lists.d/NAME that has left.  It is replaced whole, under a
 * lock (.NAME.lock). */
#include <stdbool.h>
#include "deliver/local_job.h"
#include "lib/sa.h"
#include "lib/token.h"

#define LIST_CHANGES_MAX   16777216 /* bytes of mail/.lists/NAME */
#define LIST_CONFIRM_DAYS  7        /* a confirmation is good for */
#define LIST_ANSWER_SECONDS 3600    /* between answers to one address */
#define LIST_ANSWERS_MAX   500      /* in LIST_ANSWER_SECONDS, to all */

struct list {
	stralloc address, owner, file, post, options;
	stralloc fixed;   /* members of etc/, NUL-ended strings */
	stralloc changes; /* mail/.lists/NAME as it is */
};
/* 1; 0: no such list; -1: a table or file cannot be read. */
int list_open(struct list *l, const char *address);
void list_free(struct list *l);
/* "", or the value of an option ("url="), or the word itself ("verp"). */
const char *list_option(const struct list *l, const char *name, stralloc *out);
/* All members, NUL-ended strings. */
void list_members(stralloc *out, const struct list *l);
bool list_has(const struct list *l, const char *member);
bool list_may_post(const struct list *l, const char *sender);
/* "staff-bounces@widget.example" */
void list_name(stralloc *out, const struct list *l, const char *suffix);
/* Can it stand in mail/.lists/NAME?  '-' and '#' in front mean something there. */
bool list_is_plain(const char *member);
/* Adds or removes a member, durably.  0 or -1. */
int list_change(struct list *l, const char *member, bool join);

/* The sender as lists know it: as envelopes carry it, without a BATV tag. */
void list_person(stralloc *out, const char *sender);
/* The header lines of a copy; key: for {token}, "" without a URL. */
void list_head(stralloc *out, char key[TOKEN_KEY_BYTES + 1],
    const struct list *l);
/* Takes the lines of another list of ours out: a copy has one List-Id. */
void list_head_strip(stralloc *head);
/* The tag of a confirmation; today: the day it is made for. */
void list_token(stralloc *out, const struct list *l, const char *member,
    bool join, uint64_t wall_s);
/* What a tag confirms: 's' or 'u', or 0: nothing, or not any more. */
char list_confirms(const struct list *l, const char *tag, const char *member,
    uint64_t wall_s);

/* Mail to a list, or to one of its addresses.  The answer is out: 0 or -1. */
int list_post(struct local_job *job, int conn, const char *address);
int list_command(struct local_job *job, int conn, const char *address,
    enum alias_command command, const char *tag);

#endif
