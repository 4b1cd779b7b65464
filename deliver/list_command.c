/* SPDX-License-Identifier: ISC */
/* Joining and leaving a list by mail: whoever asks gets a mail, and what comes
 * back to the address in it is done. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "deliver/answered.h"
#include "deliver/automatic.h"
#include "deliver/list.h"
#include "lib/clock.h"
#include "lib/log.h"

/* What was answered: in the log, and remembered. */
#define ASKED_TO_JOIN  "asked to join"
#define ASKED_TO_LEAVE "asked to leave"
#define WELCOME        "Welcome"
#define GOOD_BYE       "Good bye"

/* One command on its way. */
struct asked {
	struct local_job *job;
	int conn;
	struct list *l;
	const char *who;
	struct header h;
	stralloc from, subject, text;
};

static int
drop(struct asked *q, const char *why)
{
	log_event("dropped", "id", q->job->id, "to", q->job->recipient, "from",
	    q->job->sender, "reason", why);
	return local_answer(q->job, q->conn, 'K', "", NULL);
}

/* Where it stands who was answered, and under what. */
static void
note_key(stralloc *path, stralloc *key, struct asked *q, const char *what)
{
	mkdir("mail/.lists", 0700);
	sa_copys(path, "mail/.lists/.");
	sa_cats(path, q->l->file.s);
	sa_cat0(path, ".answered");
	sa_copys(key, what);
	sa_append(key, ' ');
	sa_cat0(key, q->who);
}

/* May who be written to again already? */
static bool
may_answer(struct asked *q, const char *what)
{
	stralloc path = { 0 }, key = { 0 };
	int rc;

	note_key(&path, &key, q, what);
	rc = answered_note(path.s, key.s, clock_wall_s(), LIST_ANSWER_SECONDS,
	    LIST_ANSWERS_MAX);
	if (rc == -1)
		log_warnsys("unable to note an answer in ", path.s);
	sa_free(&path);
	sa_free(&key);
	return rc == 1;
}

/* Who confirmed is who he says: he may change his mind within the hour. */
static void
forget_answer(struct asked *q, const char *what)
{
	stralloc path = { 0 }, key = { 0 };

	note_key(&path, &key, q, what);
	if (answered_forget(path.s, key.s) == -1)
		log_warnsys("unable to forget an answer in ", path.s);
	sa_free(&path);
	sa_free(&key);
}

static int
answer(struct asked *q, const char *what)
{
	struct automatic a = { .to = q->who, .h = &q->h, .about = q->job->id,
		.more = "" };

	if (!may_answer(q, what))
		return drop(q, "answered lately");
	sa_0(&q->from);
	sa_0(&q->subject);
	sa_cats(&q->text, "\n-- \nThe mailing list ");
	sa_cats(&q->text, q->l->address.s);
	sa_cats(&q->text, "\n");
	a.from = q->from.s;
	a.subject = q->subject.s;
	a.text = q->text.s;
	a.text_len = q->text.len;
	log_event("list", "id", q->job->id, "list", q->l->address.s, "to",
	    q->who, "result", what);
	return automatic_answer(q->job, q->conn, &a);
}

static void
say(stralloc *out, const char *a, const char *b, const char *c)
{
	sa_cats(out, a);
	sa_cats(out, b);
	sa_cats(out, c);
}

/* A plain answer from the owner's address. */
static int
tell(struct asked *q, const char *what, const char *before, const char *behind)
{
	stralloc name = { 0 };

	list_name(&q->from, q->l, "-owner");
	say(&q->subject, what, ": ", q->l->address.s);
	say(&q->text, before, q->who, behind);
	list_name(&name, q->l, "-owner");
	say(&q->text, "\n\nQuestions go to ", name.s, ".\n");
	sa_free(&name);
	return answer(q, what);
}

/* Asks whether it was really them. */
static int
ask(struct asked *q, bool join)
{
	stralloc token = { 0 }, suffix = { 0 };

	list_token(&token, q->l, q->who, join, clock_wall_s());
	sa_copys(&suffix, "-confirm+");
	sa_cats(&suffix, token.s);
	sa_0(&suffix);
	list_name(&q->from, q->l, suffix.s);
	say(&q->subject, "Please confirm: ", join ? "join " : "leave ",
	    q->l->address.s);
	say(&q->text, "Somebody, you it is hoped, asked that\n\n    ", q->who,
	    "\n\n");
	say(&q->text, join ? "be added to" : "be removed from",
	    " the mailing list\n\n    ", q->l->address.s);
	say(&q->text, "\n\nIf that is what you want, answer this mail, or write "
		      "to\n\n    ", q->from.s,
	    "\n\nIf not, do nothing: then nothing happens.\n");
	sa_free(&token);
	sa_free(&suffix);
	return answer(q, join ? ASKED_TO_JOIN : ASKED_TO_LEAVE);
}

static int
subscribe(struct asked *q)
{
	stralloc value = { 0 };
	bool closed = *list_option(q->l, "closed", &value);

	sa_free(&value);
	if (list_has(q->l, q->who))
		return tell(q, "You are a member already", "", " gets the mail "
			"of this list already.");
	if (closed || !list_is_plain(q->who))
		return tell(q, "Ask the owner", "The owner adds the members of "
			"this list; you asked for ", ".");
	return ask(q, true);
}

static int
unsubscribe(struct asked *q)
{
	if (!list_has(q->l, q->who))
		return tell(q, "You are no member", "", " is not a member of "
			"this list: another address of yours is, perhaps.");
	return ask(q, false);
}

static int
confirm(struct asked *q, const char *tag)
{
	stralloc value = { 0 };
	char what = list_confirms(q->l, tag, q->who, clock_wall_s());
	bool join = what == 's';

	if (join && *list_option(q->l, "closed", &value))
		what = 0;
	sa_free(&value);
	if (!what)
		return tell(q, "Nothing was confirmed", "What was to be "
			"confirmed for ", " is too old, or another address "
			"asked for it.  Ask again.");
	if (join == list_has(q->l, q->who))
		return drop(q, "confirmed before");
	if (list_change(q->l, q->who, join) == -1)
		return local_answer(q->job, q->conn, 'T',
		    "the members of the list cannot be changed", NULL);
	log_event("list", "list", q->l->address.s, "member", q->who, "result",
	    join ? "joined" : "left");
	forget_answer(q, join ? ASKED_TO_JOIN : ASKED_TO_LEAVE);
	forget_answer(q, join ? WELCOME : GOOD_BYE);
	return join ? tell(q, WELCOME, "", " is a member of this list now.")
		    : tell(q, GOOD_BYE, "", " is no member of this list any "
			"more.");
}

static int
obey(struct asked *q, enum alias_command command, const char *tag)
{
	if (!*q->job->sender || automatic_never(q->who, &q->h))
		return drop(q, "automatic mail");
	switch (command) {
	case ALIAS_SUBSCRIBE:
		return subscribe(q);
	case ALIAS_UNSUBSCRIBE:
		return unsubscribe(q);
	default:
		return confirm(q, tag);
	}
}

static int
to_owner(struct local_job *job, int conn, const struct list *l)
{
	struct local_targets x = { .kind = "remote", .sender = job->sender,
		.mailbox = "", .targets = l->owner.s, .len = l->owner.len + 1 };

	return local_pass_on(job, conn, &x);
}

int
list_command(struct local_job *job, int conn, const char *address,
    enum alias_command command, const char *tag)
{
	static char buf[HEADER_MAX];
	struct list l;
	struct asked q = { .job = job, .conn = conn, .l = &l };
	stralloc who = { 0 };
	int rc;

	list_person(&who, job->sender);
	q.who = who.s;
	if (list_open(&l, address) != 1 || header_read(&q.h, buf, job->message,
				   job->offset, job->size) == -1)
		rc = local_answer(
		    job, conn, 'T', "the list's record cannot be read", NULL);
	else if (command == ALIAS_BOUNCES || command == ALIAS_OWNER)
		rc = to_owner(job, conn, &l);
	else
		rc = obey(&q, command, tag);
	list_free(&l);
	sa_free(&who);
	sa_free(&q.from);
	sa_free(&q.subject);
	sa_free(&q.text);
	return rc;
}
