/* SPDX-License-Identifier: ISC */
#ifndef POP3D_TRANSACTION_H
#define POP3D_TRANSACTION_H

/* Inside of the TRANSACTION state: what its two modules share. */
#include "pop3d/command.h"
#include "pop3d/session.h"

enum after { GO_ON, BYE, BROKEN };

/* Says "-ERR text". */
enum after transaction_error(struct session *s, const char *text);
/* The same for a command that makes no sense: too many, and we hang up. */
enum after transaction_bad(struct session *s, const char *text);
/* The message of that number, or NULL with the reason said. */
struct mail *transaction_find(struct session *s, uint32_t number);
/* Logs what could not be done with the message's file, and errno. */
void transaction_warnsys(
    const struct session *s, const struct mail *m, const char *what);

enum after reading_stat(struct session *s, const struct command *c);
enum after reading_list(struct session *s, const struct command *c);
enum after reading_uidl(struct session *s, const struct command *c);
enum after reading_retr(struct session *s, const struct command *c);
enum after reading_top(struct session *s, const struct command *c);

#endif
