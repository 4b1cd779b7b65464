/* SPDX-License-Identifier: ISC */
#include "queue/queuectl_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "lib/log.h"

#define USAGE                                                                  \
	"usage: queuectl [-C home] [--json] list|show|retry|hold|release|"     \
	"drop|bounce|stats|check [--sender ADDRESS] [--domain DOMAIN] "        \
	"[--state active|deferred|held] [--older TIME] [--all] [ID...] | --json -"

enum { SENDER = 256, DOMAIN, STATE, OLDER, ALL };
static const struct option longs[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "sender", required_argument, NULL, SENDER },
	{ "domain", required_argument, NULL, DOMAIN },
	{ "state", required_argument, NULL, STATE },
	{ "older", required_argument, NULL, OLDER },
	{ "all", no_argument, NULL, ALL },
	{ 0 },
};
static const struct {
	const char *name;
	char op;
	bool careful; /* never without ids, a filter or --all */
} verbs[] = {
	{ "list", 'L', false },
	{ "show", 'W', true },
	{ "retry", 'R', false },
	{ "hold", 'H', true },
	{ "release", 'U', true },
	{ "drop", 'D', true },
	{ "bounce", 'B', true },
	{ "stats", 'T', false },
	{ "check", CONTROL_CHECK, false },
};
#define NVERBS (sizeof verbs / sizeof verbs[0])

static void
usage(void)
{
	log_fatal(100, USAGE);
}

/* "90", "30m", "4h", "5d" in seconds. */
static uint64_t
scan_time(const char *s)
{
	uint64_t n = 0;
	const char *p = s;

	while (*p >= '0' && *p <= '9' && n < 1000000000)
		n = n * 10 + (uint64_t)(*p++ - '0');
	switch (*p) {
	case 'm':
		n *= 60;
		p++;
		break;
	case 'h':
		n *= 3600;
		p++;
		break;
	case 'd':
		n *= 86400;
		p++;
		break;
	}
	if (p == s || *p || n > UINT32_MAX)
		log_fatal(100, "--older ", s,
		    ": not a time; write seconds, or 30m, 4h, 5d");
	return n;
}

static void
copy(char *out, size_t size, const char *s)
{
	size_t i, len = strlen(s);

	if (len >= size)
		log_fatal(100, s, ": too long");
	for (i = 0; i <= len; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] | 0x20)
						    : s[i];
}

static bool
option(struct queuectl_options *o, int c)
{
	struct control_request *q = &o->q;

	switch (c) {
	case 'C':
		o->home = optarg;
		return false;
	case 'j':
		o->json = true;
		return false;
	case SENDER:
		copy(q->sender, sizeof q->sender, *optarg ? optarg : "<>");
		return true;
	case DOMAIN:
		copy(q->domain, sizeof q->domain, optarg);
		return true;
	case STATE:
		copy(q->state, sizeof q->state, optarg);
		if (strcmp(optarg, "active") != 0 &&
		    strcmp(optarg, "deferred") != 0 &&
		    strcmp(optarg, "held") != 0)
			usage();
		return true;
	case OLDER:
		q->older = scan_time(optarg);
		return true;
	case ALL:
		return true;
	}
	usage();
	return false;
}

void
queuectl_options(struct queuectl_options *o, int argc, char **argv)
{
	bool chosen = false;
	size_t i;
	int c;

	memset(o, 0, sizeof *o);
	optind = 0;
	while ((c = getopt_long(argc, argv, "C:j", longs, NULL)) != -1)
		chosen |= option(o, c);
	if (optind == argc)
		usage();
	o->verb = argv[optind++];
	if (o->json && optind == argc && !strcmp(o->verb, "-"))
		return; /* the rest comes in JSON */
	for (; optind < argc; optind++) {
		sa_catb(&o->ids, argv[optind], strlen(argv[optind]) + 1);
		chosen = true;
	}
	for (i = 0; i < NVERBS && strcmp(verbs[i].name, o->verb) != 0; i++)
		;
	if (i == NVERBS)
		usage();
	if (verbs[i].careful && !chosen)
		log_fatal(100, o->verb, ": which messages? Name ids, a "
					"filter, or --all");
	if (o->ids.len > CONTROL_IDS_MAX)
		log_fatal(100, "too many ids for one call");
	o->q.op = verbs[i].op;
	o->q.ids = o->ids.len ? o->ids.s : "";
	o->q.ids_len = o->ids.len;
}
