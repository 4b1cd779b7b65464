/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "lib/memfd.h"
#include "lib/msg.h"
#include "lib/sock.h"

#define ANSWER_MAX 1024 /* bytes of a short answer */

int
local_answer(struct local_job *job, int conn, char op, const char *a,
    const char *b)
{
	char buf[ANSWER_MAX];
	struct msg_writer w;
	long len;

	job->state = LOCAL_ANSWERED;
	msg_start(&w, buf, sizeof buf, op);
	msg_putn(&w, job->number);
	msg_puts(&w, a);
	if (b)
		msg_puts(&w, b);
	len = msg_end(&w);
	if (len == -1)
		return -1;
	return sock_send(conn, buf, len, NULL, 0, LOCAL_ANSWER_MS);
}

int
local_answer_targets(struct local_job *job, int conn,
    const struct local_targets *x)
{
	char buf[DELIVER_MSG_MAX];
	struct msg_writer w;
	size_t len = x->len, room = QUEUE_INLINE_MAX - strlen(x->head);
	int fd = -1, rc;
	long n;

	if (len > room) {
		fd = memfd_sealed("targets", x->targets, len);
		if (fd == -1)
			return local_answer(
			    job, conn, 'T', "no room for a list's targets", NULL);
		len = 0;
	}
	job->state = LOCAL_ANSWERED;
	msg_start(&w, buf, sizeof buf, 'X');
	msg_putn(&w, job->number);
	msg_puts(&w, x->kind);
	msg_puts(&w, x->sender);
	msg_puts(&w, x->away);
	msg_puts(&w, x->head);
	msg_puts(&w, x->key);
	msg_puts(&w, x->mailbox);
	msg_putb(&w, x->targets, len);
	n = msg_end(&w);
	rc = n == -1 ? -1
		     : sock_send(conn, buf, n, &fd, fd != -1, LOCAL_ANSWER_MS);
	if (fd != -1)
		close(fd);
	return rc;
}
