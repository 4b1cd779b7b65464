/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdbout.h"
#include "lib/log.h"
#include "tests/lib/check.h"

#define B(s) (s), sizeof(s) - 1

static const struct {
	const char *key, *data;
	size_t len;
} records[] = {
	{ "v", B("1") },
	{ "dwidget.com", B("") },
	{ "dold.example", B("widget.com") },
	{ "dbare.example", B("") },
	{ "dcircle.example", B("circle.example") },
	{ "p", B("demo") },
	{ "afred@widget.com", B("widget01") },
	{ "afred+work@widget.com", B("widget02") },
	{ "a\"odd name\"@widget.com", B("widget03") },
	{ "amary@widget.com", B("mary@far.example") },
	{ "acase@widget.com", B("Mary.Case@far.example") },
	{ "acase2@widget.com", B("Case+Tag@OLD.example") },
	{ "asales@widget.com", B("fred@widget.com") },
	{ "atagged@widget.com", B("fred+work@widget.com") },
	{ "aviaold@widget.com", B("fred@old.example") },
	{ "anoreply@widget.com", B(":refuse nobody reads this") },
	{ "abroken@widget.com", B("../etc") },
	{ "aempty@widget.com", B("") },
	{ "aloop@widget.com", B("loop@widget.com") },
	{ "alost@widget.com", B("nobody@bare.example") },
	{ "cwidget.com", B("widget09") },
	{ "lstaff@widget.com", B("fred@widget.com\0members\0staff\0a@b.example"
				 "\0c@d.example\0") },
	{ "lcut@widget.com", B("fred@widget.com\0members\0") },
	{ "lopen@widget.com", B("fred@widget.com\0members\0staff\0x") },
	{ "fwidget01", B("ka@b.example\0c@d.example\0") },
	{ "fwidget02", B("-a@b.example\0") },
	{ "fwidget03", B("-a@b.example") },
	{ "fwidget04", B("x") },
	{ "sfred@far.example", B("widget01\0widget02\0") },
	{ "s@all.example", B("widget03\0") },
};

static const struct {
	const char *name, *address;
	enum alias_result want;
	const char *target, *text, *tag;
	bool catchall;
} rows[] = {
	{ "exact", "fred@widget.com", ALIAS_MAILBOX, "widget01", "", "", 0 },
	{ "any case", "FRED@Widget.COM", ALIAS_MAILBOX, "widget01", "", "", 0 },
	{ "without the tag", "fred+x@widget.com", ALIAS_MAILBOX, "widget01", "",
	    "x", 0 },
	{ "the tag keeps its case", "fred+X.y+z@widget.com", ALIAS_MAILBOX,
	    "widget01", "", "X.y+z", 0 },
	{ "exact with tag first", "Fred+Work@widget.com", ALIAS_MAILBOX,
	    "widget02", "", "Work", 0 },
	{ "quoted", "\"odd name\"@widget.com", ALIAS_MAILBOX, "widget03", "",
	    "", 0 },
	{ "quotes not needed", "\"fred\"@widget.com", ALIAS_MAILBOX, "widget01",
	    "", "", 0 },
	{ "a domain alias", "fred@old.example", ALIAS_MAILBOX, "widget01", "",
	    "", 0 },
	{ "a domain alias, tag", "fred+a@OLD.example", ALIAS_MAILBOX,
	    "widget01", "", "a", 0 },
	{ "on to an address elsewhere", "mary@widget.com", ALIAS_REMOTE,
	    "mary@far.example", "", "", 0 },
	{ "... whose case is its own", "CASE@widget.com", ALIAS_REMOTE,
	    "Mary.Case@far.example", "", "", 0 },
	{ "... in two steps", "case2@widget.com", ALIAS_REMOTE,
	    "Mary.Case@far.example", "", "", 0 },
	{ "two steps", "sales@widget.com", ALIAS_MAILBOX, "widget01", "", "",
	    0 },
	{ "a target with a tag", "tagged@widget.com", ALIAS_MAILBOX, "widget02",
	    "", "", 0 },
	{ "a target at a domain alias", "viaold@widget.com", ALIAS_MAILBOX,
	    "widget01", "", "", 0 },
	{ "refused", "noreply@widget.com", ALIAS_REFUSED, "",
	    "nobody reads this", "", 0 },
	{ "a list", "staff@widget.com", ALIAS_LIST, "staff@widget.com", "", "",
	    0 },
	{ "a list by its tag", "staff+help@old.example", ALIAS_LIST,
	    "staff@widget.com", "", "help", 0 },
	{ "catch-all", "anyone@widget.com", ALIAS_MAILBOX, "widget09", "", "",
	    1 },
	{ "no catch-all", "anyone@bare.example", ALIAS_UNKNOWN, "", "", "", 0 },
	{ "an alias that leads nowhere", "lost@widget.com", ALIAS_UNKNOWN, "",
	    "", "", 0 },
	{ "postmaster before the catch-all", "postmaster@widget.com",
	    ALIAS_MAILBOX, "demo", "", "", 0 },
	{ "abuse too", "Abuse@bare.example", ALIAS_MAILBOX, "demo", "", "", 0 },
	{ "postmaster at a domain alias", "postmaster@old.example",
	    ALIAS_MAILBOX, "demo", "", "", 0 },
	{ "plain postmaster", "PostMaster", ALIAS_MAILBOX, "demo", "", "", 0 },
	{ "plain something", "fred", ALIAS_UNKNOWN, "", "", "", 0 },
	{ "nothing", "", ALIAS_UNKNOWN, "", "", "", 0 },
	{ "not an address", "@widget.com", ALIAS_UNKNOWN, "", "", "", 0 },
	{ "not ours, as asked", "Fred.B@Far.example", ALIAS_FOREIGN,
	    "Fred.B@far.example", "", "", 0 },
	{ "a list's command in capitals", "STAFF-Subscribe@widget.com",
	    ALIAS_LIST, "staff@widget.com", "", "", 0 },
	{ "SRS in capitals", "SRS0=AbCd=Ef=far.example=Ann@bare.example",
	    ALIAS_SRS, "SRS0=AbCd=Ef=far.example=Ann@bare.example", "", "", 0 },
	{ "not ours", "fred@far.example", ALIAS_FOREIGN, "fred@far.example", "",
	    "", 0 },
	{ "a loop", "loop@widget.com", ALIAS_TEMP, "loop@widget.com",
	    "more than 16 aliases in a row", "", 0 },
	{ "a domain alias of itself", "x@circle.example", ALIAS_TEMP,
	    "circle.example", "more than 16 aliases in a row", "", 0 },
	{ "a target that is no mailbox", "broken@widget.com", ALIAS_TEMP,
	    "../etc", "cdb/public/aliases.cdb is damaged; run aliasdb build",
	    "", 0 },
	{ "an empty target", "empty@widget.com", ALIAS_TEMP, "",
	    "cdb/public/aliases.cdb is damaged; run aliasdb build", "", 0 },
	{ "sixteen in a row", "c01@widget.com", ALIAS_MAILBOX, "widget01", "",
	    "", 0 },
	{ "seventeen in a row", "c00@widget.com", ALIAS_TEMP, "c17@widget.com",
	    "more than 16 aliases in a row", "", 0 },
};

static void
put(struct cdbout *c, const char *key, const char *data, size_t len)
{
	if (cdbout_put(c, key, strlen(key), data, len) == -1)
		abort();
}

/* c00 to c16 each lead to the next one; c17 is fred's mailbox. */
static void
put_chain(struct cdbout *c)
{
	char key[32], data[32];
	int i;

	for (i = 0; i < 17; i++) {
		snprintf(key, sizeof key, "ac%02d@widget.com", i);
		snprintf(data, sizeof data, "c%02d@widget.com", i + 1);
		put(c, key, data, strlen(data));
	}
	put(c, "ac17@widget.com", "widget01", 8);
}

static void
make_table(void)
{
	struct cdbout *c;
	size_t i;
	int fd;

	fd = open(ALIASES_CDB, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	c = cdbout_start(fd);
	if (fd == -1 || !c)
		abort();
	for (i = 0; i < sizeof records / sizeof *records; i++)
		put(c, records[i].key, records[i].data, records[i].len);
	put_chain(c);
	if (cdbout_finish(c) == -1 || close(fd) == -1)
		abort();
}

static void
check_rows(struct table *t)
{
	struct alias_answer a = { 0 };
	enum alias_result r;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		r = alias_resolve(&a, t, rows[i].address,
		    strlen(rows[i].address), NULL, NULL);
		CHECK(rows[i].name, r == rows[i].want);
		CHECK(rows[i].name, !strcmp(a.target.s, rows[i].target));
		CHECK(rows[i].name, !strcmp(a.text.s, rows[i].text));
		CHECK(rows[i].name, !strcmp(a.tag.s, rows[i].tag));
		CHECK(rows[i].name, a.catchall == rows[i].catchall);
	}
	alias_answer_free(&a);
}

static void
check_records(struct table *t)
{
	struct alias_forward f;
	struct alias_list l;

	CHECK("local", alias_is_local(t, "WIDGET.com", 10) == 1);
	CHECK("an alias is local", alias_is_local(t, "old.example", 11) == 1);
	CHECK("not local", alias_is_local(t, "far.example", 11) == 0);
	CHECK("no domain", alias_is_local(t, "", 0) == 0);
	CHECK("keeps", alias_forward(&f, t, "widget01") == 1 && f.keep &&
			   f.len == 24 &&
			   !memcmp(f.targets, "a@b.example\0c@d.example", 24));
	CHECK("keeps not", alias_forward(&f, t, "widget02") == 1 && !f.keep);
	CHECK("no forward", alias_forward(&f, t, "widget05") == 0);
	CHECK("forward cut",
	    alias_forward(&f, t, "widget03") == -1 && errno == EBADMSG);
	CHECK("forward odd", alias_forward(&f, t, "widget04") == -1);
	CHECK("list", alias_list(&l, t, "staff@widget.com") == 1 &&
			  !strcmp(l.owner, "fred@widget.com") &&
			  !strcmp(l.post, "members") &&
			  !strcmp(l.file, "staff") && l.len == 24);
	CHECK("no list", alias_list(&l, t, "fred@widget.com") == 0);
	CHECK("list cut", alias_list(&l, t, "cut@widget.com") == -1);
	CHECK("list open", alias_list(&l, t, "open@widget.com") == -1);
	CHECK("sender",
	    alias_sender_allowed(t, "Fred@far.example", 16, "widget02") == 1);
	CHECK("another's sender",
	    alias_sender_allowed(t, "fred@far.example", 16, "widget03") == 0);
	CHECK("sender by domain",
	    alias_sender_allowed(t, "x@all.example", 13, "widget03") == 1);
	CHECK("no sender",
	    alias_sender_allowed(t, "all.example", 11, "widget03") == 0);
}

/* A table cut short anywhere: 451, or what stands in it; never a crash. */
static void
check_cut(void)
{
	struct alias_answer a = { 0 };
	enum alias_result r;
	struct stat st;
	struct table t;
	off_t n;

	if (stat(ALIASES_CDB, &st) == -1)
		abort();
	for (n = st.st_size - 1; n >= 0; n -= n > 64 ? 37 : 1) {
		if (truncate(ALIASES_CDB, n) == -1)
			abort();
		table_init(&t, ALIASES_CDB);
		r = alias_resolve(&a, &t, "fred@widget.com", 15, NULL, NULL);
		CHECK("cut short", r == ALIAS_TEMP);
		table_close(&t);
	}
	alias_answer_free(&a);
}

static void
count_step(void *arg, const char *what, const char *value)
{
	(void)what;
	(void)value;
	++*(int *)arg;
}

int
main(void)
{
	char dir[] = "/tmp/t_alias_resolve.XXXXXX";
	struct alias_answer a = { 0 };
	struct table t;
	int steps = 0;

	log_program("t_alias_resolve");
	if (!mkdtemp(dir) || chdir(dir) == -1 || mkdir("cdb", 0700) == -1 ||
	    mkdir("cdb/public", 0700) == -1)
		return 111;
	table_init(&t, ALIASES_CDB);
	CHECK("no table", alias_resolve(&a, &t, "x@y.example", 11, NULL,
			      NULL) == ALIAS_TEMP &&
			      strstr(a.text.s, "does not exist"));
	CHECK("no table, local", alias_is_local(&t, "widget.com", 10) == -1);
	make_table();
	check_rows(&t);
	check_records(&t);
	alias_resolve(&a, &t, "sales+x@old.example", 19, count_step, &steps);
	CHECK("steps are told", steps == 4);
	table_close(&t);
	alias_answer_free(&a);
	check_cut();
	unlink(ALIASES_CDB);
	rmdir("cdb/public");
	rmdir("cdb");
	rmdir(dir);
	return CHECK_DONE();
}
