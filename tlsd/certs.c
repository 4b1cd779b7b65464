/* SPDX-License-Identifier: ISC */
#include "tlsd/certs.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/service_rest.h"
#include "tlsd/remote_key.h"
#include "tlsd/tls_ctx.h"

#define ASIDE_MAX 8 /* names: with more, TLS starts at once */

static void
cert_free(struct cert *c)
{
	if (!c)
		return;
	EVP_PKEY_free(c->key);
	X509_free(c->leaf);
	free(c->pem);
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

/* Of the text, what OpenSSL needs; false: it does not take it. */
static bool
cert_open(struct cert *c, SSL_CTX *ctx)
{
	SSL *trial = NULL;
	bool good = false;

	if (read_chain(c, c->pem, c->len) == 0) {
		c->key = remote_key_new(X509_get0_pubkey(c->leaf), c->serial);
		trial = SSL_new(ctx);
		good = c->key && use(trial, c);
	}
	SSL_free(trial);
	free(c->pem);
	c->pem = NULL;
	return good;
}

static struct cert *
cert_new(const struct cert_news *news)
{
	struct cert *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	snprintf(c->name, sizeof(c->name), "%s", news->name);
	c->serial = news->serial;
	c->len = news->len;
	c->pem = malloc(news->len);
	if (c->pem) {
		memcpy(c->pem, news->chain, news->len);
		return c;
	}
	free(c);
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

static void
drop(struct certs *cs, unsigned i)
{
	cert_free(cs->cert[i]);
	cs->cert[i] = cs->cert[--cs->n];
}

static int
start(struct certs *cs)
{
	if (tls_init() == -1 || remote_key_init() == -1)
		return -1;
	cs->ctx = tls_ctx_in(certs_choose, cs);
	return cs->ctx ? 0 : -1;
}

int
certs_start(struct certs *cs)
{
	unsigned i;

	if (cs->ctx)
		return 0;
	if (start(cs) == -1) {
		log_warn("unable to start OpenSSL: ", tls_why());
		return -1;
	}
	for (i = cs->n; i-- > 0;)
		if (!cert_open(cs->cert[i], cs->ctx)) {
			complain(cs->cert[i]->name);
			drop(cs, i);
		}
	service_rest();
	return 0;
}

/* Before TLS has started, in a child, with which ends what OpenSSL takes of
 * memory.  That costs 10 ms each time: not for many.  1; 0: it is logged; -1: no
 * such child. */
static int
try_aside(struct cert *c)
{
	struct certs own = { .cert = { c }, .n = 1 };
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(certs_start(&own) == 0 && own.n == 1 ? 0 : 1);
	if (pid == -1)
		return -1;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) == 0 : -1;
}

/* false: it is logged. */
static bool
is_good(struct certs *cs, struct cert *c)
{
	int r = cs->ctx || cs->n >= ASIDE_MAX ? -1 : try_aside(c);

	if (r != -1)
		return r == 1;
	if (certs_start(cs) == -1)
		return false;
	if (cert_open(c, cs->ctx))
		return true;
	complain(c->name);
	return false;
}

void
certs_news(void *certs, const struct cert_news *news)
{
	struct certs *cs = certs;
	unsigned i = place_of(cs, news->name);
	struct cert *c;

	if (news->op == 'R') {
		if (i < cs->n)
			drop(cs, i);
		return;
	}
	c = i < CERT_NAMES_MAX ? cert_new(news) : NULL;
	if (!c) {
		log_event("certificate", "name", news->name, "result",
		    "refused", "reason", "out of memory");
		return;
	}
	if (!is_good(cs, c)) {
		cert_free(c);
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
