/* SPDX-License-Identifier: ISC */
/* authd - says whether a password belongs to an account.
 *
 * Runs as p-auth, confined to cdb/auth, etc and log/lastlogin, serving
 * run/authd/.  The only program that can read users.cdb.  It opens no network
 * socket and starts no program, tells a caller yes or no, never a hash, and
 * calls relayd alone, to open the window of a login. */
#include <malloc.h>
#include <sodium.h>
#include <unistd.h>
#include "authd/login.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service.h"

/* As many as there are processors, or what etc/auth-threads says. */
static int
threads(void)
{
	long n = (long)setting_number(SETTING_AUTH_THREADS);

	if (!n)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	return n < POOL_MAX ? (int)n : POOL_MAX;
}

int
main(int argc, char **argv)
{
	static struct authd authd;
	struct service sv;

	service_start(&sv, "authd", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: authd [-C HOME] [-d FD]");
	mallopt(M_ARENA_MAX, 1); /* arenas would eat our address space */
	if (sodium_init() == -1)
		log_fatal(111, "unable to start libsodium");
	service_enter(&sv);
	if (login_init(&authd, &sv, threads()) == -1)
		log_fatalsys(111, "unable to serve run/authd");
	service_ready(&sv);
	for (;;)
		login_serve(&authd);
}
