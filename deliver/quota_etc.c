/* SPDX-License-Identifier: ISC */
/* etc/quota-text as etccheck sees it. */
#include "deliver/quota_warning.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include "lib/line.h"
#include "lib/safefile.h"

#define LETTER_LINE_MAX 998 /* bytes: RFC 5322 section 2.1.1 */

/* {mailbox} and the like: is each of them one that is filled in? */
static void
check_words(const char *s, size_t len, unsigned long line,
    struct line_errors *wrong)
{
	static const char *const words[] = { QUOTA_TEXT_WORDS };
	size_t i, n, w;

	for (i = 0; i < len; i++) {
		if (s[i] != '{')
			continue;
		for (n = i + 1; n < len && s[n] >= 'a' && s[n] <= 'z'; n++)
			;
		if (n == i + 1 || n == len || s[n++] != '}')
			continue;
		for (w = 0; w < sizeof words / sizeof *words; w++)
			if (strlen(words[w]) == n - i &&
			    memcmp(words[w], s + i, n - i) == 0)
				break;
		if (w == sizeof words / sizeof *words)
			line_error(wrong, QUOTA_TEXT, line, (unsigned)i + 1,
			    "this is not filled in; write {mailbox}, {used}, "
			    "{quota} or {percent}",
			    (char *)0);
	}
}

static void
check_letter_line(const char *s, size_t len, unsigned long line,
    struct line_errors *wrong)
{
	size_t where;
	const char *fault = line_fault(s, len, &where);

	if (!fault && len > LETTER_LINE_MAX) {
		fault = "the line is longer than 998 bytes, which no mail may "
			"have; break it";
		where = LETTER_LINE_MAX;
	}
	if (fault)
		line_error(wrong, QUOTA_TEXT, line, (unsigned)where + 1, fault,
		    (char *)0);
	else
		check_words(s, len, line, wrong);
}

/* An optional Subject: with a blank line behind it, then the text. */
void
quota_text_check(struct line_errors *wrong)
{
	stralloc text = { 0 };
	const char *s, *end, *nl;
	unsigned long line = 0;
	bool header = false, said = false;
	size_t len;

	if (safefile_read(&text, QUOTA_TEXT, QUOTA_TEXT_MAX) == -1)
		line_error(wrong, QUOTA_TEXT, 1, 1,
		    "cannot be read: ", strerror(errno), (char *)0);
	end = text.s + text.len;
	for (s = text.s; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			nl = end;
		len = (size_t)(nl - s);
		len -= len && s[len - 1] == '\r';
		check_letter_line(s, len, ++line, wrong);
		if (line == 1 && len >= 8 && !strncasecmp(s, "Subject:", 8)) {
			header = true;
			continue;
		}
		said |= len != 0;
		if (header && line == 2 && len)
			line_error(wrong, QUOTA_TEXT, 2, 1,
			    "no blank line behind the Subject; write one",
			    (char *)0);
	}
	if (text.len && !said)
		line_error(wrong, QUOTA_TEXT, line, 1,
		    "no text; write what the letter says, or remove the file",
		    (char *)0);
	sa_free(&text);
}
