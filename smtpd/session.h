/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_SESSION_H
#define SMTPD_SESSION_H

/* One client's session: what is known of it, and its loop. */
#include <stdbool.h>
#include <stdint.h>
#include "authd/authd.h"
#include "cdb-tools/cdb-tools.h"
#include "lib/addr.h"
#include "lib/ip.h"
#include "lib/listen.h"
#include "lib/netfile.h"
#include "lib/sa.h"
#include "lib/ucspi_tls.h"
#include "relayd/relayd.h"
#include "smtpd/client.h"
#include "smtpd/command.h"

#define SESSION_ERRORS_MAX   20    /* replies of 5yz before we hang up */
#define SESSION_DEFERRED_MAX 500   /* replies of 4yz that name a reason */
#define SESSION_COMMANDS_MAX 100   /* commands since the last message */
#define SESSION_LOGINS_MAX   3     /* AUTH that failed */
#define SESSION_IDLE_SECONDS 600   /* to the first recipient taken or login */
#define SESSION_SECONDS      21600 /* in all */
#define SESSION_RCPTS_MAX    1000  /* of a message; RFC 5321 wants 100 */

/* From MAIL to the end of DATA.  Only session_reset ends it. */
struct transaction {
	bool open;       /* MAIL was taken */
	stralloc sender; /* as envelopes carry it, "": null; NUL behind */
	char mailbox[ADDR_MAILBOX_MAX + 1]; /* that the sender resolves to */
	struct command_params params;
	stralloc rcpts; /* as envelopes carry them, each ended by NUL */
	unsigned nrcpts, nforeign;
	unsigned taken; /* RCPT that got 250, duplicates too */
	bool granted;   /* relayd said yes: verdict is good */
	struct relayd_verdict verdict;
};

struct session {
	const char *class_name; /* "smtp", "submission", "submissions" */
	struct ip ip;
	char ip_text[IP_TEXT_SIZE];
	const char *ptr; /* the client's name, "" unknown, NULL not asked */
	const char *relayclient; /* of the environment; NULL: not set */
	const char *filter;      /* QMAILQUEUE, or NULL: queued */
	struct ucspi_tls *ucspi_tls; /* the server in front can TLS; or NULL */
	bool ucspi, tls;
	uint64_t deadline;  /* clock_boot_ms: the end of any session */
	char tls_text[100]; /* protocol and cipher */
	stralloc me;
	/* whole replies: at SIGTERM, past a limit, without an etc/proxies that
	 * can be read */
	stralloc bye, full, broken;
	uint64_t databytes;
	struct netfile plaintext;
	struct stat me_seen, databytes_seen;
	int auth_allowed; /* -1: not asked yet */
	int tls_up;       /* is tlsd there?  -1: not asked yet */

	enum command greeted; /* COMMAND_HELO, COMMAND_EHLO, else not yet */
	stralloc helo;
	bool authed;
	struct authd_account account;
	unsigned errors, deferred, commands, logins;
	bool closing; /* hang up behind the reply that was given last */

	struct table aliases, mailboxes;
	int relayd, queued; /* connections, -1: none */
	struct transaction t;
	struct alias_answer alias; /* scratch of a look-up */
	stralloc text;             /* scratch of a reply */
	struct client client;      /* last: its buffers are large */
};

/* s is zeroed, but for class_name, ip, client and what the environment gave, its
 * two tables initialised, tls_up -1; settings_look may have been there. */
void session_run(struct session *s);
/* Forgets the transaction.  Every end and every error of one comes here. */
void session_reset(struct session *s);
/* RFC 6409: does this port take mail only from whom we know? */
bool session_is_submission(const struct session *s);
/* Is there a network behind all this that may send passwords as they are? */
bool session_auth_allowed(struct session *s);
/* A command was read on the client's connection by another module (AUTH, DATA):
 * the reason it ended in.  Answers, and closes. */
void session_lost(struct session *s, int fill_result);

#endif
