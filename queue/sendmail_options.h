/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SENDMAIL_OPTIONS_H
#define QUEUE_SENDMAIL_OPTIONS_H

#include <stdbool.h>

struct sendmail_options {
	const char *home;      /* -C */
	const char *sender;    /* -f, -r; NULL: the caller's name */
	const char *full_name; /* -F */
	bool from_header;      /* -t: recipients from To, Cc, Bcc */
	bool ignore_dots;      /* -i, -oi: a lone dot ends nothing */
	bool nothing;          /* asked for what needs no message */
	char **recipients;     /* NULL-ended */
};
/* EX_OK, or an exit code; what is wrong was logged. */
int sendmail_options(struct sendmail_options *o, int argc, char **argv);

#endif
