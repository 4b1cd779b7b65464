/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_source.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "deliver/mime_seven.h"

typedef int put_fn(void *arg, const char *p, size_t len);

static int
read_all(const struct smtp_mail *mail, put_fn *put, void *arg, const char **why)
{
	char in[SMTP_READ_SIZE];
	uint64_t at = 0, left;
	ssize_t n;

	*why = NULL;
	if (put(arg, mail->head, mail->head_len) == -1)
		return -1;
	while ((left = mail->size - at)) {
		n = pread(mail->fd, in, left < sizeof(in) ? left : sizeof(in),
		    (off_t)(mail->offset + at));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			*why = n ? strerror(errno) : "it is cut short";
			return -1;
		}
		if (put(arg, in, (size_t)n) == -1)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

static int
seven_put(void *arg, const char *p, size_t len)
{
	struct mime_seven *m = arg;

	mime_seven_feed(m, p, len);
	errno = m->error;
	return m->failed ? -1 : 0;
}

int
smtp_source(const struct smtp_mail *mail, const struct mime_plan *plan,
    put_fn *put, void *arg, const char **why)
{
	static struct mime_seven seven; /* one at a time */

	if (!plan)
		return read_all(mail, put, arg, why);
	seven.plan = plan;
	seven.put = put;
	seven.arg = arg;
	mime_seven_start(&seven);
	if (read_all(mail, seven_put, &seven, why) == -1)
		return -1;
	return mime_seven_end(&seven);
}

static int
plan_put(void *arg, const char *p, size_t len)
{
	mime_plan_feed(arg, p, len);
	return 0;
}

static int
count_put(void *arg, const char *p, size_t len)
{
	uint64_t *size = arg;

	(void)p;
	*size += len;
	return 0;
}

int
smtp_source_plan(const struct smtp_mail *mail, const struct mime_plan **plan,
    uint64_t *size, const char **why)
{
	static struct mime_plan made;

	*plan = NULL;
	*size = mail->size + mail->head_len;
	mime_plan_start(&made);
	if (read_all(mail, plan_put, &made, why) == -1)
		return -1;
	mime_plan_end(&made);
	*why = made.why;
	if (made.why)
		return 0;
	if (!made.eight)
		return 1;
	*plan = &made;
	*size = 0;
	return smtp_source(mail, &made, count_put, size, why) == -1 ? -1 : 1;
}
