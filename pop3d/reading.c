/* SPDX-License-Identifier: ISC */
/* The commands that only read: STAT, LIST, UIDL, RETR, TOP. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "pop3d/message.h"
#include "pop3d/transaction.h"

#define UNREADABLE_TOLD 10 /* messages of a session, by name */
#define NO_UIDS "[SYS/TEMP] the unique ids cannot be told now"

static bool
is_listed(const struct mail *m)
{
	return !m->deleted && !m->gone;
}

/* 0, or -1: it cannot be read now; its octets are guessed, and all others are to
 * be had all the same. */
static int
know_octets(struct session *s, struct mail *m)
{
	bool told = m->guessed;

	if (m->gone || maillist_octets(&s->mail, m) == 0 || m->gone)
		return 0;
	if (!told && s->unreadable++ < UNREADABLE_TOLD)
		transaction_warnsys(s, m, "unable to read");
	return -1;
}

/* Number and octets of all that are listed. */
static void
total(struct session *s, uint32_t *n, uint64_t *octets)
{
	struct mail *m = s->mail.mails, *end = m + s->mail.n;
	unsigned long before = s->unreadable;

	*n = 0;
	*octets = 0;
	for (; m < end; m++) {
		if (m->octets == OCTETS_UNKNOWN && !m->deleted)
			know_octets(s, m);
		if (is_listed(m)) {
			++*n;
			*octets += m->octets;
		}
	}
	if (s->unreadable > UNREADABLE_TOLD && s->unreadable > before)
		log_warn("unable to read ", log_num(s->unreadable),
		    " messages of ", s->login.mailbox);
}

static void
put_total(struct session *s, const char *before, uint32_t n,
    const char *between, uint64_t octets, const char *after)
{
	reply_cat(s->out, before, (char *)0);
	reply_num(s->out, n);
	reply_cat(s->out, between, (char *)0);
	reply_num(s->out, octets);
	reply_cat(s->out, after, "\r\n", (char *)0);
}

enum after
reading_stat(struct session *s, const struct command *c)
{
	uint64_t octets;
	uint32_t n;

	(void)c;
	total(s, &n, &octets);
	put_total(s, "+OK ", n, " ", octets, "");
	return GO_ON;
}

/* LIST and UIDL: a line of one message. */
static void
put_octets(struct session *s, const struct mail *m)
{
	reply_num(s->out, m->octets);
}

/* What another server gave its messages; 0 or -1. */
static int
know_uids(struct session *s)
{
	if ((s->uidl.rule != UIDL_DOVECOT && s->uidl.rule != UIDL_COURIER) ||
	    s->uids.at || !s->mail.n)
		return 0;
	if (uidl_list_read(&s->uids, &s->mail, &s->uidl, s->dir_fd) == 0)
		return 0;
	if (errno == EPROTO)
		log_warn("unable to read the unique ids of ", s->login.mailbox,
		    ": the first line of ", uidl_list_file(&s->uidl),
		    " is not understood");
	else
		log_warnsys("unable to read the unique ids of ",
		    s->login.mailbox, " in ", uidl_list_file(&s->uidl));
	return -1;
}

static void
put_uid(struct session *s, const struct mail *m)
{
	const char *id =
	    uidl_list_get(&s->uids, (uint32_t)(m - s->mail.mails));
	char *at;

	if (id) {
		reply_put(s->out, id, strlen(id));
		return;
	}
	at = reply_room(s->out, UIDL_QMAIL_MAX);
	s->out->len += uidl_make(
	    at, s->uidl.rule, maillist_name(&s->mail, m), m->baselen);
}

static void
put_line(struct session *s, const struct mail *m,
    void (*put)(struct session *s, const struct mail *m))
{
	reply_num(s->out, (uint64_t)(m - s->mail.mails) + 1);
	reply_put(s->out, " ", 1);
	put(s, m);
	reply_put(s->out, "\r\n", 2);
}

static void
put_all(struct session *s, void (*put)(struct session *s, const struct mail *m))
{
	const struct mail *m = s->mail.mails, *end = m + s->mail.n;

	for (; m < end && !s->out->error; m++)
		if (is_listed(m))
			put_line(s, m, put);
	reply_put(s->out, ".\r\n", 3);
}

enum after
reading_list(struct session *s, const struct command *c)
{
	struct mail *m;
	uint64_t octets;
	uint32_t n;

	switch (command_numbers(c, &n, 1)) {
	case -1:
		return transaction_bad(s, "usage: LIST [number]");
	case 0:
		total(s, &n, &octets);
		put_total(s, "+OK ", n, " messages, ", octets, " octets");
		put_all(s, put_octets);
		return GO_ON;
	}
	if (!(m = transaction_find(s, n)))
		return GO_ON;
	if (m->octets == OCTETS_UNKNOWN)
		know_octets(s, m);
	if (m->gone)
		return transaction_error(s, "no such message now");
	reply_cat(s->out, "+OK ", (char *)0);
	put_line(s, m, put_octets);
	return GO_ON;
}

enum after
reading_uidl(struct session *s, const struct command *c)
{
	struct mail *m;
	uint32_t n;

	switch (command_numbers(c, &n, 1)) {
	case -1:
		return transaction_bad(s, "usage: UIDL [number]");
	case 0:
		if (know_uids(s) == -1)
			return transaction_error(s, NO_UIDS);
		reply_say(s->out, "+OK");
		put_all(s, put_uid);
		return GO_ON;
	}
	if ((m = transaction_find(s, n))) {
		if (know_uids(s) == -1)
			return transaction_error(s, NO_UIDS);
		reply_cat(s->out, "+OK ", (char *)0);
		put_line(s, m, put_uid);
	}
	return GO_ON;
}

/* Opens a message and says so.  The descriptor, or -1 with the reason said. */
static int
open_message(struct session *s, struct mail *m)
{
	int fd;

	if (know_octets(s, m) == -1) {
		transaction_error(s, "[SYS/TEMP] this message cannot be read");
		return -1;
	}
	fd = maillist_open(&s->mail, m);
	if (fd != -1)
		return fd;
	if (m->gone) {
		transaction_error(s, "no such message now");
		return -1;
	}
	transaction_warnsys(s, m, "unable to open");
	transaction_error(s, "[SYS/TEMP] this message cannot be read");
	return -1;
}

static enum after
send_message(
    struct session *s, const struct mail *m, int fd, uint32_t lines)
{
	int sent = message_send(s->out, fd, lines);

	if (sent == -1 && !s->out->error)
		transaction_warnsys(s, m, "unable to read to its end");
	close(fd);
	return sent == 0 ? GO_ON : BROKEN;
}

enum after
reading_retr(struct session *s, const struct command *c)
{
	struct mail *m;
	uint32_t n;
	int fd;

	if (command_numbers(c, &n, 1) != 1)
		return transaction_bad(s, "usage: RETR number");
	if (!(m = transaction_find(s, n)) || (fd = open_message(s, m)) == -1)
		return GO_ON;
	reply_cat(s->out, "+OK ", (char *)0);
	reply_num(s->out, m->octets);
	reply_say(s->out, " octets");
	m->retrieved = true;
	s->retr++;
	return send_message(s, m, fd, MESSAGE_ALL);
}

enum after
reading_top(struct session *s, const struct command *c)
{
	struct mail *m;
	uint32_t n[2];
	int fd;

	if (command_numbers(c, n, 2) != 2)
		return transaction_bad(s, "usage: TOP number lines");
	if (!(m = transaction_find(s, n[0])) || (fd = open_message(s, m)) == -1)
		return GO_ON;
	reply_say(s->out, "+OK");
	return send_message(s, m, fd, n[1]);
}
