/* SPDX-License-Identifier: ISC */
#include "tlsd/certs.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/log.h"
#include "tlsd/remote_key.h"

static void
cert_free(struct cert *c)
{
	if (!c)
		return;
	EVP_PKEY_free(c->key);
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	free(c);
}

static int
read_chain(struct cert *c, const char *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	X509 *next;

	c->chain = sk_X509_new_null();
	c->leaf = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	while (c->leaf && c->chain &&
	       (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		if (!sk_X509_push(c->chain, next))
			X509_free(next);
	ERR_clear_error();
	BIO_free(bio);
	return c->leaf && c->chain ? 0 : -1;
}

static int
use(SSL *ssl, const struct cert *c)
{
	return ssl &&
	       SSL_use_cert_and_key(ssl, c->leaf, c->key, c->chain, 1) == 1;
}

static struct cert *
cert_new(const struct certs *cs, const struct cert_news *news)
{
	struct cert *c = calloc(1, sizeof(*c));
	SSL *trial = NULL;
	bool good = false;

	if (!c)
		return NULL;
	snprintf(c->name, sizeof(c->name), "%s", news->name);
	if (read_chain(c, news->chain, news->len) == 0) {
		c->key =
		    remote_key_new(X509_get0_pubkey(c->leaf), news->serial);
		trial = SSL_new(cs->ctx);
		good = c->key && use(trial, c);
	}
	SSL_free(trial);
	if (good)
		return c;
	cert_free(c);
	return NULL;
}

static unsigned
place_of(const struct certs *cs, const char *name)
{
	unsigned i;

	for (i = 0; i < cs->n; i++)
		if (strcasecmp(cs->cert[i]->name, name) == 0)
			break;
	return i;
}

static void
complain(const char *name)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	log_event("certificate", "name", name, "result", "refused", "reason",
	    reason ? reason : "OpenSSL cannot use it");
	ERR_clear_error();
}

void
certs_news(void *certs, const struct cert_news *news)
{
	struct certs *cs = certs;
	unsigned i = place_of(cs, news->name);
	struct cert *c;

	if (news->op == 'R') {
		if (i == cs->n)
			return;
		cert_free(cs->cert[i]);
		cs->cert[i] = cs->cert[--cs->n];
		return;
	}
	c = i < CERT_NAMES_MAX ? cert_new(cs, news) : NULL;
	if (!c) {
		complain(news->name);
		return;
	}
	if (i == cs->n)
		cs->n++;
	else
		cert_free(cs->cert[i]);
	cs->cert[i] = c;
}

int
certs_choose(SSL *ssl, void *arg)
{
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct certs *cs = arg;
	unsigned i = sni ? place_of(cs, sni) : cs->n;

	if (i == cs->n)
		i = place_of(cs, "default");
	if (i == cs->n)
		i = 0;
	return cs->n && use(ssl, cs->cert[i]);
}
