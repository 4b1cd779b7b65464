/* SPDX-License-Identifier: ISC */
#include "queue/sendmail_options.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "lib/log.h"

/* Those that are taken and mean nothing here: -B body type, -G, -h hops, -L
 * label, -m, -n, -N notify, -O -o options, -p protocol, -q queue run, -R
 * return, -U, -v, -V envelope id, -X log. */
#define OPTIONS "+A:B:b:C:F:f:Gh:iL:mN:no:O:p:q::R:r:tUvV:X:"

static int
mode(struct sendmail_options *o, const char *arg)
{
	switch (*arg) {
	case 'm':
		return EX_OK;
	case 'p':
		log_warn("the queue: queuectl list");
		break;
	case 'i':
		o->nothing = true; /* newaliases: programs run it blindly */
		log_warn("aliases: make -C etc, or aliasdb build");
		return EX_OK;
	case 's':
		log_warn("no SMTP here: smtpd serves the submission port");
		break;
	default:
		log_warn("no mode -b", arg, " here");
	}
	return EX_UNAVAILABLE;
}

/* "<>" and "<a@b>" are written by some. */
static const char *
unbracket(char *s)
{
	size_t len = strlen(s);

	if (len >= 2 && s[0] == '<' && s[len - 1] == '>') {
		s[len - 1] = 0;
		s++;
	}
	return s;
}

static int
option(struct sendmail_options *o, int c)
{
	switch (c) {
	case 'C':
		o->home = optarg;
		break;
	case 'F':
		o->full_name = optarg;
		break;
	case 'f':
	case 'r':
		o->sender = unbracket(optarg);
		break;
	case 'b':
		return mode(o, optarg);
	case 'i':
		o->ignore_dots = true;
		break;
	case 'o':
		o->ignore_dots |= strcmp(optarg, "i") == 0;
		break;
	case 't':
		o->from_header = true;
		break;
	case '?':
		return EX_USAGE;
	}
	return EX_OK;
}

int
sendmail_options(struct sendmail_options *o, int argc, char **argv)
{
	int c, code = EX_OK;

	memset(o, 0, sizeof *o);
	while (code == EX_OK && (c = getopt(argc, argv, OPTIONS)) != -1)
		code = option(o, c);
	o->recipients = argv + optind;
	if (code == EX_OK && !o->nothing && !o->from_header &&
	    !*o->recipients) {
		log_warn("no recipients (with -t they come from the header)");
		return EX_USAGE;
	}
	return code;
}
