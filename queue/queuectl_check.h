/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUECTL_CHECK_H
#define QUEUE_QUEUECTL_CHECK_H

#include "queue/queuectl_options.h"

/* What is found while queued runs is looked at again: it may have been about to
 * write. */
#define CHECK_AGAIN_MS 500

/* Reads the spool, with queued running or not, and prints what is wrong in it.
 * The exit code: 0 nothing that somebody must see to, 1 something is, 111. */
int queuectl_check(const struct queuectl_options *o);

#endif
