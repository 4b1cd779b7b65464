/* SPDX-License-Identifier: ISC */
#include "cdb-tools/nets_source.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/cdbout.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "tests/lib/check.h"

static const struct {
	const char *net, *rule;
} nets[] = {
	{ "192.0.2.0/24", "+" },
	{ "192.0.2.128/25", "-" },
	{ "192.0.2.200/32", "+" },
	{ "2001:db8::/32", "+" },
	{ "2001:db8:bad::/48", "-" },
	{ "10.0.0.0/8", "?" },
};

static const struct {
	const char *ip;
	int want;
	bool denied;
} rows[] = {
	{ "192.0.2.1", 1, false }, { "::ffff:192.0.2.1", 1, false },
	{ "192.0.2.129", 0, true }, { "192.0.2.200", 1, false },
	{ "192.0.3.1", 0, false }, { "2001:db8:1::1", 1, false },
	{ "2001:db8:bad::1", 0, true }, { "2001:db9::1", 0, false },
	{ "::1", 0, false },
	{ "10.1.2.3", 0, true }, /* a rule that is not understood denies */
};

static const struct {
	const char *name, *text, *want;
} texts[] = {
	{ "well",
	    "192.0.2.0/24 allow\n2001:db8::/32\tDENY\n192.0.2.0/25 deny\n",
	    "" },
	{ "host bits", "192.0.2.1/24 allow\n", "etc/nets:1:1: 192.0.2.1/24: " },
	{ "prefix", "  192.0.2.0/33 allow\n", "etc/nets:1:3: 192.0.2.0/33: " },
	{ "no rule", "192.0.2.0/24\n", "etc/nets:1:13: write allow or deny" },
	{ "another rule", "192.0.2.0/24 maybe\n",
	    "etc/nets:1:14: write allow or deny" },
	{ "more behind", "192.0.2.0/24 allow it\n", "etc/nets:1:14: write" },
	{ "twice", "192.0.2.1 allow\n192.0.2.1/32 deny\n",
	    "etc/nets:2:1: 192.0.2.1/32 stands here for the second time, first "
	    "in line 1; remove one of the two\n" },
	{ "twice, mapped", "192.0.2.1 allow\n::ffff:192.0.2.1 deny\n",
	    "etc/nets:2:1: ::ffff:192.0.2.1 stands here" },
	{ "no network", "everybody allow\n", "etc/nets:1:1: everybody: " },
	{ "long",
	    "1111111111111111111111111111111111111111111111111111111111 "
	    "allow\n",
	    "etc/nets:1:1: not a network; " },
};

static void
make_table(const char *bits, size_t nbits)
{
	struct cdbout *c;
	unsigned b;
	char key[18];
	struct ip ip;
	const char *why;
	size_t i;
	int fd;

	fd = open(NETS_CDB, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	c = cdbout_start(fd);
	if (fd == -1 || !c || cdbout_put(c, "b", 1, bits, nbits) == -1)
		abort();
	for (i = 0; i < sizeof nets / sizeof *nets; i++) {
		if (ip_parse_net(&ip, &b, nets[i].net, &why) != 1)
			abort();
		key[0] = 'n';
		key[1] = (char)b;
		memcpy(key + 2, ip.b, 16);
		if (cdbout_put(c, key, sizeof key, nets[i].rule, 1) == -1)
			abort();
	}
	if (cdbout_finish(c) == -1)
		abort();
	close(fd);
}

static void
check_lookups(struct table *t)
{
	struct ip ip;
	bool denied;
	size_t i;

	ip_parse(&ip, "192.0.2.1");
	CHECK("no table",
	    nets_lookup(t, &ip, &denied) == -1 && errno == ENOENT);
	make_table("\x80\x79\x78\x68\x30\x20", 6);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		ip_parse(&ip, rows[i].ip);
		CHECK(rows[i].ip, nets_lookup(t, &ip, &denied) == rows[i].want);
		CHECK(rows[i].ip, denied == rows[i].denied);
	}
	make_table("\xff", 1);
	CHECK("a prefix past 128",
	    nets_lookup(t, &ip, &denied) == -1 && errno == EBADMSG);
	make_table("", 0);
	CHECK("no networks", nets_lookup(t, &ip, &denied) == 0);
}

int
main(void)
{
	char dir[] = "/tmp/t_nets.XXXXXX";
	struct table t;
	struct nets n;
	size_t i;

	log_program("t_nets");
	if (!mkdtemp(dir) || chdir(dir) == -1 || mkdir("cdb", 0700) == -1 ||
	    mkdir("cdb/relay", 0700) == -1 || mkdir("etc", 0700) == -1)
		return 111;
	table_init(&t, NETS_CDB);
	check_lookups(&t);
	table_close(&t);
	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (safefile_write(NETS_TEXT, texts[i].text,
			strlen(texts[i].text), 0600, (uid_t)-1,
			(gid_t)-1) == -1)
			return 111;
		nets_load(&n);
		CHECK(texts[i].name, n.errors.n == (*texts[i].want != 0));
		CHECK(texts[i].name, !strncmp(n.errors.n ? n.errors.text.s : "",
					 texts[i].want, strlen(texts[i].want)));
		nets_free(&n);
	}
	unlink(NETS_TEXT);
	unlink(NETS_CDB);
	rmdir("cdb/relay");
	rmdir("cdb");
	rmdir("etc");
	rmdir(dir);
	return CHECK_DONE();
}
