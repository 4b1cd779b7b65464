/* SPDX-License-Identifier: ISC */
#include "tlsd/sign_scheme.h"

#include <string.h>
#include <strings.h>

#define PADDING     64 /* spaces before the context of TLS 1.3 */
#define RANDOMS     64 /* bytes: client's and server's, TLS 1.2 */
#define NAMED_CURVE 3

static const struct sign_scheme schemes[] = {
	{ 0x0804, "SHA256", true, true },
	{ 0x0805, "SHA384", true, true },
	{ 0x0806, "SHA512", true, true },
	{ 0x0401, "SHA256", true, false },
	{ 0x0501, "SHA384", true, false },
	{ 0x0601, "SHA512", true, false },
	{ 0x0403, "SHA256", false, false },
	{ 0x0503, "SHA384", false, false },
	{ 0x0603, "SHA512", false, false },
	{ 0 },
};

/* With the NUL that ends the context. */
static const char context[] = "TLS 1.3, server CertificateVerify";

static const struct {
	unsigned code, len; /* of NamedGroup, and of a point of it */
} groups[] = {
	{ 0x001d, 32 }, /* x25519 */
	{ 0x0017, 65 }, /* secp256r1 */
	{ 0x0018, 97 }, /* secp384r1 */
};

const struct sign_scheme *
sign_scheme_find(uint64_t code)
{
	const struct sign_scheme *s;

	for (s = schemes; s->code; s++)
		if (s->code == code)
			return s;
	return NULL;
}

/* "SHA2-256" is "SHA256". */
static bool
same_digest(const char *ours, const char *theirs)
{
	return strcasecmp(ours, theirs) == 0 ||
	       (strncasecmp(theirs, "SHA2-", 5) == 0 &&
		   strcmp(ours + 3, theirs + 5) == 0);
}

const struct sign_scheme *
sign_scheme_of(bool rsa, bool pss, const char *digest)
{
	const struct sign_scheme *s;

	for (s = schemes; s->code; s++)
		if (s->rsa == rsa && s->pss == pss &&
		    same_digest(s->digest, digest))
			return s;
	return NULL;
}

static bool
is_tls13(const unsigned char *p, size_t len)
{
	size_t i, hash = len - PADDING - sizeof(context);

	if (len < PADDING + sizeof(context) || (hash != 32 && hash != 48))
		return false;
	for (i = 0; i < PADDING; i++)
		if (p[i] != ' ')
			return false;
	return memcmp(p + PADDING, context, sizeof(context)) == 0;
}

static bool
is_tls12(const unsigned char *p, size_t len)
{
	size_t i;

	if (len < RANDOMS + 4 || p[RANDOMS] != NAMED_CURVE)
		return false;
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (p[RANDOMS + 1] == groups[i].code >> 8 &&
		    p[RANDOMS + 2] == (groups[i].code & 0xff))
			return p[RANDOMS + 3] == groups[i].len &&
			       len == RANDOMS + 4 + groups[i].len;
	return false;
}

bool
sign_message_is_handshake(
    const struct sign_scheme *scheme, const void *message, size_t len)
{
	if (is_tls13(message, len))
		return !scheme->rsa || scheme->pss;
	return is_tls12(message, len);
}
