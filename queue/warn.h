/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_WARN_H
#define QUEUE_WARN_H

/* What only the administrator can mend is written to the postmaster: a host of
 * etc/smarthosts or etc/routes that gives us no login.
 *
 * Once a day for each host and login, in memory only: a restart of queued forgets
 * whom it told, and tells once more.  The letter is from the null sender, goes to
 * a mailbox (past its forwards), and never bounces, so it sends nothing out
 * itself.  Where the postmaster has no mailbox the log has to do. */
#include "lib/sa.h"

#define WARN_AGAIN_SECONDS 86400 /* between two letters about the same */
#define WARN_RETRY_SECONDS 600   /* ... when it could not be written */
#define WARN_MAX 64 /* hosts remembered, and so letters a day at most */
#define WARN_ORIGIN "auto" /* AUTOMATIC_ORIGIN's rules */

struct warning {
	const char *id, *me; /* borrowed, as everything here */
	const char *host, *account, *reason;
};
/* host ("name:port") did not let us in as account (auth=NAME) because of reason,
 * its reply or ours. */
void warn_auth(const char *host, const char *account, const char *reason);

/* warn_text.c: the whole letter. */
void warn_text(stralloc *out, const struct warning *w);

#endif
