/* SPDX-License-Identifier: ISC */
#include "pop3d/maillist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/maildir.h"
#include "pop3d/maildir_scan.h"
#include "pop3d/maillist_sort.h"
#include "pop3d/message.h"

#define FIRST_MAILS 64

const char *
maillist_name(const struct maillist *l, const struct mail *m)
{
	return l->arena + m->name;
}

static bool
has_room(const struct maillist *l, size_t len)
{
	return MAILLIST_NAMES_MAX - l->arena_len > len;
}

/* Puts a name, for which there is room, into the arena. */
static uint32_t
keep(struct maillist *l, const char *name, size_t len)
{
	uint32_t at = (uint32_t)l->arena_len;

	if (l->arena_size - l->arena_len < len + 1) {
		l->arena_size += l->arena_size + len + FIRST_MAILS * 64;
		if (l->arena_size > MAILLIST_NAMES_MAX)
			l->arena_size = MAILLIST_NAMES_MAX;
		l->arena = maillist_grow(l->arena, l->arena_size);
	}
	memcpy(l->arena + at, name, len);
	l->arena[at + len] = '\0';
	l->arena_len += len + 1;
	return at;
}

void
maillist_add(struct maillist *l, const char *name, size_t len, bool in_new)
{
	struct maildir_name parts;
	struct mail *m;

	if (maildir_found(&parts, name, len) != 1)
		return;
	if (l->n == MAILLIST_MAX || !has_room(l, len)) {
		l->cut = true;
		return;
	}
	if (l->n == l->size) {
		l->size = l->size ? l->size * 2 : FIRST_MAILS;
		l->mails = maillist_grow(l->mails, l->size * sizeof *l->mails);
	}
	m = &l->mails[l->n++];
	*m = (struct mail){ .key = maillist_key(name, parts.baselen),
		.octets = parts.has_wsize ? parts.wsize : OCTETS_UNKNOWN,
		.name = keep(l, name, len),
		.namelen = (uint8_t)len,
		.baselen = (uint8_t)parts.baselen,
		.in_new = in_new };
}

static void
add_entry(void *arg, const char *name, size_t len, bool in_new)
{
	maillist_add(arg, name, len, in_new);
}

int
maillist_read(struct maillist *l, int new_fd, int cur_fd)
{
	*l = (struct maillist){ .new_fd = new_fd, .cur_fd = cur_fd };
	if (maildir_scan(new_fd, true, add_entry, l) == -1 ||
	    maildir_scan(cur_fd, false, add_entry, l) == -1)
		return -1;
	maillist_sort(l);
	return 0;
}

void
maillist_free(struct maillist *l)
{
	free(l->arena);
	free(l->mails);
	l->arena = NULL;
	l->mails = NULL;
	l->n = l->size = 0;
}

/* Reads the folders again and takes over where everything lies now; what is
 * not there any more is gone. */
static int
find_again(struct maillist *l)
{
	struct maillist now;
	struct mail *m, *f;
	uint32_t i, k = 0;

	if (maillist_read(&now, l->new_fd, l->cur_fd) == -1)
		return -1;
	for (i = 0; i < l->n; i++) {
		m = &l->mails[i];
		while (k < now.n &&
		       maillist_compare(&now, &now.mails[k], l, m) < 0)
			k++;
		f = k < now.n ? &now.mails[k] : NULL;
		if (!f || maillist_compare(&now, f, l, m) != 0 ||
		    !has_room(l, f->namelen)) {
			m->gone = true;
			continue;
		}
		m->in_new = f->in_new;
		if (f->namelen == m->namelen &&
		    memcmp(maillist_name(&now, f), maillist_name(l, m),
			m->namelen) == 0)
			continue;
		m->name = keep(l, maillist_name(&now, f), f->namelen);
		m->namelen = f->namelen;
	}
	maillist_free(&now);
	return 0;
}

static int
folder_of(const struct maillist *l, const struct mail *m)
{
	return m->in_new ? l->new_fd : l->cur_fd;
}

static int
open_once(const struct maillist *l, const struct mail *m)
{
	return openat(folder_of(l, m), maillist_name(l, m),
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int
maillist_open(struct maillist *l, struct mail *m)
{
	int fd;

	if (m->gone) {
		errno = ENOENT;
		return -1;
	}
	fd = open_once(l, m);
	if (fd != -1 || errno != ENOENT)
		return fd;
	if (find_again(l) == -1)
		return -1;
	if (!m->gone)
		return open_once(l, m);
	errno = ENOENT;
	return -1;
}

/* Of one that cannot be read: its bytes, by its name or, where it could be
 * opened, as the file has it; else 0. */
static void
guess_octets(const struct maillist *l, struct mail *m, int fd)
{
	struct maildir_name parts;
	off_t end = fd == -1 ? -1 : lseek(fd, 0, SEEK_END);

	maildir_found(&parts, maillist_name(l, m), m->namelen);
	if (!parts.has_size)
		parts.size = end > 0 ? (uint64_t)end : 0;
	m->octets = parts.size;
	m->guessed = true;
}

int
maillist_octets(struct maillist *l, struct mail *m)
{
	int fd, result, saved;

	if (m->octets != OCTETS_UNKNOWN && !m->guessed)
		return 0;
	fd = maillist_open(l, m);
	if (m->gone)
		return -1;
	result = fd == -1 ? -1 : message_octets(fd, &m->octets);
	saved = errno;
	if (result == -1)
		guess_octets(l, m, fd);
	else
		m->guessed = false;
	if (fd != -1)
		close(fd);
	errno = saved;
	return result;
}

static int
remove_named(struct maillist *l, const struct mail *m)
{
	if (unlinkat(folder_of(l, m), maillist_name(l, m), 0) == -1)
		return -1;
	if (m->in_new)
		l->removed_new = true;
	else
		l->removed_cur = true;
	return 0;
}

int
maillist_unlink(struct maillist *l, struct mail *m)
{
	if (m->gone)
		return 0;
	if (remove_named(l, m) == 0)
		return 0;
	if (errno != ENOENT || find_again(l) == -1)
		return -1;
	if (m->gone)
		return 0;
	return remove_named(l, m);
}

int
maillist_sync(const struct maillist *l)
{
	if (l->removed_new && fsync(l->new_fd) == -1)
		return -1;
	return l->removed_cur ? fsync(l->cur_fd) : 0;
}

void
maillist_mark_seen(struct maillist *l, struct mail *m)
{
	const char *name = maillist_name(l, m);
	char to[MAILDIR_NAME_MAX + 8];
	const char *info = name + m->baselen;
	size_t at = m->baselen;

	if (m->gone || m->namelen + 4 > MAILDIR_NAME_MAX ||
	    (*info && strncmp(info, ":2,", 3) != 0))
		return;
	if (*info && strchr(info + 3, 'S') && !m->in_new)
		return;
	memcpy(to, name, at);
	memcpy(to + at, ":2,", 3);
	at += 3;
	info += *info ? 3 : 0;
	while (*info && *info < 'S') /* flags stand in order */
		to[at++] = *info++;
	if (*info != 'S')
		to[at++] = 'S';
	memcpy(to + at, info, strlen(info) + 1);
	/* lost a race with another reader of the Maildir: its flags stand */
	if (renameat(folder_of(l, m), name, l->cur_fd, to) == -1 &&
	    errno != ENOENT)
		log_warnsys("unable to mark a message as seen");
}
