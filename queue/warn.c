/* SPDX-License-Identifier: ISC */
#include "queue/warn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "deliver/deliver.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memfd.h"
#include "lib/safefile.h"
#include "queue/accept.h"
#include "queue/domains.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/spool_dirs.h"
#include "queue/work.h"

struct told {
	uint64_t until; /* loop_now; before it nothing is said about it */
	char host[DELIVER_HOST_MAX + 1];
	char account[DELIVER_ACCOUNT_MAX + 1];
	char id[QUEUE_ID_MAX]; /* the letter's, while it is being committed */
};
static struct told told[WARN_MAX];

/* Whom to tell about: NULL, where that was done lately or all places are taken
 * by others. */
static struct told *
find(const char *host, const char *account)
{
	struct told *t, *is_free = NULL;

	for (t = told; t < told + WARN_MAX; t++) {
		if (t->until <= loop_now())
			is_free = t;
		else if (strcmp(t->host, host) == 0 &&
		    strcmp(t->account, account) == 0)
			return NULL;
	}
	return is_free;
}

static void
failed(struct told *t, const char *why)
{
	t->until = loop_now() + WARN_RETRY_SECONDS * 1000ul;
	log_warn("the postmaster cannot be told that ", t->host,
	    " gives no login as ", t->account, ": ", why);
}

static void
committed(struct active *letter, int error)
{
	struct message *m = letter->m;
	struct told *t = told;

	while (strcmp(t->id, m->id) != 0)
		t++;
	t->id[0] = 0;
	if (error) {
		failed(t, strerror(error));
		accept_drop(letter);
		return;
	}
	log_event("accepted", "id", m->id, "from", "", "to",
	    letter->targets[0].address, "size", log_num(letter->head.size),
	    "origin", letter->env.origin);
	log_event("warned", "id", m->id, "to", letter->targets[0].address,
	    "host", t->host, "account", t->account);
	work_rest(letter);
	message_due(m, loop_now());
}

/* A mailbox of our own: what might leave again could meet the same host. */
static bool
mailbox_of_postmaster(stralloc *to)
{
	return domains_postmaster(to) == 0 && !strchr(to->s, '@');
}

static struct active *
make(struct told *t, const stralloc *to, const char *me, const char *reason)
{
	struct spool_head head = { .accepted = clock_wall_s(),
		.recipients = 1 };
	struct spool_envelope env = { .id = t->id, .sender = "",
		.origin = WARN_ORIGIN, .ip = "", .helo = "", .account = "",
		.body = "7", .recipients = to->s,
		.recipients_len = strlen(to->s) + 1 };
	struct warning w = { .id = t->id, .me = me, .host = t->host,
		.account = t->account, .reason = reason };
	stralloc text = { 0 };
	int fd;

	spool_new_id(t->id);
	warn_text(&text, &w);
	head.size = text.len;
	fd = memfd_sealed("warning", text.s, text.len);
	sa_free(&text);
	return fd == -1 ? NULL : accept_new(&head, &env, fd, false, false);
}

void
warn_auth(const char *host, const char *account, const char *reason)
{
	struct told *t = find(host, account);
	stralloc to = { 0 }, me = { 0 };
	struct active *letter = NULL;

	if (!t)
		return;
	snprintf(t->host, sizeof t->host, "%s", host);
	snprintf(t->account, sizeof t->account, "%s", account);
	t->until = loop_now() + WARN_AGAIN_SECONDS * 1000ul;
	if (!mailbox_of_postmaster(&to))
		failed(t, "etc/postmaster leads to no mailbox here");
	else if (setting_me(&me) != 1)
		failed(t, "etc/me cannot be read");
	else {
		sa_0(&me);
		letter = make(t, &to, me.s, reason);
		if (letter)
			accept_commit(letter, true, committed);
		else
			failed(t, "no memory");
	}
	sa_free(&to);
	sa_free(&me);
}
