/* SPDX-License-Identifier: ISC */
#include "queue/inject_qmail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "queue/inject.h"

#define ERROR_FD 6
#define PIECE    65536 /* bytes read at once */

static int
leave(int code, const char *text)
{
	char line[512];
	size_t len = strlen(text);

	if (len > sizeof line - 2)
		len = sizeof line - 2;
	line[0] = code >= 51 && code != INJECT_FORMAT ? 'Z' : 'D';
	memcpy(line + 1, text, len);
	if (fcntl(ERROR_FD, F_GETFL) != -1 &&
	    write(ERROR_FD, line, len + 1) == -1)
		return code; /* nobody listens */
	return code;
}

static ssize_t
read_some(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n == -1 && errno == EINTR);
	return n;
}

/* The message comes first, its envelope after it: it is kept meanwhile, if it can
 * be small enough once CRLF is LF. */
static int
keep_message(struct inject *in, int memfd)
{
	char buf[PIECE];
	uint64_t size = 0;
	ssize_t n, done, w;

	while (!in->large && (n = read_some(0, buf, sizeof buf)) > 0) {
		for (done = 0; done < n; done += w) {
			w = write(memfd, buf + done, (size_t)(n - done));
			if (w == -1)
				return INJECT_NO_MEMORY;
		}
		size += (uint64_t)n;
		in->large = size > 2 * in->most;
	}
	return in->large || n == 0 ? 0 : INJECT_READ;
}

static int
read_envelope(stralloc *env)
{
	char buf[4096];
	ssize_t n;

	while ((n = read_some(1, buf, sizeof buf)) > 0) {
		sa_catb(env, buf, (size_t)n);
		if (env->len > INJECT_ENVELOPE_MAX)
			return INJECT_FORMAT;
		if (env->len >= 2 && !env->s[env->len - 1] &&
		    !env->s[env->len - 2])
			break; /* whole: the writer may keep it open */
	}
	return n == -1 ? INJECT_READ : 0;
}

static int
bad_address(const char *s, size_t len)
{
	(void)s;
	return len > ADDR_MAX ? INJECT_TOO_LONG : INJECT_REFUSED;
}

static int
take_sender(struct inject *in, const char *s)
{
	const char *why;
	size_t len = strlen(s);

	if (!len || strcmp(s, "#@[]") == 0) /* qmail's double bounce */
		return 0;
	return inject_address(&in->sender, in, s, len, &why)
	    ? 0
	    : bad_address(s, len);
}

static int
take_envelope(struct inject *in, const stralloc *env)
{
	const char *p = env->s, *end, *z, *why;
	int code;

	if (!env->len)
		return INJECT_READ;
	if (*p != 'F')
		return INJECT_FORMAT;
	z = memchr(p, 0, env->len);
	if (!z)
		return INJECT_READ;
	end = p + env->len;
	code = take_sender(in, p + 1);
	for (p = z + 1; !code && p < end && *p; p = z + 1) {
		z = memchr(p, 0, (size_t)(end - p));
		if (*p != 'T')
			return INJECT_FORMAT;
		if (!z)
			return INJECT_READ;
		if (in->nrcpt >= QUEUE_RECIPIENTS_MAX)
			return INJECT_REFUSED;
		if (!inject_recipient(in, p + 1, (size_t)(z - p) - 1, &why))
			code = bad_address(p + 1, (size_t)(z - p) - 1);
	}
	if (code)
		return code;
	if (p == end)
		return INJECT_READ;
	return in->nrcpt ? 0 : INJECT_FORMAT;
}

static void
send_message(struct inject *in, int memfd)
{
	char buf[PIECE];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(memfd, buf, sizeof buf, at)) != 0) {
		in->cut = n == -1 && errno != EINTR;
		if (in->cut ||
		    (n > 0 && inject_write(in, buf, (size_t)n) == -1))
			return;
		at += n > 0 ? n : 0;
	}
}

static int
code_of(const struct queue_answer *a)
{
	switch (a->result) {
	case QUEUE_ACCEPTED:
		return 0;
	case QUEUE_FULL:
		return INJECT_WRITE;
	case QUEUE_MALFORMED:
	case QUEUE_RELAY_DENIED:
		return INJECT_REFUSED;
	default:
		return INJECT_TEMPORARY;
	}
}

/* The message is in memfd, its envelope still to be read. */
static int
queue_it(struct inject *in, int memfd)
{
	struct queue_answer answer;
	stralloc env = { 0 };
	int code = read_envelope(&env);

	if (!code)
		code = take_envelope(in, &env);
	sa_free(&env);
	if (code == INJECT_READ)
		return leave(code, "the envelope ends early");
	if (code)
		return leave(code, "the message or its envelope is malformed");
	if (inject_open(in) == 0)
		send_message(in, memfd);
	inject_close(in, &answer);
	code = code_of(&answer);
	return code ? leave(code, answer.reason) : 0;
}

int
inject_qmail(void)
{
	struct inject in;
	int code, memfd;

	if (inject_start(&in) == -1)
		return leave(INJECT_HOME, "etc/me is missing");
	memfd = memfd_create("message", MFD_CLOEXEC);
	if (memfd == -1) {
		code = leave(INJECT_NO_MEMORY, "out of memory");
	} else {
		code = keep_message(&in, memfd);
		code = code ? leave(code, "the message cannot be read")
			    : queue_it(&in, memfd);
		close(memfd);
	}
	inject_free(&in);
	return code;
}
