/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_STEER_H
#define QUEUE_STEER_H

/* What an administrator does to a message: op of control.h. */
#include "queue/messages.h"

void steer(struct message *m, char op);

#endif
