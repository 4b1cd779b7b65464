/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <errno.h>
#include <string.h>
#include "lib/msg.h"

int
mailbox_scan(struct mailbox_info *m, const char *data, size_t len)
{
	struct msg_reader r = { .p = data, .end = data + len };
	char state[16];

	m->messages = 0;
	if (msg_gets(&r, m->folder, sizeof m->folder) == -1 ||
	    msg_getn(&r, &m->quota, UINT64_MAX) == -1 ||
	    msg_gets(&r, state, sizeof state) == -1 ||
	    msg_gets(&r, m->epoch, sizeof m->epoch) == -1 ||
	    (r.p < r.end &&
		msg_getn(&r, &m->messages, UINT64_MAX) == -1) ||
	    msg_close(&r) == -1 ||
	    !addr_is_mailbox(m->folder, strlen(m->folder))) {
		errno = EBADMSG;
		return -1;
	}
	/* whatever is not plainly "ok" is shut */
	m->disabled = strcmp(state, "ok") != 0;
	return 1;
}

int
mailbox_lookup(struct mailbox_info *m, struct table *t, const char *name)
{
	char key[1 + ADDR_MAILBOX_MAX];
	size_t len = strlen(name);
	const char *data;
	int found;

	if (!addr_is_mailbox(name, len))
		return 0;
	key[0] = 'm';
	memcpy(key + 1, name, len);
	found = table_get(t, key, len + 1, &data, &len);
	return found == 1 ? mailbox_scan(m, data, len) : found;
}
