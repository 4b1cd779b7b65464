/* SPDX-License-Identifier: ISC */
#include "queue/queuectl_known.h"

#include "lib/log.h"
#include "lib/sock.h"
#include "queue/control.h"

static void
ask(int conn, const char *ids, size_t len, stralloc *unknown)
{
	static char packet[CONTROL_MSG_MAX];
	struct control_request q = { .op = 'K', .ids = ids, .ids_len = len };
	struct msg_reader r = { 0 };
	const char *list = "";
	size_t listed = 0;
	long n = control_request_make(packet, sizeof packet, &q);

	if (n == -1 || sock_send(conn, packet, (size_t)n, NULL, 0,
			   CONTROL_TIMEOUT_MS) == -1)
		log_fatalsys(111, "unable to ask queued");
	do {
		n = sock_recv(conn, packet, sizeof packet, NULL, 0, NULL,
		    CONTROL_TIMEOUT_MS);
		if (n <= 0 || msg_open(&r, packet, (size_t)n) == -1)
			log_fatal(111, "queued does not answer");
		if (r.op == 'U' &&
		    msg_getb(&r, &list, &listed, CONTROL_IDS_MAX) == 0)
			sa_catb(unknown, list, listed);
	} while (r.op != 'E');
}

void
queuectl_unknown(int conn, const stralloc *ids, stralloc *unknown)
{
	size_t at = 0, end;

	for (; at < ids->len; at = end) {
		end = ids->len; /* as many as go into a request */
		if (end - at > CONTROL_IDS_MAX)
			end = at + CONTROL_IDS_MAX;
		while (ids->s[end - 1])
			end--;
		ask(conn, ids->s + at, end - at, unknown);
	}
}
