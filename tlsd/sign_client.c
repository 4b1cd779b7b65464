/* SPDX-License-Identifier: ISC */
#include "tlsd/sign_client.h"

#include <sys/socket.h>
#include <unistd.h>
#include "lib/sock.h"

#define NEWS_MAX   (CERT_CHAIN_MAX + 512)
#define CONTROL_MS 5000 /* the acceptor's patience with the signer */

int
signer_sign(
    int fd, const struct sign_request *req, unsigned char *sig, size_t *siglen)
{
	char wire[SIGN_PACKET_MAX];
	long len = sign_request_put(wire, sizeof(wire), req);
	ssize_t n;

	if (len == -1 ||
	    sock_send(fd, wire, (size_t)len, NULL, 0, SIGN_ANSWER_MS) == -1)
		return -1;
	n = sock_recv(fd, wire, sizeof(wire), NULL, 0, NULL, SIGN_ANSWER_MS);
	if (n <= 0)
		return -1;
	return sign_answer_scan(sig, *siglen, siglen, wire, (size_t)n) == 1
		   ? 0
		   : -1;
}

int
signer_channel(int control)
{
	char wire[SIGN_PACKET_MAX];
	long len = control_put(wire, sizeof(wire), 'S');
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	r = sock_send(control, wire, (size_t)len, &ends[1], 1, CONTROL_MS);
	close(ends[1]);
	if (r == -1) {
		close(ends[0]);
		return -1;
	}
	return ends[0];
}

int
signer_check(int control, void (*news)(void *arg, const struct cert_news *news),
    void *arg)
{
	static char wire[NEWS_MAX];
	struct cert_news one;
	long len = control_put(wire, sizeof(wire), 'C');
	ssize_t n;

	if (sock_send(control, wire, (size_t)len, NULL, 0, CONTROL_MS) == -1)
		return -1;
	for (;;) {
		n = sock_recv(
		    control, wire, sizeof(wire), NULL, 0, NULL, CONTROL_MS);
		if (n <= 0 || cert_news_scan(&one, wire, (size_t)n) == -1)
			return -1;
		if (one.op == 'E')
			return (int)one.usable;
		news(arg, &one);
	}
}
