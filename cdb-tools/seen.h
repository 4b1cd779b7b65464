/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_SEEN_H
#define CDB_TOOLS_SEEN_H

/* Last logins, as authd writes them (authd(8), FILES). */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/names.h"

#define SEEN_PATH     "log/lastlogin/logins"
#define SEEN_LINE     90                   /* bytes */
#define SEEN_FILE_MAX ((size_t)256 << 20) /* bytes */
#define SEEN_IP_MAX   45                   /* bytes */

struct seen_login {
	uint64_t when; /* seconds since 1970; 0: never */
	char ip[SEEN_IP_MAX + 1];
};
struct seen {
	struct names mailboxes;
	struct seen_login *login; /* by number */
	bool known; /* false: the file cannot be read by us, or is not there */
};
void seen_load(struct seen *s);
/* NULL: never, or not known. */
const struct seen_login *seen_find(
    const struct seen *s, const char *mailbox, size_t len);
void seen_free(struct seen *s);

#endif
