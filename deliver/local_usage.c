/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/local_job.h"
#include "lib/maildir_usage.h"
#include "lib/msg.h"
#include "lib/sock.h"

/* 0 or -1. */
static int
usage_of(uint64_t *used, const char *mailbox)
{
	struct maildir_usage u;
	int rc, mails = open("mail",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (mails == -1)
		return -1;
	rc = maildir_usage(&u, mails, mailbox);
	close(mails);
	*used = u.bytes;
	return rc;
}

static char
decide(const char *mailbox, uint64_t size, uint64_t *used, uint64_t *quota)
{
	static struct table t;
	struct mailbox_info info;

	if (!t.path)
		table_init(&t, MAILBOXES_CDB);
	*used = *quota = 0;
	if (mailbox_lookup(&info, &t, mailbox) != 1)
		return 'T';
	*quota = info.quota;
	if (!info.quota)
		return 'Y';
	if (usage_of(used, info.folder) == -1)
		return 'T';
	return size <= info.quota && *used <= info.quota - size ? 'Y' : 'N';
}

static int
question(const char *packet, size_t len, char *mailbox, size_t room,
    uint64_t *size)
{
	struct msg_reader r;
	uint64_t version;

	if (msg_open(&r, packet, len) == -1 || r.op != 'Q' ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != DELIVER_VERSION || msg_gets(&r, mailbox, room) == -1 ||
	    msg_getn(&r, size, INT64_MAX / 2) == -1 || msg_close(&r) == -1)
		return -1;
	return addr_is_mailbox(mailbox, strlen(mailbox)) ? 0 : -1;
}

int
local_usage(int conn)
{
	char buf[512], mailbox[ADDR_MAILBOX_MAX + 1], op;
	uint64_t size, used, quota;
	struct msg_writer w;
	ssize_t len;

	for (;;) {
		len = sock_recv(
		    conn, buf, sizeof buf, NULL, 0, NULL, DELIVER_TIMEOUT_MS);
		if (len <= 0)
			return 0;
		if (question(buf, len, mailbox, sizeof mailbox, &size) == -1)
			return 1;
		op = decide(mailbox, size, &used, &quota);
		msg_start(&w, buf, sizeof buf, op);
		if (op == 'T') {
			msg_puts(&w, "the mailbox's usage cannot be told");
		} else {
			msg_putn(&w, used);
			msg_putn(&w, quota);
		}
		if (sock_send(conn, buf, msg_end(&w), NULL, 0,
			DELIVER_TIMEOUT_MS) == -1)
			return 0;
	}
}
