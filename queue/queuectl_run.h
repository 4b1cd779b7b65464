/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUECTL_RUN_H
#define QUEUE_QUEUECTL_RUN_H

#include "queue/queuectl_options.h"

/* Asks queued and prints; the exit code: 0, 1 (no such message), 111. */
int queuectl_run(const struct queuectl_options *o);

#endif
