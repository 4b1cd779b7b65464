/* SPDX-License-Identifier: ISC */
#include "queue/redeem.h"

#include <errno.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/intake_check.h"
#include "queue/loop.h"
#include "relayd/relayd.h"

#define UNKNOWN "relaying cannot be checked now"
/* Revoked while the message came: a 550 would make the program drop it. */
#define ENDED                                                                  \
	"4.7.1 your right to send has ended: check your mail (POP3) or log "   \
	"in again, then send again"

static struct loop_fd lf = { .fd = -1 };
/* relayd answers what is asked in its order. */
static struct job_list asked = { NULL, &asked.first, 0 };
static struct job_list waiting = { NULL, &waiting.first, 0 };

static void
hang_up(void)
{
	if (lf.fd == -1)
		return;
	loop_close(&lf);
}

static void
refuse(struct intake *in, const char *why)
{
	intake_refuse(in, QUEUE_TEMP, why);
	in->job.done(&in->job);
}

/* The connection is of no use.  What was asked is asked once more on a fresh
 * one, or told to come again. */
static void
lost(bool again)
{
	struct intake *in;
	unsigned long n = asked.n;

	hang_up();
	while (n-- && (in = (struct intake *)job_list_pop(&asked)))
		if (again && in->tries < REDEEM_TRIES)
			job_list_push(&waiting, &in->job);
		else
			refuse(in, UNKNOWN);
}

static void
take_answer(const char *packet, size_t len)
{
	struct intake *in = (struct intake *)asked.first;
	struct relayd_verdict v;
	int op = in ? relayd_redeem_answer(&v, packet, len) : -1;

	if (op == -1) {
		log_warn("no sense in an answer of relayd");
		lost(false);
		return;
	}
	job_list_pop(&asked);
	if (op == 'N')
		intake_refuse(in, QUEUE_TEMP, ENDED);
	else if (op == 'B')
		intake_refuse(in, QUEUE_BUDGET,
		    *v.reason ? v.reason : "over budget");
	else if (op != 'Y')
		intake_refuse(in, QUEUE_TEMP, UNKNOWN);
	in->job.done(&in->job);
}

static void pump(void);

static void
ready(struct loop_fd *f, uint32_t ev)
{
	char buf[RELAYD_MSG_MAX];
	ssize_t got;
	int fd = f->fd;

	(void)ev;
	do {
		got = sock_recv(fd, buf, sizeof buf, NULL, 0, NULL, 0);
		if (got == -1 && errno == EAGAIN)
			break;
		if (got <= 0)
			lost(true);
		else
			take_answer(buf, (size_t)got);
	} while (lf.fd == fd && asked.n);
	pump();
}

/* A UNIX connection is made or refused at once. */
static int
dial(void)
{
	if (lf.fd != -1)
		return 0;
	lf.fd = sock_connect(RELAYD_REDEEM_PATH, 0);
	lf.ready = ready;
	if (lf.fd == -1)
		return -1;
	if (loop_add(&lf, EPOLLIN) == 0)
		return 0;
	close(lf.fd);
	lf.fd = -1;
	return -1;
}

static void
ask(struct intake *in)
{
	char buf[RELAYD_MSG_MAX];
	long len = relayd_redeem_request(
	    buf, sizeof buf, in->q.grant, in->foreign);

	if (len == -1 || dial() == -1) {
		refuse(in, UNKNOWN);
		return;
	}
	in->tries++;
	in->asked = loop_now();
	job_list_push(&asked, &in->job);
	if (sock_send(lf.fd, buf, (size_t)len, NULL, 0, 0) == -1)
		lost(true);
}

static void
pump(void)
{
	struct intake *in;

	while (asked.n < REDEEM_ASKED_MAX &&
	    (in = (struct intake *)job_list_pop(&waiting))) {
		if (!in->s) /* it left */
			in->job.done(&in->job);
		else if (loop_now() - in->started > REDEEM_WAIT_MS)
			refuse(in, "relayd is too slow");
		else
			ask(in);
	}
}

void
redeem(struct intake *in)
{
	if (!*in->q.grant) {
		intake_refuse(in, QUEUE_RELAY_DENIED, "5.7.1 Relaying denied");
		in->job.done(&in->job);
		return;
	}
	in->started = loop_now();
	job_list_push(&waiting, &in->job);
	pump();
}

void
redeem_tick(void)
{
	const struct intake *first = (struct intake *)asked.first;

	if (first && loop_now() - first->asked > RELAYD_TIMEOUT_MS) {
		log_warn("relayd does not answer");
		lost(false);
	}
	pump();
}

bool
redeem_waiting(void)
{
	return asked.n;
}
