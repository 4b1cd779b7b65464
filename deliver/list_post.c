/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "deliver/header.h"
#include "deliver/list.h"
#include "lib/log.h"

/* Taken, and nothing comes of it. */
static int
drop(struct local_job *job, int conn, const char *why)
{
	log_event("dropped", "id", job->id, "to", job->recipient, "from",
	    job->sender, "reason", why);
	return local_answer(job, conn, 'K', "", NULL);
}

/* 1: it may go out; 0: the answer is out; -1.  What comes by another list of
 * ours, as the lines in front of it say, was let in there: the administrator made
 * this list a member of that one. */
static int
look(struct local_job *job, int conn, const struct list *l)
{
	static char buf[HEADER_MAX];
	struct header h, ours;
	stralloc id = { 0 };
	int rc = 1;

	list_name(&id, l, "");
	id.s[addr_at(id.s, id.len)] = '.';
	header_of(&ours, job->head, strlen(job->head));
	if (header_read(&h, buf, job->message, job->offset, job->size) == -1)
		rc = local_answer(
		    job, conn, 'T', "the message cannot be read", NULL);
	else if (header_says(&h, "List-Id", id.s) ||
		 header_says(&ours, "List-Id", id.s))
		rc = local_answer(job, conn, 'N', "5.4.6",
		    "mail loop: this list has had the message already");
	else if (!*job->sender ||
		 header_says(&h, "Auto-Submitted", "auto-replied"))
		rc = drop(job, conn, "an automatic answer");
	else if (!header_has(&ours, "List-Id") &&
		 !list_may_post(l, job->sender))
		rc = local_answer(job, conn, 'N', "5.7.2",
		    "you may not post to this list; write to its owner");
	sa_free(&id);
	return job->state == LOCAL_ANSWERED ? (rc ? -1 : 0) : 1;
}

static int
send_out(struct local_job *job, int conn, const struct list *l)
{
	stralloc head = { 0 }, before = { 0 }, sender = { 0 }, to = { 0 };
	char key[TOKEN_KEY_BYTES + 1];
	struct local_targets x = { .mailbox = "", .away = "", .key = key };
	int rc;

	x.kind = *list_option(l, "verp", &to) ? "verp" : "list";
	list_head(&head, key, l);
	list_members(&to, l);
	list_name(&sender, l, "-bounces");
	rc = local_head(&before, job);
	list_head_strip(&before);
	sa_cat(&head, &before);
	sa_0(&head);
	x.head = head.s;
	x.sender = sender.s;
	x.targets = to.s;
	x.len = to.len;
	if (rc == -1 || head.len > DELIVER_HEAD_MAX)
		rc = local_answer(job, conn, 'N', "5.4.6",
		    "passed on too many times");
	else if (!to.len)
		rc = drop(job, conn, "the list has no members");
	else
		rc = local_answer_targets(job, conn, &x);
	sa_free(&head);
	sa_free(&before);
	sa_free(&sender);
	sa_free(&to);
	return rc;
}

static int
post(struct local_job *job, int conn, const struct list *l)
{
	int rc = look(job, conn, l);

	return rc == 1 ? send_out(job, conn, l) : rc;
}

int
list_post(struct local_job *job, int conn, const char *address)
{
	struct list l;
	int rc;

	if (list_open(&l, address) == 1)
		rc = post(job, conn, &l);
	else
		rc = local_answer(
		    job, conn, 'T', "the list's record cannot be read", NULL);
	list_free(&l);
	return rc;
}
