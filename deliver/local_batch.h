/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_LOCAL_BATCH_H
#define DELIVER_LOCAL_BATCH_H

/* A worker, and what it does at once.  Inside deliver/ only. */
#include "deliver/local_job.h"

/* All of a batch is done, then one sync makes it durable, then all is answered,
 * but for 'H'.  What is new lies in tmp/ under its name before its data is
 * durable: nobody reads there, and queued has it renamed only after the answer.
 */
struct local_batch {
	struct local_job jobs[DELIVER_BATCH_MAX];
	int n;
	int conn;
};
/* Reads a packet of one or several.  How many (at most DELIVER_BUNDLE_MAX), or -1
 * (EPROTO); the descriptors are taken over in both cases. */
int local_jobs_scan(struct local_job *jobs, const char *packet, size_t len,
    const int *fds, int nfds);
/* Makes all of it durable that is not answered yet, and what queued was told
 * of. 0, or -1: the connection is of no use. */
int local_sync(struct local_batch *b);
/* Of a file that queued has, and whose data the disk did not take: the kernel
 * says so once, and calls the data clean then.  It loses its content, and what
 * is not as long as its name says is never linked.  Keeps errno. */
void local_spoil(int fd);
/* Serves one connection from queued until it ends. */
int local_work(int conn);
/* Serves one connection on usage: smtpd's, or admind's, who may purge. */
int local_usage(int conn, uid_t uid);

#endif
