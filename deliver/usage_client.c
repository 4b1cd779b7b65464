/* SPDX-License-Identifier: ISC */
#include "deliver/deliver.h"
#include "lib/msg.h"
#include "lib/sock.h"

/* Asks what w holds.  'Y' or 'N', the rest of the answer in r; -1. */
static int
ask(struct msg_writer *w, const char *request, struct msg_reader *r,
    char *answer, size_t size)
{
	long n = msg_end(w);
	ssize_t len = n == -1 ? -1
			      : sock_call(DELIVER_USAGE_PATH, request,
				    (size_t)n, NULL, 0, answer, size, NULL,
				    DELIVER_TIMEOUT_MS);

	if (len == -1 || msg_open(r, answer, len) == -1 ||
	    (r->op != 'Y' && r->op != 'N'))
		return -1;
	return r->op;
}

int
deliver_usage(const char *mailbox, uint64_t size)
{
	char request[256], answer[512];
	struct msg_writer w;
	struct msg_reader r;
	uint64_t used, quota;
	int op;

	msg_start(&w, request, sizeof request, 'Q');
	msg_putn(&w, DELIVER_VERSION);
	msg_puts(&w, mailbox);
	msg_putn(&w, size);
	op = ask(&w, request, &r, answer, sizeof answer);
	if (op == -1 || msg_getn(&r, &used, UINT64_MAX) == -1 ||
	    msg_getn(&r, &quota, UINT64_MAX) == -1 || msg_close(&r) == -1)
		return -1;
	if (op == 'N' && quota && size > quota)
		return 2;
	return op == 'Y';
}

int
deliver_may(const char *address, const char *sender, char *why)
{
	char request[1024], answer[1024];
	struct msg_writer w;
	struct msg_reader r;
	int op;

	*why = 0;
	msg_start(&w, request, sizeof request, 'A');
	msg_putn(&w, DELIVER_VERSION);
	msg_puts(&w, address);
	msg_puts(&w, sender);
	op = ask(&w, request, &r, answer, sizeof answer);
	if (op == -1 || msg_gets(&r, why, DELIVER_TEXT_MAX + 1) == -1 ||
	    msg_close(&r) == -1)
		return -1;
	return op == 'Y';
}

/* Makes 'U' or 'P'. */
static long
make_question(char *packet, size_t size, char op, const char *mailbox)
{
	struct msg_writer w;

	msg_start(&w, packet, size, op);
	msg_putn(&w, DELIVER_VERSION);
	msg_puts(&w, mailbox);
	return msg_end(&w);
}

int
deliver_usage_all(int *fd, const char *mailbox, uint64_t *bytes, uint64_t *n)
{
	char packet[512];
	struct msg_reader r;
	long len = make_question(packet, sizeof packet, 'U', mailbox);

	if (*fd == -1)
		*fd = sock_connect(DELIVER_USAGE_PATH, DELIVER_TIMEOUT_MS);
	if (*fd == -1 || len == -1 || sock_send(*fd, packet, (size_t)len, NULL,
					  0, DELIVER_TIMEOUT_MS) == -1)
		return -1;
	len = sock_recv(*fd, packet, sizeof packet, NULL, 0, NULL,
	    DELIVER_TIMEOUT_MS);
	if (len <= 0 || msg_open(&r, packet, (size_t)len) == -1 ||
	    r.op != 'Y' || msg_getn(&r, bytes, UINT64_MAX) == -1 ||
	    msg_getn(&r, n, UINT64_MAX) == -1 || msg_close(&r) == -1)
		return -1;
	return 0;
}

int
deliver_purge(const char *mailbox)
{
	char packet[512];
	long len = make_question(packet, sizeof packet, 'P', mailbox);

	if (len == -1)
		return -1;
	len = sock_call(DELIVER_USAGE_PATH, packet, (size_t)len, NULL, 0, packet,
	    sizeof packet, NULL, DELIVER_PURGE_MS);
	if (len <= 0)
		return -1;
	return *packet == 'Y' ? 1 : *packet == 'N' ? 0 : -1;
}
