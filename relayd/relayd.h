/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_RELAYD_H
#define RELAYD_RELAYD_H

/* The protocol of relayd's four sockets, and the calls that speak it.
 *
 * run/relayd/check (smtpd): may this client relay?
 *   'C' version ip basis token sender     basis: "" or "relayclient"; token: of
 *        authd's answer to SMTP AUTH, or "" ; sender: the mailbox the envelope
 *        sender resolves to, or "" (none, or the null sender)
 *   'Y' kind mailbox own left grant
 *        kind: network, relayclient, auth, window: the first that holds;
 *        mailbox: whose, "" for network and relayclient (window: the sender's
 *        when it has a window there, else the one renewed last); own: "1" when
 *        sender is a mailbox with a window on this address, or the token's, else
 *        "0"; left: recipients the budgets still allow this hour; grant: for
 *        queued
 *   'N' reason                   no: denied or nothing open; for the log
 *   'V' reason                   the token is void: revoked, too old, or relayd was
 *        restarted; its holder must log in again, whatever else it may
 *   'T' reason                   cannot tell: answer 451
 *   'W' version ip token sender  has sender (a mailbox) a window on ip, or is it
 *        the token's: 'Y', 'N', 'V' or 'T' reason (further From addresses, end of DATA)
 * Several requests may follow one another on a connection.
 *
 * run/relayd/open (authd):
 *   'O' version ip mailbox       a POP3 login: opens or renews a window -> 'Y'
 *   'A' version ip mailbox       SMTP AUTH -> 'Y' token (RELAYD_AUTH_SECONDS)
 *   'X' version mailbox          its windows end, its tokens and grants too -> 'Y'
 *   any: 'T' reason
 *
 * run/relayd/redeem (queued): spends the budget.
 *   'R' version grant n          n foreign recipients
 *   'Y' kind ip mailbox / 'N' reason (revoked: 451, whoever may still send will
 *   hear so when it comes again) / 'T' reason (not a grant of this start, too old:
 *   451, come again) / 'B' reason (over budget: nothing was
 *   spent)
 *
 * run/relayd/control (root, p-admin; relayctl, userdb, netdb):
 *   'L' version                  list -> packets 'W' with up to 200 times the
 *        fields ip mailbox seconds-left, at last 'E' count
 *   'O' version ip mailbox seconds (0: etc/window)   -> 'Y'
 *   'X' version ip mailbox       either may be "" (not both) -> 'Y' closed
 *   'Q' version ip mailbox       what check would say, without a grant:
 *        -> 'Y' kind mailbox left / 'N' reason
 *   'S' version                  -> 'Y' with pairs of fields, name and number
 *
 * Grants and tokens are sealed by relayd (keyed BLAKE2b under a key of its
 * start, over kind, ip, mailbox, time): it keeps no state for them, a restart
 * voids them (the client gets 451 and comes again).  ip is text; relayd applies
 * the window's width (IPv6 /64).  A closed connection without an answer is 'T'. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/addr.h"
#include "lib/ip.h"

#define RELAYD_VERSION        1
#define RELAYD_MSG_MAX        2048   /* bytes of a request or a short answer */
#define RELAYD_LIST_MSG_MAX   32768  /* bytes of a 'W' packet */
#define RELAYD_LIST_ROWS      200
#define RELAYD_TOKEN_MAX      256    /* bytes, text without blanks, NUL included */
#define RELAYD_REASON_MAX     200    /* bytes */
#define RELAYD_TIMEOUT_MS     5000   /* the callers' patience */
#define RELAYD_GRANT_SECONDS  7200   /* a grant's life: one transaction */
#define RELAYD_AUTH_SECONDS   86400  /* a token's life: one SMTP session */
#define RELAYD_WINDOWS_MAILBOX_MAX 64 /* ... of one mailbox: the oldest yields */

#define RELAYD_CHECK_PATH   "run/relayd/check"
#define RELAYD_OPEN_PATH    "run/relayd/open"
#define RELAYD_REDEEM_PATH  "run/relayd/redeem"
#define RELAYD_CONTROL_PATH "run/relayd/control"

#define RELAYD_UNLIMITED UINT32_MAX /* left, where etc/budget is 0 */

enum relayd_kind {
	RELAYD_NETWORK,
	RELAYD_WINDOW,
	RELAYD_AUTH,
	RELAYD_RELAYCLIENT
};
const char *relayd_kind_name(enum relayd_kind kind);
int relayd_kind_scan(enum relayd_kind *kind, const char *name); /* 1 or 0 */

struct relayd_verdict {
	enum relayd_kind kind;
	char mailbox[ADDR_MAILBOX_MAX + 1]; /* "" for networks */
	char ip[IP_TEXT_SIZE];              /* of a redeemed grant */
	bool own;         /* the sender asked about is the client's own */
	uint64_t left;    /* recipients left this hour, or RELAYD_UNLIMITED; 0: answer
	                     451 */
	char grant[RELAYD_TOKEN_MAX];
	char reason[RELAYD_REASON_MAX]; /* of a no, or a "cannot tell" */
};
/* smtpd's side, on a connection it keeps for the session (relayd_connect, -1:
 * down).  1: yes.  0: no, which to a token says that it is void.  -1: cannot tell;
 * the connection is then useless. */
int relayd_connect(const char *path);
int relayd_check(struct relayd_verdict *v, int fd, const struct ip *ip,
    bool relayclient, const char *token, const char *sender);
/* Has this mailbox a window on ip (or is it the token's)?  1, 0, -1. */
int relayd_owns(int fd, const struct ip *ip, const char *token, const char *box);
/* authd's, on a connection that it polls: the packet of a request 'O', 'A' or
 * 'X' (ip NULL), its length or -1; and its answer.  1: done, the token of 'A' is
 * v->grant.  0: not done, v->reason.  -1: nonsense. */
long relayd_open_request(char *buf, size_t size, char op, const struct ip *ip,
    const char *mailbox);
int relayd_open_answer(struct relayd_verdict *v, char op, const char *packet,
    size_t len);
/* queued's, the same: a request; its answer's operation (v: kind, ip, mailbox, or
 * the reason), or -1: nonsense. */
long relayd_redeem_request(char *buf, size_t size, const char *grant, uint64_t n);
int relayd_redeem_answer(struct relayd_verdict *v, const char *packet, size_t len);
/* The tools'.  ip or mailbox may be "" for close.  0, or -1; ENOENT, EACCES,
 * ECONNREFUSED of relayd_connect: relayd is down, or not ours to steer. */
int relayd_control_open(int fd, const struct ip *ip, const char *mailbox,
    uint64_t seconds);
int relayd_control_close(int fd, const struct ip *ip, const char *mailbox,
    uint64_t *closed); /* ip NULL: on every address */
/* 1, 0, -1, as relayd_check; v without a grant. */
int relayd_control_query(struct relayd_verdict *v, int fd, const struct ip *ip,
    const char *mailbox);
/* Calls each for every window.  0, or -1. */
int relayd_control_list(int fd,
    void (*each)(void *arg, const char *ip, const char *mailbox, uint64_t left),
    void *arg);

#endif
