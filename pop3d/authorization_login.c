/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/text.h"
#include "pop3d/authorization_inside.h"
#include "pop3d/wait.h"

#define UNREACHABLE "authd or" /* how authd_login's own reasons begin */

/* Who decides logs: authd its verdicts, mailboxd its refusals. */
enum then
authorization_wrong(struct authorization *a)
{
	authorization_error(a, "[AUTH] wrong user name or password");
	return ++a->wrong < POP3D_LOGINS_MAX ? STAY : LEAVE;
}

/* The session is this process's: mailboxd has nothing for the client but the
 * lock, and lets us know when the session must end. */
static enum then
keep(struct authorization *a, const struct pop3d_hold *hold)
{
	static struct session s;

	text_copy(s.login.mailbox, sizeof s.login.mailbox, hold->mailbox);
	text_copy(s.login.ip, sizeof s.login.ip, a->ip);
	text_copy(s.tls, sizeof s.tls, a->tls);
	s.dir_fd = s.new_fd = s.cur_fd = -1;
	s.lock.fd = hold->lock;
	s.in = &a->in;
	s.out = &a->out;
	wait_signal_fd = hold->conn;
	a->empty = &s;
	return LEAVE;
}

/* The client goes to mailboxd, with the commands it has sent ahead. */
static enum then
hand_over(struct authorization *a, const struct authd_handed *handed)
{
	char text[POP3D_TEXT_MAX];
	struct pop3d_request client = { .ahead = a->in.buf + a->in.start,
		.aheadlen = a->in.end - a->in.start };
	struct pop3d_hold hold;

	text_copy(client.tls, sizeof client.tls, a->tls);
	switch (pop3d_hand_over(
	    &hold, handed, &client, a->in.fd, a->out.fd, text)) {
	case POP3D_TAKEN:
		a->in.start = a->in.end;
		return LEAVE;
	case POP3D_EMPTY:
		return keep(a, &hold);
	case POP3D_REFUSED:
		reply_say(&a->out, "-ERR ", text);
		break;
	default:
		reply_say(
		    &a->out, "-ERR [SYS/TEMP] ", text, ", try again later");
	}
	return ++a->errors < POP3D_ERRORS_MAX ? STAY : LEAVE;
}

enum then
authorization_login(
    struct authorization *a, const char *user, const char *password)
{
	struct authd_account acct;
	struct authd_handed handed;

	/* what is to be said before mailboxd speaks */
	if (reply_flush(&a->out) == -1)
		return LEAVE;
	switch (authd_login(&handed, &acct, user, password, &a->remote)) {
	case AUTHD_YES:
		return hand_over(a, &handed);
	case AUTHD_NO:
		return authorization_wrong(a);
	case AUTHD_DISABLED:
		return authorization_error(a,
		    "[AUTH] this mailbox is disabled; ask whoever runs this "
		    "server");
	default:
		if (strncmp(acct.reason, UNREACHABLE, strlen(UNREACHABLE)) == 0)
			log_event("login", "service", "pop3", "user", user, "ip",
			    a->ip, "result", "later", "reason", acct.reason);
		return authorization_bad(a,
		    "[SYS/TEMP] the password cannot be checked now, try again "
		    "later");
	}
}
