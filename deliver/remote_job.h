/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_JOB_H
#define DELIVER_REMOTE_JOB_H

/* The codec of run/deliver/remote's jobs and answers: deliver.h is the
 * specification. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "deliver/deliver.h"
#include "deliver/smtp_client.h"
#include "lib/addr.h"

#define JOB_ID_MAX         64       /* bytes */
#define JOB_FLAGS_MAX      8        /* bytes */
#define JOB_RECIPIENTS_MAX 16777216 /* bytes of a recipient list in a file */

struct remote_job {
	uint64_t job;
	char id[JOB_ID_MAX + 1];
	char domain[ADDR_DOMAIN_MAX + 1];
	char sender[ADDR_MAX + 1];
	bool eightbit, submitted;
	uint64_t offset, size;
	const char *head; /* lines in front of the message, into the packet */
	size_t head_len;
	/* The recipients, each ended by NUL: into the packet, or into list. */
	const char *recipients;
	size_t recipients_len;
	char *list; /* malloced, or NULL */
	unsigned nrecipients;
	int fd; /* the message; not closed by remote_job_free */
};
/* Reads a 'D' packet; fds are the caller's.  0, or -1 (EPROTO, or the errno of
 * reading the list).  The job number is filled in where it could be read. */
int remote_job_scan(struct remote_job *job, const char *wire, size_t len,
    const int *fds, int nfds);
void remote_job_free(struct remote_job *job);
/* The domain of a 'W' packet.  0 or -1. */
int remote_where_scan(
    char domain[ADDR_DOMAIN_MAX + 1], const char *wire, size_t len);

/* Lengths, or -1. */
long remote_key_put(char *buf, size_t size, const char *key);
long remote_result_put(char *buf, size_t size, uint64_t job, unsigned index,
    const struct smtp_outcome *o, const char *host);
long remote_refused_put(char *buf, size_t size, uint64_t job,
    const struct smtp_session *s);
long remote_end_put(
    char *buf, size_t size, uint64_t job, unsigned slow, const char *text);

#endif
