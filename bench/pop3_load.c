/* SPDX-License-Identifier: ISC */
/* pop3_load - clients that log in, look, and quit, over and over.
 *
 *   pop3_load [-c CLIENTS] [-t SECONDS] [-n SESSIONS] [-m MESSAGES] [-p] [-l]
 *       PORT PASSWORD BOX...
 *
 * Each client uses a mailbox of its own.  -m: fetches so many messages, one by
 * one, with -p in one batch; each message's checksum is verified.  -l: UIDL and
 * LIST, whose lines are counted against STAT.  Prints JSON: sessions, seconds,
 * and how long one takes from its connect until all is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/clients.h"
#include "bench/letter.h"

#define BATCH_MAX     65536

enum { GREETING, USER, PASS, STAT, UIDL, LIST, RETR, QUIT };

static struct {
	int messages, boxes;
	bool pipeline, list;
	unsigned long got;
	const char *password;
	char **box;
} run;

struct reader {
	char text[BATCH_MAX];
	bool inside; /* a reply of many lines */
	long there, lines;
	int fetched;
	struct letter letter;
};
static struct script script;

static bool
again(struct client *c)
{
	if (!c->own)
		c->own = calloc(1, sizeof(struct reader));
	if (!script_is_more(&script))
		return false;
	script.begun++;
	return true;
}

static void
connected(struct client *c)
{
	struct reader *r = c->own;

	c->step = GREETING;
	r->inside = false;
	r->fetched = 0;
}

static void
say(struct client *c, int step, const char *what, const char *arg)
{
	struct reader *r = c->own;
	int n = snprintf(r->text, sizeof r->text, "%s%s\r\n", what, arg);

	c->step = step;
	client_say(c, r->text, (size_t)n);
}

static void
fetch(struct client *c)
{
	struct reader *r = c->own;
	size_t n = 0;
	int i = r->fetched;

	c->step = RETR;
	if (i > 0 && run.pipeline)
		return; /* asked for all at once */
	do
		n += (size_t)snprintf(r->text + n, sizeof r->text - n,
		    "RETR %d\r\n", ++i);
	while (run.pipeline && i < run.messages);
	client_say(c, r->text, n);
}

/* What comes after STAT, or after a reply of many lines. */
static enum verdict
next(struct client *c)
{
	struct reader *r = c->own;

	if (c->step == STAT && run.list) {
		say(c, UIDL, "UIDL", "");
	} else if (c->step == UIDL) {
		say(c, LIST, "LIST", "");
	} else if (r->fetched < run.messages) {
		fetch(c);
	} else {
		script_took(&script, c->began);
		say(c, QUIT, "QUIT", "");
	}
	return CLIENT_MORE;
}

/* A line of UIDL, LIST or RETR. */
static enum verdict
inside(struct client *c, const char *s, size_t len)
{
	struct reader *r = c->own;

	if (len == 1 && s[0] == '.') {
		r->inside = false;
		if (c->step != RETR && r->lines != r->there)
			return CLIENT_FAILED;
		if (c->step == RETR) {
			if (!letter_is_good(&r->letter))
				return CLIENT_FAILED;
			r->fetched++;
			run.got++;
		}
		return next(c);
	}
	r->lines++;
	if (c->step == RETR)
		letter_line(&r->letter, s + (s[0] == '.'), len - (s[0] == '.'));
	return CLIENT_MORE;
}

static enum verdict
line(struct client *c, char *s, size_t len)
{
	struct reader *r = c->own;

	if (r->inside)
		return inside(c, s, len);
	if (s[0] != '+')
		return CLIENT_FAILED;
	switch (c->step) {
	case GREETING:
		say(c, USER, "USER ", run.box[c->id % run.boxes]);
		return CLIENT_MORE;
	case USER:
		say(c, PASS, "PASS ", run.password);
		return CLIENT_MORE;
	case PASS:
		say(c, STAT, "STAT", "");
		return CLIENT_MORE;
	case STAT:
		r->there = strtol(s + 4, NULL, 10);
		return r->there < run.messages ? CLIENT_FAILED : next(c);
	case QUIT:
		return CLIENT_DONE;
	default:
		r->inside = true;
		r->lines = 0;
		r->letter = (struct letter){ 0 };
		return CLIENT_MORE;
	}
}

static void
options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "c:t:n:m:pl")) != -1)
		switch (o) {
		case 'm': run.messages = atoi(optarg); break;
		case 'p': run.pipeline = true; break;
		case 'l': run.list = true; break;
		default:
			if (!script_option(&script, o, optarg))
				exit(100);
		}
	if (optind > argc - 3 || run.messages > 1000) {
		fprintf(stderr, "usage: pop3_load [OPTION]... PORT PASSWORD "
				"BOX...\n");
		exit(100);
	}
	run.password = argv[optind + 1];
	run.box = argv + optind + 2;
	run.boxes = argc - optind - 2;
}

int
main(int argc, char **argv)
{
	script = (struct script){ .connected = connected, .line = line,
		.again = again, .clients = 10 };
	options(argc, argv);
	return script_run(&script, atoi(argv[optind]), "fetched", &run.got);
}
