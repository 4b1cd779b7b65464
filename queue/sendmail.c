/* SPDX-License-Identifier: ISC */
/* sendmail - takes a message as programs pass it to /usr/sbin/sendmail.
 *
 * Runs as whoever starts it, with no right of its own; it completes the header
 * and hands the message to queued over run/queue/inject, which any local
 * account may. */
#include <sysexits.h>
#include "lib/log.h"
#include "lib/service.h"
#include "queue/sendmail_options.h"
#include "queue/sendmail_send.h"

int
main(int argc, char **argv)
{
	struct sendmail_options o;
	int code;

	log_program("sendmail");
	code = sendmail_options(&o, argc, argv);
	if (code != EX_OK || o.nothing)
		return code;
	service_home(o.home);
	return sendmail_send(&o);
}
