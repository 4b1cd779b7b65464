/* SPDX-License-Identifier: ISC */
#include "pop3d/plain.h"

#include <string.h>
#include <strings.h>

#include "lib/base64.h"

/* the longest that can be right, in base64 */
#define PLAIN_RAW_MAX (2 * AUTHD_USER_MAX + AUTHD_PASSWORD_MAX + 2)

static int
field(char *out, size_t size, const char *s, size_t len)
{
	if (len == 0 || len >= size)
		return 0;
	memcpy(out, s, len);
	out[len] = '\0';
	return 1;
}

static enum plain_result
parts(struct plain *p, const char *raw, size_t len)
{
	const char *end = raw + len, *user, *password;

	if (!(user = memchr(raw, '\0', len)))
		return PLAIN_BROKEN;
	user++;
	if (!(password = memchr(user, '\0', (size_t)(end - user))))
		return PLAIN_BROKEN;
	password++;
	if (memchr(password, '\0', (size_t)(end - password)))
		return PLAIN_BROKEN;
	if (!field(
		p->user, sizeof p->user, user, (size_t)(password - 1 - user)) ||
	    !field(p->password, sizeof p->password, password,
		(size_t)(end - password)))
		return PLAIN_BROKEN;
	if (*raw && strcasecmp(raw, p->user) != 0)
		return PLAIN_FOREIGN;
	return PLAIN_OK;
}

enum plain_result
plain_parse(struct plain *p, const char *s, size_t len)
{
	char raw[(PLAIN_RAW_MAX + 2) / 3 * 3];
	enum plain_result result;
	size_t n;

	p->user[0] = p->password[0] = '\0';
	if (len / 4 * 3 > sizeof raw || !base64_decode(raw, &n, s, len))
		return PLAIN_BROKEN;
	result = parts(p, raw, n);
	explicit_bzero(raw, sizeof raw);
	return result;
}
