/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_DATA_H
#define SMTPD_DATA_H

/* DATA: reads the message to its real end, hands it on as it comes, and gives
 * 250 only for what the queue has made durable. */
#include "smtpd/session.h"

void data_command(struct session *s, const char *arg);

#endif
