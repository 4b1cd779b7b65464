/* SPDX-License-Identifier: ISC */
#include "pop3d/session_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/text.h"
#include "pop3d/cached.h"

#define IP_COLUMN      (TEXT_NUM_MAX + 1)
#define CLEANED_COLUMN (IP_COLUMN + IP_TEXT_SIZE)
_Static_assert(CLEANED_COLUMN + TEXT_NUM_MAX < LOCK_BYTES, "the line fits");

/* The number at *p, which a blank or the end follows.  1; 0. */
static int
read_number(const char **p, uint64_t *n)
{
	size_t digits = text_scan(n, *p, strlen(*p));
	const char *s = *p + digits;

	if (!digits || (*s && !strchr(" \n", *s)))
		return 0;
	*p = s + strspn(s, " ");
	return 1;
}

static int
read_ip(const char **p, char out[IP_TEXT_SIZE])
{
	size_t len = strcspn(*p, " \n");
	struct ip ip;

	if (len >= IP_TEXT_SIZE)
		return 0;
	memcpy(out, *p, len);
	out[len] = '\0';
	*p += len;
	*p += strspn(*p, " ");
	return ip_parse(&ip, out);
}

/* What a holder has written; nothing or nonsense: zeros and "". */
static void
read_line(struct session_lock *k)
{
	char line[LOCK_BYTES + 1];
	const char *p = line;
	ssize_t n = pread(k->fd, line, LOCK_BYTES, 0);

	line[n > 0 ? n : 0] = '\0';
	if (read_number(&p, &k->since) == 1 && read_ip(&p, k->ip) == 1 &&
	    read_number(&p, &k->cleaned) == 1)
		return;
	k->since = k->cleaned = 0;
	k->ip[0] = '\0';
}

static int
write_line(const struct session_lock *k, int fd)
{
	char line[LOCK_BYTES];

	memset(line, ' ', sizeof line);
	text_num(line, k->since);
	memcpy(line + IP_COLUMN, k->ip, strlen(k->ip));
	text_num(line + CLEANED_COLUMN, k->cleaned);
	line[LOCK_BYTES - 1] = '\n';
	return pwrite(fd, line, LOCK_BYTES, 0) == LOCK_BYTES ? 0 : -1;
}

int
session_lock_write(const struct session_lock *k)
{
	return write_line(k, k->fd);
}

/* k->fd is open. */
static int
take(struct session_lock *k, const char *ip, uint64_t now_s)
{
	if (k->fd == -1)
		return -1;
	if (flock(k->fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return -1;
		read_line(k);
		return 0;
	}
	read_line(k);
	k->since = now_s;
	text_copy(k->ip, sizeof k->ip, ip);
	return 1;
}

int
session_lock_take(
    struct session_lock *k, int mailbox_fd, const char *ip, uint64_t now_s)
{
	int taken;

	k->fd = openat(mailbox_fd, SESSION_LOCK_FILE,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	taken = take(k, ip, now_s);
	/* a full disk must not keep anybody from deleting mail */
	if (taken == 1)
		session_lock_write(k);
	return taken;
}

int
session_lock_lend(
    struct session_lock *k, int mailbox_fd, const char *ip, uint64_t now_s)
{
	int taken, fd;

	k->fd = cached_open(mailbox_fd, SESSION_LOCK_FILE, O_RDONLY);
	taken = take(k, ip, now_s);
	if (taken != 1)
		return taken;
	fd = cached_open(mailbox_fd, SESSION_LOCK_FILE, O_WRONLY);
	if (fd == -1)
		return 1;
	write_line(k, fd);
	close(fd);
	return 1;
}

void
session_lock_give(struct session_lock *k)
{
	close(k->fd);
	k->fd = -1;
}
