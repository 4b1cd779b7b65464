/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/local_job.h"
#include "lib/msg.h"
#include "lib/sock.h"

/* A message's size from its name, or from the file where a foreign program
 * named it. */
static uint64_t
entry_size(int dir, const char *name)
{
	struct maildir_name m;
	struct stat st;

	if (maildir_parse(&m, name, strlen(name)) != 1)
		return 0;
	if (m.has_size)
		return m.size;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		return st.st_size;
	return 0;
}

/* 0 or -1; a folder that is not there holds nothing. */
static int
add_folder(uint64_t *used, const char *mailbox, const char *sub)
{
	char path[sizeof "mail//new" + ADDR_MAILBOX_MAX];
	struct dirent *e;
	DIR *dir;
	int fd;

	snprintf(path, sizeof path, "mail/%s/%s", mailbox, sub);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -1;
	}
	while ((e = readdir(dir)))
		*used += entry_size(fd, e->d_name);
	closedir(dir);
	return 0;
}

static char
decide(const char *mailbox, uint64_t size, uint64_t *used, uint64_t *quota)
{
	static struct table t;
	struct mailbox_info info;

	if (!t.path)
		table_init(&t, MAILBOXES_CDB);
	*used = *quota = 0;
	if (mailbox_lookup(&info, &t, mailbox) != 1)
		return 'T';
	*quota = info.quota;
	if (!info.quota)
		return 'Y';
	if (add_folder(used, info.folder, "new") == -1 ||
	    add_folder(used, info.folder, "cur") == -1)
		return 'T';
	return size <= info.quota && *used <= info.quota - size ? 'Y' : 'N';
}

static int
question(const char *packet, size_t len, char *mailbox, size_t room,
    uint64_t *size)
{
	struct msg_reader r;
	uint64_t version;

	if (msg_open(&r, packet, len) == -1 || r.op != 'Q' ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != DELIVER_VERSION || msg_gets(&r, mailbox, room) == -1 ||
	    msg_getn(&r, size, INT64_MAX / 2) == -1 || msg_close(&r) == -1)
		return -1;
	return addr_is_mailbox(mailbox, strlen(mailbox)) ? 0 : -1;
}

int
local_usage(int conn)
{
	char buf[512], mailbox[ADDR_MAILBOX_MAX + 1], op;
	uint64_t size, used, quota;
	struct msg_writer w;
	ssize_t len;

	for (;;) {
		len = sock_recv(
		    conn, buf, sizeof buf, NULL, 0, NULL, DELIVER_TIMEOUT_MS);
		if (len <= 0)
			return 0;
		if (question(buf, len, mailbox, sizeof mailbox, &size) == -1)
			return 1;
		op = decide(mailbox, size, &used, &quota);
		msg_start(&w, buf, sizeof buf, op);
		if (op == 'T') {
			msg_puts(&w, "the mailbox's usage cannot be told");
		} else {
			msg_putn(&w, used);
			msg_putn(&w, quota);
		}
		if (sock_send(conn, buf, msg_end(&w), NULL, 0,
			DELIVER_TIMEOUT_MS) == -1)
			return 0;
	}
}
