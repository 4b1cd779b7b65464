/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_WATCH_H
#define LIB_SERVICE_WATCH_H

/* For service_enter: ends the process with 111 as soon as one of its sockets is
 * removed or replaced.  Children do not inherit that. */
struct service;
void service_watch(const struct service *sv);

#endif
