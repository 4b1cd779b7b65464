/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "admin/admin_proto.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service.h"
#include "lib/sock.h"

bool
admin_may(void)
{
	struct stat st;

	if (geteuid() == 0)
		return true;
	if (!service_collapsed())
		return geteuid() == service_uid("p-admin");
	return stat(".", &st) == 0 && st.st_uid == geteuid();
}

bool
admin_changes(const struct admin_tool *t, const char *command)
{
	const char *const *c;

	for (c = t->changes; *c; c++)
		if (strcmp(*c, command) == 0)
			return true;
	return false;
}

/* Who only wants to look may try with his own rights. */
void
admin_refuse(const struct admin_tool *t, const char *command)
{
	stralloc group = { 0 };

	if (!admin_changes(t, command))
		return;
	if (setting_get(&group, "admin-group") != 1)
		sa_copys(&group, ADMIN_GROUP);
	sa_0(&group);
	log_fatal(100, "not allowed: '", t->name, " ", command,
	    "' is for root, p-admin, and members of the group ", group.s);
}

/* The exit code; -1: not a member; -2: errno. */
static int
ask(int fd, const char *packet, size_t len)
{
	const int fds[] = { 0, 1, 2 };
	char answer[64];
	ssize_t n;

	/* whom it does not know, it hangs up on */
	if (sock_send(fd, packet, len, fds, 3, ADMIN_SEND_MS) == -1)
		return errno == EPIPE || errno == ECONNRESET ? -1 : -2;
	n = sock_recv(fd, answer, sizeof answer, NULL, 0, NULL, ADMIN_WAIT_MS);
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return -1;
	if (n != 1 || *answer != 'A')
		return -2;
	n = sock_recv(fd, answer, sizeof answer, NULL, 0, NULL, ADMIN_WAIT_MS);
	if (n == 0)
		errno = ECONNRESET;
	n = n <= 0 ? -1 : admin_answer_scan(answer, (size_t)n);
	return n == -1 ? -2 : (int)n;
}

static int unreached; /* errno */

static void
say_unreached(void)
{
	log_fatalsys(111, "unable to reach admind at " ADMIN_PATH
	    ", which does this for members of the admin group");
}

void
admin_unreached(void)
{
	if (!unreached)
		return;
	errno = unreached;
	say_unreached();
}

void
admin_pass(const struct admin_tool *t, const char *command, int argc,
    char **argv)
{
	static char packet[MSG_MAX];
	int fd, code;
	long len;

	if (admin_may())
		return;
	len = admin_request_make(packet, sizeof packet, t->name, argc - 1,
	    argv + 1);
	if (len == -1)
		log_fatal(100, "more words than admind takes (",
		    log_num(ADMIN_WORDS_MAX), ", 64 KiB in all)");
	fd = sock_connect(ADMIN_PATH, ADMIN_SEND_MS);
	if (fd == -1 && (admin_changes(t, command) || !strcmp(command, "-")))
		say_unreached();
	if (fd == -1) {
		unreached = errno;
		return;
	}
	code = ask(fd, packet, (size_t)len);
	explicit_bzero(packet, sizeof packet); /* a hash, perhaps */
	close(fd);
	if (code == -2)
		log_fatalsys(111, "admind did not say how it ended; look before "
		    "you try again");
	if (code >= 0)
		exit(code);
	admin_refuse(t, command);
}
