/* SPDX-License-Identifier: ISC */
#ifndef ADMIN_ADMIN_PROTO_H
#define ADMIN_ADMIN_PROTO_H

/* The codec of admin.h. */
#include "admin/admin.h"
#include "lib/msg.h"

struct admin_words {
	char *argv[ADMIN_WORDS_MAX + 2]; /* argv[0] the program; NULL ends */
	int argc;
	char text[MSG_MAX]; /* what argv points to */
};
/* The packet's length, or -1 (EMSGSIZE). */
long admin_request_make(char *packet, size_t size, const char *program, int argc,
    char **argv);
/* 0, or -1 (EPROTO).  w->argv points into w: it does not move. */
int admin_request_scan(struct admin_words *w, const char *packet, size_t len);
/* The answer: its length; and the code, or -1 (EPROTO). */
long admin_answer_make(char *packet, size_t size, int code);
int admin_answer_scan(const char *packet, size_t len);

/* Does this command change something? */
bool admin_changes(const struct admin_tool *t, const char *command);
/* Ends the program with 100 where it does: it is for members. */
void admin_refuse(const struct admin_tool *t, const char *command);
/* From now on what log_fatal says is kept.  What it said, and the first line about
 * the sources; NULL: nothing. */
void admin_errors_keep(void);
const char *admin_errors_said(void);
const char *admin_errors_line(void);

#endif
