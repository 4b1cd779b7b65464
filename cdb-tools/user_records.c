/* SPDX-License-Identifier: ISC */
#include "cdb-tools/user_records.h"
#include <errno.h>
#include <string.h>
#include "lib/msg.h"

int
user_lookup(struct table *t, const char *login, const char **data, size_t *len)
{
	char key[1 + ADDR_MAX];
	size_t n = strlen(login);

	if (n == 0 || n > ADDR_MAX)
		return 0;
	key[0] = 'u';
	memcpy(key + 1, login, n);
	return table_get(t, key, n + 1, data, len);
}

int
user_next(struct user_record *u, const char **data, size_t *len)
{
	struct msg_reader r = { .p = *data, .end = *data + *len };
	char state[16];

	if (*len == 0)
		return 0;
	if (msg_gets(&r, u->mailbox, sizeof u->mailbox) == -1 ||
	    msg_gets(&r, state, sizeof state) == -1 ||
	    msg_gets(&r, u->hash, sizeof u->hash) == -1 ||
	    msg_gets(&r, u->label, sizeof u->label) == -1 ||
	    msg_gets(&r, u->protocols, sizeof u->protocols) == -1 ||
	    !addr_is_mailbox(u->mailbox, strlen(u->mailbox))) {
		errno = EBADMSG;
		return -1;
	}
	u->disabled = strcmp(state, "ok") != 0;
	*len -= (size_t)(r.p - *data);
	*data = r.p;
	return 1;
}
