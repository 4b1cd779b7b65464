/* SPDX-License-Identifier: ISC */
#include "deliver/remote_secret.h"
#include <string.h>
#include <strings.h>
#include "lib/log.h"

static size_t
word(const char *s, size_t len)
{
	size_t n;

	for (n = 0; n < len && s[n] != ' ' && s[n] != '\t'; n++)
		;
	return n;
}

static size_t
blanks(const char *s, size_t len)
{
	size_t n;

	for (n = 0; n < len && (s[n] == ' ' || s[n] == '\t'); n++)
		;
	return n;
}

static int
copy(char out[SECRET_PART_SIZE], const char *s, size_t len)
{
	if (len == 0 || len >= SECRET_PART_SIZE)
		return -1;
	memcpy(out, s, len);
	out[len] = 0;
	return 0;
}

/* 1: it is the line of name.  0: it is not.  -1: it is, and broken. */
static int
take(struct remote_secret *secret, const char *s, size_t len, const char *name)
{
	size_t n = word(s, len);

	if (n != strlen(name) || strncasecmp(s, name, n) != 0)
		return 0;
	s += n;
	len -= n;
	n = blanks(s, len);
	s += n;
	len -= n;
	n = word(s, len);
	if (copy(secret->user, s, n) == -1)
		return -1;
	s += n;
	len -= n;
	n = blanks(s, len);
	return copy(secret->password, s + n, len - n) == -1 ? -1 : 1;
}

/* The line that name stood on before, or 0, and then it is noted.  seen: line,
 * name and NUL, one after another. */
static unsigned long
seen_on(stralloc *seen, const char *name, unsigned long line)
{
	unsigned long before;
	size_t i;

	for (i = 0; i < seen->len; i += strlen(seen->s + i) + 1) {
		memcpy(&before, seen->s + i, sizeof before);
		i += sizeof before;
		if (strcasecmp(seen->s + i, name) == 0)
			return before;
	}
	sa_catb(seen, (const char *)&line, sizeof line);
	sa_catb(seen, name, strlen(name) + 1);
	return 0;
}

bool
remote_secret_check(struct line_errors *errors)
{
	stralloc seen = { 0 };
	unsigned long before;
	struct remote_secret secret;
	struct line_reader r;
	char name[SECRET_PART_SIZE];
	const char *s;
	size_t len;
	unsigned column;
	int rc = line_open(&r, SECRET_FILE, SECRET_FILE_MAX, errors);

	if (rc != 1)
		return rc == 0;
	while (line_next(&r, &s, &len, &column))
		if (copy(name, s, word(s, len)) == -1 ||
		    take(&secret, s, len, name) != 1)
			line_error(errors, SECRET_FILE, r.line, column,
			    "a name, a user or a password is missing, or too "
			    "long; write NAME user password", (char *)NULL);
		else if ((before = seen_on(&seen, name, r.line)))
			line_error(errors, SECRET_FILE, r.line, column, name,
			    " stands here for the second time, first in line ",
			    log_num(before), "; remove one", (char *)NULL);
	sa_free(&seen);
	explicit_bzero(&secret, sizeof secret);
	sa_wipe(&r.text);
	line_close(&r);
	return true;
}

int
remote_secret_get(
    struct remote_secret *secret, const char *name, const char **why)
{
	struct line_errors errors = { 0 };
	struct line_reader r;
	const char *s;
	size_t len;
	unsigned column;
	int rc;

	rc = line_open(&r, SECRET_FILE, SECRET_FILE_MAX, &errors);
	if (rc != 1) {
		*why = rc == 0 ? SECRET_FILE
			   " is missing; make it, mode 0400 and owned by "
			   "p-remote: NAME user password"
			       : SECRET_FILE
			   " cannot be read; it should be owned by "
			   "p-remote, mode 0400";
		return -1;
	}
	rc = 0;
	while (rc == 0 && line_next(&r, &s, &len, &column))
		rc = take(secret, s, len, name);
	sa_wipe(&r.text);
	line_close(&r);
	line_errors_free(&errors);
	*why = rc == 0 ? "no line for it in " SECRET_FILE
		       : "its line in " SECRET_FILE " is not: NAME user password";
	return rc == 1 ? 0 : -1;
}
