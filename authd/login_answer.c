/* SPDX-License-Identifier: ISC */
#include "authd/login.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "pop3d/pop3d.h"

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

static void
end(struct authd *a, struct job *job)
{
	sched_done(&a->sched, job);
	job_free(&a->jobs, job);
}

/* Sends, if somebody still listens (len -1: closes); ends the job. */
static void
send_answer(struct authd *a, struct job *job, const char *buf, long len)
{
	if (job->conn) {
		job->conn->work = NULL;
		if (len == -1)
			conn_close(&a->conns, job->conn);
		else
			conn_answer(&a->conns, job->conn, buf, (size_t)len);
	}
	end(a, job);
}

static void
answer(struct authd *a, struct job *job, enum authd_result result,
    const struct authd_account *acct)
{
	char buf[AUTHD_MSG_MAX];

	send_answer(a, job, buf,
	    authd_account_format(buf, sizeof buf, result, acct));
	explicit_bzero(buf, sizeof buf);
}

void
login_later(struct authd *a, struct job *job, const char *reason)
{
	struct authd_account acct = { 0 };

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
	struct authd_account acct = { .reason = "mailbox is disabled" };

	login_log(job, "disabled", NULL);
	/* whoever disabled it has closed them; this makes sure */
	link_close_windows(&a->relay, job->mailbox, a->conns.now_ms);
	answer(a, job, AUTHD_DISABLED, &acct);
}

static void
note(struct authd *a, const struct job *job)
{
	char ip[IP_TEXT_SIZE];

	login_log(job, "ok", NULL);
	ip_format(ip, &job->ip);
	lastlogin_note(&a->lastlogin, job->mailbox, ip, clock_wall_s(),
	    (uint32_t)(a->conns.now_ms / 1000));
}

void
login_yes(struct authd *a, struct job *job, const char *token)
{
	struct authd_account acct = { 0 };

	if (job->hand_on) {
		job->state = JOB_MAILBOX;
		mailbox_link_give(&a->mailbox, job);
		return;
	}
	memcpy(acct.mailbox, job->mailbox, sizeof acct.mailbox);
	if (job->port == AUTHD_SMTP)
		snprintf(acct.token, sizeof acct.token, "%s", token);
	note(a, job);
	answer(a, job, AUTHD_YES, &acct);
	explicit_bzero(&acct, sizeof acct);
}

/* In mailboxd's words: the caller expects its answer now. */
static void
no_mailbox(struct authd *a, struct job *job, const char *why)
{
	char buf[POP3D_TEXT_MAX + 16];

	login_log(job, "later", why);
	send_answer(a, job, buf, pop3d_answer_make(buf, sizeof buf,
	    POP3D_TRY_LATER, "mailboxes are not available"));
}

void
login_given(void *arg, struct job *job, const char *why)
{
	struct authd *a = arg;

	if (why) {
		no_mailbox(a, job, why);
		return;
	}
	note(a, job);
	if (job->conn) {
		job->conn->work = NULL;
		conn_hand_on(&a->conns, job->conn);
	}
	end(a, job);
}
