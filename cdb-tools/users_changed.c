/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_changed.h"
#include <errno.h>
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/users_write.h"
#include "lib/log.h"

struct look {
	const struct users *u;
	struct users_stale *out;
};

/* An old record: is the mailbox still what it was?  Enabling ends nothing. */
static bool
is_same(const struct mailbox_info *was, const struct users *u)
{
	const struct user *user = users_find(u, was->folder);
	char epoch[USERS_EPOCH_SIZE];

	if (!user)
		return false;
	if (was->disabled && !user->disabled)
		return true;
	users_epoch(epoch, u, user);
	return strcmp(epoch, was->epoch) == 0;
}

static int
look_at(void *arg, const char *key, size_t keylen, const char *data, size_t len)
{
	struct look *l = arg;
	struct mailbox_info was;

	if (!keylen || key[0] != 'm')
		return 0;
	if (mailbox_scan(&was, data, len) == -1)
		return -1;
	if (is_same(&was, l->u))
		return 0;
	sa_catb(&l->out->names, was.folder, strlen(was.folder) + 1);
	l->out->n++;
	return 0;
}

void
users_changed(struct users_stale *out, const struct users *u)
{
	struct look l = { u, out };
	struct table t;

	sa_clear(&out->names);
	out->n = 0;
	table_init(&t, MAILBOXES_CDB);
	if (table_each(&t, look_at, &l) == -1 && errno != ENOENT)
		log_warnsys("unable to tell from " MAILBOXES_CDB
		    " whose password was changed by hand: their relay windows "
		    "stay open");
	table_close(&t);
}
