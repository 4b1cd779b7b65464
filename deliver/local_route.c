/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/local_job.h"

/* Tables are kept open by the worker and look for themselves when replaced. */
static struct table *
aliases(void)
{
	static struct table t;

	if (!t.path)
		table_init(&t, ALIASES_CDB);
	return &t;
}

static struct table *
mailboxes(void)
{
	static struct table t;

	if (!t.path)
		table_init(&t, MAILBOXES_CDB);
	return &t;
}

/* 1: it exists, the folder's name is in job->mailbox.  0: answered.  -1. */
static int
find_mailbox(struct local_job *job, int conn, const char *name)
{
	struct mailbox_info info;

	switch (mailbox_lookup(&info, mailboxes(), name)) {
	case 1:
		strcpy(job->mailbox, info.folder);
		return 1;
	case 0:
		return local_answer(
		    job, conn, 'N', "5.1.1", "no such mailbox here");
	default:
		return local_answer(job, conn, 'T',
		    "cdb/public/mailboxes.cdb cannot be read: run userdb build",
		    NULL);
	}
}

/* A mailbox that was reached by address may forward. 1: deliver here. */
static int
route_mailbox(struct local_job *job, int conn, const char *name)
{
	struct alias_forward f;
	stralloc targets = { 0 };
	int rc = find_mailbox(job, conn, name);

	if (rc != 1)
		return rc;
	rc = alias_forward(&f, aliases(), name);
	if (rc == -1)
		return local_answer(job, conn, 'T',
		    "cdb/public/aliases.cdb cannot be read: run aliasdb build",
		    NULL);
	if (rc == 0)
		return 1;
	if (f.keep)
		sa_catb(&targets, name, strlen(name) + 1);
	sa_catb(&targets, f.targets, f.len);
	rc = local_answer_targets(job, conn, "forward", job->sender, name,
	    targets.s, targets.len);
	sa_free(&targets);
	return rc;
}

static bool
is_member(const struct alias_list *l, const char *sender)
{
	const char *p;

	for (p = l->members; p < l->members + l->len; p += strlen(p) + 1)
		if (strcasecmp(p, sender) == 0)
			return true;
	return false;
}

static int
route_list(struct local_job *job, int conn, const char *address)
{
	struct alias_list l;
	bool owner, may;
	int rc = alias_list(&l, aliases(), address);

	if (rc != 1)
		return local_answer(
		    job, conn, 'T', "the list's record cannot be read", NULL);
	owner = strcasecmp(job->sender, l.owner) == 0;
	may = owner || strcmp(l.post, "anyone") == 0 ||
	      (strcmp(l.post, "members") == 0 && is_member(&l, job->sender));
	if (!may)
		return local_answer(job, conn, 'N', "5.7.2",
		    "you may not post to this list; write to its owner");
	return local_answer_targets(
	    job, conn, "list", l.owner, "", l.members, l.len);
}

static int
route_answer(struct local_job *job, int conn, enum alias_result result,
    struct alias_answer *a)
{
	switch (result) {
	case ALIAS_MAILBOX:
		return route_mailbox(job, conn, a->target.s);
	case ALIAS_LIST:
		return route_list(job, conn, a->target.s);
	case ALIAS_REMOTE:
		return local_answer_targets(job, conn, "remote", job->sender,
		    "", a->target.s, a->target.len + 1);
	case ALIAS_FOREIGN: /* its domain was ours when it was accepted */
		return local_answer_targets(job, conn, "remote", job->sender,
		    "", job->recipient, strlen(job->recipient) + 1);
	case ALIAS_UNKNOWN:
		return local_answer(
		    job, conn, 'N', "5.1.1", "no such mailbox here");
	case ALIAS_REFUSED:
		return local_answer(job, conn, 'N', "5.7.1", a->text.s);
	default:
		return local_answer(job, conn, 'T', a->text.s, NULL);
	}
}

int
local_route(struct local_job *job, int conn)
{
	struct alias_answer a = { 0 };
	enum alias_result result;
	size_t len = strlen(job->recipient);
	int rc;

	if (!memchr(job->recipient, '@', len) &&
	    strcmp(job->recipient, "postmaster") != 0)
		return find_mailbox(job, conn, job->recipient);
	rc = local_loops(job);
	if (rc == -1)
		return local_answer(
		    job, conn, 'T', "the message cannot be read", NULL);
	if (rc == 1)
		return local_answer(job, conn, 'N', "5.4.6",
		    "mail loop: this address has had the message already");
	result = alias_resolve(&a, aliases(), job->recipient, len, NULL, NULL);
	sa_0(&a.target);
	sa_0(&a.text);
	if (a.text.len > DELIVER_TEXT_MAX)
		a.text.s[DELIVER_TEXT_MAX] = 0;
	rc = route_answer(job, conn, result, &a);
	alias_answer_free(&a);
	return rc;
}
