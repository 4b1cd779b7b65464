/* SPDX-License-Identifier: ISC */
/* smtp_load - clients that send messages, over and over; and a stand-in for
 * queued that takes everything at once.
 *
 *   smtp_load PORT CLIENTS SECONDS EACH SIZE RCPT...
 *   smtp_load queued SOCKET
 *
 * EACH messages a connection (0: as many as there is time for), SIZE bytes, to
 * all RCPTs.  Commands are pipelined as RFC 2920 allows.  Prints
 * "messages N seconds S failed N". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct counts {
	unsigned long messages, failed;
};
static int port, each, nrcpts;
static double until;
static char envelope[1 << 20], buf[1 << 16];
static char *body;
static size_t bodylen;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
make_message(size_t size, char **rcpts)
{
	size_t n = (size_t)sprintf(envelope,
	    "MAIL FROM:<sender@far.example> SIZE=%zu\r\n", size);
	int i;

	for (i = 0; i < nrcpts; i++)
		n += (size_t)sprintf(envelope + n, "RCPT TO:<%s>\r\n",
		    rcpts[i]);
	strcpy(envelope + n, "DATA\r\n");
	body = malloc(size + 256);
	bodylen = (size_t)sprintf(body,
	    "From: sender@far.example\r\nTo: x\r\nSubject: load\r\n\r\n");
	while (bodylen < size)
		bodylen += (size_t)sprintf(body + bodylen, "%070d\r\n", 1);
	bodylen += (size_t)sprintf(body + bodylen, ".\r\n");
}

/* Reads this many replies; 0 when all begin with 2 or 3. */
static int
replies(int fd, int n)
{
	size_t have = 0;
	int bad = 0;

	while (n > 0) {
		ssize_t got = read(fd, buf + have, sizeof buf - have);
		char *at = buf, *nl;

		if (got <= 0)
			return -1;
		have += (size_t)got;
		while ((nl = memchr(at, '\n', have - (size_t)(at - buf)))) {
			if (at[3] == ' ') {
				bad |= at[0] != '2' && at[0] != '3';
				n--;
			}
			at = nl + 1;
		}
		have -= (size_t)(at - buf);
		memmove(buf, at, have);
	}
	return bad ? -1 : 0;
}

static int
say(int fd, const char *s, size_t len, int n)
{
	while (len) {
		ssize_t done = write(fd, s, len);

		if (done <= 0)
			return -1;
		s += done;
		len -= (size_t)done;
	}
	return replies(fd, n);
}

static int
session(struct counts *c)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, i, r = -1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (struct sockaddr *)&sin, sizeof sin) == -1 ||
	    replies(fd, 1) == -1 || say(fd, "EHLO load\r\n", 11, 1) == -1)
		goto out;
	for (i = 0; each ? i < each : now() < until; i++) {
		if (say(fd, envelope, strlen(envelope), nrcpts + 2) == -1 ||
		    say(fd, body, bodylen, 1) == -1)
			goto out;
		c->messages++;
	}
	r = say(fd, "QUIT\r\n", 6, 1);
out:
	close(fd);
	return r;
}

static int
queued(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct pollfd p[1024];
	int n = 1, i, fd;

	strcpy(sun.sun_path, path);
	p[0].fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	unlink(path);
	if (bind(p[0].fd, (struct sockaddr *)&sun, sizeof sun) == -1 ||
	    listen(p[0].fd, 511) == -1 || chmod(path, 0666) == -1)
		return 1;
	p[0].events = POLLIN;
	for (;;) {
		poll(p, (nfds_t)n, -1);
		for (i = n - 1; i > 0; i--) {
			if (!p[i].revents)
				continue;
			/* the descriptor that comes along is closed at once */
			if (recv(p[i].fd, buf, sizeof buf, 0) > 0) {
				send(p[i].fd, "Y6:queued,", 10, MSG_NOSIGNAL);
			} else {
				close(p[i].fd);
				p[i] = p[--n];
			}
		}
		if (p[0].revents && n < 1024 &&
		    (fd = accept(p[0].fd, NULL, NULL)) != -1)
			p[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

int
main(int argc, char **argv)
{
	struct counts *c, sum = { 0 };
	double began = now();
	int clients, i;

	if (argc == 3 && strcmp(argv[1], "queued") == 0)
		return queued(argv[2]);
	if (argc < 7)
		return 100;
	port = atoi(argv[1]);
	clients = atoi(argv[2]);
	until = began + atof(argv[3]);
	each = atoi(argv[4]);
	nrcpts = argc - 6;
	make_message((size_t)atol(argv[5]), argv + 6);
	c = mmap(NULL, sizeof *c * (size_t)clients, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < clients; i++)
		if (fork() == 0) {
			while (now() < until)
				if (session(&c[i]) == -1)
					c[i].failed++;
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (i = 0; i < clients; i++) {
		sum.messages += c[i].messages;
		sum.failed += c[i].failed;
	}
	printf("messages %lu seconds %.3f failed %lu\n", sum.messages,
	    now() - began, sum.failed);
	return 0;
}
