/* SPDX-License-Identifier: ISC */
/* The text files of etc/ that programs read themselves: the grammar of
 * lib/line, settings, networks, destinations, routes, secrets, dns.
 *
 * Covers: lib/line.c lib/netfile.c deliver/remote_dest.c
 * deliver/remote_routes.c deliver/remote_secret.c deliver/resolver_conf.c
 * deliver/quota_etc.c */
#include "deliver/quota_warning.h"
#include "deliver/remote_routes.h"
#include "deliver/remote_secret.h"
#include "deliver/resolver_conf.h"
#include "lib/netfile.h"
#include "lib/safefile.h"
#include <sys/stat.h>
#include "tests/fuzz/fuzz.h"

static void
lines(void)
{
	struct line_errors e = { 0 };
	struct line_reader r;
	const char *s, *key, *value, *item;
	size_t len, klen, vlen, ilen;
	unsigned column, vcol, icol;

	FUZZ_HOLDS(line_open(&r, "etc/x", 1 << 20, &e) == 1);
	while (line_next(&r, &s, &len, &column)) {
		FUZZ_HOLDS(len && len <= LINE_MAX_BYTES && column);
		FUZZ_HOLDS(!memchr(s, '\n', len) && !memchr(s, 0, len));
		if (!line_pair(s, len, column, &key, &klen, &value, &vlen, &vcol))
			continue;
		FUZZ_HOLDS(key >= s && value + vlen <= s + len);
		while (line_item(&value, &vlen, &vcol, true, &item, &ilen, &icol))
			FUZZ_HOLDS(ilen && item + ilen <= s + len);
	}
	FUZZ_HOLDS(!e.n == !e.text.len);
	line_close(&r);
	line_errors_free(&e);
}

static void
routes(void)
{
	static const char *const domains[] = { "example.com", "a.b.example", "x" };
	struct remote_routes r = { 0 };
	struct line_errors e = { 0 };
	int rc = remote_routes_read(&r, "etc/x", "etc/x", &e);
	size_t i;

	FUZZ_HOLDS((rc == 0) == (e.n == 0));
	for (i = 0; i < 3; i++)
		remote_routes_find(&r, domains[i]);
	sa_clear(&e.text);
	e.n = 0;
	rc = remote_routes_read(&r, "etc/x", "etc/none", &e);
	FUZZ_HOLDS((rc == 0) == (e.n == 0));
	for (i = 0; i < 3 && rc == 0; i++)
		remote_routes_find(&r, domains[i]);
	remote_routes_free(&r);
	line_errors_free(&e);
}

static void
small(const uint8_t *data, size_t size)
{
	char judged[SETTING_WHY_SIZE];
	const struct setting_row *row;
	uint64_t n;
	struct netfile nets = { .path = "etc/x" };
	struct line_errors e = { 0 };
	struct remote_secret secret;
	struct line_errors errors = { 0 };
	struct resolver_conf conf;
	static char error[CONF_WHY_SIZE];
	const char *why;
	stralloc value = { 0 };
	struct ip ip;

	ip_parse(&ip, "2001:db8::1");
	netfile_look(&nets, "so what");
	netfile_has(&nets, &ip);
	netfile_free(&nets);
	netfile_check("etc/x", &e);
	quota_text_check(&e);
	FUZZ_HOLDS(!e.n == !e.text.len);
	line_errors_free(&e);
	remote_secret_get(&secret, "relay", &why);
	remote_secret_check(&errors);
	netfile_check("etc/x", &errors);
	FUZZ_HOLDS(!errors.n == !errors.text.len);
	line_errors_free(&errors);
	if (resolver_conf_read(&conf, error) == 0)
		FUZZ_HOLDS(conf.nforwarders <= CONF_FORWARDERS_MAX);
	if (setting_get(&value, "x") == 1)
		FUZZ_HOLDS(value.len && strlen(value.s) <= value.len);
	for (row = setting_table; row < setting_table + SETTINGS; row++)
		if (setting_judge(&n, judged, row, (const char *)data, size))
			FUZZ_HOLDS(row->unit ? n <= row->most
					     : n < SETTING_WORDS_MAX);
		else
			FUZZ_HOLDS(strlen(judged) < SETTING_WHY_SIZE - 1);
	sa_free(&value);
}

static void
prepare(void)
{
	fuzz_scratch();
	if (mkdir("etc", 0700) == -1 || link("etc/x", "etc/dns") == 0)
		abort();
	fuzz_file("etc/x", "", 0);
	if (link("etc/x", "etc/dns") || link("etc/x", "etc/smarthost-auth") ||
	    link("etc/x", "etc/quota-text"))
		abort();
}
FUZZ_BEGIN(prepare)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_file("etc/x", data, size);
	lines();
	routes();
	small(data, size);
	return 0;
}
