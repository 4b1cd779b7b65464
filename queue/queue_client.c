/* SPDX-License-Identifier: ISC */
/* The callers' side: a message is buffered, goes into a sealed memfd, and, when
 * smtpd's grows past QUEUE_SMALL_MAX, into a file of queued's. */
#include "queue/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lib/sock.h"
#include "lib/memfd.h"
#include "queue/queue_proto.h"

#define BUFFER 32768 /* bytes gathered for one write */
#define DIRECT 8192  /* so many at once are written as they come */
#define FIELDS_MAX 2048 /* bytes of an envelope's packet less its recipients */
#define CONNECT_TIMEOUT_MS 5000

struct queue_message {
	int conn;
	const struct queue_envelope *env; /* borrowed until the end */
	int fd;                           /* -1, the memfd, or queued's file */
	bool large;                       /* fd is queued's file */
	bool failed;                      /* answer says why */
	uint64_t size;                    /* written to fd */
	struct queue_answer answer;
	size_t fill;
	char buf[BUFFER];
};

int
queue_connect(const char *path)
{
	return sock_connect(path, CONNECT_TIMEOUT_MS);
}

struct queue_message *
queue_open(int conn, const struct queue_envelope *env)
{
	struct queue_message *m = malloc(sizeof *m);

	if (!m)
		return NULL;
	memset(m, 0, sizeof *m - sizeof m->buf);
	m->conn = conn;
	m->env = env;
	m->fd = -1;
	return m;
}

static int
fail(struct queue_message *m, enum queue_result result, const char *reason)
{
	if (!m->failed) {
		m->failed = true;
		m->answer.result = result;
		strncpy(m->answer.reason, reason, sizeof m->answer.reason - 1);
	}
	return -1;
}

static int
fail_errno(struct queue_message *m)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return fail(m, QUEUE_FULL, "no room in the queue");
	return fail(m, QUEUE_TEMP, "unable to write the message");
}

static int
write_all(struct queue_message *m, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(m->fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return fail_errno(m);
		data += n;
		len -= (size_t)n;
		m->size += (uint64_t)n;
	}
	return 0;
}

/* Sends M or F with the descriptors it needs. */
static int
send_envelope(struct queue_message *m, char op)
{
	const struct queue_envelope *env = m->env;
	bool fits = env->recipients_len <= QUEUE_INLINE_MAX;
	size_t size = FIELDS_MAX + (fits ? env->recipients_len : 0);
	char *packet = malloc(size);
	int fds[2], nfds = 0, list = -1, rc = -1;
	long len;

	if (!packet)
		return fail(m, QUEUE_TEMP, "out of memory");
	if (op == 'M')
		fds[nfds++] = m->fd;
	if (!fits) {
		list = memfd_sealed("recipients", env->recipients, env->recipients_len);
		if (list == -1) {
			fail(m, QUEUE_TEMP, "out of memory");
			goto out;
		}
		fds[nfds++] = list;
	}
	len = queue_request_make(packet, size, op, env, fits);
	if (len == -1)
		fail(m, QUEUE_MALFORMED, "an envelope past the limits");
	else if (sock_send(m->conn, packet, (size_t)len, fds, nfds,
		     QUEUE_TIMEOUT_MS) == -1)
		fail(m, QUEUE_TEMP, "the queue does not answer");
	else
		rc = 0;
out:
	if (list != -1)
		close(list);
	free(packet);
	return rc;
}

/* Reads an answer into m->answer; *fd: the descriptor that came with it. */
static int
receive(struct queue_message *m, int *fd)
{
	char packet[QUEUE_REASON_MAX + 64];
	ssize_t len;
	int nfds = 0;

	len = sock_recv(m->conn, packet, sizeof packet, fd, fd ? 1 : 0, &nfds,
	    QUEUE_TIMEOUT_MS);
	if (len <= 0)
		return fail(m, QUEUE_TEMP, "the queue does not answer");
	if (queue_answer_scan(&m->answer, packet, (size_t)len) == -1) {
		if (nfds)
			close(*fd);
		return fail(m, QUEUE_TEMP, "the queue answers nonsense");
	}
	if (fd && !nfds)
		*fd = -1;
	return 0;
}

/* What the memfd holds goes to queued's file. */
static int
copy_over(struct queue_message *m, int memfd, uint64_t size)
{
	char *data;
	int rc;

	if (!size)
		return 0;
	data = mmap(NULL, size, PROT_READ, MAP_SHARED, memfd, 0);
	if (data == MAP_FAILED)
		return fail(m, QUEUE_TEMP, "out of memory");
	rc = write_all(m, data, size);
	munmap(data, size);
	return rc;
}

int
queue_large(struct queue_message *m)
{
	int memfd = m->fd, file = -1, rc;
	uint64_t size = m->size;

	if (send_envelope(m, 'F') == -1 || receive(m, &file) == -1)
		return -1;
	if (m->answer.result != QUEUE_ACCEPTED || file == -1) {
		if (file != -1)
			close(file);
		if (m->answer.result == QUEUE_ACCEPTED)
			return fail(m, QUEUE_TEMP, "the queue gave no file");
		m->failed = true;
		return -1;
	}
	m->fd = file;
	m->size = 0;
	m->large = true;
	rc = copy_over(m, memfd, size);
	if (memfd != -1)
		close(memfd);
	return rc;
}

static int
put(struct queue_message *m, const char *data, size_t len)
{
	if (!m->large && m->size + len > QUEUE_SMALL_MAX &&
	    strcmp(m->env->origin, QUEUE_LOCAL) != 0 && queue_large(m) == -1)
		return -1;
	if (m->fd == -1)
		m->fd = memfd_create("message",
		    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd == -1)
		return fail(m, QUEUE_TEMP, "out of memory");
	return write_all(m, data, len);
}

static int
flush(struct queue_message *m)
{
	size_t len = m->fill;

	m->fill = 0;
	return put(m, m->buf, len);
}

int
queue_write(struct queue_message *m, const char *data, size_t len)
{
	size_t n;

	if (len >= DIRECT && !m->failed && flush(m) == 0)
		return put(m, data, len);
	while (len) {
		if (m->failed)
			return -1;
		n = sizeof m->buf - m->fill;
		if (n > len)
			n = len;
		memcpy(m->buf + m->fill, data, n);
		m->fill += n;
		data += n;
		len -= n;
		if (m->fill == sizeof m->buf && flush(m) == -1)
			return -1;
	}
	return m->failed ? -1 : 0;
}

static int
commit_small(struct queue_message *m)
{
	if (fcntl(m->fd, F_ADD_SEALS, MEMFD_SEALS) == -1)
		return fail(m, QUEUE_TEMP, "unable to seal the message");
	return send_envelope(m, 'M');
}

/* Our fsync runs beside those of other callers; queued takes the file only
 * when no writer is left, so it is closed before we say so. */
static int
commit_large(struct queue_message *m)
{
	char packet[64];
	long len;

	if (fsync(m->fd) == -1)
		return fail_errno(m);
	close(m->fd);
	m->fd = -1;
	len = queue_commit_make(packet, sizeof packet, m->size);
	if (sock_send(m->conn, packet, (size_t)len, NULL, 0,
		QUEUE_TIMEOUT_MS) == -1)
		return fail(m, QUEUE_TEMP, "the queue does not answer");
	return 0;
}

static void
release(struct queue_message *m)
{
	if (m->fd != -1)
		close(m->fd);
	free(m);
}

void
queue_commit(struct queue_message *m, struct queue_answer *answer)
{
	if (!m->failed && flush(m) == 0 &&
	    (m->large ? commit_large(m) : commit_small(m)) == 0)
		receive(m, NULL);
	*answer = m->answer;
	release(m);
}

void
queue_abort(struct queue_message *m, int *conn)
{
	/* A file that was given out is forgotten at the next M or F; only a
	 * connection that broke is of no use any more. */
	if (m->failed && m->answer.result == QUEUE_TEMP && *conn != -1) {
		close(*conn);
		*conn = -1;
	}
	release(m);
}
