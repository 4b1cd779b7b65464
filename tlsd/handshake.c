/* SPDX-License-Identifier: ISC */
#include "tlsd/handshake.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "lib/deadline.h"

/* SNI and, where asked for, verification of chain and name. */
static int
prepare_out(SSL *ssl, const struct tlsd_request *req)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	struct ip ip;
	bool literal = ip_parse(&ip, req->host) == 1;

	SSL_set_connect_state(ssl);
	if (*req->host && !literal && !SSL_set_tlsext_host_name(ssl, req->host))
		return -1;
	if (req->policy != TLSD_VERIFIED)
		return 0;
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (literal)
		return X509_VERIFY_PARAM_set1_ip_asc(param, req->host) - 1;
	return *req->host && X509_VERIFY_PARAM_set1_host(param, req->host, 0)
		   ? 0
		   : -1;
}

/* In words for people: the certificate's fault first. */
static void
explain(const SSL *ssl, int error, struct tlsd_session *t)
{
	unsigned long e = ERR_peek_last_error();
	long verify = SSL_get_verify_result(ssl);
	const char *text = e ? ERR_reason_error_string(e) : NULL;

	if (error == SSL_ERROR_SSL && verify != X509_V_OK)
		snprintf(t->reason, sizeof(t->reason), "certificate: %s",
		    X509_verify_cert_error_string(verify));
	else if (error == SSL_ERROR_SYSCALL && !e)
		snprintf(t->reason, sizeof(t->reason), "connection lost");
	else
		snprintf(t->reason, sizeof(t->reason), "%s",
		    text ? text : "TLS error");
}

static int
shake(SSL *ssl, int fd, struct tlsd_session *t)
{
	uint64_t deadline = deadline_in(TLSD_HANDSHAKE_SECONDS * 1000);
	int r, error;

	for (;;) {
		ERR_clear_error();
		r = SSL_do_handshake(ssl);
		if (r == 1)
			return 0;
		error = SSL_get_error(ssl, r);
		if (error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE) {
			explain(ssl, error, t);
			return -1;
		}
		if (deadline_left(deadline) == 0 ||
		    deadline_wait(fd,
			error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT,
			deadline) == -1) {
			snprintf(t->reason, sizeof(t->reason),
			    "handshake took more than %d seconds",
			    TLSD_HANDSHAKE_SECONDS);
			return -1;
		}
	}
}

/* A name that is none is not passed on. */
static void
copy_sni(char *out, size_t size, const char *sni)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

	if (sni && !sni[strspn(sni, ok)] && strlen(sni) < size)
		strcpy(out, sni);
}

int
handshake_run(SSL *ssl, const struct session *s, struct tlsd_session *t)
{
	if (s->req.op == 'I') {
		SSL_set_accept_state(ssl);
	} else if (prepare_out(ssl, &s->req) == -1) {
		snprintf(
		    t->reason, sizeof(t->reason), "no host name to verify");
		return -1;
	}
	if (!SSL_set_fd(ssl, s->peer)) {
		snprintf(t->reason, sizeof(t->reason), "out of memory");
		return -1;
	}
	if (shake(ssl, s->peer, t) == -1)
		return -1;
	snprintf(t->protocol, sizeof(t->protocol), "%s", SSL_get_version(ssl));
	snprintf(t->cipher, sizeof(t->cipher), "%s", SSL_get_cipher_name(ssl));
	if (s->req.op == 'I')
		copy_sni(t->sni, sizeof(t->sni),
		    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	t->verified = s->req.op == 'O' && s->req.policy == TLSD_VERIFIED &&
		      SSL_get_verify_result(ssl) == X509_V_OK;
	return 0;
}
