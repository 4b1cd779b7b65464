/* SPDX-License-Identifier: ISC */
#include "pop3d/plain.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* the longest that can be right, in base64 */
#define PLAIN_RAW_MAX (2 * AUTHD_USER_MAX + AUTHD_PASSWORD_MAX + 2)

static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

int
plain_base64(char *out, size_t *outlen, const char *s, size_t len)
{
	size_t i, n = 0, pad = 0;
	uint32_t v = 0;
	int d;

	if (len % 4 != 0)
		return 0;
	if (len > 0 && s[len - 1] == '=')
		pad = s[len - 2] == '=' ? 2 : 1;
	for (i = 0; i < len; i++) {
		d = i < len - pad ? digit(s[i]) : 0;
		if (d == -1)
			return 0;
		v = v << 6 | (uint32_t)d;
		if (i % 4 != 3)
			continue;
		out[n++] = (char)(v >> 16);
		out[n++] = (char)(v >> 8);
		out[n++] = (char)v;
		v = 0;
	}
	/* bits behind the last byte must be zero: one spelling for one text */
	for (i = n - pad; i < n; i++)
		if (out[i] != '\0')
			return 0;
	*outlen = n - pad;
	return 1;
}

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
	if (len / 4 * 3 > sizeof raw || !plain_base64(raw, &n, s, len))
		return PLAIN_BROKEN;
	result = parts(p, raw, n);
	explicit_bzero(raw, sizeof raw);
	return result;
}
