/* SPDX-License-Identifier: ISC */
/* The TRANSACTION and UPDATE states of RFC 1939. */
#include "pop3d/transaction.h"

#include <errno.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "pop3d/capa.h"
#include "pop3d/command.h"

enum after
transaction_error(struct session *s, const char *text)
{
	reply_say(s->out, "-ERR ", text);
	return GO_ON;
}

/* A command that makes no sense; too many, and we hang up. */
enum after
transaction_bad(struct session *s, const char *text)
{
	transaction_error(s, text);
	if (++s->errors < POP3D_ERRORS_MAX)
		return GO_ON;
	reply_say(s->out, "-ERR too many errors");
	return BROKEN;
}

/* The message of that number, or NULL with the reason said. */
struct mail *
transaction_find(struct session *s, uint32_t number)
{
	struct mail *m;

	if (number < 1 || number > s->mail.n) {
		transaction_bad(s, "no such message");
		return NULL;
	}
	m = &s->mail.mails[number - 1];
	if (m->deleted)
		transaction_error(s, "this message is marked as deleted");
	else if (m->gone)
		transaction_error(s, "no such message now");
	else
		return m;
	return NULL;
}

void
transaction_warnsys(
    const struct session *s, const struct mail *m, const char *what)
{
	log_warnsys(what, " " MAILS_DIR "/", s->box.folder,
	    m->in_new ? "/new/" : "/cur/", maillist_name(&s->mail, m));
}

static enum after
do_dele(struct session *s, const struct command *c)
{
	struct mail *m;
	uint32_t n;

	if (command_numbers(c, &n, 1) != 1)
		return transaction_bad(s, "usage: DELE number");
	if (!(m = transaction_find(s, n)))
		return GO_ON;
	m->deleted = true;
	reply_say(s->out, "+OK deleted");
	return GO_ON;
}

static enum after
do_noop(struct session *s, const struct command *c)
{
	(void)c;
	reply_say(s->out, "+OK");
	return GO_ON;
}

static enum after
do_rset(struct session *s, const struct command *c)
{
	uint32_t i;

	(void)c;
	for (i = 0; i < s->mail.n; i++)
		s->mail.mails[i].deleted = false;
	reply_say(s->out, "+OK nothing is deleted");
	return GO_ON;
}

static enum after
do_capa(struct session *s, const struct command *c)
{
	(void)c;
	capa_say(s->out, true, false);
	return GO_ON;
}

/* UPDATE.  The removals are durable before +OK: what the customer was told is
 * deleted does not come back after a power cut, as a second delivery. */
static enum after
do_quit(struct session *s, const struct command *c)
{
	uint32_t i;
	int failed = 0;

	(void)c;
	for (i = 0; i < s->mail.n; i++) {
		struct mail *m = &s->mail.mails[i];

		if (!m->deleted) {
			if (m->retrieved)
				maillist_mark_seen(&s->mail, m);
		} else if (maillist_unlink(&s->mail, m) == 0) {
			s->dele++;
		} else if (!failed++) {
			transaction_warnsys(s, m, "unable to delete");
		}
	}
	if (maillist_sync(&s->mail) == -1 && !failed++)
		log_warnsys("unable to sync the mailbox ", s->login.mailbox);
	/* before the reply: the client's next session may be that quick */
	session_lock_give(&s->lock);
	reply_say(s->out,
	    failed ? "-ERR [SYS/TEMP] some deleted messages not removed"
		   : "+OK bye");
	return BYE;
}

static enum after
do_other(struct session *s, const struct command *c)
{
	return transaction_bad(s, c->verb == VERB_UNKNOWN
				      ? "no such command"
				      : "you are logged in already");
}

static enum after (*const handlers[])(
    struct session *s, const struct command *c) = {
	[VERB_UNKNOWN] = do_other,
	[VERB_APOP] = do_other,
	[VERB_AUTH] = do_other,
	[VERB_CAPA] = do_capa,
	[VERB_DELE] = do_dele,
	[VERB_LIST] = reading_list,
	[VERB_NOOP] = do_noop,
	[VERB_PASS] = do_other,
	[VERB_QUIT] = do_quit,
	[VERB_RETR] = reading_retr,
	[VERB_RSET] = do_rset,
	[VERB_STAT] = reading_stat,
	[VERB_STLS] = do_other,
	[VERB_TOP] = reading_top,
	[VERB_UIDL] = reading_uidl,
	[VERB_USER] = do_other,
};

/* All the commands that have come, their replies in one batch. */
static enum after
handle_buffered(struct session *s)
{
	struct command c;
	enum after after = GO_ON;
	char *line;
	size_t len;
	int got;

	while (after == GO_ON && !s->out->error &&
	       (got = lines_take(s->in, &line, &len, POP3D_LINE_MAX)) != 0) {
		if (got == -1) {
			after = transaction_bad(s, "this line is too long");
			continue;
		}
		command_parse(&c, line, len);
		after = handlers[c.verb](s, &c);
		/* from the reply on: a big message takes its time */
		s->patience_ms = clock_boot_ms() + POP3D_IDLE_SECONDS * 1000;
		if (s->errors >= POP3D_ERRORS_MAX)
			after = BROKEN; /* transaction_find has no say */
	}
	return after;
}

/* For the next command: a line that trickles in is not waited for longer. */
static const char *
wait_for_more(struct session *s)
{
	uint64_t now = clock_boot_ms();

	if (now >= s->patience_ms)
		return "idle";
	switch (lines_fill(s->in, (int)(s->patience_ms - now))) {
	case 1:
		return NULL;
	case 0:
		return "broken";
	}
	if (errno == ECANCELED)
		return "ended";
	return errno == ETIMEDOUT ? "idle" : "broken";
}

static const char *
talk(struct session *s)
{
	const char *result = NULL;
	enum after after;

	s->patience_ms = clock_boot_ms() + POP3D_IDLE_SECONDS * 1000;
	while (!result) {
		after = handle_buffered(s);
		if ((after == BYE ? reply_end : reply_flush)(s->out) == -1)
			return errno == ECANCELED ? "ended" : "broken";
		if (after != GO_ON)
			return after == BYE ? "quit" : "broken";
		result = wait_for_more(s);
	}
	return result;
}

static const char *
greet_and_talk(struct session *s)
{
	if (s->new_fd != -1 &&
	    maillist_read(&s->mail, s->new_fd, s->cur_fd) == -1) {
		log_warnsys("unable to read the mailbox ", s->login.mailbox);
		transaction_error(s, "[SYS/TEMP] the mailbox cannot be read");
		reply_flush(s->out);
		return "unreadable";
	}
	if (s->mail.cut)
		log_warn("mailbox ", s->login.mailbox, " has more than ",
		    log_num(MAILLIST_MAX), " messages; the rest waits");
	reply_cat(s->out, "+OK logged in, ", (char *)0);
	reply_num(s->out, s->mail.n);
	reply_say(s->out, s->mail.n == 1 ? " message" : " messages");
	return talk(s);
}

void
transaction_run(struct session *s)
{
	const char *result = greet_and_talk(s);

	log_event("pop3", "account", s->login.mailbox, "ip", s->login.ip,
	    "result", result, "retr", log_num(s->retr), "dele",
	    log_num(s->dele), "bytes", log_num(s->out->sent), "left",
	    log_num(s->mail.n - s->dele), "tls", s->tls[0] ? s->tls : NULL);
}
