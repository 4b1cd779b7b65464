/* SPDX-License-Identifier: ISC */
/* run/deliver/local and remote: the deliverers' answers at queued.
 *
 * Covers: queue/local_wire.c queue/remote_wire.c */
#include "queue/local_wire.h"
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
to_queued(const char *p, size_t len)
{
	struct local_answer local;
	struct remote_answer remote;

	if (local_answer_scan(&local, p, len) == 0) {
		FUZZ_HOLDS(local.op && strchr("SHKGNTXM", local.op));
		FUZZ_HOLDS(is_line(local.status) && is_line(local.text) &&
		    is_line(local.sender) && is_line(local.mailbox) &&
		    is_line(local.name) && is_line(local.away) &&
		    is_line(local.to));
		local_answer_free(&local);
	}
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
