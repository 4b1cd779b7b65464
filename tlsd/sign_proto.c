/* SPDX-License-Identifier: ISC */
#include "tlsd/sign_proto.h"

#include <errno.h>
#include <string.h>

#define REASON_SIZE 200 /* bytes */

static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

long
sign_request_put(char *buf, size_t size, const struct sign_request *req)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'Q');
	msg_putn(&w, SIGN_VERSION);
	msg_putn(&w, req->serial);
	msg_putn(&w, req->scheme->code);
	msg_putb(&w, req->message, req->len);
	return msg_end(&w);
}

int
sign_request_scan(struct sign_request *req, const char *wire, size_t len)
{
	struct msg_reader r;
	uint64_t version = 0, code = 0;

	memset(req, 0, sizeof(*req));
	if (msg_open(&r, wire, len) == -1 || r.op != 'Q')
		return broken();
	msg_getn(&r, &version, SIGN_VERSION);
	msg_getn(&r, &req->serial, UINT64_MAX);
	msg_getn(&r, &code, UINT16_MAX);
	msg_getb(&r, &req->message, &req->len, SIGN_MESSAGE_MAX);
	if (msg_close(&r) == -1)
		return -1;
	req->scheme = sign_scheme_find(code);
	if (version != SIGN_VERSION || !req->scheme ||
	    !sign_message_is_handshake(req->scheme, req->message, req->len))
		return broken();
	return 0;
}

int
sign_answer_scan(unsigned char *sig, size_t size, size_t *siglen,
    const char *wire, size_t len)
{
	struct msg_reader r;
	char reason[REASON_SIZE];
	const char *data;

	if (msg_open(&r, wire, len) == -1)
		return -1;
	if (r.op == 'N') {
		msg_gets(&r, reason, sizeof(reason));
		return msg_close(&r);
	}
	if (r.op != 'Y')
		return broken();
	msg_getb(&r, &data, siglen, size);
	if (msg_close(&r) == -1)
		return -1;
	memcpy(sig, data, *siglen);
	return 1;
}

long
cert_news_put(char *buf, size_t size, const struct cert_news *news)
{
	struct msg_writer w;

	msg_start(&w, buf, size, news->op);
	if (news->op == 'E') {
		msg_putn(&w, news->usable);
		return msg_end(&w);
	}
	msg_puts(&w, news->name);
	if (news->op == 'A') {
		msg_putn(&w, news->serial);
		msg_putb(&w, news->chain, news->len);
	}
	return msg_end(&w);
}

int
cert_news_scan(struct cert_news *news, const char *wire, size_t len)
{
	struct msg_reader r;

	memset(news, 0, sizeof(*news));
	if (msg_open(&r, wire, len) == -1)
		return -1;
	news->op = r.op;
	if (r.op == 'E') {
		msg_getn(&r, &news->usable, CERT_NAMES_MAX);
		return msg_close(&r);
	}
	if (r.op != 'A' && r.op != 'R')
		return broken();
	msg_gets(&r, news->name, sizeof(news->name));
	if (r.op == 'A') {
		msg_getn(&r, &news->serial, UINT64_MAX);
		msg_getb(&r, &news->chain, &news->len, CERT_CHAIN_MAX);
	}
	return msg_close(&r);
}

long
control_put(char *buf, size_t size, char op)
{
	struct msg_writer w;

	msg_start(&w, buf, size, op);
	msg_putn(&w, SIGN_VERSION);
	return msg_end(&w);
}

int
control_scan(const char *wire, size_t len)
{
	struct msg_reader r;
	uint64_t version = 0;

	if (msg_open(&r, wire, len) == -1 || (r.op != 'S' && r.op != 'C'))
		return broken();
	msg_getn(&r, &version, SIGN_VERSION);
	if (msg_close(&r) == -1 || version != SIGN_VERSION)
		return broken();
	return r.op;
}
