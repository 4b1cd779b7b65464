/* SPDX-License-Identifier: ISC */
/* What authd remembers: verified logins, failures, good pairs, last logins; and
 * what mailboxd takes of a login. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authd/cache.h"
#include "authd/guess.h"
#include "authd/lastlogin.h"
#include "authd/authd_proto.h"
#include "lib/sock.h"
#include "tests/lib/check.h"

static void
test_cache(void)
{
	struct memo m;
	struct memo_key key, other;
	const struct cached *c;
	char name[32];
	int i, found = 0;

	CHECK("memory", cache_init(&m) == 0);
	key = cache_key(&m, AUTHD_POP3, "ann", "secret");
	CHECK("empty", !cache_find(&m, &key, 1));
	cache_put(&m, &key, "ann1", "phone", false, 1);
	c = cache_find(&m, &key, 100);
	CHECK("there", c && !strcmp(c->mailbox, "ann1") &&
	    !strcmp(c->label, "phone") && !c->disabled);
	other = cache_key(&m, AUTHD_SMTP, "ann", "secret");
	CHECK("another service", !cache_find(&m, &other, 100));
	other = cache_key(&m, AUTHD_POP3, "ann", "secret2");
	CHECK("another password", !cache_find(&m, &other, 100));
	other = cache_key(&m, AUTHD_POP3, "anns", "ecret");
	CHECK("the border moved", !cache_find(&m, &other, 100));
	CHECK("a day old", !cache_find(&m, &key, 1 + CACHE_SECONDS));
	cache_put(&m, &key, "ann1", "", true, 5);
	CHECK("disabled", cache_find(&m, &key, 6)->disabled);
	memo_clear(&m);
	CHECK("cleared", !cache_find(&m, &key, 6));
	other = cache_key(&m, AUTHD_POP3, "ann", "secret");
	CHECK("another secret", memcmp(&key, &other, sizeof key));
	for (i = 0; i < 4 * CACHE_ENTRIES; i++) {
		snprintf(name, sizeof name, "u%d", i);
		key = cache_key(&m, AUTHD_POP3, name, "x");
		cache_put(&m, &key, name, "", false, 10);
	}
	CHECK("the last is there", cache_find(&m, &key, 11));
	for (i = 0; i < 4 * CACHE_ENTRIES; i++) {
		snprintf(name, sizeof name, "u%d", i);
		key = cache_key(&m, AUTHD_POP3, name, "x");
		c = cache_find(&m, &key, 11);
		found += c != NULL && !strcmp(c->mailbox, name);
	}
	CHECK("full and not more",
	    found > CACHE_ENTRIES / 2 && found <= CACHE_ENTRIES);
	memo_free(&m);
}

/* The n-th failure within a minute waits so long. */
static const struct {
	int n;
	uint32_t ms;
} delays[] = {
	{ 1, 250 }, { 2, 250 }, { 3, 250 }, { 4, 750 }, { 5, 1250 },
	{ 6, 2250 }, { 7, 4250 }, { 8, 8250 }, { 9, 8250 }, { 40, 8250 },
};

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	ip_parse(&ip, text);
	return ip;
}

static void
test_delays(void)
{
	struct ip ip = ip_of("192.0.2.1"), other = ip_of("192.0.2.2");
	struct ip third = ip_of("192.0.2.3"), fourth = ip_of("192.0.2.4");
	struct guess g;
	size_t i;
	uint32_t ms = 0;
	int n = 0;

	CHECK("memory", guess_init(&g) == 0);
	for (i = 0; i < sizeof delays / sizeof *delays; i++) {
		while (n < delays[i].n) {
			ms = guess_failed(&g, &ip, "ann", 1000, 10);
			n++;
		}
		CHECK("the delay", ms == delays[i].ms);
	}
	CHECK("another account, the same address",
	    guess_failed(&g, &ip, "bob", 1000, 10) == 8250);
	CHECK("the same account, another address",
	    guess_failed(&g, &other, "ann", 1000, 10) == 8250);
	CHECK("a stranger", guess_failed(&g, &other, "eve", 1000, 10) == 250);
	CHECK("hours later", guess_failed(&g, &ip, "ann", 20000, 10) == 250);
	CHECK("took longer than its delay",
	    guess_failed(&g, &other, "eve", 1000, 260) == 500);
	guess_took(&g, 300, 1000);
	guess_took(&g, 3, 1000);
	CHECK("a slow hash was seen: all wait",
	    guess_failed(&g, &third, "zoe", 1000, 10) == 500);
	CHECK("one like it ends on the same side of the grid",
	    guess_failed(&g, &third, "tom", 1000, 370) == 500);
	guess_took(&g, 3, 1001 + GUESS_SLOW_SECONDS);
	CHECK("seen no more", guess_failed(&g, &fourth, "una",
	    1001 + GUESS_SLOW_SECONDS, 10) == 250);
	guess_took(&g, 99999, 1001 + GUESS_SLOW_SECONDS);
	CHECK("as long as any wait", guess_failed(&g, &fourth, "ulf",
	    1001 + GUESS_SLOW_SECONDS, 10) == 8250);
	guess_free(&g);
}

static void
test_good(void)
{
	struct ip ip = ip_of("192.0.2.1"), other = ip_of("192.0.2.2");
	struct guess g;
	int i;

	guess_init(&g);
	CHECK("unknown pair", !guess_is_good(&g, &ip, "ann", 1000));
	guess_right(&g, &ip, "ann", 1000);
	CHECK("good pair", guess_is_good(&g, &ip, "ann", 2000));
	CHECK("another address", !guess_is_good(&g, &other, "ann", 2000));
	CHECK("another name", !guess_is_good(&g, &ip, "bob", 2000));
	CHECK("a day later",
	    !guess_is_good(&g, &ip, "ann", 1000 + GUESS_GOOD_SECONDS));
	guess_right(&g, &ip, "ann", 3000);
	for (i = 0; i < 20; i++)
		guess_failed(&g, &other, "ann", 3000, 10);
	CHECK("others' guesses do not spoil it",
	    guess_is_good(&g, &ip, "ann", 3000));
	guess_failed(&g, &ip, "ann", 3000, 10);
	CHECK("its own do", !guess_is_good(&g, &ip, "ann", 3000));
	guess_free(&g);
}

/* What authd_login_take says of a packet that comes with a descriptor or not. */
static int
take(struct authd_login *out, const char *packet, size_t len, bool with_conn,
    uint64_t now_ms)
{
	int pair[2], conn = -1, rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    sock_send(pair[0], packet, len, &pair[0], with_conn, 0) == -1)
		abort();
	rc = authd_login_take(out, &conn, pair[1], now_ms);
	CHECK("a connection with a login alone", (conn != -1 &&
	    fcntl(conn, F_GETFD) != -1) == (rc > 0));
	if (rc > 0)
		close(conn);
	close(pair[0]);
	close(pair[1]);
	return rc;
}

static void
test_logins(void)
{
	struct authd_login in = { "ann", "192.0.2.1", "ann@example.test" };
	struct authd_login out;
	const uint64_t until = 1000 + AUTHD_LOGIN_SECONDS * 1000;
	char packet[AUTHD_MSG_MAX];
	size_t len = (size_t)authd_login_format(
	    packet, sizeof packet, &in, until);
	int pair[2], conn;

	CHECK("taken", take(&out, packet, len, true, 2000) == 1 &&
	    !strcmp(out.mailbox, in.mailbox) && !strcmp(out.ip, in.ip) &&
	    !strcmp(out.user, in.user));
	CHECK("to the last", take(&out, packet, len, true, until) == 1);
	CHECK("too late", take(&out, packet, len, true, until + 1) == 2);
	CHECK("from another clock", take(&out, packet, len, true, 999) == 2);
	CHECK("no connection", take(&out, packet, len, false, 2000) == -1);
	CHECK("nonsense", take(&out, "hello", 5, true, 1000) == -1);
	CHECK("an answer", take(&out, "Y3:ann,0:,", 10, true, 1000) == -1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		abort();
	CHECK("nothing now", authd_login_take(&out, &conn, pair[0], 0) == 0);
	close(pair[1]);
	CHECK("authd ended", authd_login_take(&out, &conn, pair[0], 0) == -1);
	close(pair[0]);
}

static size_t
read_file(char *buf, size_t size)
{
	int fd = open("logins", O_RDONLY);
	ssize_t len = read(fd, buf, size - 1);

	close(fd);
	buf[len < 0 ? 0 : len] = 0;
	return len < 0 ? 0 : (size_t)len;
}

static void
test_lastlogin(void)
{
	struct lastlogin l;
	char buf[4096], name[32];
	struct stat st;
	int i;

	lastlogin_open(&l, "logins");
	lastlogin_note(&l, "ann", "192.0.2.1", 1800000000, 100);
	lastlogin_note(&l, "bob", "2001:db8::1", 1800000001, 101);
	lastlogin_note(&l, "ann", "192.0.2.9", 1800000030, 130);
	CHECK("two lines", read_file(buf, sizeof buf) == 2 * LASTLOGIN_LINE);
	CHECK("not twice in a minute", !strncmp(buf,
	    "ann                              1800000000 192.0.2.1 ", 54));
	lastlogin_close(&l);
	lastlogin_open(&l, "logins");
	lastlogin_note(&l, "bob", "192.0.2.3", 1800000500, 600);
	lastlogin_note(&l, "cat", "192.0.2.4", 1800000501, 601);
	lastlogin_close(&l);
	CHECK("three lines", read_file(buf, sizeof buf) ==
	    3 * LASTLOGIN_LINE);
	CHECK("in place", strstr(buf, "\nbob ") && strstr(buf,
	    " 1800000500 192.0.2.3 ") && !strstr(buf, "2001"));
	CHECK("cut", truncate("logins", 2 * LASTLOGIN_LINE + 7) == 0);
	lastlogin_open(&l, "logins");
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "m%d", i);
		lastlogin_note(&l, name, "192.0.2.1", 1800000600, 1);
	}
	lastlogin_close(&l);
	CHECK("whole lines", stat("logins", &st) == 0 &&
	    st.st_size == 1002 * LASTLOGIN_LINE);
	unlink("logins");
}

int
main(void)
{
	char dir[] = "/tmp/t_memory.XXXXXX";

	if (sodium_init() == -1 || !mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	test_cache();
	test_delays();
	test_good();
	test_logins();
	test_lastlogin();
	if (chdir("/") == 0)
		rmdir(dir);
	return CHECK_DONE();
}
