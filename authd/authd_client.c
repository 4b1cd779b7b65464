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
	ssize_t got = -1;
	long len;

	memset(acct, 0, sizeof *acct);
	len = authd_verify_format(request, sizeof request, user, password, ip);
	if (len == -1 && errno == EMSGSIZE)
		return AUTHD_NO; /* no login name and no password is that long */
	if (len != -1)
		got = sock_call(path, request, (size_t)len, NULL, 0, answer,
		    sizeof answer, NULL, AUTHD_TIMEOUT_MS);
	explicit_bzero(request, sizeof request);
	if (got <= 0 ||
	    authd_account_scan(&result, acct, answer, (size_t)got) == -1)
		snprintf(acct->reason, sizeof acct->reason, "authd: %s",
		    strerror(got == 0 ? ECONNRESET : errno));
	explicit_bzero(answer, sizeof answer);
	return result;
}

int
authd_redeem(struct authd_login *login, const char *ticket)
{
	char buf[AUTHD_MSG_MAX];
	ssize_t got;
	long len = authd_redeem_format(buf, sizeof buf, ticket);

	memset(login, 0, sizeof *login);
	if (len == -1)
		return -1;
	got = sock_call(AUTHD_REDEEM_PATH, buf, (size_t)len, NULL, 0, buf,
	    sizeof buf, NULL, AUTHD_REDEEM_MS);
	if (got == 0)
		errno = ECONNRESET;
	if (got <= 0)
		return -1;
	return authd_login_scan(login, buf, (size_t)got);
}
