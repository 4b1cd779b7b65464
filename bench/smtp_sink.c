/* SPDX-License-Identifier: ISC */
/* smtp_sink - the next hop of the relay benchmark: takes and checks everything.
 *
 *   smtp_sink PORT STATE
 *
 * STATE is a file in which it counts: messages, recipients, wrong ones, numbers
 * seen (64-bit each), and the wall-clock time of the last (double). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "bench/letter.h"

#define IN_MAX  65536
#define OUT_MAX 16384

struct state {
	uint64_t messages, rcpts, wrong, distinct;
	double last;
};
static struct state *state;
static struct letters letters;

struct peer {
	int fd;
	bool data, gone;
	struct letter letter;
	size_t have, out;
	uint64_t rcpts;
	char in[IN_MAX], reply[OUT_MAX];
};

static void
say(struct peer *p, const char *s)
{
	size_t n = strlen(s);

	if (p->out + n <= sizeof p->reply) {
		memcpy(p->reply + p->out, s, n);
		p->out += n;
	} else {
		p->gone = true;
	}
}

static void
message(struct peer *p)
{
	struct timespec now;

	letters_add(&letters, &p->letter);
	clock_gettime(CLOCK_REALTIME, &now);
	state->messages = letters.count;
	state->rcpts += p->rcpts;
	state->wrong = letters.wrong;
	state->distinct = letters.distinct;
	state->last = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	say(p, "250 2.0.0 taken\r\n");
	p->data = false;
	p->rcpts = 0;
}

static void
command(struct peer *p, const char *s)
{
	if (strncasecmp(s, "EHLO", 4) == 0) {
		say(p, "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
		       "250-ENHANCEDSTATUSCODES\r\n250 SIZE 100000000\r\n");
	} else if (strncasecmp(s, "DATA", 4) == 0) {
		say(p, "354 go on\r\n");
		p->data = true;
		p->letter = (struct letter){ 0 };
	} else if (strncasecmp(s, "QUIT", 4) == 0) {
		say(p, "221 2.0.0 bye\r\n");
		p->gone = true;
	} else {
		p->rcpts += strncasecmp(s, "RCPT", 4) == 0;
		say(p, "250 2.0.0 ok\r\n");
	}
}

static void
line(struct peer *p, char *s, size_t len)
{
	if (!p->data)
		command(p, s);
	else if (len == 1 && s[0] == '.')
		message(p);
	else
		letter_line(&p->letter, s + (s[0] == '.'), len - (s[0] == '.'));
}

static void
readable(struct peer *p)
{
	ssize_t n = recv(p->fd, p->in + p->have, sizeof p->in - p->have,
	    MSG_DONTWAIT);
	char *at = p->in, *nl, *end;

	if (n == -1 && errno == EAGAIN)
		return;
	p->gone = n <= 0;
	p->have += n > 0 ? (size_t)n : 0;
	end = p->in + p->have;
	while ((nl = memchr(at, '\n', (size_t)(end - at)))) {
		char *stop = nl > at && nl[-1] == '\r' ? nl - 1 : nl;

		*stop = '\0';
		line(p, at, (size_t)(stop - at));
		at = nl + 1;
	}
	p->have = (size_t)(end - at);
	memmove(p->in, at, p->have);
	if (p->out && send(p->fd, p->reply, p->out, MSG_NOSIGNAL) == -1)
		p->gone = true;
	p->out = 0;
	if (p->gone) {
		close(p->fd);
		free(p);
	}
}

static void
take(int epfd, int listener)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct peer *p = calloc(1, sizeof *p);
	int one = 1;

	p->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (p->fd == -1) {
		free(p);
		return;
	}
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	e.data.ptr = p;
	epoll_ctl(epfd, EPOLL_CTL_ADD, p->fd, &e);
	say(p, "220 sink.example ESMTP\r\n");
	if (send(p->fd, p->reply, p->out, MSG_NOSIGNAL) != -1)
		p->out = 0;
}

static int
listen_on(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&sin, sizeof sin) == -1 ||
	    listen(fd, 511) == -1) {
		perror("smtp_sink");
		exit(111);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event e = { .events = EPOLLIN }, got[64];
	int epfd = epoll_create1(EPOLL_CLOEXEC), fd, listener, i, n;

	if (argc != 3)
		return 100;
	fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, sizeof *state) == -1)
		return 111;
	state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	listener = listen_on(atoi(argv[1]));
	epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &e);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		n = epoll_wait(epfd, got, 64, -1);
		for (i = 0; i < n; i++)
			if (got[i].data.ptr)
				readable(got[i].data.ptr);
			else
				take(epfd, listener);
	}
}
