/* SPDX-License-Identifier: ISC */
#include "tlsd/signer.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/service_filters.h"
#include "lib/service_rest.h"
#include "lib/sock.h"
#include "tlsd/pairs.h"
#include "tlsd/sign.h"
#include "tlsd/sign_proto.h"
#include "tlsd/tls_ctx.h"

#define SECURE_HEAP  (1 << 20) /* bytes: locked as far as they are used */
#define SECURE_MIN   32        /* bytes, its smallest piece */
#define DAY_MS       86400000  /* expiry is looked at without a client, too */
#define EVENTS       16
#define NEWS_MAX     (CERT_CHAIN_MAX + 512)
#define NEWS_SEND_MS 5000
#define ASKERS_MAX   3000 /* sessions that shake hands at once */

struct asker {
	int fd;
	unsigned left; /* signatures */
};
static struct pairs pairs;
static int control, epoll_fd;
static unsigned askers;
static bool told; /* of a change */

static void
tell_news(void *arg, const struct cert_news *news)
{
	static char wire[NEWS_MAX];
	long len = cert_news_put(wire, sizeof(wire), news);

	(void)arg;
	told = true;
	if (len == -1 ||
	    sock_send(control, wire, (size_t)len, NULL, 0, NEWS_SEND_MS) == -1)
		log_fatalsys(111, "signer: unable to tell of a certificate");
}

static int
watch(int fd, struct asker *a)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = a };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

static void
dismiss(struct asker *a)
{
	close(a->fd);
	free(a);
	askers--;
}

static void
welcome(int fd)
{
	struct asker *a = askers < ASKERS_MAX ? malloc(sizeof(*a)) : NULL;

	if (!a) {
		close(fd); /* its handshake fails */
		return;
	}
	a->fd = fd;
	a->left = SIGN_REQUESTS_MAX;
	askers++;
	if (watch(fd, a) == -1)
		dismiss(a);
}

/* The answer's length, or -1 to refuse. */
static long
answer(char *wire, size_t size, size_t len)
{
	struct sign_request req;
	struct msg_writer w;
	unsigned char sig[SIGN_SIGNATURE_MAX];
	size_t siglen = sizeof(sig);
	EVP_PKEY *key;

	if (sign_request_scan(&req, wire, len) == -1)
		return -1;
	key = pairs_key(&pairs, req.serial);
	if (!key || sign_message(key, req.scheme, req.message, req.len, sig,
			&siglen) == -1)
		return -1;
	msg_start(&w, wire, size, 'Y');
	msg_putb(&w, sig, siglen);
	return msg_end(&w);
}

/* Its last signature given, or a word that was none: no more is answered. */
static void
serve_asker(struct asker *a)
{
	char wire[SIGN_PACKET_MAX];
	ssize_t n = sock_recv(a->fd, wire, sizeof(wire), NULL, 0, NULL, 0);
	long len;

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		dismiss(a);
		return;
	}
	len = answer(wire, sizeof(wire), (size_t)n);
	if (len == -1) {
		log_warn(
		    "signer: refused to sign what is no handshake of ours");
		memcpy(wire, "N7:refused,", 11);
		len = 11;
		a->left = 1;
	}
	if (sock_send(a->fd, wire, (size_t)len, NULL, 0, 0) == -1 ||
	    --a->left == 0)
		dismiss(a);
}

/* The acceptor is gone when its channel ends: so are we. */
static void
serve_control(void)
{
	struct cert_news end = { .op = 'E' };
	char wire[SIGN_PACKET_MAX];
	int fd = -1, nfds = 0, op;
	ssize_t n = sock_recv(control, wire, sizeof(wire), &fd, 1, &nfds, 0);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0)
		_exit(0);
	op = control_scan(wire, (size_t)n);
	if (op == 'S' && nfds == 1) {
		welcome(fd);
	} else if (op == 'C' && nfds == 0) {
		told = false;
		end.usable = pairs_check(&pairs);
		if (told)
			service_rest(); /* what a pair is checked with */
		tell_news(NULL, &end);
	} else {
		log_fatal(111, "signer: no sense in the acceptor's request");
	}
}

static void
serve(void)
{
	struct epoll_event ev[EVENTS];
	int i, n;

	for (;;) {
		n = epoll_wait(epoll_fd, ev, EVENTS, DAY_MS);
		if (n == 0)
			pairs_check_expiry(&pairs);
		for (i = 0; i < n; i++)
			if (ev[i].data.ptr)
				serve_asker(ev[i].data.ptr);
			else
				serve_control();
	}
}

/* Reading tls/, signing, logging: everything else goes. */
static void
confine(const struct service *sv, const struct confine_filter *filter)
{
	struct service own = *sv;

	own.once = true; /* the acceptor tells of the start */
	service_enter(&own);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    confine_install(filter) == -1)
		log_fatalsys(111, "signer: unable to confine itself");
}

static void
signer_main(const struct service *sv, int fd)
{
	const struct confine_filter *filter =
	    service_filter(sv->row, SERVICE_FILTER_CHILD);
	int i;

	control = fd;
	for (i = 0; sv->row->serves[i].path; i++)
		close(sv->listeners[i]);
	if (sv->ready_fd != -1)
		close(sv->ready_fd);
	if (sv->notify_fd != -1)
		close(sv->notify_fd);
	if (tls_init() == -1)
		log_fatal(111, "signer: unable to start OpenSSL: ", tls_why());
	CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd == -1 || watch(control, NULL) == -1)
		log_fatalsys(111, "signer: unable to start");
	confine(sv, filter);
	pairs.news = tell_news;
	service_rest();
	serve();
}

int
signer_start(const struct service *sv)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		log_fatalsys(111, "unable to make the signer's channel");
	pid = fork();
	if (pid == -1)
		log_fatalsys(111, "unable to fork the signer");
	if (pid == 0) {
		close(ends[0]);
		signer_main(sv, ends[1]);
		_exit(111);
	}
	close(ends[1]);
	return ends[0];
}
