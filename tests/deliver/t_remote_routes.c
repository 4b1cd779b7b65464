/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "deliver/remote_routes.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *text;
	unsigned n; /* destinations; 0: an error that holds this text */
	const char *name;
	uint16_t port;
	enum smtp_tls tls;
	const char *account;
} dests[] = {
	{ "mail.example.net", 1, "mail.example.net", 25, SMTP_TLS_MAY, "" },
	{ "mail.example.net:587", 1, "mail.example.net", 587, SMTP_TLS_MAY,
	    "" },
	{ "192.0.2.1:2525", 1, "192.0.2.1", 2525, SMTP_TLS_MAY, "" },
	{ "[2001:db8::1]:26", 1, "2001:db8::1", 26, SMTP_TLS_MAY, "" },
	{ "[2001:db8::1]", 1, "2001:db8::1", 25, SMTP_TLS_MAY, "" },
	{ "a.example tls=none", 1, "a.example", 25, SMTP_TLS_NONE, "" },
	{ "a.example   tls=required\tauth=ours", 1, "a.example", 25,
	    SMTP_TLS_REQUIRED, "ours" },
	{ "a.example:465 auth=x tls=verified", 1, "a.example", 465,
	    SMTP_TLS_VERIFIED, "x" },
	{ "a.example, b.example:1 tls=none", 2, "a.example", 25, SMTP_TLS_MAY,
	    "" },
	{ "lmtp:unix:/run/x", 1, "lmtp", 0, SMTP_TLS_NONE, "" },
	{ "lmtp:localhost:24", 1, "localhost", 24, SMTP_TLS_NONE, "" },
	{ "mx", 1, "", 25, SMTP_TLS_MAY, "" },
	{ "", 0, "is missing", 0, 0, "" },
	{ "a.example,", 0, "f:1:11: a destination: is missing", 0, 0, "" },
	{ "a.example, ,b.example", 0, "is missing", 0, 0, "" },
	{ "a.example:0", 0, "is no port", 0, 0, "" },
	{ "a.example:65536", 0, "is no port", 0, 0, "" },
	{ "a.example:", 0, "is no port", 0, 0, "" },
	{ "a.example:25x", 0, "is no port", 0, 0, "" },
	{ "2001:db8::1", 0, "brackets", 0, 0, "" },
	{ "[2001:db8::1", 0, "[address]:port", 0, 0, "" },
	{ "[2001:db8::1]25", 0, "[address]:port", 0, 0, "" },
	{ "a..example", 0, "neither", 0, 0, "" },
	{ "a.example tls=yes", 0, "f:1:11: yes: is no TLS policy", 0, 0, "" },
	{ "a.example auth=", 0, "auth=NAME", 0, 0, "" },
	{ "a.example user=x", 0, "no option", 0, 0, "" },
	{ "a.example tls=none auth=x", 0, "never done without TLS", 0, 0, "" },
	{ "lmtp:unix:", 0, "no path", 0, 0, "" },
	{ "lmtp:a.example", 0, "lmtp:host:port", 0, 0, "" },
	{ "lmtp:unix:/x tls=none", 0, "no options", 0, 0, "" },
	{ "a.example, mx", 0, "stands alone", 0, 0, "" },
	{ "mx, a.example", 0, "stands alone", 0, 0, "" },
	{ "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", 0, "more destinations", 0, 0,
	    "" },
};

static void
test_dests(void)
{
	struct remote_dest d[REMOTE_DESTS_MAX];
	struct line_errors errors;
	struct remote_place place;
	struct guard g;
	unsigned n;
	size_t i, cut, len;
	int rc;

	for (i = 0; i < sizeof(dests) / sizeof(*dests); i++) {
		len = strlen(dests[i].text);
		for (cut = 0; cut <= len; cut++) {
			memset(&errors, 0, sizeof(errors));
			place = (struct remote_place){ &errors, "f", 1, 1 };
			n = 0;
			rc = remote_dests_parse(d, &n,
			    guard_copy(&g, dests[i].text, cut), cut, &place);
			CHECK(dests[i].text, (rc == -1) == (errors.n == 1));
			if (cut == len && dests[i].n)
				CHECK(dests[i].text,
				    rc == 0 && n == dests[i].n &&
					strcmp(d[0].peer.name, dests[i].name) ==
					    0 &&
					d[0].peer.port == dests[i].port &&
					d[0].peer.tls == dests[i].tls &&
					strcmp(d[0].peer.account,
					    dests[i].account) == 0);
			if (cut == len && !dests[i].n)
				CHECK(dests[i].text,
				    rc == -1 &&
					strstr(errors.text.s, dests[i].name));
			guard_free(&g);
			line_errors_free(&errors);
		}
	}
}

static char routes_file[64], smarthosts_file[64];

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static const struct {
	const char *domain, *pattern;
} finds[] = {
	{ "far.example", "far.example" },
	{ "x.far.example", ".far.example" },
	{ "a.x.far.example", ".x.far.example" },
	{ "x.near.example", "*" },
	{ "near.example", "*" },
	{ "example", "*" },
	{ "", "*" },
	{ "b.c.far.example", ".far.example" },
};

static const struct {
	const char *name, *routes, *smarthosts, *error;
} files[] = {
	{ "good", "# x\nFAR.example: mx\n", "a:1\nb:2, c:3\n", NULL },
	{ "empty", "", "", NULL },
	{ "twice", "a.example: mx\nb.example: mx\nA.example: mx\n", "",
	    "t_routes:3:1: a.example is there twice, also in line 1" },
	{ "no pattern", "a b: mx\n", "", "t_routes:1:1: this is no domain" },
	{ "no colon", "a.example\n", "", "write domain: host:port" },
	{ "mx in smarthosts", "", "\nmx\n", "t_smarthosts:2:1: mx is for" },
	{ "both", "x\n", "y:z\n", "t_smarthosts:1:1: z: is no port" },
};

static void
test_files(void)
{
	struct remote_routes r = { 0 };
	struct line_errors errors;
	const struct remote_route *route;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		memset(&errors, 0, sizeof(errors));
		put(routes_file, files[i].routes);
		put(smarthosts_file, files[i].smarthosts);
		rc = remote_routes_read(
		    &r, routes_file, smarthosts_file, &errors);
		CHECK(files[i].name, (rc == 0) == !files[i].error);
		if (rc == -1 && files[i].error)
			CHECK(files[i].name,
			    strstr(errors.text.s, files[i].error));
		line_errors_free(&errors);
	}
	put(routes_file, "far.example: mx\n.far.example: mx\n*: a:1\n"
			 ".x.far.example: mx\n");
	memset(&errors, 0, sizeof(errors));
	rc = remote_routes_read(&r, routes_file, "/nonexistent/x", &errors);
	CHECK("read", rc == 0 && r.n == 4 && r.nsmarthosts == 0);
	for (i = 0; i < sizeof(finds) / sizeof(*finds); i++) {
		route = remote_routes_find(&r, finds[i].domain);
		CHECK(finds[i].domain,
		    route && strcmp(route->pattern, finds[i].pattern) == 0);
	}
	remote_routes_free(&r);
	CHECK("none", !remote_routes_find(&r, "far.example"));
	line_errors_free(&errors);
}

int
main(void)
{
	snprintf(routes_file, sizeof(routes_file), "/tmp/%d.t_routes",
	    (int)getpid());
	snprintf(smarthosts_file, sizeof(smarthosts_file),
	    "/tmp/%d.t_smarthosts", (int)getpid());
	test_dests();
	test_files();
	unlink(routes_file);
	unlink(smarthosts_file);
	return CHECK_DONE();
}
