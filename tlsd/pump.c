/* SPDX-License-Identifier: ISC */
#include "tlsd/pump.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/deadline.h"

struct way { /* one direction's bytes on their way */
	char buf[PUMP_ROOM];
	size_t off, len;
	bool ended; /* nothing more will come */
};
struct pump {
	SSL *ssl;
	int client, plain;
	struct way in, out; /* in: from the client */
	/* worth trying without asking poll */
	bool plain_readable, plain_writable;
	short read_waits, write_waits; /* TLS: POLLIN, POLLOUT; 0: worth it */
	bool told; /* the plain side knows of the client's end */
	bool broken;
};

static struct pump p; /* one a process; its buffers cost nothing until used */

static void
tls_failed(int r, short *waits)
{
	switch (SSL_get_error(p.ssl, r)) {
	case SSL_ERROR_WANT_READ:
		*waits = POLLIN;
		return;
	case SSL_ERROR_WANT_WRITE:
		*waits = POLLOUT;
		return;
	case SSL_ERROR_ZERO_RETURN:
		p.in.ended = true;
		return;
	default:
		p.in.ended = p.broken = true;
	}
}

static bool
tls_read(void)
{
	int n = SSL_read(p.ssl, p.in.buf, PUMP_ROOM);

	if (n <= 0) {
		tls_failed(n, &p.read_waits);
		return p.in.ended;
	}
	if (!SSL_has_pending(p.ssl))
		p.read_waits = POLLIN; /* ask poll before a read */
	p.in.off = 0;
	p.in.len = (size_t)n;
	return true;
}

static bool
tls_write(void)
{
	int n = SSL_write(p.ssl, p.out.buf + p.out.off, (int)p.out.len);

	if (n <= 0) {
		tls_failed(n, &p.write_waits);
		return p.broken;
	}
	p.out.off += (size_t)n;
	p.out.len -= (size_t)n;
	return true;
}

static bool
plain_read(void)
{
	ssize_t n = read(p.plain, p.out.buf, PUMP_ROOM);

	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		p.plain_readable = errno == EINTR;
		return false;
	}
	if (n <= 0) {
		p.out.ended = true;
		return true;
	}
	p.plain_readable = n == PUMP_ROOM;
	p.out.off = 0;
	p.out.len = (size_t)n;
	return true;
}

/* A plain side that takes nothing more may still have something to say. */
static bool
plain_write(void)
{
	ssize_t n = send(p.plain, p.in.buf + p.in.off, p.in.len, MSG_NOSIGNAL);

	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		p.plain_writable = errno == EINTR;
		return false;
	}
	if (n == -1) {
		p.in.len = 0;
		p.in.ended = p.told = true;
		return true;
	}
	p.in.off += (size_t)n;
	p.in.len -= (size_t)n;
	return true;
}

/* Everything that can be done now; false: nothing could. */
static bool
step(void)
{
	bool moved = false;

	if (!p.in.ended && !p.in.len && !p.read_waits)
		moved |= tls_read();
	if (p.in.len && p.plain_writable)
		moved |= plain_write();
	if (p.in.ended && !p.in.len && !p.told) {
		shutdown(p.plain, SHUT_WR);
		p.told = true;
	}
	if (!p.out.ended && !p.out.len && p.plain_readable)
		moved |= plain_read();
	if (p.out.len && !p.write_waits && !p.broken)
		moved |= tls_write();
	return moved;
}

/* The deadline runs only while something waits to be delivered. */
static int
wait_for_more(void)
{
	struct pollfd f[2] = { { .fd = p.client }, { .fd = p.plain } };
	bool pending = p.in.len || p.out.len;
	int n;

	if (!p.in.ended && !p.in.len)
		f[0].events |= p.read_waits;
	if (p.out.len)
		f[0].events |= p.write_waits;
	if (p.in.len)
		f[1].events |= POLLOUT;
	if (!p.out.ended && !p.out.len)
		f[1].events |= POLLIN;
	if (!f[0].events)
		f[0].fd = -1;
	if (!f[1].events)
		f[1].fd = -1;
	do {
		n = poll(f, 2, pending ? PUMP_STUCK_SECONDS * 1000 : -1);
	} while (n == -1 && errno == EINTR);
	if (n <= 0)
		return -1;
	if (f[0].revents)
		p.read_waits = p.write_waits = 0;
	p.plain_readable |= (f[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
	p.plain_writable |= (f[1].revents & (POLLOUT | POLLHUP | POLLERR)) != 0;
	return 0;
}

void
pump_linger(int client)
{
	uint64_t deadline = deadline_in(PUMP_LINGER_SECONDS * 1000);
	char sink[512];
	ssize_t n = 1;

	if (shutdown(client, SHUT_WR) == -1)
		return;
	while (n > 0 && deadline_left(deadline) > 0 &&
	       deadline_wait(client, POLLIN, deadline) == 0)
		n = recv(client, sink, sizeof(sink), MSG_DONTWAIT);
}

void
pump_run(SSL *ssl, int client, int plain)
{
	p.ssl = ssl;
	p.client = client;
	p.plain = plain;
	p.plain_readable = p.plain_writable = true;
	while (!p.broken && !(p.out.ended && !p.out.len))
		if (!step() && wait_for_more() == -1)
			break;
	ERR_clear_error();
	if (!p.broken)
		SSL_shutdown(ssl);
	/* what came before a break belongs to the plain side still */
	while (p.broken && p.in.len && plain_write())
		;
	close(plain);
	pump_linger(client);
}
