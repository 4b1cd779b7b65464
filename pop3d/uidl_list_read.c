/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "pop3d/maillist_sort.h"

#define READ_CHUNK 65536

/* 0 or -1.  The filter lets a session not ask how long a file is. */
static int
read_all(int fd, char **text, size_t *len)
{
	size_t size = 0;
	ssize_t n;

	for (*len = 0;; *len += (size_t)n) {
		if (size - *len < READ_CHUNK) {
			size += size + READ_CHUNK;
			*text = maillist_grow(*text, size);
		}
		n = read(fd, *text + *len, READ_CHUNK);
		if (n <= 0)
			return (int)n;
		if (*len > UIDL_LIST_MAX) {
			errno = EFBIG;
			return -1;
		}
	}
}

const char *
uidl_list_file(const struct uidl_setting *u)
{
	return u->rule == UIDL_DOVECOT ? "dovecot-uidlist"
				       : "courierpop3dsizelist";
}

int
uidl_list_read(struct uidl_list *l, const struct maillist *mail,
    const struct uidl_setting *u, int dir_fd)
{
	char *text = NULL;
	size_t len = 0;
	int fd, rc;

	fd = openat(dir_fd, uidl_list_file(u),
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		if (errno != ENOENT)
			return -1;
		uidl_list_none(l, mail);
		return 0;
	}
	rc = read_all(fd, &text, &len);
	close(fd);
	if (rc == 0)
		rc = uidl_list_scan(l, mail, u, text, len);
	free(text);
	return rc;
}
