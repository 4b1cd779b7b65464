/* SPDX-License-Identifier: ISC */
#include "authd/authd_proto.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static int
bad(void)
{
	errno = EPROTO;
	return -1;
}

long
authd_verify_format(char *buf, size_t size, char op, const char *user,
    const char *password, const struct ip *ip)
{
	char text[IP_TEXT_SIZE];
	struct msg_writer w;

	if (strlen(user) > AUTHD_USER_MAX ||
	    strlen(password) > AUTHD_PASSWORD_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	ip_format(text, ip);
	msg_start(&w, buf, size, op);
	msg_putn(&w, AUTHD_VERSION);
	msg_puts(&w, user);
	msg_puts(&w, password);
	msg_puts(&w, text);
	return msg_end(&w);
}

static int
verify_fields(struct authd_request *rq, struct msg_reader *r)
{
	char text[IP_TEXT_SIZE];

	if (msg_gets(r, rq->user, sizeof rq->user) == -1 ||
	    msg_gets(r, rq->password, sizeof rq->password) == -1 ||
	    msg_gets(r, text, sizeof text) == -1)
		return -1;
	return ip_parse(&rq->ip, text) == 1 ? 0 : -1;
}

int
authd_request_scan(struct authd_request *rq, const char *packet, size_t len)
{
	struct msg_reader r;
	uint64_t version;

	memset(rq, 0, sizeof *rq);
	if (msg_open(&r, packet, len) == -1 || (r.op != 'V' && r.op != 'P') ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != AUTHD_VERSION || verify_fields(rq, &r) == -1 ||
	    msg_close(&r) == -1)
		return bad();
	rq->hand_on = r.op == 'P';
	return 0;
}

long
authd_account_format(char *buf, size_t size, enum authd_result result,
    const struct authd_account *acct)
{
	static const char ops[] = { 'Y', 'N', 'D', 'T' };
	struct msg_writer w;

	msg_start(&w, buf, size, ops[result]);
	if (result == AUTHD_YES) {
		msg_puts(&w, acct->mailbox);
		msg_puts(&w, acct->token);
	} else if (result != AUTHD_NO) {
		msg_puts(&w, acct->reason);
	}
	return msg_end(&w);
}

static int
account_yes(struct authd_account *acct, struct msg_reader *r)
{
	if (msg_gets(r, acct->mailbox, sizeof acct->mailbox) == -1 ||
	    msg_gets(r, acct->token, sizeof acct->token) == -1)
		return -1;
	return addr_is_mailbox(acct->mailbox, strlen(acct->mailbox)) ? 0 : -1;
}

int
authd_account_scan(enum authd_result *result, struct authd_account *acct,
    const char *packet, size_t len)
{
	struct msg_reader r;

	memset(acct, 0, sizeof *acct);
	*result = AUTHD_TRY_LATER;
	if (msg_open(&r, packet, len) == -1)
		return bad();
	switch (r.op) {
	case 'Y':
		if (account_yes(acct, &r) == -1 || msg_close(&r) == -1)
			return bad();
		*result = AUTHD_YES;
		return 0;
	case 'N': break;
	case 'D':
	case 'T':
		if (msg_gets(&r, acct->reason, sizeof acct->reason) == -1)
			return bad();
		break;
	default: return bad();
	}
	if (msg_close(&r) == -1)
		return bad();
	if (r.op != 'T')
		*result = r.op == 'N' ? AUTHD_NO : AUTHD_DISABLED;
	return 0;
}

long
authd_login_format(char *buf, size_t size, const struct authd_login *login,
    uint64_t until_ms)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'L');
	msg_putn(&w, until_ms);
	msg_puts(&w, login->mailbox);
	msg_puts(&w, login->ip);
	msg_puts(&w, login->user);
	return msg_end(&w);
}

int
authd_login_scan(struct authd_login *login, uint64_t *until_ms,
    const char *packet, size_t len)
{
	struct msg_reader r;
	struct ip ip;

	memset(login, 0, sizeof *login);
	if (msg_open(&r, packet, len) == -1 || r.op != 'L' ||
	    msg_getn(&r, until_ms, UINT64_MAX) == -1 ||
	    msg_gets(&r, login->mailbox, sizeof login->mailbox) == -1 ||
	    msg_gets(&r, login->ip, sizeof login->ip) == -1 ||
	    msg_gets(&r, login->user, sizeof login->user) == -1 ||
	    msg_close(&r) == -1 ||
	    !addr_is_mailbox(login->mailbox, strlen(login->mailbox)) ||
	    ip_parse(&ip, login->ip) != 1)
		return bad();
	return 0;
}
