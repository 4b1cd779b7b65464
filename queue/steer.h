/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_STEER_H
#define QUEUE_STEER_H

/* What an administrator does to a message: op of control.h. */
#include "queue/messages.h"

/* false: it is not for this message, as it is: held (retry), or not (release). */
bool steer(struct message *m, char op);

#endif
