/* SPDX-License-Identifier: ISC */
/* tlsd - speaks TLS for smtpd and pop3d.
 *
 * Runs as p-tls, serving run/tlsd/in: a client's socket comes in by descriptor,
 * a plain stream goes back.  Three kinds of processes: a signer, which alone
 * reads tls/ and holds the private keys, and sees no byte of a client; the
 * acceptor, which takes the requests and reads no file any more; and a session
 * each, which talks to one client, with no file, no socket and no key, and
 * has its handshake signed by the signer. */
#include "lib/clock.h"
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/service.h"
#include "tlsd/acceptor.h"
#include "tlsd/certs.h"
#include "tlsd/remote_key.h"
#include "tlsd/sign_client.h"
#include "tlsd/signer.h"

static struct certs certs;
static uint64_t checked_ms;
static int signer;

static bool
able(void *arg)
{
	(void)arg;
	checked_ms = clock_boot_ms();
	if (signer_check(signer, certs_news, &certs) == -1)
		log_fatal(111, "the signer does not answer");
	return certs.n > 0;
}

static void
begin(const struct session *s)
{
	remote_key_channel(s->signer);
}

/* Changed files count from the first session a second later. */
static const char *
prepare(void *arg, struct session *s)
{
	if (clock_boot_ms() - checked_ms >= ACCEPTOR_TICK_MS && !able(arg))
		return "tlsd: no certificate";
	if (certs_start(&certs) == -1)
		return "tlsd: no TLS now";
	s->ctx = certs.ctx;
	s->begin = begin;
	s->signer = signer_channel(signer);
	return s->signer == -1 ? "tlsd: out of resources" : NULL;
}

int
main(int argc, char **argv)
{
	struct acceptor_spec spec = {
		.op = 'I', .able = able, .prepare = prepare
	};
	struct service sv;

	log_program("tlsd");
	service_start(&sv, "tlsd", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: tlsd [-C home] [-d fd]");
	signer = spec.watch = signer_start(&sv);
	service_enter(&sv);
	if (confine_dirs(NULL, NULL) == -1)
		log_fatalsys(111, "unable to give up reading files");
	return acceptor_run(&sv, &spec);
}
