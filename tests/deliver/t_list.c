/* SPDX-License-Identifier: ISC */
#include "deliver/list.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdbout.h"
#include "deliver/local_key.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "tests/lib/check.h"

#define B(s)   (s), sizeof(s) - 1
#define NOW    1790000000UL
#define DAY    86400UL
#define SAME   (uid_t)-1, (gid_t)-1
#define STAFF  "staff@widget.test"
#define URL    " url=https://l.test/?a={address}&t={token}"

static const struct {
	const char *key, *data;
	size_t len;
} records[] = {
	{ "l" STAFF, B("own@far.test\0members\0staff\0ann@far.test\0bob@far.test"
		       "\0") },
	{ "lcase@widget.test", B("Own@far.test\0members\0case\0Ann.B@far.test\0") },
	{ "lany@widget.test", B("own@far.test\0anyone\0any\0ann@far.test\0") },
	{ "lnews@widget.test",
	    B("own@far.test\0owner verp closed" URL "\0news\0ann@far.test\0") },
	{ "lodd?&name@widget.test", B("own@far.test\0members\0odd\0") },
	{ "lcut@widget.test", B("own@far.test\0members\0") },
};

struct table *
local_aliases(void)
{
	static struct table t;

	if (!t.path)
		table_init(&t, ALIASES_CDB);
	return &t;
}

static void
make_table(void)
{
	struct cdbout *c;
	size_t i;
	int fd;

	mkdir("cdb", 0700);
	mkdir("cdb/public", 0700);
	mkdir("mail", 0700);
	fd = open(ALIASES_CDB, O_RDWR | O_CREAT | O_TRUNC, 0600);
	c = cdbout_start(fd);
	for (i = 0; i < sizeof records / sizeof *records; i++)
		cdbout_put(c, records[i].key, strlen(records[i].key),
		    records[i].data, records[i].len);
	cdbout_finish(c);
	close(fd);
}

static const struct {
	const char *name, *list, *sender;
	bool may;
} posts[] = {
	{ "a member", STAFF, "ann@far.test", true },
	{ "in capitals", STAFF, "Ann@FAR.test", true },
	{ "with a BATV tag", STAFF, "prvs=0123456789=ann@far.test", true },
	{ "a tag of nobody", STAFF, "prvs=ann@far.test", false },
	{ "a stranger", STAFF, "eve@far.test", false },
	{ "begins like a member", STAFF, "ann@far.tes", false },
	{ "ends like one", STAFF, "xann@far.test", false },
	{ "the owner", STAFF, "own@far.test", true },
	{ "a bounce", STAFF, "", false },
	{ "anyone", "any@widget.test", "eve@far.test", true },
	{ "a bounce to anyone's", "any@widget.test", "", false },
	{ "a member of the owner's", "news@widget.test", "ann@far.test", false },
	{ "of another case in the list", "case@widget.test", "ann.b@far.test",
	    true },
	{ "the owner too", "case@widget.test", "oWN@far.test", true },
	{ "its owner", "news@widget.test", "own@far.test", true },
};

static void
check_posts(void)
{
	struct list l;
	size_t i;

	for (i = 0; i < sizeof posts / sizeof *posts; i++) {
		CHECK(posts[i].name, list_open(&l, posts[i].list) == 1);
		CHECK(posts[i].name, list_may_post(&l, posts[i].sender) ==
			posts[i].may);
		list_free(&l);
	}
	CHECK("no such list", list_open(&l, "nope@widget.test") == 0);
	list_free(&l);
	CHECK("a damaged record", list_open(&l, "cut@widget.test") == -1);
	list_free(&l);
}

/* Who comes and leaves, and what mail/.lists/staff holds then. */
static const struct {
	const char *member;
	bool join;
	const char *file, *members;
} changes[] = {
	{ "joe@far.test", true, "joe@far.test\n",
	    "ann@far.test bob@far.test joe@far.test " },
	{ "joe@far.test", true, "joe@far.test\n",
	    "ann@far.test bob@far.test joe@far.test " },
	{ "ann@far.test", false, "joe@far.test\n-ann@far.test\n",
	    "bob@far.test joe@far.test " },
	{ "ann@far.test", true, "joe@far.test\n",
	    "ann@far.test bob@far.test joe@far.test " },
	{ "JOE@far.test", false, "", "ann@far.test bob@far.test " },
	{ "Joe@far.test", true, "Joe@far.test\n",
	    "ann@far.test bob@far.test Joe@far.test " },
	{ "BOB@far.test", false, "Joe@far.test\n-BOB@far.test\n",
	    "ann@far.test Joe@far.test " },
	{ "Bob@far.test", true, "Joe@far.test\n",
	    "ann@far.test bob@far.test Joe@far.test " },
	{ "joe@far.test", false, "", "ann@far.test bob@far.test " },
	{ "zoe@far.test", false, "", "ann@far.test bob@far.test " },
};

static void
check_members(const char *name, const char *want)
{
	stralloc all = { 0 };
	struct list l;
	size_t i;

	list_open(&l, STAFF);
	list_members(&all, &l);
	for (i = 0; i < all.len; i++)
		if (!all.s[i])
			all.s[i] = ' ';
	sa_0(&all);
	CHECK(name, strcmp(all.s, want) == 0);
	list_free(&l);
	sa_free(&all);
}

static void
check_changes(void)
{
	stralloc text = { 0 };
	struct list l;
	size_t i;

	for (i = 0; i < sizeof changes / sizeof *changes; i++) {
		list_open(&l, STAFF);
		CHECK(changes[i].member, list_change(&l, changes[i].member,
			changes[i].join) == 0);
		list_free(&l);
		safefile_read(&text, "mail/.lists/staff", 1000);
		CHECK(changes[i].member, sa_is(&text, changes[i].file));
		check_members(changes[i].member, changes[i].members);
		list_open(&l, STAFF);
		CHECK(changes[i].member, list_has(&l, changes[i].member) ==
			changes[i].join);
		list_free(&l);
	}
	/* by hand: comments, blank lines, no line end */
	safefile_write("mail/.lists/staff", B("# x\n\n-bob@far.test\nzoe@far.test"),
	    0600, SAME);
	check_members("by hand", "ann@far.test zoe@far.test ");
	list_open(&l, STAFF);
	CHECK("a name that is a line there is no member",
	    !list_has(&l, "-bob@far.test") && !list_has(&l, "# x"));
	CHECK("nor can it become one: that line would be another's",
	    list_change(&l, "-ann@far.test", true) == -1 &&
		list_change(&l, "#ann@far.test", true) == -1);
	CHECK("who never came may leave",
	    list_change(&l, "-ann@far.test", false) == 0);
	list_free(&l);
	check_members("all as it was", "ann@far.test zoe@far.test ");
	unlink("mail/.lists/staff");
	mkdir("mail/.lists/staff", 0700);
	CHECK("cannot be read", list_open(&l, STAFF) == -1);
	list_free(&l);
	rmdir("mail/.lists/staff");
	sa_free(&text);
}

static const struct {
	const char *list, *want;
} heads[] = {
	{ STAFF, "List-Id: <staff.widget.test>\n"
		 "List-Post: <mailto:staff@widget.test>\n"
		 "List-Owner: <mailto:staff-owner@widget.test>\n"
		 "List-Unsubscribe: <mailto:staff-unsubscribe@widget.test>\n"
		 "Precedence: list\n" },
	{ "news@widget.test",
	    "List-Id: <news.widget.test>\nList-Post: NO\n"
	    "List-Owner: <mailto:news-owner@widget.test>\n"
	    "List-Unsubscribe: <https://l.test/?a={address}&t={token}>,\n"
	    "\t<mailto:news-unsubscribe@widget.test>\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
	    "Precedence: list\n" },
	{ "odd?&name@widget.test",
	    "List-Id: <odd?&name.widget.test>\n"
	    "List-Post: <mailto:odd%3F%26name@widget.test>\n" },
};

static void
check_heads(void)
{
	char key[TOKEN_KEY_BYTES + 1], token[TOKEN_MAX + 2];
	unsigned char k[TOKEN_KEY_BYTES];
	stralloc out = { 0 }, value = { 0 };
	struct list l;
	size_t i;

	for (i = 0; i < sizeof heads / sizeof *heads; i++) {
		list_open(&l, heads[i].list);
		list_head(&out, key, &l);
		sa_0(&out);
		CHECK(heads[i].list, !strncmp(out.s, heads[i].want,
			strlen(heads[i].want)));
		CHECK(heads[i].list, !*key == !*list_option(&l, "url=", &value));
		if (*key) { /* what queued puts into {token} confirms */
			memcpy(k, key, sizeof k);
			*token = 'u';
			token_make(token + 1, DELIVER_TOKEN_LEN, k,
			    "ann@far.test", NULL);
			CHECK("one click", list_confirms(&l, token,
				"ann@far.test", NOW) == 'u');
		}
		list_free(&l);
	}
	list_open(&l, "news@widget.test");
	CHECK("verp", *list_option(&l, "verp", &value));
	CHECK("closed", *list_option(&l, "closed", &value));
	CHECK("a part of one", !*list_option(&l, "close", &value));
	list_free(&l);
	sa_copys(&out, "Delivered-To: a@b\nList-Id: <x>\nlist-post: <y>,\n\t<z>\n"
		       "Precedence: list\nX: y\n z\n");
	list_head_strip(&out);
	CHECK("another list's lines", !strcmp(out.s, "Delivered-To: a@b\nX: y\n z\n"));
	sa_free(&out);
	sa_free(&value);
}

static void
check_tokens(void)
{
	stralloc join = { 0 }, leave = { 0 };
	struct list l, other;
	size_t n;
	char was;

	list_open(&l, STAFF);
	list_open(&other, "any@widget.test");
	list_token(&join, &l, "joe@far.test", true, NOW);
	list_token(&leave, &l, "joe@far.test", false, NOW);
#define CONFIRMS(list, tag, who, when) list_confirms(&list, (tag).s, who, when)
	CHECK("joins", CONFIRMS(l, join, "joe@far.test", NOW) == 's');
	CHECK("leaves", CONFIRMS(l, leave, "joe@far.test", NOW) == 'u');
	CHECK("the last day", CONFIRMS(l, join, "joe@far.test",
	    NOW + LIST_CONFIRM_DAYS * DAY) == 's');
	CHECK("who is written otherwise", CONFIRMS(l, join, "Joe@far.test",
	    NOW) == 's' && CONFIRMS(l, leave, "JOE@far.test", NOW) == 'u');
	CHECK("too late", !CONFIRMS(l, join, "joe@far.test",
	    NOW + (LIST_CONFIRM_DAYS + 1) * DAY));
	CHECK("too early", !CONFIRMS(l, join, "joe@far.test", NOW - DAY));
	CHECK("leaving stays good", CONFIRMS(l, leave, "joe@far.test",
	    NOW + 999 * DAY) == 'u');
	CHECK("another's", !CONFIRMS(l, join, "eve@far.test", NOW));
	CHECK("another list's", !CONFIRMS(other, join, "joe@far.test", NOW));
	CHECK("another list's leaving", !CONFIRMS(other, leave, "joe@far.test",
	    NOW));
	for (n = 0; n < join.len; n++) {
		was = join.s[n];
		join.s[n] = 0;
		CHECK("cut short", !CONFIRMS(l, join, "joe@far.test", NOW));
		join.s[n] = was == 'a' ? 'b' : 'a';
		CHECK("changed", !CONFIRMS(l, join, "joe@far.test", NOW));
		join.s[n] = was >= 'a' ? (char)(was - 32) : was;
		CHECK("in capitals", CONFIRMS(l, join, "joe@far.test", NOW) ==
			's');
		join.s[n] = was;
	}
	CHECK("nothing", !list_confirms(&l, "", "joe@far.test", NOW));
	list_free(&l);
	list_free(&other);
	sa_free(&join);
	sa_free(&leave);
}

int
main(void)
{
	char dir[] = "/tmp/t_list.XXXXXX";

	log_program("t_list");
	if (!mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	make_table();
	local_key_load();
	check_posts();
	check_changes();
	check_heads();
	check_tokens();
	return system("cd / && rm -rf /tmp/t_list.*") ? 111 : CHECK_DONE();
}
