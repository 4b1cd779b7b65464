/* SPDX-License-Identifier: ISC */
#include "admin/session.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "admin/admin_proto.h"
#include "lib/clock.h"
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/sock.h"

#define CODE_KILLED 111
#define FDS         3 /* the caller's stdin, stdout, stderr */

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} tools[] = {
	{ "userdb", userdb_main },
	{ "aliasdb", aliasdb_main },
	{ "netdb", netdb_main },
	{ "relayctl", relayctl_main },
	{ "queuectl", queuectl_main },
};
#define TOOLS (sizeof tools / sizeof tools[0])

static struct admin_words words;

/* Reads the request.  The tool's number, or -1. */
static int
receive(int conn, int fds[FDS])
{
	static char packet[MSG_MAX];
	int nfds = 0, r;
	ssize_t len;
	size_t i;

	len = sock_recv(conn, packet, sizeof packet, fds, FDS, &nfds,
	    ADMIN_SEND_MS);
	if (len <= 0)
		return -1;
	r = admin_request_scan(&words, packet, (size_t)len);
	explicit_bzero(packet, sizeof packet);
	for (i = 0; r == 0 && nfds == FDS && i < TOOLS; i++)
		if (strcmp(words.argv[0], tools[i].name) == 0)
			return (int)i;
	log_warn("malformed request: connection closed");
	return -1;
}

/* The process of the tool: as if the caller had started it, but for the account
 * and the room. */
static void
become_tool(int tool, const int fds[FDS], int conn, uid_t uid)
{
	int i;

	close(conn);
	signal(SIGCHLD, SIG_DFL);
	if (confine_alone() == -1)
		log_fatalsys(111, "unable to confine a tool");
	for (i = 0; i < FDS; i++)
		if (dup2(fds[i], i) == -1)
			_exit(CODE_KILLED);
	for (i = 0; i < FDS; i++)
		close(fds[i]);
	admin_caller(uid);
	optind = 0; /* glibc: from the start, by another table */
	exit(tools[tool].run(words.argc, words.argv));
}

/* Its exit code; a tool past its time is killed. */
static int
await(pid_t pid)
{
	uint64_t end = clock_boot_ms() + ADMIN_RUN_SECONDS * 1000ULL, now;
	struct timespec left;
	sigset_t chld;
	int status;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = clock_boot_ms();
		if (now >= end) {
			kill(pid, SIGKILL);
			while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
				;
			break;
		}
		left.tv_sec = (time_t)((end - now) / 1000);
		left.tv_nsec = (long)((end - now) % 1000) * 1000000;
		sigtimedwait(&chld, NULL, &left);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : CODE_KILLED;
}

static const char *
command(void)
{
	int i;

	for (i = 1; i < words.argc; i++)
		if (words.argv[i][0] != '-' &&
		    strcmp(words.argv[i - 1], "-C") != 0 &&
		    strcmp(words.argv[i - 1], "--hash") != 0)
			return words.argv[i];
	return "-";
}

int
session_run(int conn, uid_t uid)
{
	char answer[64];
	int fds[FDS], tool = receive(conn, fds), i, code;
	pid_t pid;
	long len;

	if (tool == -1 ||
	    sock_send(conn, "A", 1, NULL, 0, ADMIN_SEND_MS) == -1)
		return 1;
	pid = fork();
	if (pid == 0)
		become_tool(tool, fds, conn, uid);
	for (i = 0; i < FDS; i++)
		close(fds[i]);
	if (pid == -1) {
		log_warnsys("unable to start a tool");
		return 1;
	}
	code = await(pid);
	log_event("ran", "uid", log_num(uid), "program", tools[tool].name,
	    "command", code == 100 ? NULL : command(), "result", log_num((unsigned)code));
	len = admin_answer_make(answer, sizeof answer, code);
	sock_send(conn, answer, (size_t)len, NULL, 0, ADMIN_SEND_MS);
	return 0;
}
