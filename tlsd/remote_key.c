/* SPDX-License-Identifier: ISC */
#include "tlsd/remote_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <string.h>
#include "tlsd/remote_inside.h"

#define PROPERTY "provider=postern"

static OSSL_LIB_CTX *context;
int remote_channel = -1;

static void *
key_new(bool rsa)
{
	struct remote_key *k = calloc(1, sizeof(*k));

	if (k)
		k->rsa = rsa;
	return k;
}

static void *
rsa_new(void *provctx)
{
	(void)provctx;
	return key_new(true);
}

static void *
ec_new(void *provctx)
{
	(void)provctx;
	return key_new(false);
}

static int
key_has(const void *key, int selection)
{
	const struct remote_key *k = key;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && !k->serial)
		return 0;
	return k->complete;
}

static int
key_match(const void *one, const void *other, int selection)
{
	const struct remote_key *a = one, *b = other;

	(void)selection;
	return a->rsa == b->rsa && a->complete && b->complete &&
	       a->publen == b->publen &&
	       memcmp(a->pub, b->pub, a->publen) == 0 &&
	       strcmp(a->group, b->group) == 0;
}

/* The public half as the default provider tells it, and, for a key of ours,
 * what remote_key_new adds. */
static int
key_import(void *key, int selection, const OSSL_PARAM params[])
{
	struct remote_key *k = key;
	const OSSL_PARAM *p;
	char *group = k->group;

	(void)selection;
	p = OSSL_PARAM_locate_const(
	    params, k->rsa ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_PUB_KEY);
	if (!p || p->data_size > sizeof(k->pub))
		return 0;
	memcpy(k->pub, p->data, p->data_size);
	k->publen = p->data_size;
	p = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);
	if (!k->rsa &&
	    (!p || !OSSL_PARAM_get_utf8_string(p, &group, sizeof(k->group))))
		return 0;
	k->complete = true;
	p = OSSL_PARAM_locate_const(params, REMOTE_SIZES);
	if (!p)
		return 1;
	if (p->data_size != sizeof(k->sizes))
		return 0;
	memcpy(k->sizes, p->data, sizeof(k->sizes));
	p = OSSL_PARAM_locate_const(params, REMOTE_SERIAL);
	return p && OSSL_PARAM_get_uint64(p, &k->serial);
}

static const OSSL_PARAM *
key_import_types(int selection)
{
	static const OSSL_PARAM types[] = { OSSL_PARAM_BN(
						OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_octet_string(REMOTE_SIZES, NULL, 0),
		OSSL_PARAM_uint64(REMOTE_SERIAL, NULL), OSSL_PARAM_END };

	(void)selection;
	return types;
}

static int
key_get_params(void *key, OSSL_PARAM params[])
{
	static const char *const names[] = { OSSL_PKEY_PARAM_BITS,
		OSSL_PKEY_PARAM_SECURITY_BITS, OSSL_PKEY_PARAM_MAX_SIZE };
	struct remote_key *k = key;
	OSSL_PARAM *p;
	int i;

	for (i = 0; i < 3; i++) {
		p = OSSL_PARAM_locate(params, names[i]);
		if (p && !OSSL_PARAM_set_int(p, k->sizes[i]))
			return 0;
	}
	p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_GROUP_NAME);
	return !p || k->rsa || OSSL_PARAM_set_utf8_string(p, k->group);
}

static const OSSL_PARAM *
key_gettable(void *provctx)
{
	static const OSSL_PARAM gettable[] = { OSSL_PARAM_int(
						   OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_END };

	(void)provctx;
	return gettable;
}

static const char *
ec_operation(int op)
{
	(void)op;
	return "ECDSA";
}

#define F(id, fn)                                                              \
	{                                                                      \
		id, (void (*)(void))fn                                         \
	}
#define KEY_FUNCTIONS                                                          \
	F(OSSL_FUNC_KEYMGMT_FREE, free), F(OSSL_FUNC_KEYMGMT_HAS, key_has),    \
	    F(OSSL_FUNC_KEYMGMT_MATCH, key_match),                             \
	    F(OSSL_FUNC_KEYMGMT_IMPORT, key_import),                           \
	    F(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),               \
	    F(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),                   \
	    F(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable)

/* No export: a key of ours is of use nowhere else. */
static const OSSL_DISPATCH rsa_keys[] = { F(OSSL_FUNC_KEYMGMT_NEW, rsa_new),
	KEY_FUNCTIONS, { 0, NULL } };
static const OSSL_DISPATCH ec_keys[] = { F(OSSL_FUNC_KEYMGMT_NEW, ec_new),
	F(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation), KEY_FUNCTIONS,
	{ 0, NULL } };

static const OSSL_ALGORITHM *
query(void *provctx, int operation, int *no_store)
{
	static const OSSL_ALGORITHM keys[] = {
		{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTY, rsa_keys,
		    NULL },
		{ "EC:id-ecPublicKey:1.2.840.10045.2.1", PROPERTY, ec_keys,
		    NULL },
		{ NULL, NULL, NULL, NULL }
	};
	static const OSSL_ALGORITHM signatures[] = {
		{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTY,
		    remote_rsa_signature, NULL },
		{ "ECDSA", PROPERTY, remote_ec_signature, NULL },
		{ NULL, NULL, NULL, NULL }
	};

	(void)provctx;
	*no_store = 0;
	if (operation == OSSL_OP_KEYMGMT)
		return keys;
	return operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		F(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), { 0, NULL }
	};

	(void)handle, (void)in;
	*out = functions;
	*provctx = context;
	return 1;
}

int
remote_key_init(void)
{
	context = OSSL_LIB_CTX_new();
	if (!context ||
	    !OSSL_PROVIDER_add_builtin(context, "postern", provider_init) ||
	    !OSSL_PROVIDER_load(context, "postern"))
		return -1;
	return 0;
}

void
remote_key_channel(int fd)
{
	remote_channel = fd;
}

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(context, type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
remote_key_new(EVP_PKEY *public_key, uint64_t serial)
{
	int sizes[3] = { EVP_PKEY_get_bits(public_key),
		EVP_PKEY_get_security_bits(public_key),
		EVP_PKEY_get_size(public_key) };
	OSSL_PARAM own[] = { OSSL_PARAM_octet_string(
				 REMOTE_SIZES, sizes, sizeof(sizes)),
		OSSL_PARAM_uint64(REMOTE_SERIAL, &serial), OSSL_PARAM_END };
	OSSL_PARAM *public = NULL, *all = NULL;
	EVP_PKEY *key = NULL;

	if (EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &public) == 1)
		all = OSSL_PARAM_merge(public, own);
	if (all)
		key = from_params(
		    EVP_PKEY_is_a(public_key, "RSA") ? "RSA" : "EC", all);
	OSSL_PARAM_free(all);
	OSSL_PARAM_free(public);
	ERR_clear_error();
	return key;
}
