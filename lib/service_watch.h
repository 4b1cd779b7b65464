/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_WATCH_H
#define LIB_SERVICE_WATCH_H

/* For service_enter: ends the process with 111 as soon as one of its sockets is
 * removed or replaced.  Children do not inherit that. */
#include <sys/types.h>

struct service;
void service_watch(const struct service *sv);
/* fork() for a daemon of one thread, which has no locks of stdio's or malloc's to
 * look after in the child: that costs three pages. */
pid_t service_fork(void);

#endif
