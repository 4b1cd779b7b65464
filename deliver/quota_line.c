/* SPDX-License-Identifier: ISC */
/* When a mailbox is to be counted, and whether its owner has been told. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "deliver/quota_warning.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/maildir_usage.h"
#include "lib/safefile.h"

#define COUNTS 256 /* mailboxes that a worker remembers: a power of two */
#define SHARE  8   /* the part of what is left that may come in uncounted */

struct count {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	struct maildir_usage u;
	uint64_t bytes, messages; /* that came since */
	uint64_t when;            /* seconds of boot */
};
static struct count counts[COUNTS];

uint64_t
quota_line(uint64_t quota)
{
	uint64_t percent = setting_number(SETTING_QUOTA_WARNING);

	return quota / 100 * percent + quota % 100 * percent / 100;
}

static struct count *
slot(const char *mailbox)
{
	uint32_t h = 5381;
	const char *s;

	for (s = mailbox; *s; s++)
		h = h * 33 ^ (unsigned char)*s;
	return &counts[h & (COUNTS - 1)];
}

static const char *
note_path(const char *mailbox)
{
	static char path[sizeof "mail//postern-warned" + ADDR_MAILBOX_MAX];

	snprintf(path, sizeof path, "mail/%s/postern-warned", mailbox);
	return path;
}

/* Has used reached a share of quota that is worth a letter? */
static bool
is_over(uint64_t used, uint64_t quota)
{
	uint64_t line = quota_line(quota);

	return line && used >= line;
}

/* Is what came since the count a small part of what was left to the line? */
static bool
is_far(uint64_t used, uint64_t added, uint64_t quota)
{
	uint64_t line = quota_line(quota);

	return !line || added < (line - used) / SHARE;
}

/* Does the last count still say that all is well, or the note that all is said?
 */
static bool
is_settled(struct count *c, const char *mailbox, uint64_t size,
    const struct mailbox_info *info)
{
	if (strcmp(c->mailbox, mailbox) != 0 ||
	    clock_boot_ms() / 1000 - c->when > QUOTA_COUNT_SECONDS)
		return false;
	c->bytes += size;
	c->messages++;
	if (is_over(c->u.bytes, info->quota) ||
	    is_over(c->u.messages, info->messages))
		return access(note_path(mailbox), F_OK) == 0;
	return is_far(c->u.bytes, c->bytes, info->quota) &&
	       is_far(c->u.messages, c->messages, info->messages);
}

/* 0 or -1. */
static int
recount(struct count *c, const char *mailbox)
{
	int rc, mails = open("mail",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*c = (struct count){ 0 };
	if (mails == -1)
		return -1;
	rc = maildir_usage(&c->u, mails, mailbox);
	close(mails);
	if (rc == -1)
		return -1;
	snprintf(c->mailbox, sizeof c->mailbox, "%s", mailbox);
	c->when = clock_boot_ms() / 1000;
	return 0;
}

/* 1: noted now.  0: it was noted before.  -1. */
static int
note(const char *mailbox)
{
	int fd = open(note_path(mailbox),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno == EEXIST ? 0 : -1;
	close(fd);
	return 1;
}

static void
warn(const char *mailbox, uint64_t used, uint64_t quota, bool messages)
{
	struct quota_warning w = { .mailbox = mailbox, .used = used,
		.quota = quota, .now = clock_wall_s(), .messages = messages };
	stralloc me = { 0 };
	int r = note(mailbox);

	if (r == 1) {
		if (setting_get(&me, "me") != 1)
			sa_copys(&me, "localhost");
		sa_0(&me);
		w.me = me.s;
		r = quota_warning_deliver(&w);
		sa_free(&me);
		if (r == 0)
			log_event("quota-warning", "mailbox", mailbox, "used",
			    log_num(used), "quota", log_num(quota), "of",
			    messages ? "messages" : "bytes");
	}
	if (r == -1)
		log_warnsys("unable to tell the owner of ", mailbox,
		    " that it is nearly full");
}

void
quota_counted(const char *mailbox, const struct maildir_usage *u,
    const struct mailbox_info *info)
{
	if (!is_over(u->bytes, info->quota) &&
	    !is_over(u->messages, info->messages))
		unlink(note_path(mailbox));
}

void
quota_delivered(const char *mailbox, uint64_t size)
{
	static struct table t;
	struct count *c = slot(mailbox);
	struct mailbox_info info;

	if (!t.path)
		table_init(&t, MAILBOXES_CDB);
	if (mailbox_lookup(&info, &t, mailbox) != 1 ||
	    (!quota_line(info.quota) && !quota_line(info.messages)) ||
	    is_settled(c, mailbox, size, &info) || recount(c, mailbox) == -1)
		return;
	if (is_over(c->u.bytes, info.quota))
		warn(mailbox, c->u.bytes, info.quota, false);
	else if (is_over(c->u.messages, info.messages))
		warn(mailbox, c->u.messages, info.messages, true);
	else
		unlink(note_path(mailbox));
}
