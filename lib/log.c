/* SPDX-License-Identifier: ISC */
#include "lib/log.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log_line.h"

enum sink { SINK_WRITE, SINK_SEND, SINK_POLL };

static const char *program_name = "postern";
static enum sink sink;
/* Of all processes that a daemon forks: shared from log_program on. */
static atomic_ulong dropped_alone, *dropped = &dropped_alone;
static void (*tell_fatal)(int code, const char *text, size_t len);
/* Of the thread that called log_hold. */
static _Thread_local bool holding;
static struct {
	char buf[LOG_LINE_MAX]; /* no more: a pipe takes it whole or not at all */
	size_t len;
	unsigned long lines;
} held;

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
	struct log_line l;

	log_line_start(&l, buf, sizeof(buf));
	log_line_puts(&l, program_name);
	log_line_puts(&l, ": warning: ");
	log_line_puts(&l, log_num(n));
	log_line_puts(&l, " log lines dropped");
	return emit(buf, log_line_end(&l));
}

static void
lines_send(const char *buf, size_t len, unsigned long lines)
{
	unsigned long n = atomic_load(dropped);

	if (n)
		n = atomic_exchange(dropped, 0);
	if (n && !emit_dropped(n)) {
		atomic_fetch_add(dropped, n + lines);
		return;
	}
	if (!emit(buf, len))
		atomic_fetch_add(dropped, lines);
}

void
log_release(void)
{
	if (held.lines)
		lines_send(held.buf, held.len, held.lines);
	held.len = 0;
	held.lines = 0;
	holding = false;
}

void
log_hold(void)
{
	holding = true;
}

static void
line_send(struct log_line *l)
{
	size_t len = log_line_end(l);

	if (!holding) {
		lines_send(l->buf, len, 1);
		return;
	}
	if (held.len + len > sizeof(held.buf)) {
		log_release();
		log_hold();
	}
	memcpy(held.buf + held.len, l->buf, len);
	held.len += len;
	held.lines++;
}

/* A file description of our own, non-blocking, so that the flag touches nobody
 * who shares stderr with us.  Opening needs the account that made the pipe. */
static enum sink
open_sink(void)
{
	struct stat st, out;
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
	/* A supervisor's log pipe may be open both ways: nobody is to read there
	 * what others log. */
	if (fstat(1, &out) == 0 && out.st_ino == st.st_ino &&
	    out.st_dev == st.st_dev)
		dup2(fd, 1);
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

/* One page, which the kernel gives when the first line is said. */
static void
share_count(void)
{
	void *page = mmap(NULL, sizeof *dropped, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED)
		dropped = page;
}

void
log_program(const char *name)
{
	int saved = errno;

	program_name = name;
	fill_standard_fds();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full disk, where somebody set a limit */
	sink = open_sink();
	if (dropped == &dropped_alone)
		share_count();
	errno = saved;
}

void
log_rename(const char *name)
{
	program_name = name;
}

static void
put_parts(struct log_line *l, int err, va_list ap)
{
	const char *s;

	while ((s = va_arg(ap, const char *)))
		log_line_puts(l, s);
	if (err) {
		log_line_puts(l, ": ");
		log_line_puts(l, strerror(err));
	}
}

static void
log_vtext(const char *kind, int err, va_list ap)
{
	char buf[LOG_LINE_MAX];
	struct log_line l;

	log_line_start(&l, buf, sizeof(buf));
	log_line_puts(&l, program_name);
	log_line_puts(&l, ": ");
	log_line_puts(&l, kind);
	put_parts(&l, err, ap);
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
log_at_fatal(void (*tell)(int code, const char *text, size_t len))
{
	tell_fatal = tell;
}

void
log_fatal_(int code, int with_errno, ...)
{
	int saved = errno;
	char text[LOG_LINE_MAX];
	struct log_line l;
	va_list ap;

	va_start(ap, with_errno);
	log_vtext("fatal: ", with_errno ? saved : 0, ap);
	va_end(ap);
	if (holding)
		log_release();
	if (tell_fatal) {
		log_line_start(&l, text, sizeof(text));
		va_start(ap, with_errno);
		put_parts(&l, with_errno ? saved : 0, ap);
		va_end(ap);
		tell_fatal(code, text, log_line_end(&l) - 1);
	}
	exit(code);
}

void
log_event_(const char *event, ...)
{
	int saved = errno;
	char buf[LOG_LINE_MAX];
	const char *key;
	struct log_line l;
	va_list ap;

	log_line_start(&l, buf, sizeof(buf));
	log_line_event(&l, program_name, event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)))
		log_line_pair(&l, key, va_arg(ap, const char *));
	va_end(ap);
	line_send(&l);
	errno = saved;
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
