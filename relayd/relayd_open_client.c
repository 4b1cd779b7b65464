/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "relayd/relayd.h"
#include "relayd/relayd_proto.h"

long
relayd_open_request(char *buf, size_t size, char op, const struct ip *ip,
    const char *mailbox)
{
	struct relayd_request rq = { .op = op, .has_ip = ip != NULL };

	if (ip)
		rq.ip = *ip;
	if (strlen(mailbox) >= sizeof rq.mailbox)
		return -1;
	strcpy(rq.mailbox, mailbox);
	return relayd_request_format(buf, size, RELAYD_OPEN, &rq);
}

int
relayd_open_answer(struct relayd_verdict *v, char op, const char *packet,
    size_t len)
{
	struct relayd_answer an;

	if (relayd_answer_scan(&an, RELAYD_OPEN, op, packet, len) == -1)
		return -1;
	*v = an.v;
	return an.op == 'Y';
}
