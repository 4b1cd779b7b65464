/* SPDX-License-Identifier: ISC */
#include "authd/lastlogin.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"

#define ROOM_FIRST 256 /* entries */
#define CHUNK      512 /* lines read at once */

static uint64_t
hash_of(const struct lastlogin *l, const char *mailbox)
{
	char padded[ADDR_MAILBOX_MAX] = { 0 };
	uint64_t h;

	memcpy(padded, mailbox, strnlen(mailbox, sizeof padded));
	crypto_shorthash((unsigned char *)&h, (unsigned char *)padded,
	    sizeof padded, l->key);
	return h ? h : 1;
}

static struct lastlogin_entry *
place(const struct lastlogin *l, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (l->room - 1);

	while (l->entries[i].hash && l->entries[i].hash != hash)
		i = (i + 1) & (l->room - 1);
	return &l->entries[i];
}

static int
grow(struct lastlogin *l)
{
	struct lastlogin_entry *old = l->entries;
	uint32_t i, room = l->room;

	if (l->room && l->n < l->room / 4 * 3)
		return 0;
	l->room = room ? room * 2 : ROOM_FIRST;
	l->entries = calloc(l->room, sizeof *l->entries);
	if (!l->entries) {
		l->entries = old;
		l->room = room;
		return -1;
	}
	for (i = 0; i < room; i++)
		if (old[i].hash)
			*place(l, old[i].hash) = old[i];
	free(old);
	return 0;
}

/* Its entry, with the line it has or the next one; NULL: no room. */
static struct lastlogin_entry *
entry_of(struct lastlogin *l, const char *mailbox)
{
	uint64_t hash = hash_of(l, mailbox);
	struct lastlogin_entry *e;

	if (grow(l) == -1)
		return NULL;
	e = place(l, hash);
	if (e->hash)
		return e;
	if (l->n == LASTLOGIN_MAX)
		return NULL;
	e->hash = hash;
	e->line = l->n++;
	return e;
}

/* Learns which lines there are; cuts off one that is not whole. */
static void
load(struct lastlogin *l)
{
	static char buf[CHUNK * LASTLOGIN_LINE];
	char name[ADDR_MAILBOX_MAX + 1];
	ssize_t got, i;
	size_t len;
	off_t at = 0;

	while ((got = pread(l->fd, buf, sizeof buf, at)) >= LASTLOGIN_LINE) {
		for (i = 0; i + LASTLOGIN_LINE <= got; i += LASTLOGIN_LINE) {
			memcpy(name, buf + i, ADDR_MAILBOX_MAX);
			name[ADDR_MAILBOX_MAX] = 0;
			len = strcspn(name, " ");
			name[len] = 0;
			if (!addr_is_mailbox(name, len) ||
			    buf[i + LASTLOGIN_LINE - 1] != '\n') {
				got = 0;
				break;
			}
			entry_of(l, name);
		}
		at += i;
		if (got < (ssize_t)sizeof buf)
			break;
	}
	if (lseek(l->fd, 0, SEEK_END) != at && ftruncate(l->fd, at) == -1)
		log_warnsys("unable to cut ", l->path);
	/* the same mailbox twice would shift the lines behind it */
	if ((off_t)l->n * LASTLOGIN_LINE != at) {
		log_warn(l->path, ": damaged, starting it anew");
		memset(l->entries, 0, l->room * sizeof *l->entries);
		l->n = 0;
		if (ftruncate(l->fd, 0) == -1)
			log_warnsys("unable to empty ", l->path);
	}
}

void
lastlogin_open(struct lastlogin *l, const char *path)
{
	memset(l, 0, sizeof *l);
	l->path = path;
	randombytes_buf(l->key, sizeof l->key);
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (l->fd == -1)
		log_warnsys("unable to open ", path,
		    ": last logins are not kept");
	else if (fchmod(l->fd, 0640) == -1) /* p-admin reads it */
		log_warnsys("unable to chmod ", path);
	if (l->fd != -1)
		load(l);
}

void
lastlogin_note(struct lastlogin *l, const char *mailbox, const char *ip,
    uint64_t wall_s, uint32_t now_s)
{
	char line[LASTLOGIN_LINE + 1];
	struct lastlogin_entry *e;

	if (l->fd == -1)
		return;
	e = entry_of(l, mailbox);
	if (!e || (e->written && now_s + 1 - e->written < LASTLOGIN_SECONDS))
		return;
	e->written = now_s + 1;
	snprintf(line, sizeof line, "%-32s %010llu %-45s\n", mailbox,
	    (unsigned long long)(wall_s % 10000000000ULL), ip);
	if (pwrite(l->fd, line, LASTLOGIN_LINE, (off_t)e->line *
	    LASTLOGIN_LINE) == LASTLOGIN_LINE)
		return;
	log_warnsys("unable to write to ", l->path,
	    ": last logins are not kept until authd starts again");
	close(l->fd);
	l->fd = -1;
}

void
lastlogin_close(struct lastlogin *l)
{
	if (l->fd != -1)
		close(l->fd);
	free(l->entries);
	memset(l, 0, sizeof *l);
	l->fd = -1;
}
