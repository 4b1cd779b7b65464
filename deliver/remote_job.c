/* SPDX-License-Identifier: ISC */
#include "deliver/remote_job.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/msg.h"

static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

/* Whole NUL-ended, non-empty strings: their number, or 0. */
static unsigned
count_strings(const char *s, size_t len)
{
	unsigned n = 0;
	size_t i, start = 0;

	for (i = 0; i < len; i++)
		if (!s[i]) {
			if (i == start)
				return 0;
			start = i + 1;
			n++;
		}
	return start == len ? n : 0;
}

static int
read_list(struct remote_job *job, int fd)
{
	struct stat st;
	size_t at = 0;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > JOB_RECIPIENTS_MAX)
		return broken();
	job->recipients_len = (size_t)st.st_size;
	job->recipients = job->list = calloc(1, job->recipients_len);
	if (!job->list)
		return -1;
	while (at < job->recipients_len) {
		n = pread(
		    fd, job->list + at, job->recipients_len - at, (off_t)at);
		if (n == -1)
			return -1;
		if (n == 0)
			return broken();
		at += (size_t)n;
	}
	return 0;
}

static int
scan_fields(struct remote_job *job, struct msg_reader *r)
{
	char flags[JOB_FLAGS_MAX + 1] = "";
	uint64_t version = 0;

	msg_getn(r, &version, DELIVER_VERSION);
	msg_getn(r, &job->job, UINT64_MAX);
	msg_gets(r, job->id, sizeof(job->id));
	msg_gets(r, job->domain, sizeof(job->domain));
	msg_gets(r, job->sender, sizeof(job->sender));
	msg_getb(r, &job->recipients, &job->recipients_len, DELIVER_MSG_MAX);
	msg_gets(r, flags, sizeof(flags));
	msg_getn(r, &job->offset, INT64_MAX / 2);
	msg_getn(r, &job->size, INT64_MAX / 2);
	msg_getb(r, &job->head, &job->head_len, DELIVER_HEAD_MAX);
	if (msg_close(r) == -1 || version != DELIVER_VERSION)
		return broken();
	job->eightbit = strchr(flags, '8') != NULL;
	job->submitted = strchr(flags, 's') != NULL;
	return 0;
}

int
remote_job_scan(struct remote_job *job, const char *wire, size_t len,
    const int *fds, int nfds)
{
	struct msg_reader r;

	memset(job, 0, sizeof(*job));
	job->fd = nfds > 0 ? fds[0] : -1;
	if (msg_open(&r, wire, len) == -1 || r.op != 'D')
		return broken();
	if (scan_fields(job, &r) == -1 || job->fd == -1)
		return broken();
	if (job->recipients_len == 0 &&
	    (nfds < 2 || read_list(job, fds[1]) == -1)) {
		remote_job_free(job);
		return nfds < 2 ? broken() : -1;
	}
	job->nrecipients = count_strings(job->recipients, job->recipients_len);
	if (job->nrecipients)
		return 0;
	remote_job_free(job);
	return broken();
}

void
remote_job_free(struct remote_job *job)
{
	free(job->list);
	job->list = NULL;
	job->recipients = NULL;
	job->recipients_len = 0;
}

int
remote_where_scan(
    char domain[ADDR_DOMAIN_MAX + 1], const char *wire, size_t len)
{
	struct msg_reader r;
	uint64_t version = 0;

	if (msg_open(&r, wire, len) == -1 || r.op != 'W')
		return broken();
	msg_getn(&r, &version, DELIVER_VERSION);
	msg_gets(&r, domain, ADDR_DOMAIN_MAX + 1);
	if (msg_close(&r) == -1 || version != DELIVER_VERSION || !domain[0])
		return broken();
	return 0;
}

long
remote_key_put(char *buf, size_t size, const char *key)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'Y');
	msg_puts(&w, key);
	return msg_end(&w);
}

long
remote_result_put(char *buf, size_t size, uint64_t job, unsigned index,
    const struct smtp_outcome *o, const char *host)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'P');
	msg_putn(&w, job);
	msg_putn(&w, index);
	msg_putb(&w, &o->class_, 1);
	msg_puts(&w, o->status);
	msg_puts(&w, host);
	msg_puts(&w, o->text);
	return msg_end(&w);
}

/* "name:port", an IPv6 address in brackets. */
static void
place_of(char out[DELIVER_HOST_MAX + 1], const struct smtp_peer *peer)
{
	bool v6 = strchr(peer->name, ':') != NULL;

	snprintf(out, DELIVER_HOST_MAX + 1, "%s%s%s:%u", v6 ? "[" : "",
	    peer->name, v6 ? "]" : "", (unsigned)peer->port);
}

long
remote_refused_put(
    char *buf, size_t size, uint64_t job, const struct smtp_session *s)
{
	char place[DELIVER_HOST_MAX + 1];
	struct msg_writer w;

	place_of(place, &s->peer);
	msg_start(&w, buf, size, 'A');
	msg_putn(&w, job);
	msg_puts(&w, place);
	msg_puts(&w, s->peer.account);
	msg_puts(&w, s->failure.text);
	return msg_end(&w);
}

long
remote_end_put(
    char *buf, size_t size, uint64_t job, unsigned slow, const char *text)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'E');
	msg_putn(&w, job);
	msg_putn(&w, slow);
	msg_puts(&w, text);
	return msg_end(&w);
}
