/* SPDX-License-Identifier: ISC */
/* The signatures of our provider: one shot, the whole message at once, as
 * libssl signs a handshake. */
#include "tlsd/remote_inside.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include "tlsd/sign_client.h"

#define DIGEST_NAME_SIZE 32 /* bytes, NUL included */

struct signature {
	const struct remote_key *key;
	char digest[DIGEST_NAME_SIZE];
	bool pss;
};

static void *
signature_new(void *provctx, const char *properties)
{
	(void)provctx, (void)properties;
	return calloc(1, sizeof(struct signature));
}

/* "pss" or "pkcs1", by name or by OpenSSL's number. */
static int
set_padding(struct signature *s, const OSSL_PARAM *p)
{
	int mode = 0;

	if (p->data_type == OSSL_PARAM_UTF8_STRING) {
		if (strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0)
			mode = RSA_PKCS1_PSS_PADDING;
		else if (strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0)
			mode = RSA_PKCS1_PADDING;
	} else if (!OSSL_PARAM_get_int(p, &mode)) {
		return 0;
	}
	s->pss = mode == RSA_PKCS1_PSS_PADDING;
	return s->pss || mode == RSA_PKCS1_PADDING;
}

/* As long as the digest: what TLS asks for, and the signer does. */
static int
check_saltlen(const OSSL_PARAM *p)
{
	int len = 0;

	if (p->data_type == OSSL_PARAM_UTF8_STRING)
		return strcmp(p->data, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0;
	return OSSL_PARAM_get_int(p, &len) && len == RSA_PSS_SALTLEN_DIGEST;
}

static int
signature_set_params(void *ctx, const OSSL_PARAM params[])
{
	struct signature *s = ctx;
	const OSSL_PARAM *p;

	if (!params)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p && !set_padding(s, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return !p || check_saltlen(p);
}

static const OSSL_PARAM *
rsa_settable(void *ctx, void *provctx)
{
	static const OSSL_PARAM settable[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(
		    OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx, (void)provctx;
	return settable;
}

static int
signature_init(
    void *ctx, const char *digest, void *key, const OSSL_PARAM params[])
{
	struct signature *s = ctx;

	if (key)
		s->key = key;
	if (!s->key || !digest || strlen(digest) >= sizeof(s->digest) ||
	    !sign_scheme_of(s->key->rsa, false, digest))
		return 0;
	strcpy(s->digest, digest);
	return s->key->rsa ? signature_set_params(s, params) : 1;
}

static int
signature_sign(void *ctx, unsigned char *sig, size_t *siglen, size_t size,
    const unsigned char *message, size_t len)
{
	struct signature *s = ctx;
	struct sign_request req = { .message = (const char *)message,
		.len = len };
	size_t max = s->key ? (size_t)s->key->sizes[2] : 0;

	*siglen = max;
	if (!sig)
		return 1;
	if (!s->key || !s->key->serial || size < max)
		return 0;
	req.serial = s->key->serial;
	req.scheme = sign_scheme_of(s->key->rsa, s->pss, s->digest);
	return req.scheme &&
	       signer_sign(remote_channel, &req, sig, siglen) == 0;
}

#define F(id, fn)                                                              \
	{                                                                      \
		id, (void (*)(void))fn                                         \
	}
#define SIGNATURE_FUNCTIONS                                                    \
	F(OSSL_FUNC_SIGNATURE_NEWCTX, signature_new),                          \
	    F(OSSL_FUNC_SIGNATURE_FREECTX, free),                              \
	    F(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signature_init),           \
	    F(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signature_sign)

const OSSL_DISPATCH remote_rsa_signature[] = { SIGNATURE_FUNCTIONS,
	F(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signature_set_params),
	F(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, rsa_settable), { 0, NULL } };
const OSSL_DISPATCH remote_ec_signature[] = { SIGNATURE_FUNCTIONS,
	{ 0, NULL } };
