/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SENDMAIL_SEND_H
#define QUEUE_SENDMAIL_SEND_H

#include "queue/sendmail_options.h"

/* Reads the message on stdin and queues it: an exit code of sysexits.h. */
int sendmail_send(const struct sendmail_options *o);

#endif
