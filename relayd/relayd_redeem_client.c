/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "relayd/relayd.h"
#include "relayd/relayd_proto.h"

long
relayd_redeem_request(char *buf, size_t size, const char *grant, uint64_t n)
{
	struct relayd_request rq = { .op = 'R', .n = n };

	if (strlen(grant) >= sizeof rq.token)
		return -1;
	strcpy(rq.token, grant);
	return relayd_request_format(buf, size, RELAYD_REDEEM, &rq);
}

int
relayd_redeem_answer(struct relayd_verdict *v, const char *packet, size_t len)
{
	struct relayd_answer an;

	if (relayd_answer_scan(&an, RELAYD_REDEEM, 'R', packet, len) == -1)
		return -1;
	*v = an.v;
	return an.op;
}
