/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/local_job.h"
#include "deliver/quota_warning.h"
#include "lib/log.h"
#include "lib/maildir_purge.h"
#include "lib/maildir_usage.h"
#include "lib/msg.h"
#include "lib/service.h"
#include "lib/sock.h"

/* 0 or -1. */
static int
usage_of(struct maildir_usage *u, const char *mailbox)
{
	int rc, mails = open("mail",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (mails == -1)
		return -1;
	rc = maildir_usage(u, mails, mailbox);
	close(mails);
	return rc;
}

/* 'Q': room for size more? */
static char
decide(const char *mailbox, uint64_t size, uint64_t *used, uint64_t *quota)
{
	static struct table t;
	struct maildir_usage u;
	struct mailbox_info info;

	if (!t.path)
		table_init(&t, MAILBOXES_CDB);
	*used = *quota = 0;
	if (mailbox_lookup(&info, &t, mailbox) != 1)
		return 'T';
	*quota = info.quota;
	if (!info.quota && !info.messages)
		return 'Y';
	if (usage_of(&u, info.folder) == -1)
		return 'T';
	*used = u.bytes;
	quota_counted(info.folder, &u, &info);
	if (info.messages && u.messages >= info.messages)
		return 'N';
	return !info.quota || (size <= info.quota && *used <= info.quota - size)
		   ? 'Y'
		   : 'N';
}

/* 'A': would this address take mail of that sender? */
static int
may(const char *packet, size_t len, char *op, const char **why)
{
	char address[ADDR_MAX + 1], sender[ADDR_MAX + 1];
	struct msg_reader r;
	uint64_t version;

	if (msg_open(&r, packet, len) == -1 ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != DELIVER_VERSION ||
	    msg_gets(&r, address, sizeof address) == -1 ||
	    msg_gets(&r, sender, sizeof sender) == -1 || msg_close(&r) == -1)
		return -1;
	*why = "";
	*op = local_may(address, sender, why);
	return 0;
}

static int
question(const char *packet, size_t len, char *mailbox, size_t room,
    uint64_t *size)
{
	struct msg_reader r;
	uint64_t version;

	*size = 0;
	if (msg_open(&r, packet, len) == -1 || !strchr("QUP", r.op) ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != DELIVER_VERSION || msg_gets(&r, mailbox, room) == -1 ||
	    (r.op == 'Q' && msg_getn(&r, size, INT64_MAX / 2) == -1) ||
	    msg_close(&r) == -1)
		return -1;
	return addr_is_mailbox(mailbox, strlen(mailbox)) ? 0 : -1;
}

/* 'P': only what no mailbox is. */
static char
purge(const char *mailbox)
{
	struct table t;
	struct mailbox_info info;
	stralloc aside = { 0 };
	int mails, r;

	table_init(&t, MAILBOXES_CDB);
	r = mailbox_lookup(&info, &t, mailbox);
	table_close(&t);
	if (r != 0)
		return 'T';
	mails = open("mail", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = mails == -1 ? -1 : maildir_purge(&aside, mails, mailbox);
	if (r == -1)
		log_warnsys("unable to delete mail/",
		    aside.len ? aside.s : mailbox);
	else if (r)
		log_event("purged", "mailbox", mailbox);
	if (mails != -1)
		close(mails);
	sa_free(&aside);
	return r == -1 ? 'T' : r ? 'Y' : 'N';
}

/* The length of the answer, or -1: nonsense, or not for this caller. */
static long
answer(char *buf, size_t room, size_t len, uid_t uid)
{
	char mailbox[ADDR_MAILBOX_MAX + 1], op;
	uint64_t size, used, quota;
	struct maildir_usage u;
	const char *why = "the mailbox's usage cannot be told";
	struct msg_writer w;

	if (*buf == 'A') {
		if (may(buf, len, &op, &why) == -1)
			return -1;
		msg_start(&w, buf, room, op);
		msg_puts(&w, why);
		return msg_end(&w);
	}
	if (question(buf, len, mailbox, sizeof mailbox, &size) == -1)
		return -1;
	if (*buf == 'U') {
		op = usage_of(&u, mailbox) == -1 ? 'T' : 'Y';
		used = u.bytes;
		quota = u.messages;
	} else if (*buf == 'P') {
		if (uid != 0 && uid != service_uid("p-admin"))
			return -1;
		op = purge(mailbox);
		used = quota = 0;
	} else {
		op = decide(mailbox, size, &used, &quota);
	}
	msg_start(&w, buf, room, op);
	if (op == 'T') {
		msg_puts(&w, why);
	} else {
		msg_putn(&w, used);
		msg_putn(&w, quota);
	}
	return msg_end(&w);
}

int
local_usage(int conn, uid_t uid)
{
	char buf[1024];
	ssize_t len;

	for (;;) {
		len = sock_recv(
		    conn, buf, sizeof buf, NULL, 0, NULL, DELIVER_TIMEOUT_MS);
		if (len <= 0)
			return 0;
		len = answer(buf, sizeof buf, (size_t)len, uid);
		if (len == -1)
			return 1;
		if (sock_send(conn, buf, (size_t)len, NULL, 0,
			DELIVER_TIMEOUT_MS) == -1)
			return 0;
	}
}
