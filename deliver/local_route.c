/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/list.h"
#include "deliver/srs.h"
#include "lib/clock.h"
#include "lib/log.h"

/* Tables are kept open by the worker and look for themselves when replaced. */
struct table *
local_aliases(void)
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

static int
loop(struct local_job *job, int conn)
{
	return local_answer(job, conn, 'N', "5.4.6",
	    "mail loop: this address has had the message already");
}

/* A mailbox that was reached by address may forward. 1: deliver here. */
static int
route_mailbox(struct local_job *job, int conn, const char *name)
{
	struct alias_forward f;
	struct local_targets x = { .kind = "forward", .sender = job->sender,
		.mailbox = name };
	stralloc targets = { 0 };
	int rc = find_mailbox(job, conn, name);

	if (rc != 1)
		return rc;
	rc = alias_forward(&f, local_aliases(), name);
	if (rc == -1)
		return local_answer(job, conn, 'T',
		    "cdb/public/aliases.cdb cannot be read: run aliasdb build",
		    NULL);
	if (rc == 0)
		return job->looped ? loop(job, conn) : 1;
	if (job->looped) { /* it was passed on already, and has come back */
		log_event("loop", "id", job->id, "to", job->recipient,
		    "mailbox", name);
		return 1;
	}
	if (f.keep)
		sa_catb(&targets, name, strlen(name) + 1);
	sa_catb(&targets, f.targets, f.len);
	x.targets = targets.s;
	x.len = targets.len;
	rc = local_pass_on(job, conn, &x);
	sa_free(&targets);
	return rc;
}

static int
pass_on(struct local_job *job, int conn, const char *target)
{
	struct local_targets x = { .kind = "remote", .sender = job->sender,
		.mailbox = "", .targets = target, .len = strlen(target) + 1 };

	return local_pass_on(job, conn, &x);
}

/* A bounce of what we passed on: back to who sent it. */
static int
send_back(struct local_job *job, int conn)
{
	stralloc to = { 0 };
	struct local_targets x = { .kind = "srs", .sender = "", .mailbox = "" };
	int rc;

	if (*job->sender)
		rc = local_answer(job, conn, 'N', "5.7.1",
		    "this address takes bounces only");
	else if (!srs_back(&to, job->recipient, clock_wall_s()))
		rc = local_answer(job, conn, 'N', "5.1.1",
		    "no bounce of a message that was passed on here, or too "
		    "old");
	else {
		x.targets = to.s;
		x.len = to.len + 1;
		rc = local_pass_on(job, conn, &x);
	}
	sa_free(&to);
	return rc;
}

static int
route_answer(struct local_job *job, int conn, enum alias_result result,
    struct alias_answer *a)
{
	if (job->looped && result != ALIAS_MAILBOX)
		return loop(job, conn);
	switch (result) {
	case ALIAS_MAILBOX:
		return route_mailbox(job, conn, a->target.s);
	case ALIAS_LIST:
		if (a->command != ALIAS_POST)
			return list_command(job, conn, a->target.s, a->command,
			    a->tag.s);
		return list_post(job, conn, a->target.s);
	case ALIAS_REMOTE:
		return pass_on(job, conn, a->target.s);
	case ALIAS_FOREIGN: /* its domain was ours when it was accepted */
		return pass_on(job, conn, job->recipient);
	case ALIAS_SRS:
		return send_back(job, conn);
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
	job->looped = rc == 1;
	result = alias_resolve(&a, local_aliases(), job->recipient, len, NULL, NULL);
	sa_0(&a.target);
	sa_0(&a.text);
	sa_0(&a.tag);
	if (a.text.len > DELIVER_TEXT_MAX)
		a.text.s[DELIVER_TEXT_MAX] = 0;
	rc = route_answer(job, conn, result, &a);
	alias_answer_free(&a);
	return rc;
}
