/* SPDX-License-Identifier: ISC */
#include "lib/safefile.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "lib/log.h"

#define NAME_MAX_BYTES 32 /* of a number's file */
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

/* 1 number; 0 not one; -1 one that is too large even for uint64_t. */
static int
scan_u64(const stralloc *sa, uint64_t *n)
{
	size_t i;

	*n = 0;
	for (i = 0; i < sa->len; i++) {
		if (sa->s[i] < '0' || sa->s[i] > '9')
			return 0;
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (uint64_t)(sa->s[i] - '0'), n))
			return -1;
	}
	return sa->len != 0;
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

/* Where the last good value of a setting is kept; NULL: no room. */
static uint64_t *
last_good(const char *name, bool make)
{
	static struct {
		char name[NAME_MAX_BYTES];
		uint64_t n;
	} kept[WARNED_MAX];
	size_t i;

	for (i = 0; i < WARNED_MAX && *kept[i].name; i++)
		if (strcmp(kept[i].name, name) == 0)
			return &kept[i].n;
	if (!make || i == WARNED_MAX || strlen(name) >= NAME_MAX_BYTES)
		return NULL;
	strcpy(kept[i].name, name);
	return &kept[i].n;
}

/* No file is no mistake: then it is the default again. */
static uint64_t
remember(const char *name, uint64_t n)
{
	uint64_t *good = last_good(name, true);

	if (good)
		*good = n;
	return n;
}

/* -1: the file could not be read; *out is what to go on with. */
static int
number_read(uint64_t *out, const char *name, uint64_t fallback, uint64_t min,
    uint64_t max)
{
	stralloc value = { 0 };
	const uint64_t *good = last_good(name, false);
	uint64_t n, stay = good ? *good : fallback;
	int rc = setting_get(&value, name), err = errno, num;

	if (rc == -1) {
		sa_copys(&value, strerror(err));
		if (is_news(name, &value))
			log_warn("etc/", name, ": ", strerror(err), "; using ",
			    log_num(stay));
	} else if (rc == 0) {
		stay = remember(name, fallback);
	} else {
		num = scan_u64(&value, &n);
		sa_0(&value);
		if (num == 1 && n >= min && n <= max)
			stay = remember(name, n);
		else if (is_news(name, &value))
			log_warn("etc/", name, ":1:1: '", value.s, "' is ",
			    num ? "too small or too large"
				: "not a number",
			    "; write ", log_num(min), " to ", log_num(max),
			    "; using ", log_num(stay));
	}
	sa_free(&value);
	*out = stay;
	return rc == -1 ? -1 : 0;
}

uint64_t
setting_number(const char *name, uint64_t fallback, uint64_t min, uint64_t max)
{
	uint64_t n;

	number_read(&n, name, fallback, min, max);
	return n;
}

uint64_t
setting_number_seen(struct stat *seen, const char *name, uint64_t fallback,
    uint64_t min, uint64_t max)
{
	uint64_t n;

	if (number_read(&n, name, fallback, min, max) == -1)
		memset(seen, 0, sizeof *seen);
	return n;
}
