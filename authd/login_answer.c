/* SPDX-License-Identifier: ISC */
#include "authd/login.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"

void
login_log(const struct job *job, const char *result, const char *reason)
{
	char ip[IP_TEXT_SIZE];

	ip_format(ip, &job->ip);
	log_event("login", "service", job->port == AUTHD_POP3 ? "pop3" : "smtp",
	    "account", *job->mailbox ? job->mailbox : NULL, "user", job->user,
	    "label", *job->label ? job->label : NULL, "ip", ip,
	    "result", result, "reason", reason);
}

/* Sends, with the ticket (or -1), if somebody still listens; ends the job. */
static void
answer(struct authd *a, struct job *job, enum authd_result result,
    const struct authd_account *acct, int ticket)
{
	char buf[AUTHD_MSG_MAX];
	long len = authd_account_format(buf, sizeof buf, result, acct);

	if (job->conn) {
		job->conn->work = NULL;
		if (len == -1)
			conn_close(&a->conns, job->conn);
		else
			conn_answer_fd(&a->conns, job->conn, buf,
			    (size_t)len, ticket);
	}
	explicit_bzero(buf, sizeof buf);
	sched_done(&a->sched, job);
	job_free(&a->jobs, job);
}

void
login_later(struct authd *a, struct job *job, const char *reason)
{
	struct authd_account acct = { .ticket = -1 };

	login_log(job, "later", reason);
	snprintf(acct.reason, sizeof acct.reason, "%s", reason);
	answer(a, job, AUTHD_TRY_LATER, &acct, -1);
}

void
login_no(struct authd *a, struct job *job)
{
	static const struct authd_account acct;

	answer(a, job, AUTHD_NO, &acct, -1);
}

void
login_disabled(struct authd *a, struct job *job)
{
	struct authd_account acct = { .reason = "mailbox is disabled" };

	login_log(job, "disabled", NULL);
	/* whoever disabled it has closed them; this makes sure */
	link_close_windows(&a->relay, job->mailbox, a->conns.now_ms);
	answer(a, job, AUTHD_DISABLED, &acct, -1);
}

static int
make_ticket(struct authd *a, const struct job *job)
{
	struct authd_login login;

	memset(&login, 0, sizeof login);
	memcpy(login.mailbox, job->mailbox, sizeof login.mailbox);
	memcpy(login.user, job->user, sizeof login.user);
	ip_format(login.ip, &job->ip);
	return ticket_make(&login, a->conns.now_ms);
}

void
login_yes(struct authd *a, struct job *job, const char *token)
{
	struct authd_account acct = { .ticket = -1 };
	int ticket = -1;
	char ip[IP_TEXT_SIZE];

	memcpy(acct.mailbox, job->mailbox, sizeof acct.mailbox);
	if (job->port == AUTHD_SMTP) {
		snprintf(acct.token, sizeof acct.token, "%s", token);
	} else if ((ticket = make_ticket(a, job)) == -1) {
		login_later(a, job, "no ticket can be made");
		return;
	}
	login_log(job, "ok", NULL);
	ip_format(ip, &job->ip);
	lastlogin_note(&a->lastlogin, job->mailbox, ip, clock_wall_s(),
	    (uint32_t)(a->conns.now_ms / 1000));
	answer(a, job, AUTHD_YES, &acct, ticket);
	if (ticket != -1)
		close(ticket);
	explicit_bzero(&acct, sizeof acct);
}
