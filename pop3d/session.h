/* SPDX-License-Identifier: ISC */
#ifndef POP3D_SESSION_H
#define POP3D_SESSION_H

/* One session in its own process: what mailboxd's child knows. */
#include <stdbool.h>
#include <stdint.h>

#include "authd/authd.h"
#include "cdb-tools/cdb-tools.h"
#include "lib/confine.h"
#include "pop3d/lines.h"
#include "pop3d/maillist.h"
#include "pop3d/pop3d.h"
#include "pop3d/reply.h"
#include "pop3d/session_lock.h"
#include "pop3d/uidl_kept.h"
#include "pop3d/uidl_list.h"

#define SESSION_REQUEST_MS 5000 /* until pop3d's request is there */

struct session {
	struct authd_login login;
	struct mailbox_info box;
	char tls[POP3D_TLS_MAX];
	struct uidl_setting uidl;
	struct uidl_list uids; /* read when UIDL first wants it */
	int dir_fd, new_fd, cur_fd;
	struct session_lock lock;
	struct maillist mail;
	uint64_t patience_ms;     /* when the next command must be there */
	unsigned errors;          /* bad commands so far */
	unsigned long retr, dele; /* for the log */
	struct lines in;
	struct reply out;
};

/* What a child tells the master, over a pipe, before it reads a byte that the
 * client wrote: whose mailbox it serves. */
struct session_report {
	pid_t pid;
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char epoch[sizeof((struct mailbox_info *)0)->epoch];
};
/* What a child inherits. */
struct session_means {
	struct table *mailboxes;
	const struct uidl_kept *uidl;
	const struct confine_filter *filter;
	int report_fd;
};

/* Takes pop3d's request from conn, redeems the ticket, opens and locks the
 * mailbox, and confines the process to it.  0: pop3d has heard 'Y', the client
 * is ours.  -1: pop3d has heard why not. */
int session_open(struct session *s, int conn, const struct session_means *m);
/* Reads the mailbox, greets and speaks the TRANSACTION state to its end; logs
 * the session. */
void transaction_run(struct session *s);

#endif
