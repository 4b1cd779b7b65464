/* SPDX-License-Identifier: ISC */
/* pop3_load - clients that log in, fetch and quit, over and over.
 *
 *   pop3_load PORT CLIENTS SECONDS MESSAGES PIPELINE BOX:PASSWORD...
 *
 * Each client uses a mailbox of its own; MESSAGES are fetched a session, in
 * one batch when PIPELINE is 1.  Every message's size is checked.  Prints
 * "sessions N seconds S failed N bytes N". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUF_SIZE (1 << 20)

struct counts {
	unsigned long sessions, failed, bytes;
};
static struct {
	int port, messages;
	bool pipeline;
	double until;
} run;
static char buf[BUF_SIZE];
static size_t have, at;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The next line, NUL-ended; NULL: the connection is gone. */
static char *
line(int fd)
{
	char *nl, *s;
	ssize_t n;

	while (!(nl = memchr(buf + at, '\n', have - at))) {
		memmove(buf, buf + at, have - at);
		have -= at;
		at = 0;
		n = read(fd, buf + have, sizeof buf - have);
		if (n <= 0)
			return NULL;
		have += (size_t)n;
	}
	s = buf + at;
	*nl = '\0';
	at = (size_t)(nl + 1 - buf);
	return s;
}

static int
ok(int fd)
{
	const char *s = line(fd);

	return s && s[0] == '+' ? 0 : -1;
}

static int
say(int fd, const char *text)
{
	size_t n = strlen(text);

	return write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

/* A message: as many octets as the +OK line says. */
static int
message(int fd, struct counts *c)
{
	unsigned long want, got = 0;
	const char *s = line(fd);

	if (!s || sscanf(s, "+OK %lu", &want) != 1)
		return -1;
	while ((s = line(fd)) && strcmp(s, ".\r") != 0)
		got += strlen(s) + 1 - (s[0] == '.');
	c->bytes += got;
	return s && got == want ? 0 : -1;
}

static int
fetch(int fd, struct counts *c)
{
	char text[4096], *p = text;
	int i;

	for (i = 1; i <= run.messages; i++) {
		p += sprintf(p, "RETR %d\r\n", i);
		if (run.pipeline)
			continue;
		if (say(fd, text) == -1 || message(fd, c) == -1)
			return -1;
		p = text;
	}
	if (!run.pipeline)
		return 0;
	if (say(fd, text) == -1)
		return -1;
	for (i = 1; i <= run.messages; i++)
		if (message(fd, c) == -1)
			return -1;
	return 0;
}

static int
dialogue(int fd, const char *box, struct counts *c)
{
	char text[300];

	if (ok(fd) == -1)
		return -1;
	snprintf(
	    text, sizeof text, "USER %.*s\r\n", (int)strcspn(box, ":"), box);
	if (say(fd, text) == -1 || ok(fd) == -1)
		return -1;
	snprintf(text, sizeof text, "PASS %s\r\n",
	    strchr(box, ':') ? strchr(box, ':') + 1 : "");
	if (say(fd, text) == -1 || ok(fd) == -1 || say(fd, "STAT\r\n") == -1 ||
	    ok(fd) == -1 || fetch(fd, c) == -1)
		return -1;
	return say(fd, "QUIT\r\n") == -1 ? -1 : ok(fd);
}

static int
session(const char *box, struct counts *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)run.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, result = -1;

	have = at = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		result = dialogue(fd, box, c);
	/* the server closes first: the mailbox is free by then */
	while (result == 0 && read(fd, buf, sizeof buf) > 0)
		;
	close(fd);
	return result;
}

static void
client(const char *box, struct counts *c)
{
	while (now() < run.until) {
		if (session(box, c) == 0)
			c->sessions++;
		else
			c->failed++;
	}
}

int
main(int argc, char **argv)
{
	struct counts *c, all = { 0 };
	double began = now();
	int i, clients;

	if (argc < 7)
		return 100;
	run.port = atoi(argv[1]);
	clients = atoi(argv[2]);
	run.until = began + atof(argv[3]);
	run.messages = atoi(argv[4]);
	run.pipeline = atoi(argv[5]);
	c = mmap(NULL, sizeof *c * (size_t)clients, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < clients; i++)
		if (fork() == 0) {
			client(argv[6 + i % (argc - 6)], &c[i]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (i = 0; i < clients; i++) {
		all.sessions += c[i].sessions;
		all.failed += c[i].failed;
		all.bytes += c[i].bytes;
	}
	printf("sessions %lu seconds %.2f failed %lu bytes %lu\n", all.sessions,
	    now() - began, all.failed, all.bytes);
	return all.failed > 0;
}
