/* SPDX-License-Identifier: ISC */
#include "tlsd/tls_ctx.h"

#include <openssl/err.h>
#include <openssl/provider.h>

/* Mozilla's "intermediate" without DHE: every client with TLS 1.2 has ECDHE. */
#define SUITES_IN                                                              \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define GROUPS_IN  "X25519:P-256:P-384"
#define SUITES_OUT "HIGH:!aNULL:!eNULL:!PSK:!SRP:!DSS:!3DES:!MD5"
#define LEVEL_IN   2 /* 112 bits of security and more */
#define LEVEL_OUT  1
#define OPTIONS                                                                \
	(SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |  \
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |       \
	    SSL_OP_IGNORE_UNEXPECTED_EOF)
#define MODES                                                                  \
	(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |            \
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)

int
tls_init(void)
{
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) ||
	    !OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return -1;
	return OSSL_PROVIDER_load(NULL, "default") ? 0 : -1;
}

static SSL_CTX *
common(const SSL_METHOD *method, const char *suites, int level)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx)
		return NULL;
	SSL_CTX_set_security_level(ctx, level);
	SSL_CTX_set_options(ctx, OPTIONS);
	SSL_CTX_set_mode(ctx, MODES);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, suites) == 1)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

SSL_CTX *
tls_ctx_in(int (*choose)(SSL *ssl, void *arg), void *arg)
{
	SSL_CTX *ctx = common(TLS_server_method(), SUITES_IN, LEVEL_IN);

	if (!ctx)
		return NULL;
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_cert_cb(ctx, choose, arg);
	if (SSL_CTX_set1_groups_list(ctx, GROUPS_IN) == 1)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

SSL_CTX *
tls_ctx_out(void)
{
	return common(TLS_client_method(), SUITES_OUT, LEVEL_OUT);
}

const char *
tls_why(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "unknown error of OpenSSL";
}
