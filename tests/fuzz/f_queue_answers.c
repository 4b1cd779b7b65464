/* SPDX-License-Identifier: ISC */
/* run/deliver/local and remote: the deliverers' answers at queued.
 *
 * Covers: queue/local_wire.c queue/local_bundle.c queue/remote_wire.c */
#include <sys/socket.h>
#include <unistd.h>
#include "lib/sock.h"
#include "queue/local_bundle.h"
#include "queue/remote_wire.h"
#include "tests/fuzz/fuzz.h"

/* These go into the journal, the log and bounces: no line ends. */
static bool
is_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

static void
look_at(const struct local_answer *x)
{
	FUZZ_HOLDS(x->op && strchr("SHKGNTXM", x->op));
	FUZZ_HOLDS(is_line(x->status) && is_line(x->text) &&
	    is_line(x->sender) && is_line(x->mailbox) && is_line(x->name) &&
	    is_line(x->away) && is_line(x->to));
}

static bool
each(void *arg, struct local_answer *x)
{
	(void)arg;
	look_at(x);
	FUZZ_HOLDS((x->fd != -1) == (x->op == 'H' || x->op == 'M'));
	return true;
}

/* The same as a packet with a descriptor, of one answer or many. */
static void
to_connection(const char *p, size_t len)
{
	int sv[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (!len || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == -1) {
		close(null);
		return;
	}
	if (sock_send(sv[0], p, len, &null, 1, 0) == 0)
		FUZZ_HOLDS(local_receive(sv[1], each, NULL) != 0);
	if (sock_send(sv[0], p, len, NULL, 0, 0) == 0)
		FUZZ_HOLDS(local_receive(sv[1], each, NULL) != 0);
	close(sv[0]);
	close(sv[1]);
	close(null);
}

static void
to_queued(const char *p, size_t len)
{
	struct local_answer local;
	struct remote_answer remote;

	if (local_answer_scan(&local, p, len) == 0) {
		look_at(&local);
		local_answer_free(&local);
	}
	to_connection(p, len);
	if (remote_answer_scan(&remote, p, len) == 0) {
		FUZZ_HOLDS(remote.op && strchr("PAE", remote.op));
		FUZZ_HOLDS(remote.op != 'P' || strchr("KTNL", remote.class));
		FUZZ_HOLDS(remote.op != 'A' || *remote.account);
		FUZZ_HOLDS(is_line(remote.status) && is_line(remote.host) &&
		    is_line(remote.account) && is_line(remote.text));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_copy(data, size);

	to_queued(p, size);
	free(p);
	return 0;
}
