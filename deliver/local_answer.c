/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "lib/msg.h"
#include "lib/sock.h"

#define ANSWER_MAX        1024  /* bytes of a short answer */
#define ANSWER_TIMEOUT_MS 60000 /* queued's loop never stands still that long */

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
	return sock_send(conn, buf, len, NULL, 0, ANSWER_TIMEOUT_MS);
}

/* A list too long for a packet travels in a memfd that nobody can change. */
static int
sealed(const char *data, size_t len)
{
	int fd = memfd_create("targets", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;
	ssize_t n;

	if (fd == -1)
		return -1;
	while (done < len) {
		n = write(fd, data + done, len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			goto bad;
		done += n;
	}
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
		return fd;
bad:
	close(fd);
	return -1;
}

int
local_answer_targets(struct local_job *job, int conn, const char *kind,
    const char *sender, const char *mailbox, const char *targets, size_t len)
{
	char buf[DELIVER_MSG_MAX];
	struct msg_writer w;
	int fd = -1, rc;
	long n;

	if (len > QUEUE_INLINE_MAX) {
		fd = sealed(targets, len);
		if (fd == -1)
			return local_answer(
			    job, conn, 'T', "no room for a list's targets", NULL);
		len = 0;
	}
	job->state = LOCAL_ANSWERED;
	msg_start(&w, buf, sizeof buf, 'X');
	msg_putn(&w, job->number);
	msg_puts(&w, kind);
	msg_puts(&w, sender);
	msg_puts(&w, mailbox);
	msg_putb(&w, targets, len);
	n = msg_end(&w);
	rc = n == -1 ? -1
		     : sock_send(conn, buf, n, &fd, fd != -1, ANSWER_TIMEOUT_MS);
	if (fd != -1)
		close(fd);
	return rc;
}
