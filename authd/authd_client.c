/* SPDX-License-Identifier: ISC */
#include "authd/authd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "lib/sock.h"
#include "authd/authd_proto.h"

enum authd_result
authd_verify(struct authd_account *acct, const char *path, const char *user,
    const char *password, const struct ip *ip)
{
	char request[AUTHD_MSG_MAX], answer[AUTHD_MSG_MAX];
	enum authd_result result = AUTHD_TRY_LATER;
	int ticket = -1;
	ssize_t got = -1;
	long len;

	memset(acct, 0, sizeof *acct);
	acct->ticket = -1;
	len = authd_verify_format(request, sizeof request, user, password, ip);
	if (len == -1 && errno == EMSGSIZE)
		return AUTHD_NO; /* no login name and no password is that long */
	if (len != -1)
		got = sock_call(path, request, (size_t)len, NULL, 0, answer,
		    sizeof answer, &ticket, AUTHD_TIMEOUT_MS);
	explicit_bzero(request, sizeof request);
	if (got <= 0 ||
	    authd_account_scan(&result, acct, answer, (size_t)got) == -1)
		snprintf(acct->reason, sizeof acct->reason, "authd: %s",
		    strerror(got == 0 ? ECONNRESET : errno));
	explicit_bzero(answer, sizeof answer);
	acct->ticket = ticket;
	if (result != AUTHD_YES || ticket != -1 || *acct->token)
		return result;
	strcpy(acct->reason, "authd: a yes without a ticket");
	return AUTHD_TRY_LATER;
}
