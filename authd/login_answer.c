/* SPDX-License-Identifier: ISC */
#include "authd/login.h"

#include <stdio.h>
#include <string.h>
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

/* Sends, if somebody still listens, and ends the job. */
static void
answer(struct authd *a, struct job *job, enum authd_result result,
    const struct authd_account *acct)
{
	char buf[AUTHD_MSG_MAX];
	long len = authd_account_format(buf, sizeof buf, result, acct);

	if (job->conn) {
		job->conn->work = NULL;
		if (len == -1)
			conn_close(&a->conns, job->conn);
		else
			conn_answer(&a->conns, job->conn, buf, (size_t)len);
	}
	explicit_bzero(buf, sizeof buf);
	sched_done(&a->sched, job);
	job_free(&a->jobs, job);
}

void
login_later(struct authd *a, struct job *job, const char *reason)
{
	struct authd_account acct = { "", "", "" };

	login_log(job, "later", reason);
	snprintf(acct.reason, sizeof acct.reason, "%s", reason);
	answer(a, job, AUTHD_TRY_LATER, &acct);
}

void
login_no(struct authd *a, struct job *job)
{
	static const struct authd_account acct;

	answer(a, job, AUTHD_NO, &acct);
}

void
login_disabled(struct authd *a, struct job *job)
{
	struct authd_account acct = { "", "", "mailbox is disabled" };

	login_log(job, "disabled", NULL);
	/* whoever disabled it has closed them; this makes sure */
	link_close_windows(&a->relay, job->mailbox, a->conns.now_ms);
	answer(a, job, AUTHD_DISABLED, &acct);
}

static void
give_ticket(struct authd *a, const struct job *job,
    char out[AUTHD_TICKET_MAX])
{
	struct authd_login login;

	memset(&login, 0, sizeof login);
	memcpy(login.mailbox, job->mailbox, sizeof login.mailbox);
	memcpy(login.user, job->user, sizeof login.user);
	ip_format(login.ip, &job->ip);
	tickets_give(&a->tickets, out, &login, a->conns.now_ms);
}

void
login_yes(struct authd *a, struct job *job, const char *token)
{
	struct authd_account acct = { "", "", "" };
	char ip[IP_TEXT_SIZE];

	memcpy(acct.mailbox, job->mailbox, sizeof acct.mailbox);
	if (job->port == AUTHD_SMTP)
		snprintf(acct.ticket, sizeof acct.ticket, "%s", token);
	else
		give_ticket(a, job, acct.ticket);
	login_log(job, "ok", NULL);
	ip_format(ip, &job->ip);
	lastlogin_note(&a->lastlogin, job->mailbox, ip, clock_wall_s(),
	    (uint32_t)(a->conns.now_ms / 1000));
	answer(a, job, AUTHD_YES, &acct);
	explicit_bzero(&acct, sizeof acct);
}
