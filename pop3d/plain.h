/* SPDX-License-Identifier: ISC */
#ifndef POP3D_PLAIN_H
#define POP3D_PLAIN_H

/* SASL PLAIN (RFC 4616) in base64 (lib/base64.h), as AUTH carries it.  Pure. */
#include <stddef.h>
#include "authd/authd.h"

struct plain {
	char user[AUTHD_USER_MAX + 1];
	char password[AUTHD_PASSWORD_MAX + 1];
};
enum plain_result { PLAIN_OK, PLAIN_BROKEN, PLAIN_FOREIGN };
/* "[authzid] NUL authcid NUL password" in base64; "=" and "" are empty.
 * BROKEN: no base64, not three parts, or longer than authd takes.  FOREIGN: an
 * authzid that is not the authcid.  The caller wipes p. */
enum plain_result plain_parse(struct plain *p, const char *s, size_t len);

#endif
