/* SPDX-License-Identifier: ISC */
/* SMTP command lines: verbs, paths, parameters, HELO names.
 *
 * Covers: smtpd/command.c */
#include "smtpd/command.h"
#include "lib/addr.h"
#include "tests/fuzz/fuzz.h"

static void
path(const char *arg, const char *prefix)
{
	struct command_params p = { 0 };
	stralloc out = { 0 }, again = { 0 };
	const char *rest, *why;

	if (command_path(&out, arg, prefix, &rest, &why)) {
		FUZZ_HOLDS(out.s[out.len] == 0 && strlen(out.s) == out.len);
		FUZZ_HOLDS(rest >= arg && rest <= arg + strlen(arg));
		FUZZ_HOLDS(!out.len || !strpbrk(out.s, "\r\n"));
		FUZZ_HOLDS(out.len <= ADDR_MAX);
		command_params(&p, rest);
		addr_normalise(&again, out.s, out.len);
	}
	sa_free(&out);
	sa_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_string(data, size);
	const char *arg;

	command_scan(line, &arg);
	FUZZ_HOLDS(arg >= line && arg <= line + size);
	path(arg, "FROM:");
	path(arg, "TO:");
	command_is_helo(arg);
	free(line);
	return 0;
}
