/* SPDX-License-Identifier: ISC */
#include "cdb-tools/source.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define USERS                                                                  \
	"demo:{CRYPT}x::::::\nWidget01:{CRYPT}x::::::\nwidget02:{CRYPT}x:::::" \
	":\n"
#define CHAIN                                                                  \
	"b@widget.com: c@widget.com\nc@widget.com: d@widget.com\n"             \
	"d@widget.com: e@widget.com\ne@widget.com: f@widget.com\n"             \
	"f@widget.com: g@widget.com\ng@widget.com: h@widget.com\n"             \
	"h@widget.com: i@widget.com\ni@widget.com: j@widget.com\n"             \
	"j@widget.com: k@widget.com\nk@widget.com: l@widget.com\n"             \
	"l@widget.com: m@widget.com\nm@widget.com: n@widget.com\n"             \
	"n@widget.com: o@widget.com\no@widget.com: p@widget.com\n"             \
	"p@widget.com: q@widget.com\nq@widget.com: r@widget.com\n"             \
	"r@widget.com: demo\n"

/* One file with one mistake beside files without; what is said of it, from the
 * start; "" where all is well. */
static const struct {
	const char *name, *file, *text, *want;
} rows[] = {
	{ "an alias", "etc/aliases", "fred@widget.com: widget01\n", "" },
	{ "no newline, CRLF, blanks, comments", "etc/aliases",
	    "# x\r\n\r\n  fred@widget.com:widget01  \r\n\tmary@WIDGET.com : "
	    "WIDGET02",
	    "" },
	{ "a byte order mark", "etc/aliases",
	    "\xef\xbb\xbf"
	    "fred@widget.com: demo\n",
	    "" },
	{ "catch-all with an exception", "etc/aliases",
	    "@widget.com: demo\nno@widget.com: :refuse \"not here\"\n", "" },
	{ "far targets", "etc/aliases", "a@widget.com: b@far.example\n", "" },
	{ "sixteen deep", "etc/aliases", CHAIN, "" },
	{ "to the postmaster", "etc/aliases",
	    "a@widget.com: postmaster@widget.com\n", "" },
	{ "to a tag", "etc/aliases",
	    "a@widget.com: b+x@old.example\nb@widget.com: demo\n", "" },
	{ "unknown mailbox, much like one", "etc/aliases",
	    "fred@widget.com: widgt01\n",
	    "etc/aliases:1:18: fred@widget.com: no mailbox widgt01; did you "
	    "mean widget01?\n" },
	{ "unknown mailbox", "etc/aliases", "fred@widget.com: zzz9\n",
	    "etc/aliases:1:18: fred@widget.com: no mailbox zzz9; make it with "
	    "'userdb add zzz9' or write another\n" },
	{ "cannot be a mailbox", "etc/aliases", "fred@widget.com: a/b\n",
	    "etc/aliases:1:18: fred@widget.com: 'a/b' cannot be a mailbox; "
	    "write "
	    "a name of etc/users, or an address with an @\n" },
	{ "several targets", "etc/aliases", "fred@widget.com: demo, widget01\n",
	    "etc/aliases:1:18: fred@widget.com has several targets, an alias "
	    "has one; write a forward of a mailbox (etc/forwards) or a list "
	    "(etc/lists)\n" },
	{ "no target", "etc/aliases", "fred@widget.com:\n",
	    "etc/aliases:1:17: fred@widget.com has no target; write a mailbox "
	    "or an address behind the colon\n" },
	{ "no colon", "etc/aliases", "fred@widget.com demo\n",
	    "etc/aliases:1:1: no colon; write 'address: target'\n" },
	{ "twice", "etc/aliases",
	    "fred@widget.com: demo\n# x\n Fred@Widget.Com: widget01\n",
	    "etc/aliases:3:2: fred@widget.com stands here for the second time, "
	    "first in line 1; remove one of the two\n" },
	{ "not in etc/domains, much like one", "etc/aliases",
	    "fred@wigdet.com: demo\n",
	    "etc/aliases:1:6: wigdet.com is not in etc/domains; did you mean "
	    "widget.com?\n" },
	{ "not in etc/domains", "etc/aliases", "fred@other.example: demo\n",
	    "etc/aliases:1:6: other.example is not in etc/domains; " },
	{ "at a domain alias", "etc/aliases", "fred@old.example: demo\n",
	    "etc/aliases:1:6: old.example is an alias of widget.com "
	    "(etc/domains "
	    "line 2), so this is never used; write @widget.com\n" },
	{ "not an address", "etc/aliases", "fr ed@widget.com: demo\n",
	    "etc/aliases:1:1: 'fr ed@widget.com' is not an address: a space; "
	    "write local@domain\n" },
	{ "no @", "etc/aliases", "fred: demo\n",
	    "etc/aliases:1:1: 'fred' is not an address; write local@domain\n" },
	{ "UTF-8 domain", "etc/aliases", "a@b\xc3\xbc.example: demo\n",
	    "etc/aliases:1:3: domain 'b\xc3\xbc.example' is not ASCII; write "
	    "its "
	    "A-label (xn--...)\n" },
	{ "not UTF-8", "etc/aliases", "a@b\xc3.example: demo\n",
	    "etc/aliases:1:4: not UTF-8; save the file as UTF-8\n" },
	{ "refuse without quotes", "etc/aliases",
	    "fred@widget.com: :refuse go away\n",
	    "etc/aliases:1:18: not an address, a mailbox or a refusal; write "
	    ":refuse \"text\"\n" },
	{ "refuse in UTF-8", "etc/aliases",
	    "fred@widget.com: :refuse \"\xc3\xbc\"\n",
	    "etc/aliases:1:18: the text goes into an SMTP reply; write it in "
	    "ASCII\n" },
	{ "leads nowhere", "etc/aliases",
	    "fred@widget.com: mary@widget.com\nmarie@widget.com: demo\n",
	    "etc/aliases:1:18: fred@widget.com: no such address as "
	    "mary@widget.com; did you mean marie@widget.com?\n" },
	{ "a loop", "etc/aliases",
	    "x@widget.com: a@widget.com\na@widget.com: b@widget.com\n"
	    "b@widget.com: a@old.example\n",
	    "etc/aliases:2:15: a loop: it leads to b@widget.com (line 3) -> "
	    "a@widget.com (line 2); give one of them a mailbox\n" },
	{ "a loop by the catch-all", "etc/aliases",
	    "@widget.com: nobody@widget.com\n",
	    "etc/aliases:1:14: a loop: it leads to @widget.com (line 1); give "
	    "one of them a mailbox\n" },
	{ "seventeen deep", "etc/aliases", "a@widget.com: b@widget.com\n" CHAIN,
	    "etc/aliases:1:15: more than 16 aliases in a row: b@widget.com "
	    "(line 2) -> c@widget.com (line 3) -> d@widget.com (line 4) and so "
	    "on; point it nearer to the mailbox\n" },
	{ "a domain twice", "etc/domains", "a.example\nA.Example.\n",
	    "etc/domains:2:1: a.example stands here for the second time, first "
	    "in line 1; remove one of the two\n" },
	{ "an alias of nothing", "etc/domains", "a.example = b.example\n",
	    "etc/domains:1:13: b.example is not in this file; add a line for "
	    "it\n" },
	{ "an alias of an alias", "etc/domains",
	    "c.example\nb.example = c.example\na.example = b.example\n",
	    "etc/domains:3:13: b.example is itself an alias (line 2); write "
	    "the "
	    "domain it stands for\n" },
	{ "an alias of itself", "etc/domains", "a.example = a.example\n",
	    "etc/domains:1:13: a.example cannot be an alias of itself; " },
	{ "no domain", "etc/domains", "a_b.example\n",
	    "etc/domains:1:1: 'a_b.example' is not a domain name; write it as "
	    "widget.example\n" },
	{ "unknown postmaster", "etc/postmaster", "dem0\n",
	    "etc/postmaster:1:1: postmaster: no mailbox dem0; did you mean "
	    "demo?\n" },
	{ "a forward", "etc/forwards",
	    "Widget01: keep a@far.example, b@far.example\n", "" },
	{ "a forward of nobody", "etc/forwards", "widget03: a@far.example\n",
	    "etc/forwards:1:1: no mailbox widget03; did you mean widget0" },
	{ "a forward to nobody", "etc/forwards", "widget01: keep\n",
	    "etc/forwards:1:15: no address to forward to; " },
	{ "a forward to a mailbox", "etc/forwards", "widget01: widget02\n",
	    "etc/forwards:1:11: 'widget02' is not an address; write "
	    "local@domain\n" },
	{ "a forward to an unknown address", "etc/forwards",
	    "widget01: a@far.example, zzz@widget.com\n",
	    "etc/forwards:1:26: no such address as zzz@widget.com; add it to "
	    "etc/aliases, or write another\n" },
	{ "a forward to itself", "etc/forwards",
	    "demo: keep postmaster@widget.com\n",
	    "etc/forwards:1:12: a loop: demo (etc/forwards line 1) -> demo; "
	    "take this address out\n" },
	{ "senders", "etc/senders",
	    "fred@far.example: demo, widget01\n@far.example: demo\n", "" },
	{ "an unknown sender", "etc/senders", "fred@far.example: demo, x9y\n",
	    "etc/senders:1:25: no mailbox x9y; " },
	{ "a list without a file", "etc/lists",
	    "staff@widget.com: owner=a@far.example\n",
	    "etc/lists:1:1: staff@widget.com has no members; write file=NAME "
	    "behind the colon\n" },
	{ "a list whose file is not there", "etc/lists",
	    "staff@widget.com: owner=a@far.example, file=none\n",
	    "etc/lists:1:45: no file etc/lists.d/none; make it, a member a "
	    "line\n" },
	{ "a list whose file climbs", "etc/lists",
	    "staff@widget.com: owner=a@far.example, file=../users\n",
	    "etc/lists:1:45: file=../users: write the name of a file in "
	    "etc/lists.d, " },
	{ "a list with a rule we don't know", "etc/lists",
	    "staff@widget.com: owner=a@far.example, post=all, file=x\n",
	    "etc/lists:1:45: post=all: write members, anyone or owner\n" },
	{ "a list in a list of itself", "etc/lists",
	    "staff@widget.com: owner=a@far.example file=staff\n",
	    "etc/lists.d/staff:2:1: a loop: staff@widget.com (etc/lists line "
	    "1) "
	    "-> staff@widget.com; take this address out\n" },
	{ "a reply of nobody", "etc/replies/nobody", "away\n",
	    "etc/replies/nobody:1:1: a file here is named as its mailbox: no "
	    "mailbox nobody; " },
	{ "a reply", "etc/replies/demo", "Subject: away\nDays: 7\n\nAway.\n",
	    "" },
	{ "a reply, text only", "etc/replies/demo", "Note: away.\n", "" },
	{ "a reply with a wrong date", "etc/replies/demo",
	    "Subject: x\nFrom-Date: tomorrow\n\nAway.\n",
	    "etc/replies/demo:2:12: not a date; write it as 2026-12-31\n" },
	{ "a reply with an unknown header", "etc/replies/demo",
	    "Subject: x\nFrom: y\n\nAway.\n",
	    "etc/replies/demo:2:1: not a header line of ours" },
	{ "a reply without text", "etc/replies/demo", "Subject: x\n\n",
	    "etc/replies/demo:2:1: no text; write what the reply says (behind "
	    "a blank line), or remove the file\n" },
};

static void
put(const char *file, const char *text)
{
	if (safefile_write(
		file, text, strlen(text), 0600, (uid_t)-1, (gid_t)-1) == -1)
		log_fatalsys(111, file);
}

static void
check_row(size_t i)
{
	struct source src;
	const char *got;

	put(rows[i].file, rows[i].text);
	source_load(&src, NULL, NULL);
	got = src.errors.n ? src.errors.text.s : "";
	CHECK(rows[i].name,
	    *rows[i].want ? !strncmp(got, rows[i].want, strlen(rows[i].want))
			  : !*got);
	CHECK(rows[i].name, src.errors.n == (*rows[i].want != 0));
	if (src.errors.n != (*rows[i].want != 0))
		fprintf(stderr, "%s", got);
	source_free(&src);
	if (!strcmp(rows[i].file, "etc/domains"))
		put("etc/domains", "widget.com\nold.example = widget.com\n");
	else
		unlink(rows[i].file);
}

/* etc/aliases cut short at every byte, its end at an unreadable page. */
static void
check_cut(const char *text)
{
	size_t n, len = strlen(text);
	struct source src;
	stralloc copy;
	struct guard g;

	for (n = 1; n < len; n++) {
		copy = (stralloc){
			.s = guard_copy(&g, text, n), .len = n, .a = n
		};
		source_load(&src, &copy, NULL);
		CHECK("cut short", src.aliases.n <= 5);
		src.text.text = (stralloc){ 0 }; /* the guard's memory */
		source_free(&src);
		guard_free(&g);
	}
}

int
main(void)
{
	char dir[] = "/tmp/t_source.XXXXXX";
	size_t i;

	log_program("t_source");
	if (!mkdtemp(dir) || chdir(dir) == -1 || mkdir("etc", 0700) == -1 ||
	    mkdir("etc/replies", 0700) == -1 ||
	    mkdir("etc/lists.d", 0700) == -1)
		return 111;
	put("etc/users", USERS);
	put("etc/domains", "widget.com\nold.example = widget.com\n");
	put("etc/lists.d/staff", "a@far.example\nstaff+x@old.example\n");
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(i);
	check_cut(
	    "a@widget.com: demo\n\"b c\"@widget.com: \"x y\"@far.example\n"
	    "@widget.com: :refuse \"no\"\r\nc@widget.com: d@widget.com\n");
	unlink("etc/users");
	unlink("etc/domains");
	unlink("etc/lists.d/staff");
	rmdir("etc/replies");
	rmdir("etc/lists.d");
	rmdir("etc");
	rmdir(dir);
	return CHECK_DONE();
}
