/* SPDX-License-Identifier: ISC */
/* The commands of queuectl(8). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "admin/admin.h"
#include "lib/log.h"
#include "lib/service.h"
#include "lib/sock.h"
#include "queue/queuectl_options.h"
#include "queue/queuectl_print.h"

static char packet[CONTROL_MSG_MAX];

static void
nonsense(void)
{
	log_fatal(111, "queued answers nonsense");
}

static void
take_message(struct listing *l, struct msg_reader *r)
{
	struct control_message m;

	control_message_get(&m, r);
	if (msg_close(r) == -1)
		nonsense();
	listing_begin(l, &m);
}

static void
take_targets(struct listing *l, struct msg_reader *r)
{
	struct control_target t;
	char id[QUEUE_ID_MAX];

	msg_gets(r, id, sizeof id);
	while (msg_more(r)) {
		if (control_target_get(&t, r) == -1)
			nonsense();
		listing_target(l, &t);
	}
}

static int
print_stats(struct msg_reader *r, bool json)
{
	const char *between = json ? "{" : "";
	char name[64];
	uint64_t n;

	while (msg_more(r)) {
		msg_gets(r, name, sizeof name);
		if (msg_getn(r, &n, UINT64_MAX) == -1)
			nonsense();
		printf(json ? "%s\"%s\":%" PRIu64 : "%s%s %" PRIu64 "\n",
		    between, name, n);
		between = json ? "," : "";
	}
	if (json)
		printf("}\n");
	return 0;
}

static void
print_left(const struct queuectl_options *o, uint64_t left)
{
	if (left && o->q.op == 'R')
		log_warn(log_num(left), " held and not tried: release first");
	else if (left && o->ids.len)
		log_warn(log_num(left), " not held");
}

static int
print_end(const struct queuectl_options *o, struct msg_reader *r)
{
	uint64_t n = 0, left = 0;

	msg_getn(r, &n, UINT64_MAX);
	/* a queued of before says no more */
	if (msg_more(r) && msg_getn(r, &left, UINT64_MAX) == -1)
		nonsense();
	if (o->q.op != 'L' && o->q.op != 'W') {
		if (o->json)
			printf("{\"messages\":%" PRIu64 "}\n", n);
		else
			printf("%" PRIu64 " message%s\n", n,
			    n == 1 ? "" : "s");
		print_left(o, left);
	}
	if (o->ids.len && !n && (o->q.op == 'L' || o->q.op == 'W'))
		log_fatal(1, "no such message in the queue");
	return o->ids.len && !n;
}

/* One packet; -1: more follow, else the exit code. */
static int
answer(const struct queuectl_options *o, struct listing *l, size_t len)
{
	struct msg_reader r;

	if (msg_open(&r, packet, len) == -1)
		nonsense();
	switch (r.op) {
	case 'M':
		take_message(l, &r);
		return -1;
	case 'N':
		take_targets(l, &r);
		return -1;
	case 'P':
		return -1;
	case 'Y':
		return print_stats(&r, o->json);
	case 'E':
		listing_end(l);
		return print_end(o, &r);
	}
	nonsense();
	return 111;
}

static int
run(const struct queuectl_options *o)
{
	struct listing l = { .json = o->json, .show = o->q.op == 'W' };
	long len = control_request_make(packet, sizeof packet, &o->q);
	int fd = sock_connect(QUEUE_CONTROL_PATH, CONTROL_TIMEOUT_MS);
	int code = -1;
	ssize_t n;

	if (fd == -1 && errno == EACCES)
		admin_unreached();
	if (fd == -1)
		log_fatalsys(errno == EACCES ? 100 : 111,
		    "unable to reach queued at "
			QUEUE_CONTROL_PATH " (is it running? root or p-admin "
			"may call it)");
	if (sock_send(fd, packet, (size_t)len, NULL, 0, CONTROL_TIMEOUT_MS) ==
	    -1)
		log_fatalsys(111, "unable to ask queued");
	while (code == -1) {
		n = sock_recv(fd, packet, sizeof packet, NULL, 0, NULL,
		    CONTROL_TIMEOUT_MS);
		if (n == -1)
			log_fatalsys(111, "queued does not answer");
		if (n == 0)
			log_fatal(111, "queued closed the connection");
		code = answer(o, &l, (size_t)n);
	}
	close(fd);
	sa_free(&l.recipients);
	sa_free(&l.targets);
	if (fflush(stdout) == EOF)
		log_fatalsys(111, "unable to write");
	return code;
}

static const char *const changes[] = { "retry", "hold", "release", "drop",
	"bounce", NULL };
static const struct admin_key keys[] = { { "ids", ADMIN_WORD },
	{ "sender", ADMIN_OPTION }, { "domain", ADMIN_OPTION },
	{ "state", ADMIN_OPTION }, { "older", ADMIN_OPTION },
	{ "all", ADMIN_FLAG }, { NULL, 0 } };
static const struct admin_tool who = { "queuectl", changes, keys,
	false };

int
queuectl_main(int argc, char **argv)
{
	struct queuectl_options o;

	log_program("queuectl");
	queuectl_options(&o, argc, argv);
	service_home(o.home);
	if (o.json)
		admin_json_errors();
	admin_pass(&who, o.verb, argc, argv);
	if (o.json && !strcmp(o.verb, "-")) {
		argv = admin_request(&who, &argc);
		queuectl_options(&o, argc, argv);
	}
	if (o.q.op == CONTROL_CHECK)
		log_fatal(100, "check reads the spool itself: for root, and by "
			"words");
	admin_audit(&who, o.verb, argc, argv);
	return run(&o);
}
