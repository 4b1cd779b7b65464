/* SPDX-License-Identifier: ISC */
/* resolver - answers questions about mail hosts, addresses and names.
 *
 * Runs as p-dns, serving run/deliver/resolver to deliver-remote and smtpd.  The
 * only program that speaks DNS; it can read etc/ and nothing else of the home,
 * and calls no daemon.  libunbound's one thread does the asking. */
#include <malloc.h>
#include "deliver/resolver_dns.h"
#include "deliver/resolver_serve.h"
#include "lib/log.h"
#include "lib/service.h"

int
main(int argc, char **argv)
{
	struct service sv;

	log_program("resolver");
	mallopt(M_ARENA_MAX, 1); /* the thread needs no heap of its own */
	service_start(&sv, "resolver", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: resolver [-C home] [-d fd]");
	dns_open(); /* reads /etc, which service_enter hides */
	service_enter(&sv);
	service_ready(&sv);
	resolver_serve(&sv);
	return 0;
}
