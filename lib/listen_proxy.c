/* SPDX-License-Identifier: ISC */
#include "lib/listen_proxy.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "lib/clock.h"

#define V2_HEAD    16 /* bytes before the addresses */
#define V2_LOCAL   0x20
#define V2_PROXY   0x21
#define V2_TCP4    0x11
#define V2_TCP6    0x21
#define TLV_SSL    0x20
#define SSL_CLIENT 0x01 /* bit: the client connected over TLS */

static const unsigned char v2_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* A field up to one blank or the end; -1: there is none or it is too long. */
static int
field(char *out, size_t size, const char **s, const char *end)
{
	const char *p = *s;
	size_t n = 0;

	while (p < end && *p != ' ' && n + 1 < size)
		out[n++] = *p++;
	out[n] = '\0';
	if (n == 0 || (p < end && *p != ' ') || memchr(out, '\0', n))
		return -1;
	*s = p < end ? p + 1 : p;
	return 0;
}

static int
take_ip(struct ip *ip, const char **s, const char *end, bool v6)
{
	char text[IP_TEXT_SIZE];

	if (field(text, sizeof(text), s, end) == -1 || !ip_parse(ip, text) ||
	    (strchr(text, ':') != NULL) != v6)
		return -1;
	return 0;
}

static int
take_port(uint16_t *port, const char **s, const char *end)
{
	char text[6], *stop;
	unsigned long n;

	if (field(text, sizeof(text), s, end) == -1 || text[0] < '0' ||
	    text[0] > '9' || (text[0] == '0' && text[1]))
		return -1;
	n = strtoul(text, &stop, 10);
	if (*stop || n > 65535)
		return -1;
	*port = (uint16_t)n;
	return 0;
}

/* The line without CR LF. */
static int
parse_line(struct listen_proxy *p, const char *s, const char *end)
{
	char word[8];
	bool v6;

	s += 6; /* "PROXY " */
	if (field(word, sizeof(word), &s, end) == -1)
		return -1;
	if (strcmp(word, "UNKNOWN") == 0)
		return 1;
	v6 = strcmp(word, "TCP6") == 0;
	if ((!v6 && strcmp(word, "TCP4") != 0) || end[-1] == ' ' ||
	    take_ip(&p->remote, &s, end, v6) == -1 ||
	    take_ip(&p->local, &s, end, v6) == -1 ||
	    take_port(&p->remote_port, &s, end) == -1 ||
	    take_port(&p->local_port, &s, end) == -1 || s != end)
		return -1;
	p->known = true;
	return 1;
}

static int
parse_v1(struct listen_proxy *p, const char *s, size_t len)
{
	static const char start[] = "PROXY ";
	size_t n = len < sizeof(start) - 1 ? len : sizeof(start) - 1;
	const char *lf;

	if (memcmp(s, start, n) != 0)
		return -1;
	if (len > LISTEN_PROXY_V1_MAX)
		len = LISTEN_PROXY_V1_MAX;
	lf = memchr(s, '\n', len);
	if (!lf)
		return len == LISTEN_PROXY_V1_MAX ? -1 : 0;
	if (lf - s < (long)sizeof(start) || lf[-1] != '\r')
		return -1;
	p->used = (size_t)(lf - s) + 1;
	return parse_line(p, s, lf - 1);
}

static uint16_t
be16(const unsigned char *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static void
v4_mapped(struct ip *ip, const unsigned char *b)
{
	memset(ip->b, 0, 10);
	memset(ip->b + 10, 0xff, 2);
	memcpy(ip->b + 12, b, 4);
}

/* Walks the fields behind the addresses. */
static int
parse_tlvs(struct listen_proxy *p, const unsigned char *b, size_t len)
{
	size_t n;

	for (; len; b += 3 + n, len -= 3 + n) {
		if (len < 3)
			return -1;
		n = be16(b + 1);
		if (n > len - 3)
			return -1;
		if (b[0] == TLV_SSL && n >= 1 && (b[3] & SSL_CLIENT))
			p->tls = true;
	}
	return 1;
}

/* The addresses and what follows, whole. */
static int
parse_addresses(struct listen_proxy *p, unsigned char family,
    const unsigned char *b, size_t len)
{
	if (family == V2_TCP4) {
		if (len < 12)
			return -1;
		v4_mapped(&p->remote, b);
		v4_mapped(&p->local, b + 4);
		p->remote_port = be16(b + 8);
		p->local_port = be16(b + 10);
		p->known = true;
		return parse_tlvs(p, b + 12, len - 12);
	}
	if (family == V2_TCP6) {
		if (len < 36)
			return -1;
		memcpy(p->remote.b, b, 16);
		memcpy(p->local.b, b + 16, 16);
		p->remote_port = be16(b + 32);
		p->local_port = be16(b + 34);
		p->known = true;
		return parse_tlvs(p, b + 36, len - 36);
	}
	/* 0: unknown, 0x3.: UNIX sockets: nothing we could use; no datagrams */
	return (family & 0x0f) == 0x02 || family > 0x32 ? -1 : 1;
}

static int
parse_v2(struct listen_proxy *p, const unsigned char *b, size_t len)
{
	size_t n = len < sizeof(v2_signature) ? len : sizeof(v2_signature);

	if (memcmp(b, v2_signature, n) != 0 ||
	    (len > 12 && b[12] != V2_LOCAL && b[12] != V2_PROXY))
		return -1;
	if (len < V2_HEAD)
		return 0;
	p->used = V2_HEAD + (size_t)be16(b + 14);
	if (p->used > LISTEN_PROXY_MAX)
		return -1;
	if (len < p->used)
		return 0;
	if (b[12] == V2_LOCAL)
		return 1;
	return parse_addresses(p, b[13], b + V2_HEAD, p->used - V2_HEAD);
}

int
listen_proxy_parse(struct listen_proxy *p, const void *buf, size_t len)
{
	const char *s = buf;

	memset(p, 0, sizeof(*p));
	if (len == 0)
		return 0;
	return *s == '\r' ? parse_v2(p, buf, len) : parse_v1(p, s, len);
}

/* Peeks at what is there behind the bytes already taken, and takes it as far
 * as it belongs to the header. */
static int
read_some(struct listen_proxy *p, int fd, unsigned char *buf, size_t *len)
{
	ssize_t n = recv(fd, buf + *len, LISTEN_PROXY_MAX - *len,
	    MSG_PEEK | MSG_DONTWAIT);
	int r;

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0) {
		errno = ECONNRESET;
		return -1;
	}
	r = listen_proxy_parse(p, buf, *len + (size_t)n);
	if (r == -1 || (r == 0 && *len + (size_t)n == LISTEN_PROXY_MAX)) {
		errno = EPROTO;
		return -1;
	}
	if (r == 1)
		n = (ssize_t)(p->used - *len);
	if (recv(fd, buf + *len, (size_t)n, MSG_DONTWAIT) != n)
		return -1;
	*len += (size_t)n;
	return r;
}

int
listen_proxy_read(struct listen_proxy *p, int fd, int timeout_ms)
{
	unsigned char buf[LISTEN_PROXY_MAX];
	uint64_t until = clock_boot_ms() + (uint64_t)timeout_ms, now;
	struct pollfd pfd = { fd, POLLIN, 0 };
	size_t len = 0;
	int r;

	for (;;) {
		now = clock_boot_ms();
		if (now >= until) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(&pfd, 1, (int)(until - now)) <= 0)
			continue;
		r = read_some(p, fd, buf, &len);
		if (r != 0)
			return r == 1 ? 0 : -1;
	}
}
