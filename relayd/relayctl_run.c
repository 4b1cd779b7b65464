/* SPDX-License-Identifier: ISC */
/* The commands of relayctl(8). */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "admin/admin.h"
#include "cdb-tools/cdb-tools.h"
#include "lib/log.h"
#include "lib/service.h"
#include "lib/setting_table.h"
#include "relayd/relayd.h"

#define USAGE                                                                  \
	"usage: relayctl [-C HOME] [--json] list | open ADDRESS MAILBOX "      \
	"[SECONDS] | close ADDRESS|MAILBOX | check ADDRESS [MAILBOX] | "       \
	"--json -"

static void
fold(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + 'a' - 'A');
}

static void
want_ip(struct ip *ip, const char *text)
{
	if (!ip_parse(ip, text))
		log_fatal(100, "not an IP address: ", text,
		    "; write one such as 192.0.2.1 or 2001:db8::1");
}

static void
want_mailbox(char *name)
{
	fold(name);
	if (!addr_is_mailbox(name, strlen(name)))
		log_fatal(100, "not a mailbox: ", name, "; names are 1 to 32 "
		    "of a-z 0-9 . _ - (relayctl knows mailboxes, not e-mail "
		    "addresses)");
}

static uint64_t
want_seconds(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || *text == '-' || !n ||
	    n > setting_table[SETTING_WINDOW].most)
		log_fatal(100, "not a number of seconds from 1 to ",
		    log_num(setting_table[SETTING_WINDOW].most), ": ", text);
	return n;
}

static int
connect_to(void)
{
	int fd = relayd_connect(RELAYD_CONTROL_PATH);

	if (fd == -1 && errno == EACCES) {
		admin_unreached();
		log_fatal(100, "not allowed: relayctl is for root, "
		    "p-admin and the admin group");
	}
	if (fd == -1)
		log_fatalsys(111, "unable to reach relayd at ",
		    RELAYD_CONTROL_PATH);
	return fd;
}

static void
failed(const char *what)
{
	if (errno == ECONNRESET || errno == EPIPE)
		log_fatal(111, "relayd refused to ", what,
		    ": relayctl is for root and p-admin; see relayd's log");
	log_fatalsys(111, "relayd could not ", what);
}

static void
print_window(void *arg, const char *ip, const char *mailbox, uint64_t left)
{
	const bool *json = arg;

	if (*json)
		printf("{\"address\":\"%s\",\"mailbox\":\"%s\",\"left\":%llu}\n",
		    ip, mailbox, (unsigned long long)left);
	else
		printf("%s %s %llu\n", ip, mailbox, (unsigned long long)left);
}

static int
run_list(int argc, char **argv, bool json)
{
	(void)argc;
	(void)argv;
	if (relayd_control_list(connect_to(), print_window, &json) == -1)
		failed("list the windows");
	return 0;
}

/* A window of nobody would be of no use to anybody, and hide the typing error.
 * Where the table cannot be read the window may still be the way out. */
static void
want_there(const char *name)
{
	struct mailbox_info m;
	struct table t;
	int r;

	table_init(&t, MAILBOXES_CDB);
	r = mailbox_lookup(&m, &t, name);
	if (r == -1)
		log_warnsys("unable to look for ", name, " in " MAILBOXES_CDB
		    "; opening the window all the same");
	table_close(&t);
	if (r == 0)
		log_fatal(1, "no mailbox ", name, "; userdb list shows all");
	if (r == 1 && m.disabled)
		log_fatal(1, "mailbox ", name, " is disabled; userdb enable ",
		    name);
}

static int
run_open(int argc, char **argv, bool json)
{
	uint64_t seconds = 0;
	struct ip ip;

	want_ip(&ip, argv[1]);
	want_mailbox(argv[2]);
	if (argc == 4)
		seconds = want_seconds(argv[3]);
	want_there(argv[2]);
	if (relayd_control_open(connect_to(), &ip, argv[2], seconds) == -1)
		failed("open the window");
	if (json)
		printf("{\"ok\":true}\n");
	return 0;
}

static int
run_close(int argc, char **argv, bool json)
{
	uint64_t closed;
	struct ip ip;
	bool is_ip = ip_parse(&ip, argv[1]);

	(void)argc;
	if (!is_ip)
		want_mailbox(argv[1]);
	if (relayd_control_close(connect_to(), is_ip ? &ip : NULL,
	    is_ip ? "" : argv[1], &closed) == -1)
		failed("close");
	if (json)
		printf("{\"closed\":%llu}\n", (unsigned long long)closed);
	else
		printf("%llu closed\n", (unsigned long long)closed);
	return closed ? 0 : 1;
}

static void
print_yes(const struct relayd_verdict *v, bool json)
{
	const char *left = v->left == RELAYD_UNLIMITED ? NULL :
	    log_num(v->left);

	if (json)
		printf("{\"relay\":true,\"kind\":\"%s\",\"mailbox\":\"%s\","
		    "\"left\":%s}\n", relayd_kind_name(v->kind), v->mailbox,
		    left ? left : "null");
	else
		printf("yes: %s%s%s, %s%s\n", relayd_kind_name(v->kind),
		    *v->mailbox ? " of " : "", v->mailbox, left ? left :
		    "any number of recipients", left ?
		    " recipients left this hour" : "");
}

static int
run_check(int argc, char **argv, bool json)
{
	struct relayd_verdict v;
	struct ip ip;
	int r;

	want_ip(&ip, argv[1]);
	if (argc == 3)
		want_mailbox(argv[2]);
	r = relayd_control_query(&v, connect_to(), &ip,
	    argc == 3 ? argv[2] : "");
	if (r == -1 && *v.reason)
		log_fatal(111, "cannot tell: ", v.reason);
	if (r == -1)
		failed("answer");
	if (r)
		print_yes(&v, json);
	else if (json)
		printf("{\"relay\":false,\"reason\":\"%s\"}\n", v.reason);
	else
		printf("no: %s\n", v.reason);
	return r ? 0 : 1;
}

static const struct {
	const char *name;
	int min, max; /* arguments, the command included */
	int (*run)(int argc, char **argv, bool json);
} commands[] = {
	{ "list", 1, 1, run_list },
	{ "open", 3, 4, run_open },
	{ "close", 2, 2, run_close },
	{ "check", 2, 3, run_check },
};

static int
run(int argc, char **argv, bool json)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (argc < commands[i].min || argc > commands[i].max ||
		    strcmp(argv[0], commands[i].name) != 0)
			continue;
		r = commands[i].run(argc, argv, json);
		if (fflush(stdout) == EOF || ferror(stdout))
			log_fatalsys(111, "unable to write");
		return r;
	}
	log_fatal(100, USAGE);
}

static const char *const changes[] = { "open", "close", NULL };
static const struct admin_key keys[] = { { "address", ADMIN_WORD },
	{ "mailbox", ADMIN_WORD }, { "seconds", ADMIN_WORD }, { NULL, 0 } };
static const struct admin_tool who = { "relayctl", changes, keys,
	false };

/* Reads the options; what is left are words.  true: --json. */
static bool
options(const char **home, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' }, { 0 }
	};
	bool json = false;
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "C:j", longs, NULL)) != -1) {
		if (c == 'C')
			*home = optarg;
		else if (c == 'j')
			json = true;
		else
			log_fatal(100, USAGE);
	}
	if (optind == argc)
		log_fatal(100, USAGE);
	return json;
}

int
relayctl_main(int argc, char **argv)
{
	const char *home = NULL;
	bool json;

	log_program("relayctl");
	json = options(&home, argc, argv);
	service_home(home);
	if (json)
		admin_json_errors();
	admin_pass(&who, argv[optind], argc, argv);
	if (json && optind == argc - 1 && !strcmp(argv[optind], "-")) {
		argv = admin_request(&who, &argc);
		options(&home, argc, argv);
	}
	admin_audit(&who, argv[optind], argc, argv);
	return run(argc - optind, argv + optind, json);
}
