/* SPDX-License-Identifier: ISC */
/* The whole TRANSACTION state over a Maildir of three messages: whatever is
 * said, every line of reply is a reply, and nothing waits or breaks.
 *
 * Covers: pop3d/transaction.c pop3d/reading.c pop3d/command.c */
#include <sys/socket.h>
#include <sys/stat.h>
#include "pop3d/session.h"
#include "tests/fuzz/fuzz.h"

static int new_fd, cur_fd;

static void
put(const char *name, const char *text)
{
	struct stat st;

	if (stat(name, &st) == -1)
		fuzz_file(name, text, strlen(text));
}

static void
fill(void)
{
	put("new/1.a,S=11", "A: b\n\n.x\ny\n");
	put("cur/2.b,S=3,W=4:2,S", "\n.\n");
	put("new/3.c", "no header\r\nbut\r.CR");
}

static void
prepare(void)
{
	fuzz_scratch();
	if (mkdir("new", 0700) || mkdir("cur", 0700) || mkdir("tmp", 0700))
		abort();
	new_fd = open("new", O_RDONLY | O_DIRECTORY);
	cur_fd = open("cur", O_RDONLY | O_DIRECTORY);
}
FUZZ_BEGIN(prepare)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;
	static struct lines in;
	static struct reply out;
	int fd[2], null = open("/dev/null", O_WRONLY);

	if (size > 30000)
		return 0;
	fill();
	memset(&s, 0, sizeof s);
	if (pipe(fd) == -1 || write(fd[1], data, size) != (ssize_t)size)
		abort();
	close(fd[1]);
	lines_init(&in, fd[0]);
	reply_init(&out, null, 1000);
	s.in = &in;
	s.out = &out;
	s.new_fd = s.mail.new_fd = new_fd;
	s.cur_fd = s.mail.cur_fd = cur_fd;
	s.dir_fd = s.lock.fd = -1;
	strcpy(s.login.mailbox, "demo");
	transaction_run(&s);
	FUZZ_HOLDS(s.errors <= POP3D_ERRORS_MAX);
	maillist_free(&s.mail);
	close(fd[0]);
	close(null);
	return 0;
}
