/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/cdbout.h"
#include "lib/log.h"
#include "relayd/relay.h"
#include "tests/lib/check.h"

#define WALL 1800000000ULL

static struct relay relay;
static uint64_t now_ms;

static void
setting(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		abort();
	close(fd);
}

static void
later(uint64_t seconds)
{
	now_ms += seconds * 1000;
	relay_tick(&relay, now_ms, WALL + now_ms / 1000);
}

static struct relayd_request
request(char op, const char *ip, const char *mailbox, const char *token)
{
	struct relayd_request rq = { .op = op, .has_ip = true };

	ip_parse(&rq.ip, ip);
	snprintf(rq.mailbox, sizeof rq.mailbox, "%s", mailbox);
	snprintf(rq.token, sizeof rq.token, "%s", token);
	return rq;
}

static struct relayd_answer
check(const char *ip, const char *sender, const char *token)
{
	struct relayd_request rq = request('C', ip, sender, token);
	struct relayd_answer an;

	memset(&an, 0, sizeof an);
	relay_check(&relay, &rq, &an);
	return an;
}

static struct relayd_answer
open_window(const char *ip, const char *mailbox, uint64_t seconds)
{
	struct relayd_request rq = request('O', ip, mailbox, "");
	struct relayd_answer an;

	memset(&an, 0, sizeof an);
	relay_open(&relay, &rq.ip, rq.mailbox, seconds, &an);
	return an;
}

static struct relayd_answer
redeem(const char *grant, uint64_t n)
{
	struct relayd_request rq = request('R', "::1", "", grant);
	struct relayd_answer an;

	rq.n = n;
	memset(&an, 0, sizeof an);
	relay_redeem(&relay, &rq, &an);
	return an;
}

static uint64_t
close_windows(const char *ip, const char *mailbox)
{
	struct relayd_request rq = request('X', ip ? ip : "::1", mailbox, "");
	struct relayd_answer an;

	memset(&an, 0, sizeof an);
	relay_close(&relay, ip ? &rq.ip : NULL, rq.mailbox, &an);
	return an.count;
}

static void
test_windows(void)
{
	struct relayd_answer an = check("192.0.2.1", "ann", "");

	CHECK("nothing is open", an.op == 'N' && *an.v.reason);
	open_window("192.0.2.1", "ann", 0);
	an = check("192.0.2.1", "ann", "");
	CHECK("open", an.op == 'Y' && an.v.kind == RELAYD_WINDOW && an.v.own &&
	    an.v.left == 500);
	an = check("192.0.2.1", "bob", "");
	CHECK("a neighbour", an.op == 'Y' && !an.v.own &&
	    !strcmp(an.v.mailbox, "ann"));
	open_window("192.0.2.1", "bob", 0);
	an = check("192.0.2.1", "ann", "");
	CHECK("the sender's own", !strcmp(an.v.mailbox, "ann"));
	an = check("192.0.2.1", "", "");
	CHECK("the latest", !strcmp(an.v.mailbox, "bob"));
	CHECK("another address", check("192.0.2.2", "ann", "").op == 'N');
	open_window("2001:db8:1:2:3::4", "ann", 0);
	CHECK("the same /64",
	    check("2001:db8:1:2:ffff::1", "ann", "").op == 'Y');
	CHECK("another /64", check("2001:db8:1:3:3::4", "ann", "").op == 'N');
	CHECK("mapped", check("::ffff:192.0.2.1", "ann", "").v.own);
	later(1799);
	CHECK("still open", check("192.0.2.1", "ann", "").op == 'Y');
	open_window("192.0.2.1", "ann", 0);
	later(1);
	CHECK("renewed", check("192.0.2.1", "ann", "").v.own);
	CHECK("bob's is over", !check("192.0.2.1", "bob", "").v.own);
	later(1800);
	CHECK("over", check("192.0.2.1", "ann", "").op == 'N');
	CHECK("none is left", relay.windows.n == 0);
}

static void
test_limits(void)
{
	char ip[32], name[32];
	int i;

	for (i = 1; i <= RELAYD_WINDOWS_MAILBOX_MAX + 6; i++) {
		snprintf(ip, sizeof ip, "10.0.0.%d", i);
		open_window(ip, "ann", 0);
		later(1);
	}
	CHECK("so many of a mailbox",
	    relay.windows.n == RELAYD_WINDOWS_MAILBOX_MAX);
	CHECK("the oldest yields", check("10.0.0.6", "ann", "").op == 'N' &&
	    check("10.0.0.7", "ann", "").op == 'Y');
	CHECK("closed by name", close_windows(NULL, "ann") ==
	    RELAYD_WINDOWS_MAILBOX_MAX && relay.windows.n == 0);
	setting("etc/windows-max", "10\n");
	later(2);
	for (i = 1; i <= 15; i++) {
		snprintf(name, sizeof name, "m%d", i);
		open_window("10.0.0.1", name, 100 + (uint64_t)i);
	}
	CHECK("so many in all", relay.windows.n == 10);
	CHECK("those that end first yield", !check("10.0.0.1", "m5", "").v.own
	    && check("10.0.0.1", "m6", "").v.own);
	CHECK("closed by address", close_windows("10.0.0.1", "") == 10);
	CHECK("nothing to close", close_windows("10.0.0.1", "") == 0);
	unlink("etc/windows-max");
	later(2);
}

static void
test_tokens(void)
{
	struct relayd_request rq = request('A', "192.0.2.7", "ann", "");
	struct relayd_answer an, auth;

	memset(&auth, 0, sizeof auth);
	relay_auth(&relay, &rq, &auth);
	an = check("192.0.2.7", "ann", auth.v.grant);
	CHECK("by token", an.op == 'Y' && an.v.kind == RELAYD_AUTH &&
	    an.v.own && !strcmp(an.v.mailbox, "ann"));
	CHECK("not another's sender",
	    !check("192.0.2.7", "bob", auth.v.grant).v.own);
	CHECK("not from elsewhere",
	    check("192.0.2.8", "ann", auth.v.grant).op == 'N');
	CHECK("a token is no grant", redeem(auth.v.grant, 1).op == 'T');
	CHECK("a grant is no token",
	    check("192.0.2.7", "ann", an.v.grant).op == 'V');
	close_windows(NULL, "ann");
	CHECK("revoked", check("192.0.2.7", "ann", auth.v.grant).op == 'V');
	open_window("192.0.2.7", "bob", 0);
	CHECK("revoked, whoever has a window there",
	    check("192.0.2.7", "bob", auth.v.grant).op == 'V');
	close_windows(NULL, "bob");
	CHECK("its grants too", redeem(an.v.grant, 1).op == 'N');
}

static void
test_budgets(void)
{
	struct relayd_request rq = request('C', "192.0.2.9", "", "");
	struct relayd_answer an, other;

	later(1); /* what was revoked was made before */

	open_window("192.0.2.1", "ann", 0);
	open_window("192.0.2.2", "ann", 0);
	open_window("192.0.2.1", "bob", 0);
	an = check("192.0.2.1", "ann", "");
	CHECK("spent", redeem(an.v.grant, 300).op == 'Y');
	CHECK("less is left", check("192.0.2.1", "ann", "").v.left == 200);
	CHECK("over: nothing", redeem(an.v.grant, 201).op == 'B');
	CHECK("nothing was spent", check("192.0.2.1", "ann", "").v.left ==
	    200);
	other = check("192.0.2.2", "ann", "");
	CHECK("the mailbox's, elsewhere", other.v.left == 200);
	other = check("192.0.2.1", "bob", "");
	CHECK("the address's, another mailbox", other.v.left == 200);
	CHECK("the rest", redeem(other.v.grant, 200).op == 'Y');
	other = check("192.0.2.2", "ann", "");
	CHECK("the mailbox has its own left", other.v.left == 200);
	an = check("192.0.2.1", "ann", "");
	CHECK("used up is a yes with none left", an.op == 'Y' && !an.v.left);
	setting("etc/budget", "1000\n");
	later(2);
	CHECK("a new budget", check("192.0.2.1", "ann", "").v.left == 500);
	setting("etc/budget", "0\n");
	later(2);
	an = check("192.0.2.1", "ann", "");
	CHECK("0 is any number", redeem(an.v.grant, 100000).op == 'Y');
	unlink("etc/budget");
	later(3900);
	open_window("192.0.2.1", "ann", 0);
	CHECK("an hour on", check("192.0.2.1", "ann", "").v.left == 500);
	rq.relayclient = true;
	memset(&an, 0, sizeof an);
	relay_check(&relay, &rq, &an);
	CHECK("relayclient", an.op == 'Y' && an.v.kind == RELAYD_RELAYCLIENT);
	CHECK("relayclient spends", redeem(an.v.grant, 450).op == 'Y');
	ip_parse(&rq.ip, "192.0.2.10");
	relay_check(&relay, &rq, &an);
	CHECK("relayclient shares", an.v.left == 50);
	CHECK("text that is no grant", redeem("", 1).op == 'T' &&
	    redeem("zz", 1).op == 'T');
}

/* cdb/relay/nets.cdb without a network. */
static int
make_nets(void)
{
	int fd = open(NETS_CDB, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct cdbout *c = cdbout_start(fd);

	if (fd == -1 || !c || cdbout_put(c, "b", 1, "", 0) == -1 ||
	    cdbout_finish(c) == -1)
		return -1;
	return close(fd);
}

static void
test_no_nets(void)
{
	open_window("192.0.2.1", "ann", 0);
	unlink(NETS_CDB);
	CHECK("a missing table may have held a deny",
	    check("192.0.2.1", "ann", "").op == 'T');
	CHECK("made", make_nets() == 0);
	CHECK("there again", check("192.0.2.1", "ann", "").op == 'Y');
}

int
main(void)
{
	unsigned char boot_id[JOURNAL_BOOT_SIZE] = { 1 };
	char dir[] = "/tmp/t_relay.XXXXXX";
	int null = open("/dev/null", O_WRONLY);

	if (sodium_init() == -1 || !mkdtemp(dir) || chdir(dir) == -1 ||
	    mkdir("etc", 0755) == -1 || mkdir("log", 0755) == -1 ||
	    mkdir("log/relayd", 0755) == -1 || mkdir("cdb", 0755) == -1 ||
	    mkdir("cdb/relay", 0755) == -1 || make_nets() == -1)
		return 111;
	stderr = fdopen(dup(2), "w"); /* for the checks; the log goes nowhere */
	setvbuf(stderr, NULL, _IONBF, 0);
	dup2(null, 2);
	log_program("t_relay");
	relay_init(&relay, boot_id);
	now_ms = relay.now_ms;
	later(1);
	test_windows();
	test_limits();
	test_tokens();
	test_budgets();
	test_no_nets();
	relay_free(&relay);
	unlink(NETS_CDB);
	rmdir("cdb/relay");
	rmdir("cdb");
	unlink(JOURNAL_PATH);
	rmdir("log/relayd");
	rmdir("log");
	rmdir("etc");
	if (chdir("/") == 0)
		rmdir(dir);
	return CHECK_DONE();
}
