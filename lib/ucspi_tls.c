/* SPDX-License-Identifier: ISC */
#include "lib/ucspi_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/deadline.h"

static int
open_fd(const char *name)
{
	const char *s = getenv(name);
	char *end;
	long n;

	if (!s || *s < '0' || *s > '9')
		return -1;
	n = strtol(s, &end, 10);
	return *end || n > 65535 || fcntl((int)n, F_GETFD) == -1 ? -1 : (int)n;
}

int
ucspi_tls_find(struct ucspi_tls *u)
{
	memset(u, 0, sizeof(*u));
	if (!getenv("SSLCTLFD"))
		return 0;
	u->control = open_fd("SSLCTLFD");
	u->in = open_fd("SSLREADFD");
	u->out = open_fd("SSLWRITEFD");
	return u->control == -1 || u->in == -1 || u->out == -1 ? -1 : 1;
}

/* Printable only: it goes into Received. */
static void
take(char *out, size_t size, const char *text, const char *name)
{
	size_t n = strlen(name), i;

	if (strncmp(text, name, n) != 0 || strlen(text + n) >= size)
		return;
	for (i = n; text[i]; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return;
	snprintf(out, size, "%s", text + n);
}

int
ucspi_tls_feed(struct ucspi_tls *u, struct ucspi_tls_answer *a, char byte)
{
	bool lone = a->total == 1 && a->len == 0;

	if (a->total++ == UCSPI_TLS_ENV_MAX || (lone && byte)) {
		errno = EPROTO;
		return -1;
	}
	if (byte) {
		if (a->len < sizeof(a->text) - 1)
			a->text[a->len] = byte;
		a->len++;
		return 0;
	}
	if (a->len == 0)
		return a->total > 1;
	if (a->len < sizeof(a->text)) {
		a->text[a->len] = '\0';
		take(u->protocol, sizeof(u->protocol), a->text, "SSL_PROTOCOL=");
		take(u->cipher, sizeof(u->cipher), a->text, "SSL_CIPHER=");
	}
	a->len = 0;
	return 0;
}

/* Control may be the stream itself, whose first bytes are not ours to take: a
 * byte at a time. */
int
ucspi_tls_start(struct ucspi_tls *u, int timeout_ms)
{
	struct ucspi_tls_answer a = { 0 };
	uint64_t deadline = deadline_in(timeout_ms);
	ssize_t n;
	char c;
	int r = 0;

	if (write(u->control, "Y", 1) != 1)
		return -1;
	while (r == 0) {
		if (deadline_wait(u->control, POLLIN, deadline) == -1)
			return -1;
		n = read(u->control, &c, 1);
		if (n == 0)
			errno = ECONNRESET;
		if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
			return -1;
		if (n == 1)
			r = ucspi_tls_feed(u, &a, c);
	}
	/* a write's deadline is poll's matter */
	return r == 1 ? fcntl(u->out, F_SETFL, O_NONBLOCK) : -1;
}
