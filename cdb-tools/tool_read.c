/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "admin/admin.h"
#include "cdb-tools/tool.h"
#include "lib/log.h"

void
tool_read_line(char *line, size_t size, const char *what)
{
	size_t len = 0;
	char *end;
	ssize_t n;

	while (len < size - 1) {
		n = read(0, line + len, size - 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			log_fatalsys(
			    111, "unable to read ", what, " from stdin");
		if (n == 0)
			break;
		len += (size_t)n;
		if (memchr(line, '\n', len))
			break;
	}
	line[len] = 0;
	end = strpbrk(line, "\r\n");
	if (end)
		*end = 0;
	else if (len == size - 1)
		log_fatal(100, "the line with ", what, " is longer than ",
		    log_num(size - 2), " bytes");
}

void
tool_need_stdout(void)
{
	struct pollfd p = { .fd = 1, .events = POLLOUT };
	int flags = fcntl(1, F_GETFL);

	if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY ||
	    (poll(&p, 1, 0) == 1 && p.revents & POLLERR))
		log_fatal(100, "stdout is closed, and the password is told "
		    "there; nothing has changed");
}

int
tool_done(const struct tool *t)
{
	stralloc out = { 0 };

	if (!t->json)
		return 0;
	sa_copys(&out, "{\"ok\":true}\n");
	if (tool_try_print(&out) == -1)
		log_fatalsys(111, "the change is made, but stdout cannot be "
		    "written to");
	sa_free(&out);
	return 0;
}

int
tool_read_code(void)
{
	if (errno != EACCES || admin_may())
		return 111;
	admin_unreached();
	return 100;
}

void
tool_unread(const char *table, const char *program)
{
	int saved = errno;

	if (errno == EACCES)
		log_fatalsys(tool_read_code(), "unable to read ", table);
	errno = saved;
	log_fatalsys(111, "unable to read ", table, " (", program,
	    " build makes it)");
}

const char *
tool_eacces(const char *program)
{
	static char text[80];
	int saved = errno;

	if (errno == EACCES && geteuid() != 0 && admin_may())
		snprintf(text, sizeof text,
		    " (as root, '%s build' gives it to p-admin)", program);
	errno = saved;
	return text;
}
