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

#define SESSION_REQUEST_MS 5000 /* until pop3d's request is there */

#define SESSION_TRY_MS     2    /* in the master */
#define SESSION_SILENT_MS  1000 /* it does not wait again, when that was in vain */
#define SESSION_PATH_MAX   128 /* bytes of a mailbox's folder */

/* What pop3d has asked for. */
struct session_asked {
	struct pop3d_request request; /* points into packet */
	int fds[3], nfds;             /* 0: nothing yet */
	char packet[POP3D_MSG_MAX];
};
struct session {
	struct authd_login login;
	struct mailbox_info box;
	char tls[POP3D_TLS_MAX];
	struct uidl_setting uidl;
	struct uidl_list uids; /* read when UIDL first wants it */
	int dir_fd, new_fd, cur_fd; /* new_fd -1: an empty mailbox, in pop3d */
	struct session_lock lock;
	struct maillist mail;
	uint64_t patience_ms;     /* when the next command must be there */
	unsigned errors;          /* bad commands so far */
	unsigned long retr, dele; /* for the log */
	struct lines *in;
	struct reply *out;
	struct session_asked asked; /* last: it is large */
};

/* What came of a connection that asks for a session. */
enum session_way {
	SESSION_FORK,  /* it needs a process of its own: session_open there */
	SESSION_EMPTY, /* pop3d goes on by itself, for conn's life */
	SESSION_OVER   /* pop3d has heard why not */
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

/* Takes pop3d's request from conn where session_try has not, redeems the ticket,
 * opens and locks the mailbox, and confines the process to it.  0: pop3d has
 * heard 'Y', the client is ours.  -1: pop3d has heard why not. */
int session_open(struct session *s, int conn, const struct session_means *m);
/* In the master, for the many who fetch and find nothing: is the mailbox, as the
 * kernel has it in memory, empty, then pop3d gets its lock instead of a process
 * of ours.  s: forgotten (session_forget). */
enum session_way session_try(
    struct session *s, int conn, const struct session_means *m);
/* Closes what session_try has opened, and forgets all of it; also before the
 * first. */
void session_forget(struct session *s);

/* Steps of both.  Each: 0, or -1, and pop3d has heard why. */
int session_request(struct session *s, int conn, int timeout_ms);
int session_redeem(struct session *s, int conn);
void session_path(char out[SESSION_PATH_MAX], const struct session *s);
/* Reads the mailbox, greets and speaks the TRANSACTION state to its end; logs
 * the session. */
void transaction_run(struct session *s);

#endif
