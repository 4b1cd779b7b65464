/* SPDX-License-Identifier: ISC */
#ifndef POP3D_SESSION_H
#define POP3D_SESSION_H

/* One session: what mailboxd's child knows, in its own process, or pop3d's of an
 * empty mailbox. */
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

#define MAILS_DIR         "mail"
#define SESSION_CLIENT_MS 5000 /* until pop3d has sent its client */
#define SESSION_PATH_MAX  128  /* bytes of a mailbox's folder */

struct session {
	struct authd_login login;
	struct mailbox_info box;
	int found, error; /* what mailbox_lookup says; errno of -1 */
	char tls[POP3D_TLS_MAX];
	struct uidl_setting uidl;
	struct uidl_list uids; /* read when UIDL first wants it */
	int dir_fd, new_fd, cur_fd; /* new_fd -1: an empty mailbox, in pop3d */
	struct session_lock lock;
	struct maillist mail;
	uint64_t patience_ms;     /* when the next command must be there */
	unsigned errors;          /* bad commands so far */
	unsigned long retr, dele; /* for the log */
	unsigned long unreadable; /* messages so far */
	struct lines *in;
	struct reply *out;
};

/* What comes of a login. */
enum session_way {
	SESSION_FORK,  /* it needs a process of its own: session_open there */
	SESSION_EMPTY, /* pop3d goes on by itself, for conn's life */
	SESSION_OVER   /* pop3d has heard why not */
};

/* What a child inherits. */
struct session_means {
	struct table *mailboxes;
	const struct uidl_kept *uidl;
	const struct confine_filter *filter;
};

/* In the master, for s->login: is the mailbox, as the kernel has it in memory,
 * empty, as most are that are asked for, then pop3d gets its lock instead of a
 * process of ours.  Of s all but the login is forgotten (session_forget). */
enum session_way session_try(
    struct session *s, int conn, const struct session_means *m);
/* In a child: takes the client from conn, opens (where session_try has not) and
 * locks the mailbox, and confines the process to it.  0: pop3d has heard 'Y', the
 * client is ours.  -1: pop3d has heard why not. */
int session_open(struct session *s, int conn, const struct session_means *m);
/* Closes what session_try has opened, and forgets all of it.  Before the first
 * session_try its descriptors are -1. */
void session_forget(struct session *s);

/* In the master: does not wait.  lock: of EMPTY, else -1.  0, or -1: pop3d is
 * gone, or, logged, cannot be told. */
int session_tell(
    int conn, enum pop3d_result result, const char *text, int lock);
void session_path(char out[SESSION_PATH_MAX], const struct session *s);
/* Reads the mailbox, greets and speaks the TRANSACTION state to its end; logs
 * the session. */
void transaction_run(struct session *s);

#endif
