/* SPDX-License-Identifier: ISC */
#include "authd/cache.h"

#include <string.h>

int
cache_init(struct memo *m)
{
	return memo_init(m, CACHE_ENTRIES, sizeof(struct cached));
}

struct memo_key
cache_key(const struct memo *m, enum authd_port port, const char *user,
    const char *password)
{
	char name[1 + AUTHD_USER_MAX];
	size_t len = strnlen(user, AUTHD_USER_MAX);

	/* an app password may be good for one service only */
	name[0] = (char)port;
	memcpy(name + 1, user, len);
	return memo_key(m, name, 1 + len, password, strlen(password));
}

const struct cached *
cache_find(struct memo *m, const struct memo_key *key, uint64_t now_s)
{
	struct cached *c = memo_find(m, key, now_s);

	if (c && now_s - c->since_s >= CACHE_SECONDS) {
		memo_remove(m, key);
		return NULL;
	}
	return c;
}

void
cache_put(struct memo *m, const struct memo_key *key, const char *mailbox,
    const char *label, bool disabled, uint64_t now_s)
{
	struct cached *c = memo_put(m, key, now_s);

	c->since_s = now_s;
	c->disabled = disabled;
	memset(c->mailbox, 0, sizeof c->mailbox);
	memcpy(c->mailbox, mailbox, strnlen(mailbox, ADDR_MAILBOX_MAX));
	memset(c->label, 0, sizeof c->label);
	memcpy(c->label, label, strnlen(label, USER_LABEL_MAX));
}
