/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HASH_BYTES     16
#define DOVECOT_FORMAT "%08Xu%08Xv"
#define DAY_SECONDS    86400

static bool
is_plain(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return false;
	return len > 0;
}

size_t
uidl_make(char out[UIDL_QMAIL_MAX], enum uidl_rule rule, const char *base,
    size_t len)
{
	size_t max = rule == UIDL_QMAIL ? UIDL_QMAIL_MAX : UIDL_MAX;
	unsigned char hash[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];
	const char *comma =
	    rule == UIDL_QMAIL ? NULL : memchr(base, ',', len);

	if (comma)
		len = (size_t)(comma - base);
	if (len <= max && is_plain(base, len)) {
		memcpy(out, base, len);
		return len;
	}
	crypto_generichash(
	    hash, sizeof hash, (const unsigned char *)base, len, NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	memcpy(out, hex, 2 * HASH_BYTES);
	return 2 * HASH_BYTES;
}

size_t
uidl_format(char out[UIDL_MAX], const char *format, uint32_t uid,
    uint32_t validity)
{
	char number[16];
	size_t len = 0, n;
	bool wide, hex;

	for (; *format; format++) {
		if (*format != '%') {
			number[0] = *format;
			n = 1;
		} else {
			wide = !strncmp(format + 1, "08", 2);
			format += wide ? 3 : 1;
			hex = *format == 'X';
			format += hex;
			if (*format != 'u' && *format != 'v')
				return 0;
			/* Dovecot's digits of X are small */
			n = (size_t)snprintf(number, sizeof number,
			    hex ? wide ? "%08x" : "%x" : wide ? "%08u" : "%u",
			    *format == 'u' ? uid : validity);
		}
		if (n > UIDL_MAX - len)
			return 0;
		memcpy(out + len, number, n);
		len += n;
	}
	return is_plain(out, len) ? len : 0;
}

/* Seconds at the beginning of a day, YYYY-MM-DD (Howard Hinnant's days from
 * civil).  1 or 0. */
static int
day(uint64_t *seconds, const char *s, size_t len)
{
	unsigned y, m, d, era, of_era, of_year;
	char text[11], end;

	if (len != 10)
		return 0;
	memcpy(text, s, 10);
	text[10] = 0;
	if (sscanf(text, "%4u-%2u-%2u%c", &y, &m, &d, &end) != 3 || y < 1970 ||
	    m < 1 || m > 12 || d < 1 || d > 31)
		return 0;
	y -= m <= 2;
	era = y / 400;
	of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	of_era = (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + of_year;
	*seconds = ((uint64_t)era * 146097 + of_era - 719468) * DAY_SECONDS;
	return 1;
}

static size_t
word(const char **s, size_t *len, const char **at)
{
	size_t n = 0;

	while (*len && **s == ' ') {
		++*s;
		--*len;
	}
	*at = *s;
	while (n < *len && (*s)[n] != ' ')
		n++;
	*s += n;
	*len -= n;
	return n;
}

static bool
is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(s, word, len);
}

static int
take(struct uidl_setting *u, const char *s, size_t len)
{
	char out[UIDL_MAX];

	if (u->rule != UIDL_DOVECOT && u->rule != UIDL_COURIER)
		return 0;
	if (len > 6 && !memcmp(s, "until=", 6))
		return day(&u->until, s + 6, len - 6);
	if (u->rule != UIDL_DOVECOT || len > UIDL_FORMAT_MAX ||
	    !memchr(s, '%', len))
		return 0;
	memcpy(u->format, s, len);
	u->format[len] = 0;
	return uidl_format(out, u->format, UINT32_MAX, UINT32_MAX) > 0;
}

int
uidl_setting(struct uidl_setting *u, const char *line, size_t len)
{
	static const char *const names[] = { [UIDL_OWN] = "own",
		[UIDL_QMAIL] = "qmail",
		[UIDL_DOVECOT] = "dovecot",
		[UIDL_COURIER] = "courier" };
	const char *s;
	size_t i, n;

	*u = (struct uidl_setting){ .until = UINT64_MAX,
		.format = DOVECOT_FORMAT };
	n = word(&line, &len, &s);
	if (!n)
		return 1;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (is(s, n, names[i]))
			break;
	if (i == sizeof names / sizeof *names)
		return 0;
	u->rule = (enum uidl_rule)i;
	while ((n = word(&line, &len, &s)))
		if (!take(u, s, n))
			return 0;
	return 1;
}
