/* SPDX-License-Identifier: ISC */
#include "tlsd/tlsd_proto.h"
#include <errno.h>
#include <string.h>
#include "lib/msg.h"

#define POLICY_SIZE 16 /* bytes, NUL included */
#define FLAG_SIZE   2  /* bytes: "0" or "1" and NUL */

static const char *const policy_names[] = { "may", "required", "verified" };

int
tlsd_policy_parse(enum tlsd_policy *policy, const char *name)
{
	int i;

	for (i = TLSD_MAY; i <= TLSD_VERIFIED; i++)
		if (strcmp(name, policy_names[i]) == 0) {
			*policy = (enum tlsd_policy)i;
			return 1;
		}
	return 0;
}

const char *
tlsd_policy_name(enum tlsd_policy policy)
{
	return policy_names[policy];
}

long
tlsd_request_put(char *buf, size_t size, const struct tlsd_request *req)
{
	struct msg_writer w;
	char ip[IP_TEXT_SIZE];

	ip_format(ip, &req->ip);
	msg_start(&w, buf, size, req->op);
	msg_putn(&w, TLSD_VERSION);
	if (req->op == 'I') {
		msg_puts(&w, req->service);
	} else {
		msg_puts(&w, req->host);
		msg_puts(&w, tlsd_policy_name(req->policy));
	}
	msg_puts(&w, ip);
	return msg_end(&w);
}

static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

int
tlsd_request_scan(struct tlsd_request *req, const char *wire, size_t len)
{
	struct msg_reader r;
	char policy[POLICY_SIZE] = "", ip[IP_TEXT_SIZE] = "";
	uint64_t version = 0;

	memset(req, 0, sizeof(*req));
	if (msg_open(&r, wire, len) == -1)
		return -1;
	req->op = r.op;
	msg_getn(&r, &version, TLSD_VERSION);
	if (r.op == 'I') {
		msg_gets(&r, req->service, sizeof(req->service));
	} else if (r.op == 'O') {
		msg_gets(&r, req->host, sizeof(req->host));
		msg_gets(&r, policy, sizeof(policy));
	} else {
		return broken();
	}
	msg_gets(&r, ip, sizeof(ip));
	if (msg_close(&r) == -1)
		return -1;
	if (version != TLSD_VERSION || ip_parse(&req->ip, ip) != 1)
		return broken();
	if (r.op == 'O' && tlsd_policy_parse(&req->policy, policy) != 1)
		return broken();
	return 0;
}

long
tlsd_answer_put(
    char *buf, size_t size, char op, char asked, const struct tlsd_session *s)
{
	struct msg_writer w;

	msg_start(&w, buf, size, op);
	if (op == 'P') {
		msg_puts(&w, s->protocol);
		msg_puts(&w, s->cipher);
		if (asked == 'I')
			msg_puts(&w, s->sni);
		else
			msg_puts(&w, s->verified ? "1" : "0");
	} else {
		msg_puts(&w, s->reason);
	}
	return msg_end(&w);
}

int
tlsd_answer_scan(
    struct tlsd_session *s, char asked, const char *wire, size_t len)
{
	struct msg_reader r;
	char flag[FLAG_SIZE] = "0";

	s->protocol[0] = s->cipher[0] = s->sni[0] = s->reason[0] = 0;
	s->verified = false;
	if (msg_open(&r, wire, len) == -1)
		return -1;
	if (r.op == 'P') {
		msg_gets(&r, s->protocol, sizeof(s->protocol));
		msg_gets(&r, s->cipher, sizeof(s->cipher));
		if (asked == 'I')
			msg_gets(&r, s->sni, sizeof(s->sni));
		else
			msg_gets(&r, flag, sizeof(flag));
	} else if (r.op == 'N' || r.op == 'T') {
		msg_gets(&r, s->reason, sizeof(s->reason));
	} else {
		return broken();
	}
	if (msg_close(&r) == -1)
		return -1;
	if (strcmp(flag, "0") != 0 && strcmp(flag, "1") != 0)
		return broken();
	s->verified = flag[0] == '1';
	return r.op;
}
