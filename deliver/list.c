/* SPDX-License-Identifier: ISC */
#include "deliver/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"

#define LISTS_DIR "mail/.lists"

static void
path_of(stralloc *out, const struct list *l, const char *before,
    const char *behind)
{
	sa_copys(out, LISTS_DIR "/");
	sa_cats(out, before);
	sa_cats(out, l->file.s);
	sa_cat0(out, behind);
}

static int
read_changes(struct list *l)
{
	stralloc path = { 0 };
	int rc;

	path_of(&path, l, "", "");
	rc = safefile_read(&l->changes, path.s, LIST_CHANGES_MAX);
	if (rc == -1)
		log_warnsys("unable to read ", path.s);
	if (rc != 1)
		sa_clear(&l->changes);
	sa_0(&l->changes);
	sa_free(&path);
	return rc == -1 ? -1 : 1;
}

static void
set(stralloc *out, const char *s)
{
	sa_copys(out, s);
	sa_0(out);
}

int
list_open(struct list *l, const char *address)
{
	struct alias_list r;
	int rc = alias_list(&r, local_aliases(), address);

	*l = (struct list){ 0 };
	if (rc != 1)
		return rc;
	set(&l->address, address);
	set(&l->owner, r.owner);
	set(&l->file, r.file);
	sa_copyb(&l->post, r.post, (size_t)(r.options - r.post));
	sa_0(&l->post);
	set(&l->options, r.options);
	sa_copyb(&l->fixed, r.members, r.len);
	return read_changes(l);
}

void
list_free(struct list *l)
{
	sa_free(&l->address);
	sa_free(&l->owner);
	sa_free(&l->file);
	sa_free(&l->post);
	sa_free(&l->options);
	sa_free(&l->fixed);
	sa_free(&l->changes);
}

const char *
list_option(const struct list *l, const char *name, stralloc *out)
{
	const char *p = l->options.s, *end;
	size_t n = strlen(name);

	for (; *p == ' '; p = end) {
		p++;
		end = p + strcspn(p, " ");
		if (strncmp(p, name, n) != 0 ||
		    (name[n - 1] != '=' && p + n != end))
			continue;
		sa_copyb(out, p + n, (size_t)(end - p) - n);
		sa_0(out);
		return name[n - 1] == '=' ? out->s : name;
	}
	return "";
}

/* Is it a line of the changes, with that mark in front? */
static bool
in_changes(const struct list *l, const char *mark, const char *member)
{
	size_t m = strlen(mark), n = strlen(member);
	const char *p = list_is_plain(member) || *mark ? l->changes.s : NULL;

	while (p && *p) {
		if (strncmp(p, mark, m) == 0 &&
		    strncasecmp(p + m, member, n) == 0 &&
		    (p[m + n] == '\n' || !p[m + n]))
			return true;
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return false;
}

static bool
is_fixed(const struct list *l, const char *member)
{
	const char *p = l->fixed.s, *end = p + l->fixed.len;

	for (; p < end; p += strlen(p) + 1)
		if (strcasecmp(p, member) == 0)
			return true;
	return false;
}

bool
list_has(const struct list *l, const char *member)
{
	return in_changes(l, "", member) ||
	       (is_fixed(l, member) && !in_changes(l, "-", member));
}

bool
list_may_post(const struct list *l, const char *sender)
{
	stralloc who = { 0 };
	bool may;

	list_person(&who, sender);
	may = *sender && (strcasecmp(who.s, l->owner.s) == 0 ||
			     strcmp(l->post.s, "anyone") == 0 ||
			     (strcmp(l->post.s, "members") == 0 &&
				 list_has(l, who.s)));
	sa_free(&who);
	return may;
}

static int
by_text(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those of etc/ that have left, sorted: pointers into text. */
static const char **
left(stralloc *text, const struct list *l, size_t *n)
{
	const char *p = l->changes.s, *nl, **all;
	size_t i, at = 0;

	*n = 0;
	sa_clear(text);
	for (; p && *p; p = *nl ? nl + 1 : nl) {
		nl = p + strcspn(p, "\n");
		if (*p != '-')
			continue;
		sa_catb(text, p + 1, (size_t)(nl - p) - 1);
		sa_append(text, 0);
		++*n;
	}
	all = reallocarray(NULL, *n + 1, sizeof *all);
	if (!all)
		log_fatal(111, "out of memory");
	for (i = 0; i < *n; i++) {
		all[i] = text->s + at;
		at += strlen(all[i]) + 1;
	}
	qsort(all, *n, sizeof *all, by_text);
	return all;
}

void
list_members(stralloc *out, const struct list *l)
{
	const char *p = l->fixed.s, *end = p + l->fixed.len, *nl, **gone;
	stralloc text = { 0 };
	size_t n;

	gone = left(&text, l, &n);
	sa_clear(out);
	for (; p < end; p += strlen(p) + 1)
		if (!bsearch(&p, gone, n, sizeof *gone, by_text))
			sa_catb(out, p, strlen(p) + 1);
	for (p = l->changes.s; p && *p; p = *nl ? nl + 1 : nl) {
		nl = p + strcspn(p, "\n");
		if (*p == '-' || *p == '#' || nl == p)
			continue;
		sa_catb(out, p, (size_t)(nl - p));
		sa_append(out, 0);
	}
	free(gone);
	sa_free(&text);
}

/* Every line but those about member. */
static void
without(stralloc *out, const struct list *l, const char *member)
{
	const char *p = l->changes.s, *nl, *name;

	sa_clear(out);
	for (; p && *p; p = *nl ? nl + 1 : nl) {
		nl = p + strcspn(p, "\n");
		name = p + (*p == '-');
		if ((size_t)(nl - name) == strlen(member) &&
		    strncasecmp(name, member, (size_t)(nl - name)) == 0)
			continue;
		sa_catb(out, p, (size_t)(nl - p));
		sa_append(out, '\n');
	}
}

static int
lock(const struct list *l)
{
	stralloc path = { 0 };
	int fd;

	if (mkdir(LISTS_DIR, 0700) == 0)
		safefile_syncdir(LISTS_DIR);
	path_of(&path, l, ".", ".lock");
	fd = open(path.s, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	sa_free(&path);
	if (fd != -1 && flock(fd, LOCK_EX) == -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int
list_change(struct list *l, const char *member, bool join)
{
	stralloc text = { 0 }, path = { 0 };
	int fd = lock(l), rc = -1;

	if (fd == -1 || read_changes(l) == -1)
		goto out;
	if (join && !is_fixed(l, member) && !list_is_plain(member)) {
		errno = EINVAL;
		goto out;
	}
	without(&text, l, member);
	if (join != is_fixed(l, member)) {
		sa_cats(&text, join ? "" : "-");
		sa_cats(&text, member);
		sa_append(&text, '\n');
	}
	if (text.len > LIST_CHANGES_MAX) {
		errno = EFBIG;
		goto out;
	}
	path_of(&path, l, "", "");
	rc = safefile_write(path.s, text.s ? text.s : "", text.len, 0600,
	    (uid_t)-1, (gid_t)-1);
out:
	if (rc == -1)
		log_warnsys("unable to change " LISTS_DIR "/", l->file.s);
	if (fd != -1)
		close(fd);
	sa_free(&text);
	sa_free(&path);
	return rc;
}
