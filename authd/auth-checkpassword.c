/* SPDX-License-Identifier: ISC */
/* auth-checkpassword - the checkpassword interface to authd.
 *
 * Reads a name, a password and a time stamp on descriptor 3, each ended by
 * NUL, and runs the program it is given when authd says yes.  Runs as root (or
 * in a home of one's own): run/authd/pop3 is for it and pop3d. */
#include <stdlib.h>
#include <unistd.h>
#include "authd/checkpassword.h"
#include "lib/log.h"
#include "lib/service.h"

int
main(int argc, char **argv)
{
	const char *home = NULL;
	struct checkpassword cp;
	int c;

	log_program("auth-checkpassword");
	while ((c = getopt(argc, argv, "+C:")) != -1) {
		if (c != 'C')
			log_fatal(CHECKPASSWORD_MISUSE, CHECKPASSWORD_USAGE);
		home = optarg;
	}
	if (optind >= argc)
		log_fatal(CHECKPASSWORD_MISUSE, CHECKPASSWORD_USAGE);
	checkpassword_read(&cp);
	service_home(home);
	checkpassword_verify(&cp);
	execvp(argv[optind], argv + optind);
	log_fatalsys(CHECKPASSWORD_TEMPORARY, "unable to run ", argv[optind]);
}
