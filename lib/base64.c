/* SPDX-License-Identifier: ISC */
#include "lib/base64.h"

#include <stdint.h>

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
base64_decode(char *out, size_t *outlen, const char *s, size_t len)
{
	size_t i, n = 0, pad = 0;
	uint32_t v = 0;
	int d;

	if (len % 4 != 0)
		return 0;
	if (len && s[len - 1] == '=')
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
	for (i = n - pad; i < n; i++)
		if (out[i] != 0)
			return 0;
	*outlen = n - pad;
	return 1;
}

size_t
base64_encode(char *out, const char *in, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)in;
	size_t i, n = 0;
	unsigned v;

	for (i = 0; i < len; i += 3) {
		v = (unsigned)p[i] << 16;
		if (i + 1 < len)
			v |= (unsigned)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		out[n++] = digits[v >> 18];
		out[n++] = digits[v >> 12 & 63];
		out[n++] = i + 1 < len ? digits[v >> 6 & 63] : '=';
		out[n++] = i + 2 < len ? digits[v & 63] : '=';
	}
	return n;
}
