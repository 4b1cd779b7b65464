/* SPDX-License-Identifier: ISC */
#include "lib/safefile.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "lib/log.h"

#define WARNED_MAX 32 /* settings whose bad value we remember */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

int
setting_get(stralloc *out, const char *name)
{
	char path[256];
	const char *s, *end;
	size_t len;
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "etc/%s", name) >=
	    sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	rc = safefile_read(out, path, SETTING_MAX);
	if (rc != 1)
		return rc;
	s = out->s;
	end = memchr(s, '\n', out->len);
	if (!end)
		end = s + out->len;
	while (s < end && is_blank(*s))
		s++;
	while (end > s && is_blank(end[-1]))
		end--;
	len = (size_t)(end - s);
	memmove(out->s, s, len);
	out->len = len;
	out->s[len] = 0;
	return len != 0;
}

bool
setting_changed(struct stat *seen, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		memset(&st, 0, sizeof(st));
	if (st.st_ino == seen->st_ino && st.st_size == seen->st_size &&
	    st.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == seen->st_mtim.tv_nsec)
		return false;
	*seen = st;
	return true;
}

/* A daemon asks again and again: the same bad value is news only once. */
static bool
is_news(const char *name, const stralloc *value)
{
	static uint64_t seen[WARNED_MAX];
	static unsigned nseen;
	uint64_t h = 14695981039346656037ULL;
	size_t i;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211ULL;
	for (i = 0; i < value->len; i++)
		h = (h ^ (unsigned char)value->s[i]) * 1099511628211ULL;
	for (i = 0; i < nseen; i++)
		if (seen[i] == h)
			return false;
	if (nseen < WARNED_MAX)
		seen[nseen++] = h;
	return true;
}

/* No file is no mistake: then it is the default again. */
static struct {
	bool good;
	uint64_t n;
} kept[SETTINGS]; /* the last good values */

/* What is wrong is news once. */
static void
complain(const struct setting_row *row, const stralloc *value, const char *at,
    const char *why, uint64_t stay)
{
	const char *using = log_num(stay);

	if (!row->unit)
		using = row->words[stay];
	else if (stay < row->least)
		using = "the default";
	if (is_news(row->name, value))
		log_warn(row->path, at, why, "; using ", using);
}

/* -1: the file could not be read; *out is what to go on with. */
static int
value_read(uint64_t *out, enum setting which)
{
	const struct setting_row *row = &setting_table[which];
	char why[SETTING_WHY_SIZE];
	stralloc value = { 0 };
	uint64_t n = row->fallback;
	int rc = setting_get(&value, row->name), err = errno;

	*out = kept[which].good ? kept[which].n : row->fallback;
	if (rc == -1) {
		sa_copys(&value, strerror(err));
		complain(row, &value, ": ", strerror(err), *out);
	} else if (rc == 0 ||
		   setting_judge(&n, why, row, value.s, value.len)) {
		kept[which].good = true;
		*out = kept[which].n = n;
	} else {
		complain(row, &value, ":1:1: ", why, *out);
	}
	sa_free(&value);
	return rc == -1 ? -1 : 0;
}

uint64_t
setting_number(enum setting which)
{
	uint64_t n;

	value_read(&n, which);
	return n;
}

uint64_t
setting_number_seen(struct stat *seen, enum setting which)
{
	uint64_t n;

	if (value_read(&n, which) == -1)
		memset(seen, 0, sizeof *seen);
	return n;
}

const char *
setting_word(enum setting which)
{
	uint64_t n;

	value_read(&n, which);
	return setting_table[which].words[n];
}
