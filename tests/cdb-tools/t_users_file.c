/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_file.h"
#include "cdb-tools/users_hash.h"
#include <string.h>
#include "lib/log.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define H "{ARGON2ID}$argon2id$v=19$m=8192,t=1,p=1$c2FsdA$aGFzaA"

static const struct {
	const char *name, *text;
	size_t users, logins;
	const char *want; /* the start of the first error, "": none */
} rows[] = {
	{ "whole", "widget01:" H ":1:1::/mail::login=Fred@Widget.com nologin\n",
	    1, 2, "" },
	{ "fields left out", "widget01:" H "\n", 1, 1, "" },
	{ "colons in the extras",
	    "widget01:" H "::::::userdb_quota_rule=*:storage=5M a=b:c", 1, 1,
	    "" },
	{ "folded", "Widget01:" H "::::::\n", 1, 1, "" },
	{ "a foreign hash", "w:{SHA512-CRYPT}$6$a$b::::::\n", 1, 1, "" },
	{ "an empty file", "", 0, 0, "" },
	{ "no colon", "widget01\n", 0, 0,
	    "etc/users:1:1: no colon behind widget01; write name:{SCHEME}hash:"
	    ":::::, or use 'userdb add'" },
	{ "no mailbox name", "wid get:" H "::::::\n", 0, 0,
	    "etc/users:1:1: 'wid get' cannot be a mailbox; " },
	{ "a name that climbs", "../x:" H "::::::\n", 0, 0,
	    "etc/users:1:1: '../x' cannot be a mailbox; " },
	{ "too long a name", "abcdefghijabcdefghijabcdefghijabc:" H "\n", 0, 0,
	    "etc/users:1:1: 'abcdefghijabcdefghijabcdefghijabc' cannot be" },
	{ "twice", "a:" H "::::::\n\nA:" H "::::::\n", 1, 1,
	    "etc/users:3:1: a is there already, in line 1; " },
	{ "a login twice",
	    "a:" H "::::::login=x@y.example\nb:" H "::::::login=X@Y.example\n",
	    2, 3, "etc/users:2:68: x@y.example is there already, in line 1; " },
	{ "a login that is no address", "a:" H "::::::login=x\n", 1, 1,
	    "etc/users:1:68: login=x: not an address; write local@domain" },
	{ "no scheme", "a:$6$x$y::::::\n", 1, 1,
	    "etc/users:1:3: no {SCHEME} before the hash; write {CRYPT} there" },
	{ "plain", "a:{PLAIN}secret::::::\n", 1, 1,
	    "etc/users:1:3: passwords of this {SCHEME} cannot be verified; " },
	{ "no hash", "a:::::::\n", 1, 1, "etc/users:1:3: no {SCHEME}" },
	{ "only a scheme", "a:{CRYPT}::::::\n", 1, 1,
	    "etc/users:1:3: no hash behind its {SCHEME}; " },
	{ "a hash that eats memory",
	    "a:{ARGON2ID}$argon2id$v=19$m=1048576,t=1,p=1$a$b::::::\n", 1, 1,
	    "etc/users:1:3: the hash wants more than 128 MiB" },
	{ "a quota we cannot read",
	    "a:" H "::::::userdb_quota_rule=*:messages=5C\n", 1, 1,
	    "etc/users:1:82: 'messages=5C' is not understood; " },
	{ "app passwords, before and behind", "a+phone:" H "::::::\na:" H
	    "\nA+Tab-let:" H "::::::user=a protocols=pop3,smtp nologin\n",
	    1, 3, "" },
	{ "an app password of nobody", "b+phone:" H "::::::\na:" H "\n", 1, 2,
	    "etc/users:1:1: b is no mailbox; remove the line" },
	{ "of an app password", "a:" H "\na+b+c:" H "\n", 1, 1,
	    "etc/users:2:1: 'a+b+c' cannot be an app password; " },
	{ "no label", "a:" H "\na+:" H "\n", 1, 1,
	    "etc/users:2:1: 'a+' cannot be an app password; " },
	{ "a label twice", "a:" H "\na+x:" H "\na+X:" H "\n", 1, 2,
	    "etc/users:3:1: a+x is there already, in line 2; " },
	{ "another's", "a:" H "\nb:" H "\na+x:" H "::::::user=b\n", 2, 3,
	    "etc/users:3:64: 'user=b' is not the mailbox before the '+'" },
	{ "protocols nobody knows",
	    "a:" H "\na+x:" H "::::::protocols=pop3,ftp\n", 1, 2,
	    "etc/users:2:64: 'protocols=pop3,ftp' is not understood; " },
	{ "protocols twice",
	    "a:" H "\na+x:" H "::::::protocols=pop3,pop3\n", 1, 2,
	    "etc/users:2:64: 'protocols=pop3,pop3' is not understood; " },
	{ "an app password with a login name",
	    "a:" H "\na+x:" H "::::::login=x@y.example\n", 1, 2,
	    "etc/users:2:64: 'login=x@y.example' cannot stand with an app" },
	{ "an app password without a hash", "a:" H "\na+x:x\n", 1, 2,
	    "etc/users:2:5: no {SCHEME} before the hash" },
	{ "an app password without a colon", "a:" H "\na+x", 1, 1,
	    "etc/users:2:1: no colon behind a+x; " },
	{ "nothing but a plus", "+", 0, 0,
	    "etc/users:1:1: '+' cannot be an app password; " },
};

static const struct {
	const char *s;
	int want;
	uint64_t bytes;
} sizes[] = {
	{ "5", 1, 5120 },
	{ "5B", 1, 5 },
	{ "5k", 1, 5120 },
	{ "500M", 1, 524288000 },
	{ "2G", 1, UINT64_C(2) << 30 },
	{ "1T", 1, UINT64_C(1) << 40 },
	{ "", 0, 0 },
	{ "M", 0, 0 },
	{ "5X", 0, 0 },
	{ "5MB", 0, 0 },
	{ "-5", 0, 0 },
	{ "99999999999999999999", 0, 0 },
	{ "99999999999999T", 0, 0 },
};

static void
check_row(size_t i)
{
	struct users u;
	stralloc text = { 0 };
	const char *got;

	sa_copys(&text, rows[i].text);
	users_load(&u, &text);
	got = u.errors.n ? u.errors.text.s : "";
	CHECK(rows[i].name, u.n == rows[i].users);
	CHECK(rows[i].name, u.logins.map.n == rows[i].logins);
	CHECK(rows[i].name, u.errors.n == (*rows[i].want != 0));
	CHECK(rows[i].name, !strncmp(got, rows[i].want, strlen(rows[i].want)));
	if (strncmp(got, rows[i].want, strlen(rows[i].want)) != 0)
		fprintf(stderr, "%s", got);
	users_free(&u);
}

static void
check_cut(const char *text)
{
	size_t n, len = strlen(text);
	struct users u;
	stralloc copy;
	struct guard g;

	for (n = 1; n <= len; n++) {
		copy = (stralloc){
			.s = guard_copy(&g, text, n), .len = n, .a = n
		};
		users_load(&u, &copy);
		CHECK("cut short", u.n <= 2);
		u.r.text = (stralloc){ 0 }; /* the guard's memory */
		users_free(&u);
		guard_free(&g);
	}
}

static const struct {
	const char *hash;
	const char *never; /* how the reason begins; NULL: one may fit */
} hashes[] = {
	{ "{ARGON2ID}$argon2id$v=19$m=65536,t=2,p=1$MTIzNDU2Nzg5MDEyMzQ1Ng$"
	  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU", NULL },
	{ "{ARGON2I}$argon2i$v=19$m=65536,t=4,p=2$MTIzNDU2Nzg5MDEyMzQ1Ng$"
	  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU", NULL },
	{ "{ARGON2ID}$argon2id$v=19$m=65536,t=2,p=1$MTIzNDU2Nzg5MDEyMzQ1Ng",
	  "it is cut" },
	{ "{ARGON2ID}$argon2id$v=19$m=65536,t=2,p=1$MTIz$QUJDREVGR0hJSktMTU5P",
	  "it is cut" },
	{ "{ARGON2ID}$6$e0nRVHcHef8NDGhm$x", "it is cut" },
	{ "{CRYPT}$y$j9T$DuDDyjIw.ykjzFBHXfj790$gp/DbmgadsUb7xOPsNGVP4SzmGMaNick"
	  "yPLC28aNuIB", NULL },
	{ "{CRYPT}$gy$j9T$sUtnDsIeI8fGsAEc4.Lu00$OBGGiNIdcWF3zlFRXPVmkm2Ijn0v4OM"
	  "qV8PzavpKO28", NULL },
	{ "{CRYPT}$7$CU..../....XamDac20r1wnJa4boWK/G1$0EGKPl9tFypf0k3ZdrzGnuK3t"
	  "gYF5qnpdtpK.WCijOA", NULL },
	{ "{BLF-CRYPT}$2y$04$EOCmLWtM1a9XY1nI5Xk0DOBbZdjiKKBLVkeCfedMzQ7x83rEDOmWC",
	  NULL },
	{ "{blf-crypt}$2a$04$il7KnnLDAxTztlWqIqNCdug87d1g1j3sdGq2kO.JY9ssdyuoSb8mG",
	  NULL },
	{ "{CRYPT}$2b$04$ysFJJap/Eoxy69kSozk7buJl/Q.JlZF/Lp39fxsiWFYmJK3A18WJ6",
	  NULL },
	{ "{SHA512-CRYPT}$2y$10$EOCmLWtM1a9XY1nI5Xk0DOBbZdjiKKBLVkeCfedMzQ7x83rED"
	  "OmWC", "its {SCHEME} is not" },
	{ "{SHA512-CRYPT}$2y$10$...", "its {SCHEME} is not" },
	{ "{BLF-CRYPT}$2y$10$...", "it is cut" },
	{ "{SHA512-CRYPT}$6$e0nRVHcHef8NDGhm$l4Tvxj7qmPdBa./CnmMW.fJz97AnN6PcFT3"
	  "V2pBYJ8a5Kbfb9Yp9GYYWH4IV5BpPTN6QjoHiYKaRGjQowv5gu.", NULL },
	{ "{SHA512-CRYPT}$6$abc", "it is cut" },
	{ "{CRYPT}$6$rounds=5000$abc$", "it is cut" },
	{ "{SHA256-CRYPT}$5$QBI68F/x4KcgjcGn$40u0yY4PqXF2.3XIpBV0ATC01Dw47RoONEx2"
	  "HSRwJNB", NULL },
	{ "{CRYPT}$sha1$229229$UbgsjGfHzefz4xWAlLzi$lkxEiEoyKXiDKsihIsvLEycW1lLB",
	  NULL },
	{ "{CRYPT}$md5,rounds=76354$5soa4.O.$$KUsMq6xdsWnsGTj3.2lhn1", NULL },
	{ "{MD5-CRYPT}$1$B7nzQnRD$.6oq5dKCtp0niDST314eI0", NULL },
	{ "{CRYPT}$3$$878d8014606cda29677a44efa1353fc7", NULL },
	{ "{CRYPT}_J9..4U1YVwItlhQ6nCU", NULL },
	{ "{CRYPT}_J9..4U1YVwItlhQ6nC", "it is cut" },
	{ "{CRYPT}BP09FbqPnTFoI", NULL },
	{ "{CRYPT}BP09FbqPnTFo", "it is cut" },
	{ "{MD5-CRYPT}$9$new$kind", "its {SCHEME} is not" },
	{ "{CRYPT}$9$new$kind", NULL },
	{ "{CRYPT}x", "it is cut" },
	{ "{CRYPT}", "it is cut" },
	{ "{CRYPT}*", "it begins with" },
	{ "{CRYPT}!$1$B7nzQnRD$.6oq5dKCtp0niDST314eI0", "it begins with" },
};

static void
check_hashes(void)
{
	const char *never;
	size_t i;

	for (i = 0; i < sizeof hashes / sizeof *hashes; i++) {
		struct users_span span = { hashes[i].hash,
			strlen(hashes[i].hash) };

		never = users_hash_never(&span);
		CHECK(hashes[i].hash, !never == !hashes[i].never &&
		    (!never || !strncmp(never, hashes[i].never,
				   strlen(hashes[i].never))));
	}
}

int
main(void)
{
	stralloc text = { 0 };
	struct user *user;
	struct users u;
	uint64_t bytes;
	size_t i, len;
	int r;

	log_program("t_users_file");
	check_hashes();
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(i);
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		r = users_size(&bytes, sizes[i].s, strlen(sizes[i].s), 1024);
		CHECK(sizes[i].s, r == sizes[i].want);
		CHECK(sizes[i].s, bytes == (r ? sizes[i].bytes : 0));
	}
	sa_copys(&text, "# x\na:" H "\nb:" H "::::::nologin login=c@d.example "
			"userdb_quota_rule=*:storage=1M\n");
	users_load(&u, &text);
	user = users_find(&u, "B");
	CHECK("found", user && user->disabled && user->quota == 1048576);
	CHECK("its line", user && user->line == 3);
	CHECK("its name", user && *users_name(&u, user, &len) == 'b');
	CHECK("not by its login", !users_find(&u, "c@d.example"));
	CHECK("nobody", !users_find(&u, "x") && !users_find(&u, ""));
	users_free(&u);
	check_cut("a:" H "::::::login=a@b.example nologin\r\nb:{CRYPT}x:::::"
		  ":userdb_quota_rule=*:storage=10M");
	check_cut("a:" H "\na+phone:" H "::::::user=a protocols=pop3,smtp\n");
	return CHECK_DONE();
}
