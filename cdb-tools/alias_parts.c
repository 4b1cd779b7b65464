/* SPDX-License-Identifier: ISC */
#include "cdb-tools/alias_parts.h"

#include <string.h>
#include <strings.h>

size_t
alias_untagged(const char *s, size_t len)
{
	const char *plus;

	if (len < 2 || s[0] == '"')
		return len;
	plus = memchr(s + 1, '+', len - 1);
	return plus ? (size_t)(plus - s) : len;
}

bool
alias_is_role(const char *s, size_t len)
{
	return (len == 10 && !strncasecmp(s, "postmaster", 10)) ||
	       (len == 5 && !strncasecmp(s, "abuse", 5));
}

bool
alias_is_srs(const char *s, size_t len)
{
	return len > 5 && !strncasecmp(s, "srs", 3) &&
	       (s[3] == '0' || s[3] == '1') && s[4] == '=';
}

enum alias_command
alias_command(const char *s, size_t *len)
{
	static const struct {
		const char *suffix;
		enum alias_command command;
	} words[] = {
		{ "-subscribe", ALIAS_SUBSCRIBE },
		{ "-unsubscribe", ALIAS_UNSUBSCRIBE },
		{ "-confirm", ALIAS_CONFIRM },
		{ "-bounces", ALIAS_BOUNCES },
		{ "-owner", ALIAS_OWNER },
		{ "-request", ALIAS_OWNER },
	};
	size_t i, n;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		n = strlen(words[i].suffix);
		if (*len > n &&
		    !strncasecmp(s + *len - n, words[i].suffix, n)) {
			*len -= n;
			return words[i].command;
		}
	}
	return ALIAS_POST;
}
