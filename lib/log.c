/* SPDX-License-Identifier: ISC */
#include "lib/log.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK     "...\n" /* ends a line that was cut */
#define MARK_LEN 4       /* bytes */

enum sink { SINK_WRITE, SINK_SEND, SINK_POLL };

static const char *program_name = "postern";
static enum sink sink;
static atomic_ulong dropped;

/* A line in the making: units (a byte, or an escape) go in whole.  safe is the
 * length up to which "...\n" still fits behind. */
struct line {
	char *buf;
	size_t size, len, safe;
	bool cut;
};

static void
line_start(struct line *l, char *buf, size_t size)
{
	*l = (struct line){ .buf = buf, .size = size };
	if (l->size > LOG_LINE_MAX)
		l->size = LOG_LINE_MAX;
}

static void
line_unit(struct line *l, const char *unit, size_t len)
{
	if (l->cut || l->len + len + 1 > l->size) {
		l->cut = true;
		return;
	}
	memcpy(l->buf + l->len, unit, len);
	l->len += len;
	if (l->len + MARK_LEN <= l->size)
		l->safe = l->len;
}

static void
line_byte(struct line *l, unsigned char c, bool quoted)
{
	static const char hex[] = "0123456789abcdef";
	char unit[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

	if (c < 0x20 || c >= 0x7f || c == '\\')
		line_unit(l, unit, 4);
	else if (c == '"' && quoted)
		line_unit(l, "\\\"", 2);
	else
		line_unit(l, (const char *)&c, 1);
}

static void
line_puts(struct line *l, const char *s)
{
	for (; *s && !l->cut; s++)
		line_byte(l, (unsigned char)*s, false);
}

static void
line_value(struct line *l, const char *s)
{
	if (*s && !s[strcspn(s, " \"")]) {
		line_puts(l, s);
		return;
	}
	line_unit(l, "\"", 1);
	for (; *s && !l->cut; s++)
		line_byte(l, (unsigned char)*s, true);
	line_unit(l, "\"", 1);
}

static void
line_pair(struct line *l, const char *key, const char *value)
{
	if (!value)
		return;
	line_unit(l, " ", 1);
	line_puts(l, key);
	line_unit(l, "=", 1);
	line_value(l, value);
}

static size_t
line_end(struct line *l)
{
	if (l->cut && l->size >= MARK_LEN) {
		memcpy(l->buf + l->safe, MARK, MARK_LEN);
		return l->safe + MARK_LEN;
	}
	if (l->size)
		l->buf[l->len++] = '\n';
	return l->len;
}

/* All of it or nothing; never waits. */
static bool
emit(const char *buf, size_t len)
{
	struct pollfd p = { .fd = 2, .events = POLLOUT };
	ssize_t n;

	do {
		if (sink == SINK_SEND)
			n = send(2, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (sink == SINK_POLL &&
			 (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT)))
			return false;
		else
			n = write(2, buf, len);
	} while (n == -1 && errno == EINTR);
	return n == (ssize_t)len;
}

static bool
emit_dropped(unsigned long n)
{
	char buf[LOG_LINE_MAX];
	struct line l;

	line_start(&l, buf, sizeof(buf));
	line_puts(&l, program_name);
	line_puts(&l, ": warning: ");
	line_puts(&l, log_num(n));
	line_puts(&l, " log lines dropped");
	return emit(buf, line_end(&l));
}

static void
line_send(struct line *l)
{
	size_t len = line_end(l);
	unsigned long n = atomic_exchange(&dropped, 0);

	if (n && !emit_dropped(n)) {
		atomic_fetch_add(&dropped, n + 1);
		return;
	}
	if (!emit(l->buf, len))
		atomic_fetch_add(&dropped, 1);
}

/* A file description of our own, non-blocking, so that the flag touches nobody
 * who shares stderr with us.  Opening needs the account that made the pipe. */
static enum sink
open_sink(void)
{
	struct stat st;
	int fd;

	if (fstat(2, &st) == -1)
		return SINK_WRITE;
	if (S_ISSOCK(st.st_mode))
		return SINK_SEND;
	if (!S_ISFIFO(st.st_mode) && !isatty(2))
		return SINK_WRITE;
	fd = open(
	    "/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return SINK_POLL;
	if (dup2(fd, 2) == -1) {
		close(fd);
		return SINK_POLL;
	}
	close(fd);
	return SINK_WRITE;
}

/* Were 0, 1 or 2 closed, a socket of ours would get the number. */
static void
fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= 2);
	if (fd != -1)
		close(fd);
}

void
log_program(const char *name)
{
	int saved = errno;

	program_name = name;
	fill_standard_fds();
	signal(SIGPIPE, SIG_IGN);
	sink = open_sink();
	errno = saved;
}

void
log_rename(const char *name)
{
	program_name = name;
}

static void
log_vtext(const char *kind, int err, va_list ap)
{
	char buf[LOG_LINE_MAX];
	struct line l;
	const char *s;

	line_start(&l, buf, sizeof(buf));
	line_puts(&l, program_name);
	line_puts(&l, ": ");
	line_puts(&l, kind);
	while ((s = va_arg(ap, const char *)))
		line_puts(&l, s);
	if (err) {
		line_puts(&l, ": ");
		line_puts(&l, strerror(err));
	}
	line_send(&l);
}

void
log_text_(const char *kind, int with_errno, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, with_errno);
	log_vtext(kind, with_errno ? saved : 0, ap);
	va_end(ap);
	errno = saved;
}

void
log_fatal_(int code, int with_errno, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, with_errno);
	log_vtext("fatal: ", with_errno ? saved : 0, ap);
	va_end(ap);
	exit(code);
}

static void
line_event(struct line *l, const char *program, const char *event)
{
	line_puts(l, program);
	line_puts(l, ": ");
	line_puts(l, event);
}

void
log_event_(const char *event, ...)
{
	int saved = errno;
	char buf[LOG_LINE_MAX];
	const char *key;
	struct line l;
	va_list ap;

	line_start(&l, buf, sizeof(buf));
	line_event(&l, program_name, event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)))
		line_pair(&l, key, va_arg(ap, const char *));
	va_end(ap);
	line_send(&l);
	errno = saved;
}

size_t
log_format_event(char *out, size_t size, const char *program, const char *event,
    const char *const *pairs)
{
	struct line l;

	line_start(&l, out, size);
	line_event(&l, program, event);
	for (; pairs[0]; pairs += 2)
		line_pair(&l, pairs[0], pairs[1]);
	return line_end(&l);
}

const char *
log_num(unsigned long long n)
{
	static _Thread_local char ring[8][24];
	static _Thread_local unsigned next;
	char *p = ring[next++ % 8] + sizeof(ring[0]);

	*--p = 0;
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return p;
}
