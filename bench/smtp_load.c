/* SPDX-License-Identifier: ISC */
/* smtp_load - clients that send messages.
 *
 *   smtp_load [-c CLIENTS] [-t SECONDS] [-n MESSAGES] [-m EACH] [-s SIZE]
 *       [-r RECIPIENTS] [-b BOXES] [-d DOMAIN] [-f FIRST] [-h HOST] PORT
 *
 * EACH messages a connection (0: as many as there is time for), SIZE bytes
 * each, for RECIPIENTS of the addresses box000 to box099 in turn.  Their
 * numbers begin at FIRST.  The clients are 127.0.0.HOST (1).  Commands are pipelined where the server offers it
 * (RFC 2920).  Prints JSON: what was acknowledged, in which time, and how long a
 * client waits, from its connect or the end of its last message to the 250. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "bench/clients.h"
#include "bench/letter.h"

#define COMMAND_MAX 64

enum { GREETING, EHLO, ENVELOPE, BODY };

static struct {
	int each, rcpts, boxes;
	unsigned long good;
	uint32_t first;
	size_t size, len;
	const char *domain;
	char *body;
} run = { .each = 1, .rcpts = 1, .boxes = 100, .size = 4096,
	.domain = "example.test" };

struct sender {
	char head[LETTER_HEAD_MAX], *envelope, *at;
	int sent;
	bool pipelining, size;
};
static struct script script;

static bool
again(struct client *c)
{
	if (!c->own) {
		struct sender *s = calloc(1, sizeof *s);

		s->envelope = malloc(COMMAND_MAX * ((size_t)run.rcpts + 2));
		c->own = s;
	}
	return script_is_more(&script);
}

static void
connected(struct client *c)
{
	struct sender *s = c->own;

	c->step = GREETING;
	s->sent = 0;
	s->pipelining = s->size = false;
}

/* The next command, or all of them. */
static void
say_envelope(struct client *c)
{
	struct sender *s = c->own;
	char *nl = strchr(s->at, '\n') + 1, *from = s->at;

	s->at = s->pipelining ? from + strlen(from) : nl;
	client_say(c, from, (size_t)(s->at - from));
}

static void
begin(struct client *c)
{
	struct sender *s = c->own;
	unsigned long n = script.begun++;
	char *p = s->envelope;
	int i;

	p += sprintf(p, "MAIL FROM:<sender@far.example>");
	p += s->size ? sprintf(p, " SIZE=%zu\r\n", run.size) :
	    sprintf(p, "\r\n");
	for (i = 0; i < run.rcpts; i++)
		p += snprintf(p, COMMAND_MAX, "RCPT TO:<box%03d@%s>\r\n",
		    (int)((n * 7 + (unsigned)i) % (unsigned)run.boxes),
		    run.domain);
	strcpy(p, "DATA\r\n");
	s->at = s->envelope;
	c->step = ENVELOPE;
	c->left = run.rcpts + 2;
	letter_head(s->head, run.first + (uint32_t)n, run.body,
	    run.len - 3, "\r\n");
	say_envelope(c);
}

/* A message is taken: the next, or the end.  No client of sense waits for the
 * reply to QUIT (Postfix: smtp_skip_quit_response). */
static enum verdict
taken(struct client *c)
{
	struct sender *s = c->own;

	run.good++;
	script_took(&script, c->began);
	c->began = clients_now();
	if ((run.each && ++s->sent >= run.each) || !script_is_more(&script)) {
		client_say(c, "QUIT\r\n", 6);
		return CLIENT_CLOSE;
	}
	begin(c);
	return CLIENT_MORE;
}

static enum verdict
line(struct client *c, char *text, size_t len)
{
	struct sender *s = c->own;

	if (len < 3 || (text[0] != '2' && text[0] != '3'))
		return CLIENT_FAILED;
	if (c->step == EHLO && len > 4) {
		s->pipelining |= strcasecmp(text + 4, "PIPELINING") == 0;
		s->size |= strncasecmp(text + 4, "SIZE", 4) == 0;
	}
	if (text[3] == '-')
		return CLIENT_MORE;
	switch (c->step) {
	case GREETING:
		c->step = EHLO;
		client_say(c, "EHLO load.example\r\n", 19);
		break;
	case EHLO:
		begin(c);
		break;
	case ENVELOPE:
		if (--c->left > 0) {
			if (!s->pipelining)
				say_envelope(c);
			break;
		}
		c->step = BODY;
		client_say2(c, s->head, strlen(s->head), run.body, run.len);
		break;
	default:
		return taken(c);
	}
	return CLIENT_MORE;
}

static void
options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "c:t:n:m:s:r:b:d:f:h:")) != -1)
		switch (o) {
		case 'm': run.each = atoi(optarg); break;
		case 's': run.size = strtoul(optarg, NULL, 10); break;
		case 'r': run.rcpts = atoi(optarg); break;
		case 'b': run.boxes = atoi(optarg); break;
		case 'd': run.domain = optarg; break;
		case 'h': script.host = (uint32_t)atoi(optarg); break;
		case 'f': run.first = (uint32_t)atol(optarg); break;
		default:
			if (!script_option(&script, o, optarg))
				exit(100);
		}
	if (optind != argc - 1 || run.rcpts < 1 || run.boxes < 1 ||
	    strlen(run.domain) > 30) {
		fprintf(stderr, "usage: smtp_load [OPTION]... PORT\n");
		exit(100);
	}
}

int
main(int argc, char **argv)
{
	script = (struct script){ .connected = connected, .line = line,
		.again = again, .clients = 10 };
	options(argc, argv);
	run.body = letter_body(run.size, "\r\n", &run.len);
	run.body = realloc(run.body, run.len + 4);
	memcpy(run.body + run.len, ".\r\n", 3);
	run.len += 3;
	return script_run(&script, atoi(argv[optind]), "messages", &run.good);
}
