/* SPDX-License-Identifier: ISC */
#include "tlsd/sign.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

int
sign_message(EVP_PKEY *key, const struct sign_scheme *scheme,
    const char *message, size_t len, unsigned char *sig, size_t *siglen)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;
	int r = -1;

	if (!md || !EVP_PKEY_is_a(key, scheme->rsa ? "RSA" : "EC"))
		goto out;
	if (EVP_DigestSignInit_ex(
		md, &ctx, scheme->digest, NULL, NULL, key, NULL) != 1)
		goto out;
	if (scheme->pss &&
	    (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) !=
		    1))
		goto out;
	if (EVP_DigestSign(
		md, sig, siglen, (const unsigned char *)message, len) == 1)
		r = 0;
out:
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return r;
}
