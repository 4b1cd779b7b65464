/* SPDX-License-Identifier: ISC */
/* tlsd-out - speaks TLS to other people's servers for deliver-remote.
 *
 * Runs as p-tlsc, serving run/tlsd/out: a server's socket comes in by
 * descriptor, with a policy, and a plain stream goes back.  It has no key and
 * reads nothing but the authorities' certificates; each session is a process
 * of its own, with no file and no socket. */
#include "lib/log.h"
#include "lib/service.h"
#include "lib/service_rest.h"
#include "tlsd/acceptor.h"
#include "tlsd/ca_store.h"
#include "tlsd/tls_ctx.h"

static SSL_CTX *ctx;

static bool
able(void *arg)
{
	(void)arg;
	return true;
}

/* OpenSSL takes more memory than all else here, and many homes never need it:
 * it starts at the first session. */
static bool
start_tls(void)
{
	if (ctx)
		return true;
	if (tls_init() == 0 && (ctx = tls_ctx_out())) {
		service_rest();
		return true;
	}
	log_warn("unable to start OpenSSL: ", tls_why());
	return false;
}

static const char *
prepare(void *arg, struct session *s)
{
	(void)arg;
	if (!start_tls())
		return "tlsd-out: no TLS now";
	s->ctx = ctx;
	if (s->req.policy == TLSD_VERIFIED && ca_store_refresh(ctx) == -1)
		return "tlsd-out: no authorities to verify with";
	return NULL;
}

int
main(int argc, char **argv)
{
	struct acceptor_spec spec = {
		.op = 'O', .able = able, .prepare = prepare, .watch = -1
	};
	struct service sv;

	log_program("tlsd-out");
	service_start(&sv, "tlsd-out", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: tlsd-out [-C home] [-d fd]");
	service_enter(&sv);
	return acceptor_run(&sv, &spec);
}
