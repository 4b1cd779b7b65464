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

uint64_t
setting_number(const char *name, uint64_t fallback, uint64_t min, uint64_t max)
{
	stralloc value = { 0 };
	uint64_t n = fallback;
	int rc = setting_get(&value, name), err = errno, num;

	if (rc == -1) {
		sa_copys(&value, strerror(err));
		if (is_news(name, &value))
			log_warn("etc/", name, ": ", strerror(err), "; using ",
			    log_num(fallback));
	} else if (rc == 1) {
		num = scan_u64(&value, &n);
		sa_0(&value);
		if (num == 1 && n >= min && n <= max)
			goto out;
		n = fallback;
		if (is_news(name, &value))
			log_warn("etc/", name, ": '", value.s, "' is ",
			    num ? "outside " : "not a number; write one of ",
			    log_num(min), " to ", log_num(max), "; using ",
			    log_num(fallback));
	}
out:
	sa_free(&value);
	return n;
}
