/* SPDX-License-Identifier: ISC */
#ifndef POP3D_MASTER_H
#define POP3D_MASTER_H

/* mailboxd's master: a child for each mailbox that is not empty, and no client.
 *
 * While there are sessions it looks once a second for a new mailboxes.cdb, and
 * ends the sessions of mailboxes that are disabled, removed or of another
 * epoch.  When it dies, its sessions end too (PR_SET_PDEATHSIG;
 * pop3d's, of empty mailboxes, with their connections). */
#include "lib/confine.h"
#include "lib/service.h"

#define MASTER_MAILBOX_MAX 8 /* children of one mailbox: a login that stalls costs one */
#define MASTER_TICK_MS     1000
#define MASTER_FAREWELL_MS 5000 /* for the sessions, after SIGTERM */

/* SIGTERM becomes a descriptor; before service_enter. */
void master_signals(void);
/* Serves until SIGTERM; then the sessions have been ended.  The exit code. */
int master_run(struct service *sv, const struct confine_filter *filter);

#endif
