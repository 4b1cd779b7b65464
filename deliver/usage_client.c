/* SPDX-License-Identifier: ISC */
#include "deliver/deliver.h"
#include "lib/msg.h"
#include "lib/sock.h"

int
deliver_usage(const char *mailbox, uint64_t size)
{
	char request[256], answer[512];
	struct msg_writer w;
	struct msg_reader r;
	uint64_t used, quota;
	ssize_t len;

	msg_start(&w, request, sizeof request, 'Q');
	msg_putn(&w, DELIVER_VERSION);
	msg_puts(&w, mailbox);
	msg_putn(&w, size);
	if (msg_end(&w) == -1)
		return -1;
	len = sock_call(DELIVER_USAGE_PATH, request, msg_end(&w), NULL, 0,
	    answer, sizeof answer, NULL, DELIVER_TIMEOUT_MS);
	if (len == -1 || msg_open(&r, answer, len) == -1 ||
	    (r.op != 'Y' && r.op != 'N') ||
	    msg_getn(&r, &used, UINT64_MAX) == -1 ||
	    msg_getn(&r, &quota, UINT64_MAX) == -1 || msg_close(&r) == -1)
		return -1;
	return r.op == 'Y';
}

int
deliver_may(const char *address, const char *sender, char *why)
{
	char request[1024], answer[1024];
	struct msg_writer w;
	struct msg_reader r;
	ssize_t len;

	*why = 0;
	msg_start(&w, request, sizeof request, 'A');
	msg_putn(&w, DELIVER_VERSION);
	msg_puts(&w, address);
	msg_puts(&w, sender);
	if (msg_end(&w) == -1)
		return -1;
	len = sock_call(DELIVER_USAGE_PATH, request, msg_end(&w), NULL, 0,
	    answer, sizeof answer, NULL, DELIVER_TIMEOUT_MS);
	if (len == -1 || msg_open(&r, answer, len) == -1 ||
	    (r.op != 'Y' && r.op != 'N') ||
	    msg_gets(&r, why, DELIVER_TEXT_MAX + 1) == -1 ||
	    msg_close(&r) == -1)
		return -1;
	return r.op == 'Y';
}
