/* SPDX-License-Identifier: ISC */
#include "queue/intake_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "queue/check.h"
#include "queue/control_stats.h"
#include "queue/domains.h"
#include "queue/own_fds.h"
#include "queue/recipients.h"
#include "queue/sealed.h"
#include "queue/spool_dirs.h"

#define PIECE     65536 /* bytes of a message read at once; on a thread's stack */
#define ROOM_STEP QUEUE_SMALL_MAX /* bytes copied between looks at the disk */

int
intake_refuse(struct intake *in, enum queue_result result, const char *reason)
{
	in->answer.result = result;
	snprintf(in->answer.reason, sizeof in->answer.reason, "%s", reason);
	return -1;
}

static int
malformed(struct intake *in, const char *why)
{
	return intake_refuse(in, QUEUE_MALFORMED, why);
}

static int
temporary(struct intake *in, const char *why)
{
	return intake_refuse(in, QUEUE_TEMP, why);
}

static int
take_recipients(struct intake *in)
{
	const char *why;

	if (in->list != -1 &&
	    sealed_read(&in->recipients, in->list,
		QUEUE_RECIPIENTS_MAX * (ADDR_MAX + 1UL)) == -1)
		return malformed(in, "5.6.0 the recipients are not sealed");
	why = recipients_check(&in->recipients, &in->nrcpt);
	return why ? malformed(in, why) : 0;
}

int
intake_check_envelope(struct intake *in, struct table *t)
{
	const struct queue_request *q = &in->q;
	const char *why;

	if (*q->sender && !addr_check(q->sender, strlen(q->sender), &why))
		return malformed(in, "5.1.7 a sender that is no address");
	if (!in->inject && strcmp(q->origin, "outside") != 0 &&
	    strcmp(q->origin, "submitted") != 0)
		return malformed(in, "5.6.0 an unknown origin");
	if (take_recipients(in) == -1)
		return -1;
	recipients_once(&in->recipients, &in->nrcpt, t);
	if ((t ? domains_count(t, in->recipients.s, in->recipients.len,
		     &in->foreign)
	       : domains_count_here(in->recipients.s, in->recipients.len,
		     &in->foreign)) == -1)
		return temporary(in, "the table of addresses cannot be read");
	return 0;
}

/* Reads [at, at + size) of the body through the checks. */
static int
check_body(struct intake *in, uint64_t at, uint64_t size)
{
	char buf[PIECE];
	struct check c;
	const char *why;
	ssize_t n;

	check_start(&c);
	while (size) {
		n = pread(in->body, buf, size < PIECE ? size : PIECE,
		    (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return temporary(in, "the message cannot be read");
		check_bytes(&c, buf, (size_t)n);
		at += (uint64_t)n;
		size -= (uint64_t)n;
	}
	in->eight = c.eight;
	why = check_end(&c);
	return why ? malformed(in, why) : 0;
}

static int
check_memfd(struct intake *in, uint64_t most)
{
	if (sealed_check(in->body, most, &in->size) == -1)
		return malformed(in, errno != EFBIG
			? "5.6.0 the message is not sealed"
			: in->inject ? "5.3.4 too large"
				     : "5.3.4 too large for a memfd");
	return in->size ? 0 : malformed(in, "5.6.0 an empty message");
}

int
intake_check_small(struct intake *in)
{
	uint64_t most =
	    in->most < QUEUE_SMALL_MAX ? in->most : QUEUE_SMALL_MAX;

	if (check_memfd(in, most) == -1)
		return -1;
	return check_body(in, 0, in->size);
}

void
intake_envelope(struct spool_head *h, struct spool_envelope *env,
    const struct intake *in)
{
	memset(h, 0, sizeof *h);
	h->recipients = in->nrcpt;
	h->accepted = in->accepted;
	h->size = in->size;
	env->id = in->id;
	env->sender = in->q.sender;
	env->origin = in->inject ? QUEUE_LOCAL : in->q.origin;
	env->ip = in->q.ip;
	env->helo = in->q.helo;
	env->account = in->inject ? "" : in->q.account;
	env->body = in->eight ? "8" : "7";
	env->uid = in->inject ? in->uid : 0;
	env->recipients = in->recipients.s;
	env->recipients_len = in->recipients.len;
}

int
intake_make_file(struct intake *in)
{
	struct spool_head h;
	struct spool_envelope env;
	stralloc front = { 0 };

	intake_envelope(&h, &env, in);
	spool_make(&front, &h, &env);
	in->front = front.len;
	sa_free(&front);
	in->writer = spool_unnamed(in->id, &in->named);
	if (in->writer == -1 ||
	    lseek(in->writer, (off_t)in->front, SEEK_SET) == -1)
		return intake_refuse(in, errno == ENOSPC ? QUEUE_FULL
							 : QUEUE_TEMP,
		    "no file for the message");
	in->body = own_fd_again(in->writer, O_RDONLY);
	if (in->body == -1)
		return temporary(in, "no file for the message");
	in->in_place = true;
	return 0;
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n == -1 && errno != EINTR)
			return -1;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Others copy at the same time: it is asked again on the way. */
static int
has_room(uint64_t size)
{
	struct queue_room room;
	struct statvfs s;

	if (fstatvfs(spool_root(), &s) == -1)
		return -1;
	queue_room(&room, &s);
	errno = ENOSPC;
	return room.bytes > size ? 0 : -1;
}

static int
copy_body(struct intake *in, int memfd)
{
	char buf[PIECE];
	uint64_t at = 0, asked = 0;
	ssize_t n;

	while (at < in->size) {
		if (at >= asked && has_room(ROOM_STEP) == -1)
			return -1;
		asked = at >= asked ? at + ROOM_STEP : asked;
		n = pread(memfd, buf, sizeof buf, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || write_all(in->writer, buf, (size_t)n) == -1)
			return -1;
		at += (uint64_t)n;
	}
	return fsync(in->writer);
}

static int
not_copied(struct intake *in)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return intake_refuse(in, QUEUE_FULL, "the disk is full");
	log_warnsys("unable to write a message to the spool");
	return temporary(in, "the message cannot be written");
}

int
intake_take_large(struct intake *in)
{
	int memfd = in->body, rc;

	if (check_memfd(in, in->most) == -1)
		return -1;
	in->body = -1;
	rc = intake_make_file(in);
	if (rc == 0 && copy_body(in, memfd) == -1)
		rc = not_copied(in);
	close(memfd);
	if (in->writer != -1)
		close(in->writer);
	in->writer = -1;
	return rc == -1 ? -1 : check_body(in, in->front, in->size);
}

/* A read lease is refused while anybody has the file open for writing, a
 * mapping or a descriptor on its way included; and nobody can open it: it has
 * no name. */
static int
no_writer(struct intake *in)
{
	if (fcntl(in->body, F_SETLEASE, F_RDLCK) == -1) {
		if (errno == EAGAIN || errno == EACCES)
			return malformed(in,
			    "5.6.0 the file is still open for writing");
		log_warnsys("unable to take a lease on a spool file");
		return temporary(in, "the file cannot be leased");
	}
	fcntl(in->body, F_SETLEASE, F_UNLCK);
	return 0;
}

int
intake_check_file(struct intake *in)
{
	struct stat st;

	if (no_writer(in) == -1)
		return -1;
	if (fstat(in->body, &st) == -1)
		return temporary(in, "the file cannot be read");
	if (!in->size || (uint64_t)st.st_size != in->front + in->size)
		return malformed(in, "5.6.0 the file has another size");
	return check_body(in, in->front, in->size);
}

void
intake_log_refused(const struct intake *in)
{
	count_up(COUNT_REFUSED);
	log_event("refused", "from", in->q.sender, "ip",
	    *in->q.ip ? in->q.ip : NULL, "account",
	    *in->q.account ? in->q.account : NULL, "uid",
	    in->inject ? log_num(in->uid) : NULL, "reason",
	    in->answer.reason);
}
