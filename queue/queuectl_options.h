/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUECTL_OPTIONS_H
#define QUEUE_QUEUECTL_OPTIONS_H

#include <stdbool.h>
#include "lib/sa.h"
#include "queue/control.h"

#define CONTROL_CHECK 'C' /* an op that goes over no wire */

struct queuectl_options {
	const char *home; /* -C */
	const char *verb; /* for messages */
	bool json;
	struct control_request q; /* its ids are here: */
	stralloc ids;
};
/* Reads them; ends the program with 100 where they are wrong.  verb "-": they
 * come in JSON. */
void queuectl_options(struct queuectl_options *o, int argc, char **argv);

#endif
