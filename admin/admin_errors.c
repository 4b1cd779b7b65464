/* SPDX-License-Identifier: ISC */
/* What went wrong: kept for the audit log, and an object on stdout for who asked
 * for JSON. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "admin/admin_proto.h"
#include "lib/log.h"

static stralloc lines; /* of the sources, each with its end */
static stralloc said;
static bool json;

void
admin_json_string(stralloc *out, const char *s, size_t len)
{
	char hex[8];

	sa_append(out, '"');
	for (; len; s++, len--) {
		if (*s == '"' || *s == '\\')
			sa_append(out, '\\');
		if ((unsigned char)*s < 0x20) {
			snprintf(hex, sizeof hex, "\\u%04x", (unsigned char)*s);
			sa_cats(out, hex);
		} else {
			sa_append(out, *s);
		}
	}
	sa_append(out, '"');
}

static void
cat_lines(stralloc *out)
{
	const char *s = lines.s, *end = s + lines.len, *nl;

	sa_cats(out, ",\"errors\":[");
	for (; s < end && (nl = memchr(s, '\n', (size_t)(end - s))); s = nl + 1) {
		if (s != lines.s)
			sa_append(out, ',');
		admin_json_string(out, s, (size_t)(nl - s));
	}
	sa_append(out, ']');
}

static void
tell(int code, const char *text, size_t len)
{
	stralloc out = { 0 };

	sa_copyb(&said, text, len);
	sa_0(&said);
	if (!json)
		return;
	fflush(stdout);
	sa_cats(&out, "{\"ok\":false,\"code\":");
	sa_catul(&out, (unsigned long)code);
	sa_cats(&out, ",\"error\":");
	admin_json_string(&out, text, len);
	if (lines.len)
		cat_lines(&out);
	sa_cats(&out, "}\n");
	if (write(1, out.s, out.len) == -1)
		log_warnsys("unable to write");
	sa_free(&out);
}

void
admin_errors_keep(void)
{
	log_at_fatal(tell);
}

const char *
admin_errors_said(void)
{
	return said.len ? said.s : NULL;
}

const char *
admin_errors_line(void)
{
	static stralloc first;
	const char *nl = lines.len ? memchr(lines.s, '\n', lines.len) : NULL;

	if (!nl)
		return NULL;
	sa_copyb(&first, lines.s, (size_t)(nl - lines.s));
	sa_0(&first);
	return first.s;
}

void
admin_json_errors(void)
{
	json = true;
	admin_errors_keep();
}

void
admin_json_lines(const char *s, size_t len)
{
	sa_copyb(&lines, s, len);
}

void
admin_json_usage(void)
{
	static const char usage[] =
	    "{\"ok\":false,\"code\":100,\"error\":\"usage\"}\n";

	if (write(1, usage, sizeof usage - 1) == -1)
		log_warnsys("unable to write");
}
