/* SPDX-License-Identifier: ISC */
/* etccheck - says what is wrong with the values and texts of etc/ that are not
 * compiled.
 *
 * Runs as whoever calls it, with their rights; reads etc/, writes nothing. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>
#include "cdb-tools/etc_check.h"
#include "cdb-tools/notes.h"
#include "cdb-tools/tool.h"
#include "lib/log.h"
#include "lib/service.h"

#define USAGE "usage: etccheck [-C HOME] [--json | --stale]"

static void
print_json(const struct line_errors *errors, const struct line_errors *warnings)
{
	stralloc out = { 0 };

	sa_copys(&out, errors->n ? "{\"ok\":false" : "{\"ok\":true");
	tool_json_errors(&out, "errors", errors);
	tool_json_errors(&out, "warnings", warnings);
	sa_cats(&out, "}\n");
	tool_print(&out);
	sa_free(&out);
}

static void
print_stale(void)
{
	stralloc out = { 0 };

	notes_stale(&out);
	tool_print(&out);
	sa_free(&out);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "stale", no_argument, NULL, 's' },
		{ 0 },
	};
	struct line_errors errors = { 0 }, warnings = { 0 };
	const char *home = NULL;
	bool json = false, stale = false;
	int c;

	log_program("etccheck");
	opterr = 0;
	while ((c = getopt_long(argc, argv, "C:", longs, NULL)) != -1) {
		if (c == 'C')
			home = optarg;
		else if (c == 'j')
			json = true;
		else if (c == 's')
			stale = true;
		else
			log_fatal(100, USAGE);
	}
	if (optind != argc || (json && stale))
		log_fatal(100, USAGE);
	service_home(home);
	if (stale) {
		print_stale();
		return 0;
	}
	etc_check(&errors, &warnings);
	if (json)
		print_json(&errors, &warnings);
	else if (warnings.n)
		fputs(warnings.text.s, stderr);
	tool_sources(&errors, "nothing is changed");
	return 0;
}
