/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

/* The protocols of run/queue/smtp, inject and control.
 *
 * smtp (smtpd) and inject (any local uid): hand over one message.
 *   'M' version sender recipients origin ip helo account body grant
 *       + descriptor 0: the message in a memfd sealed with F_SEAL_WRITE, GROW,
 *       SHRINK and SEAL, at most QUEUE_SMALL_MAX bytes, on inject etc/databytes;
 *       + descriptor 1, only where recipients is "": those, in a sealed memfd
 *   'F' on smtp, the same fields, no message: a large one is coming (recipients,
 *       where they need one, in descriptor 0)
 *       'Y' "" + a write-only descriptor, placed where the message begins; the
 *       caller writes, fsyncs, closes it, then says
 *   'C' version size      on the same connection: commit.  An M or F instead of
 *       it forgets the file.
 * Answers to M, F and C:
 *   'Y' id                durable on disk, or delivered and durable
 *   'T' reason            a local fault: 451 4.3.0
 *   'F' reason            disk or queue full: 452 4.3.1
 *   'B' reason            over budget: 451 4.7.1
 *   'R' reason            foreign recipients and no good grant: 550 5.7.1
 *   'N' reason            malformed: 554 5.6.0 (bad line ends, too many hops ...)
 * A connection serves any number of messages, one at a time, and may be kept
 * for a session; closed without an answer means 'T'.  What a caller asked that
 * has closed it since is not done, as long as queued had not read it.
 *
 * sender: as lib/addr.h says envelopes carry it, "" for the null sender.
 * recipients: likewise, each ended by NUL; or mailboxes' names.  origin:
 * "outside" (from a stranger), "submitted" (window, AUTH, network).  On inject
 * queued sets it to "local" itself, with the uid, and ip, helo and account to "".
 * account: the mailbox that submitted, or "".  body: "8" where the client said so, else "7";
 * queued looks for itself.  The message: header and body with LF line ends, no CR,
 * no NUL, Received already in front (smtpd), its last line ended.  queued checks
 * that as it would check the internet's bytes.
 * Foreign recipients (by cdb/public's domains) need a grant on smtp, and on
 * inject from an account of our daemons (smtpd's QMAILQUEUE passes it on in
 * QUEUE_GRANT_ENV); queued counts them itself, redeems it for that number.
 *
 * control (root, p-admin): queuectl's; see queue/control.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include "lib/addr.h"

#define QUEUE_VERSION        1
#define QUEUE_MSG_MAX        65536   /* bytes of a packet */
#define QUEUE_INLINE_MAX     60000   /* bytes of recipients in the packet */
#define QUEUE_SMALL_MAX      1048576 /* bytes of a message in a memfd */
#define QUEUE_RECIPIENTS_MAX 50000   /* of a message */
#define QUEUE_HOPS_MAX       100     /* Received fields; RFC 5321 section 6.3 */
#define QUEUE_ID_MAX         32      /* bytes, NUL included */
#define QUEUE_REASON_MAX     400
/* What only bounces and updates may use up: so much, or a QUEUE_RESERVE_PART of
 * a small file system. */
#define QUEUE_RESERVE_BYTES  (16UL << 20)
#define QUEUE_RESERVE_INODES 1000
#define QUEUE_RESERVE_PART   8
#define QUEUE_TIMEOUT_MS     30000 /* the callers' patience with a commit */
#define QUEUE_GRANT_ENV      "POSTERN_GRANT"
#define QUEUE_LOCAL          "local" /* origin of what comes by inject */

#define QUEUE_SMTP_PATH    "run/queue/smtp"
#define QUEUE_INJECT_PATH  "run/queue/inject"
#define QUEUE_CONTROL_PATH "run/queue/control"

enum queue_result {
	QUEUE_ACCEPTED,
	QUEUE_TEMP,
	QUEUE_FULL,
	QUEUE_BUDGET,
	QUEUE_RELAY_DENIED,
	QUEUE_MALFORMED
};
struct queue_envelope {
	const char *sender; /* all borrowed */
	const char *recipients; /* NUL-ended strings */
	size_t recipients_len;
	const char *origin, *ip, *helo, *account, *body, *grant;
};
struct queue_answer {
	enum queue_result result;
	char id[QUEUE_ID_MAX];
	char reason[QUEUE_REASON_MAX];
};

/* A message on its way: buffered into a memfd, moved to a spool file of queued's
 * when it grows past QUEUE_SMALL_MAX and its origin is not QUEUE_LOCAL. */
struct queue_message;
/* conn: a connection by queue_connect, kept by the caller over messages.  NULL
 * with errno when there is no memory.  env is borrowed until the end. */
int queue_connect(const char *path); /* -1: queued is down */
struct queue_message *queue_open(int conn, const struct queue_envelope *env);
/* Asks queued for its file at once, before the first byte: for a message that
 * is declared to be large.  0, or -1 as queue_write. */
int queue_large(struct queue_message *m);
/* 0, or -1: cannot be taken any more (queue_commit then says why). */
int queue_write(struct queue_message *m, const char *data, size_t len);
/* Seals or fsyncs, commits, fills the answer, frees m.  After QUEUE_TEMP the
 * connection may be broken (queued restarted): close it, connect again. */
void queue_commit(struct queue_message *m, struct queue_answer *answer);
/* What is free beside the reserve. */
struct queue_room {
	uint64_t bytes, inodes;
};
void queue_room(struct queue_room *r, const struct statvfs *s);
/* Is there room for a message of size bytes (0: of any)?  Looks at the file
 * system below queue/, without asking queued: for a 452 before DATA. */
bool queue_has_room(uint64_t size);
/* Forgets it; the connection stays good where it can (*conn -1 where not). */
void queue_abort(struct queue_message *m, int *conn);

#endif
